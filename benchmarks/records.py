"""How fast records are composed: ``python -m benchmarks.records``.

The same stories as `benchmarks.articles` makes for load, 4 KB an article, composed on one core as
publish does it: a story's articles are read when they come and remembered, every version is composed
whole. Printed are records a second for stories of 20 articles and the growth of the cost with size:
the exponent of a power law through the times from 20 to 640 articles; 1 is linear.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.articles import COMMON_WORDS, STORY_WORDS, body, word
from dateline.articles import Article, Publisher
from dateline.changes import Membership
from dateline.stories import Provenance, StoryRecord
from services.publish.drafts import Draft, Member
from services.publish.ratings import empty_ratings
from services.publish.record import compose

START = datetime(2025, 7, 18, 9, tzinfo=UTC)
PROVENANCE = Provenance(pipeline_version="1", config_hash="benchmark", input_position="1-0")
SIZES = (20, 40, 80, 160, 320, 640)
STORIES = 12
SECONDS = 3.0


def draft(seed: int, size: int) -> Draft:
    """A story of `size` articles of as many outlets, all in English letters, none a reprint."""
    source = random.Random(seed)
    common = [word(source) for _ in range(COMMON_WORDS)]
    own = [word(source) for _ in range(STORY_WORDS)]
    members = {}
    for at in range(size):
        article_id, moment = f"a-{seed:04}{at:020}", START + timedelta(minutes=at)
        members[article_id] = Member(
            article=Article(
                article_id=article_id,
                url=f"https://outlet{at}.example/{seed}",
                title=" ".join(source.sample(own, 7)).capitalize(),
                text=body(source, own, common, 4096),
                published_at=moment,
                published_at_source="given",
                received_at=moment,
                language="en",
                publisher=Publisher(id=f"outlet{at}.example", domain=f"outlet{at}.example"),
            ),
            membership=Membership(score=0.6, threshold=0.3),
        )
    return Draft(story_id=f"s-{seed}", members=members, created_at=START, updated_at=START, position="1-0")


def composed(one: Draft, previous: StoryRecord | None = None) -> StoryRecord:
    return compose(
        one,
        ratings=empty_ratings(),
        previous=previous,
        published=lambda _: True,
        version=previous.version + 1 if previous else 1,
        provenance=PROVENANCE,
    )


def records_per_second(size: int) -> float:
    """Records a CPU second for stories of `size` articles that have been read before."""
    drafts = [draft(seed, size) for seed in range(STORIES)]
    previous = [composed(one) for one in drafts]
    started, done = time.process_time(), 0
    while time.process_time() - started < SECONDS:
        for one, before in zip(drafts, previous, strict=True):
            composed(one, before)
        done += STORIES
    return done / (time.process_time() - started)


def seconds_by_size() -> dict[int, float]:
    """CPU seconds a record, by articles in the story."""
    found = {}
    for size in SIZES:
        one = draft(1, size)
        before = composed(one)
        rounds = max(3, 2000 // size)
        started = time.process_time()
        for _ in range(rounds):
            composed(one, before)
        found[size] = (time.process_time() - started) / rounds
    return found


def cost_of_size(found: dict[int, float] | None = None) -> float:
    """The exponent of a power law through the cost by size; 1 is linear."""
    measured = found or seconds_by_size()
    slope, _ = np.polyfit(np.log(list(measured)), np.log(list(measured.values())), 1)
    return float(slope)


def main() -> None:
    console = Console(width=90)
    console.print(f"{records_per_second(20):,.0f} records a second of 20 articles, one core")
    found = seconds_by_size()
    table = Table("articles", "ms a record", "µs an article")
    for size, seconds in found.items():
        table.add_row(str(size), f"{1e3 * seconds:.2f}", f"{1e6 * seconds / size:.0f}")
    console.print(table)
    console.print(f"exponent {cost_of_size(found):.2f} (1 is linear)")


if __name__ == "__main__":
    main()
