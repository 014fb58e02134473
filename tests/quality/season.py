"""A season of news in ten languages: one invented league, the same events told in each, labelled.

``python -m tests.quality.season`` plays it and prints a line a language; with a LANGUAGE and one of titles,
snippets and wire it writes the articles, for `dateline evaluate`. Six weeks of a dense domain: few clubs and
players, many events of few kinds that differ in who and how many alone, told by outlets that share their
phrases, which is harder than news. The events are the same in every language, so that a language that comes
out worse is one that is read worse. Clubs, people and outlets are invented; `data/season/` holds their names
and the sentences.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from dateline.evaluation.datasets import Labelled
from dateline.evaluation.fast import Run, clean_records, play

DATA = Path(__file__).parent / "data" / "season"
LANGUAGES = tuple(sorted(path.stem for path in DATA.glob("*.txt")))
SEEDS = (1, 2, 3)
KINDS = ("titles", "snippets", "wire")
START = datetime(2026, 2, 2, 8, tzinfo=UTC)
DAYS, EVENTS, OUTLETS = 42, 36, 14
SIZES = (1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 8)  # articles an event gets
CASES = ("g", "d", "a", "i", "l")  # genitive, dative, accusative, instrumental, locative
VOWELS = "AEIOUYÀÂÉÈÊÎÔÛaeiouyàâéèêîôû"
Record = dict[str, Any]


class Noun(str):
    """A name, and its other cases where the language has them: `{p.g}`."""

    __slots__ = ("a", "d", "g", "i", "l")


@dataclass(frozen=True)
class Event:
    """What happened: the kind, who took part (by number in the lists), the figures, when, how often told."""

    kind: str
    player: int
    coach: int
    home: int
    away: int
    figure: int
    score: str
    day: float
    size: int


@dataclass(frozen=True)
class Played:
    """How right the stories of a language are, and how many published articles changed theirs."""

    precision: float
    recall: float
    f1: float
    churn: float


@dataclass(frozen=True)
class Language:
    """The words of one language: names by their role, and of each kind of event its titles and sentences."""

    names: dict[str, list[str]]
    cases: dict[str, list[str]]
    outlet: str
    titles: dict[str, list[str]]
    texts: dict[str, list[str]]


@cache
def read(language: str) -> Language:
    """A language's file: names, then the kinds of events with titles and (`>`) sentences."""
    found = Language({}, {}, "", {}, {})
    outlet, kind = "", ""
    for line in (DATA / f"{language}.txt").read_text("utf-8").splitlines():
        role, colon, rest = line.partition(": ")
        if not kind and colon and role in ("clubs", "players", "coaches", "towns"):
            found.names[role] = rest.split("; ")
        elif not kind and colon and role in ("person", "club", "town"):
            found.cases[role] = rest.split()
        elif not kind and colon:
            outlet = rest
        elif re.fullmatch("[a-z]+", line):
            kind = line
            found.titles[kind], found.texts[kind] = [], []
        elif line.startswith("> "):
            found.texts[kind].append(line.removeprefix("> "))
        else:
            found.titles[kind].append(line)
    return Language(found.names, found.cases, outlet, found.titles, found.texts)


@cache
def events(seed: int) -> tuple[Event, ...]:
    """The season, the same for every language, in order of time."""
    source = random.Random(seed)
    kinds = list(read("en").titles)
    found = []
    for _ in range(EVENTS):
        home, away = source.sample(range(10), 2)
        low, high = sorted(source.sample(range(5), 2))
        found.append(
            Event(
                source.choice(kinds), source.randrange(20), source.randrange(10), home, away,
                source.randrange(3, 60), f"{high}-{low}", source.uniform(0, DAYS), source.choice(SIZES),
            )
        )  # fmt: skip  # a row of values
    return tuple(sorted(found, key=lambda each: each.day))


def noun(name: str, endings: list[str] | None) -> Noun:
    """A name (`Veter/Vetr`: with the stem of its cases); without endings every case is the name itself."""
    plain, _, stem = name.partition("/")
    said = Noun(plain)
    for case, ending in zip(CASES, endings or ["-"] * len(CASES), strict=True):
        setattr(said, case, plain if ending == "-" else (stem or plain) + ending)
    return said


def slots(event: Event, language: str) -> dict[str, Any]:
    """What a sentence about an event is filled with."""
    words = read(language)
    player, coach = words.names["players"][event.player], words.names["coaches"][event.coach]
    last = str if language == "zh" else (lambda name: name.split(" ", 1)[1])
    person, club, town = (words.cases.get(role) for role in ("person", "club", "town"))
    return {
        "P": player.partition("/")[0],
        "C": coach.partition("/")[0],
        "p": noun(last(player), person),
        "c": noun(last(coach), person),
        "a": noun(words.names["clubs"][event.home], club),
        "b": noun(words.names["clubs"][event.away], club),
        "t": noun(words.names["towns"][event.home], town),
        "n": event.figure,
        "s": event.score,
    }


def said(sentence: str, filling: dict[str, Any], language: str) -> str:
    """A sentence as the language writes it: French elides, Arabic contracts."""
    text = sentence.format(**filling)
    if language == "ar":
        text = re.sub(r"\bلال", "لل", text)
    if language == "fr":
        text = re.sub(f"\\b([dD])'(?=[^{VOWELS}])", r"\1e ", text)
        text = re.sub(f"\\b([dD])e (?=[{VOWELS}])", r"\1'", text)
    return text[:1].upper() + text[1:]


def articles(language: str, kind: str = "titles", seed: int = 1) -> list[Record]:
    """The season in one language, labelled, in order of time."""
    words, found = read(language), []
    for number, event in enumerate(events(seed)):
        source = random.Random(f"{seed}-{number}")
        filling = slots(event, language)
        wire = " ".join(said(each, filling, language) for each in words.texts[event.kind])
        outlets = source.sample(range(OUTLETS), event.size)
        titles = source.sample(range(5), 5)
        for at, outlet in enumerate(outlets):
            title = said(words.titles[event.kind][titles[at % 5]], filling, language)
            if outlet % 5 == 0:  # some outlets sign their titles
                title += " " + words.outlet.format(words.names["towns"][outlet % 10].partition("/")[0])
            moment = START + timedelta(days=event.day, hours=source.expovariate(1 / 10) if at else 0)
            sentence = said(source.choice(words.texts[event.kind]), filling, language)
            text = {"titles": "", "snippets": sentence, "wire": wire if at % 2 == 0 else sentence}[kind]
            found.append(
                {
                    "id": f"{language}-{number}-{at}",
                    "title": title,
                    "text": text,
                    "language": language,
                    "source": f"outlet{outlet}-{language}.example",
                    "url": f"https://outlet{outlet}-{language}.example/{number}-{at}",
                    "published_at": moment.isoformat(timespec="seconds"),
                    "story": f"{language}-{number}",
                }
            )
    return sorted(found, key=lambda each: each["published_at"])


def labelled(language: str, kind: str, seed: int) -> Labelled:
    """The season as a labelled set."""
    records = articles(language, kind, seed)
    shown = tuple(
        {name: value for name, value in each.items() if name not in ("story", "source") and value}
        | {"publisher": each["source"]}
        for each in records
    )
    return Labelled(f"{language} {kind}", shown, {each["id"]: each["story"] for each in records})


def played(language: str, kind: str, seeds: Sequence[int] = SEEDS) -> Played:
    """B-cubed and churn of a language over several seasons, in process."""
    runs = [
        play(each.name, clean_records(each), each.truth)
        for each in (labelled(language, kind, seed) for seed in seeds)
    ]

    def mean(read: Callable[[Run], float]) -> float:
        return statistics.fmean(map(read, runs))

    return Played(
        mean(lambda run: run.scores.precision),
        mean(lambda run: run.scores.recall),
        mean(lambda run: run.scores.f1),
        mean(lambda run: run.changed),
    )


def table(console: Console) -> None:
    """A line a language, a column a kind."""
    shown = Table("language", *(f"{kind} P / R / F1" for kind in KINDS), "churn")
    for language in track(LANGUAGES, "seasons", console=console):
        found = [played(language, kind) for kind in KINDS]
        cells = [f"{each.precision:.3f} {each.recall:.3f} [bold]{each.f1:.3f}[/]" for each in found]
        shown.add_row(language, *cells, f"{max(each.churn for each in found):.3f}")
    console.print(shown)


def main() -> None:
    """Play all, or print one season as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("language", nargs="?", choices=LANGUAGES)
    parser.add_argument("kind", nargs="?", choices=KINDS, default="titles")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.language is None:
        table(Console(width=110))
        return
    for record in articles(options.language, options.kind, options.seed):
        print(json.dumps(record, ensure_ascii=False))


if __name__ == "__main__":
    main()
