"""Clustering alone, on one core: articles a second and memory over the number of live stories.

``python -m benchmarks.cluster [LIVE_STORIES …] [--plot FILE.svg]`` (default 1000 10000 100000) fills the
memory with so many stories of 4 KB articles, then measures what a news day brings: articles of which half
belong to a live story and half found one. Measured are preparing (words, stems, shingles) and deciding
together, as CPU time of the process, so that neighbours on the machine do not count. Texts are English words
by their frequency, with a score of words that a story has to itself.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil
import wordfreq
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.plot import Panel, svg
from dateline.articles import Article, LogEntry, Publisher
from services.cluster import clusterer

SIZES = (1_000, 10_000, 100_000)
MEASURED = 2_000  # articles timed at each size
GOALS = ((10_000, 1_500), (100_000, 1_000))  # articles a second that must be passed
BATCH = 64  # articles prepared together, as the service does with a batch it has read
WORDS = 680  # about 4 KB
OWN_WORDS, OWN_SHARE = 24, 0.08
START = 1_750_000_000_000
SYLLABLES = tuple(a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "is", "ol"))


@dataclass(frozen=True)
class Measured:
    """One size: articles a second, resident memory, and what one more live story takes."""

    live: int
    rate: float
    prepare_rate: float
    megabytes: float
    bytes_a_story: float


@cache
def vocabulary() -> tuple[npt.NDArray[np.object_], npt.NDArray[np.float64]]:
    """The 30,000 commonest English words and their cumulative shares."""
    words = wordfreq.top_n_list("en", 30_000)
    shares = np.array([wordfreq.word_frequency(word, "en") for word in words])
    return np.array(words, object), np.cumsum(shares / shares.sum())


def own_words(story: int) -> npt.NDArray[np.object_]:
    """The names and things that only this story speaks of."""
    source = np.random.default_rng(story)
    picks = source.integers(0, len(SYLLABLES), (OWN_WORDS, 3))
    return np.array(["".join(SYLLABLES[each] for each in row).capitalize() for row in picks], object)


def article(number: int, story: int) -> Article:
    """A report on a story, in 4 KB."""
    source = np.random.default_rng((story, number))
    words, shares = vocabulary()
    text = words[np.minimum(np.searchsorted(shares, source.random(WORDS)), len(words) - 1)]
    own = own_words(story)
    told = source.random(WORDS) < OWN_SHARE
    text[told] = source.choice(own, int(told.sum()))
    title = " ".join([*source.choice(own, 4), *text[:5]])
    moment = datetime.fromtimestamp(START / 1000, UTC)
    return Article(
        article_id=f"a-{number}",
        title=title,
        text=" ".join(text),
        received_at=moment,
        published_at=moment,
        language="en",
        publisher=Publisher(id=f"outlet{number % 997}.example"),
    )


def apply(state: clusterer.State, articles: list[Article], first: int) -> tuple[float, float]:
    """Seconds of CPU that preparing and deciding took."""
    began = time.process_time()
    prepared = clusterer.prepare_batch(articles, state.parameters)
    between = time.process_time()
    for at, (each, ready) in enumerate(zip(articles, prepared, strict=True)):
        moment = START + first + at
        entry = LogEntry(entry_id=f"{moment}-0", kind="article", arrived=moment, article=each)
        clusterer.apply(state, entry, ready)
    clusterer.take_writes(state)
    return between - began, time.process_time() - between


def batches(numbers: range, stories: npt.NDArray[np.int64]) -> Iterator[tuple[int, list[Article]]]:
    """Articles of these numbers on these stories, a batch at a time, with the first number."""
    for at in range(0, len(numbers), BATCH):
        pairs = zip(numbers[at : at + BATCH], stories[at : at + BATCH].tolist(), strict=True)
        yield numbers[at], [article(number, story) for number, story in pairs]


def measure(state: clusterer.State, target: int, number: int, base: float) -> tuple[Measured, int]:
    """Fill up to `target` live stories, then time what follows; also the next free article number."""
    missing = max(0, target - len(state.by_birth))
    filling = range(number, number + missing)
    for first, batch in track(
        batches(filling, np.array(filling)), f"filling up to {target:,} stories", -(-missing // BATCH)
    ):
        apply(state, batch, first)
    live, resident = len(state.by_birth), psutil.Process().memory_info().rss
    following = range(filling.stop, filling.stop + MEASURED)
    source = np.random.default_rng(target)
    stories = np.where(
        source.random(MEASURED) < 0.5, source.integers(0, filling.stop, MEASURED), np.array(following)
    )
    spent = np.sum([apply(state, batch, first) for first, batch in batches(following, stories)], axis=0)
    found = Measured(
        live, MEASURED / spent.sum(), MEASURED / spent[0], resident / 1e6, (resident - base) / live
    )
    return found, following.stop


def picture(found: list[Measured]) -> str:
    """Rate and memory over the number of live stories."""
    sizes = [each.live for each in found]
    goals = [(live, goal) for live in sizes for least, goal in GOALS if least / 2 < live < 2 * least]
    rates = {
        "in all": [each.rate for each in found],
        "preparing alone": [each.prepare_rate for each in found],
    }
    return svg(
        [
            Panel("articles of 4 KB a second, one core", sizes, rates, goals),
            Panel("resident memory, MB", sizes, {"": [each.megabytes for each in found]}),
        ],
        "live stories",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Clustering alone, on one core.")
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="numbers of live stories")
    parser.add_argument("--plot", type=Path, help="also draw a picture (SVG)")
    options = parser.parse_args()
    state = clusterer.new_state("all", clusterer.DEFAULT)
    apply(state, [article(number, number) for number in range(200)], 0)  # warm: word lists, caches
    base, number = psutil.Process().memory_info().rss, 200
    every: list[Measured] = []
    table = Table("live stories", "articles/s", "", "preparing/s", "MB", "bytes a live story")
    for size in sorted(options.sizes):
        found, number = measure(state, size, number, base)
        every.append(found)
        table.add_row(
            f"{found.live:,}",
            f"{found.rate:,.0f}",
            "█" * round(found.rate / 200),
            f"{found.prepare_rate:,.0f}",
            f"{found.megabytes:,.0f}",
            f"{found.bytes_a_story:,.0f}",
        )
    Console(width=100).print(table)
    if options.plot:
        options.plot.write_text(picture(every))


if __name__ == "__main__":
    main()
