"""Whether a generated sentence says nothing that its articles do not: numbers, names, places, quotes.

What a check of words can see: every number, every name and place (runs of capitalised words) and every
quote must stand in the cited articles, and most other words too. What it cannot see is a sentence that
arranges true words falsely; that is why a generated text is marked as such and cites its articles.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from services.publish.words import UNSPACED, weigh, words

LEAST_KNOWN, LEAST_KNOWN_CASELESS = 0.6, 0.95
QUOTE_WINDOW = 400
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
TOKEN = re.compile(r"[^\W\d_]+(?:[.’'-][^\W\d_]+)*\.?")
CASELESS = re.compile(r"[\u0590-\u08ff\u0900-\u0dff\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
QUOTED = (
    re.compile(r'"([^"]{2,})"'),
    re.compile(r"«\s*([^»]{2,}?)\s*»"),
    re.compile(r"「([^」]{2,})」"),
    re.compile(r"(?<!\w)'([^']{3,})'(?!\w)"),
)


@cache
def tables() -> dict[str, Any]:
    """Words of numbers and of sentence openings."""
    path = files("services.publish") / "data" / "numbers.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def listed(name: str) -> frozenset[str]:
    return frozenset(tables()[name].split())


@cache
def number_words(language: str | None) -> dict[str, str]:
    """Number words of a language with their digits."""
    base = (language or "en").split("-")[0]
    low, tens = tables()["words"].get(base, ""), tables()["tens"].get(base, "")
    found = {word: str(value) for value, word in enumerate(low.split(), start=2)}
    return found | {word: str(value) for value, word in zip(range(30, 100, 10), tens.split(), strict=False)}


def plain(text: str) -> str:
    """A text for comparing: one kind of quotation mark, apostrophe and space."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub("[“”„‟″]", '"', re.sub("[‘’‚‛′]", "'", text))
    return re.sub(r"\s+", " ", text).strip()


@dataclass(frozen=True)
class Sources:
    """The words of the cited articles, once for several sentences."""

    texts: Sequence[str]
    language: str | None

    @cached_property
    def whole(self) -> str:
        return plain(" \n ".join(self.texts)).casefold()

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(_numbers(self.whole, self.language))

    @cached_property
    def names(self) -> str:
        """All words in order, as names are looked for: without dots and possessive endings."""
        return f" {' '.join(_bare(token) for token in TOKEN.findall(self.whole))} "

    @cached_property
    def stems(self) -> frozenset[int]:
        return frozenset(weigh(word, self.language).id for word in words(self.whole))


def unsupported(text: str, sources: Sources) -> list[str]:
    """What of a text stands in none of the sources; empty if nothing does. Each item is one reason."""
    said = plain(text)
    numbers = sorted(_numbers(said.casefold(), sources.language) - sources.numbers)
    found = [f"number {number}" for number in numbers]
    found += [f"name {name}" for name in _unknown_names(said, sources)]
    found += list(_unknown_quotes(said, sources))
    known = _known_share(said, sources)
    caseless = bool(CASELESS.search(said))
    if known < (LEAST_KNOWN_CASELESS if caseless else LEAST_KNOWN):
        found.append(f"only {known:.0%} of its words")
    return found


def _numbers(text: str, language: str | None) -> set[str]:
    digits = {_digits(number) for number in NUMBER.findall(text)}
    table = number_words(language)
    tokens = set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text))
    return digits | {table[token] for token in tokens & table.keys()} | (tokens & listed("scales"))


def _digits(number: str) -> str:
    """1,400 and 1.400 are 1400; 1.4 and 1,4 are 1.4."""
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", number):
        return re.sub(r"[.,]", "", number)
    return number.replace(",", ".").lstrip("0") or "0"


def _bare(token: str) -> str:
    token = token.casefold().replace(".", "")
    return token[:-2] if token.endswith(("'s", "’s")) else token


def _unknown_names(said: str, sources: Sources) -> Iterator[str]:
    """Runs of capitalised words that stand nowhere in the sources in this order."""
    for run, opens in _runs(said):
        if _has(run, sources):
            continue
        first, rest = run[0], run[1:]
        ordinary = (
            _bare(first) in listed("openers") or weigh(_bare(first), sources.language).id in sources.stems
        )
        if not (opens and ordinary and (not rest or _has(rest, sources))):
            yield " ".join(run)


def _has(run: Sequence[str], sources: Sources) -> bool:
    return f" {' '.join(_bare(token) for token in run)} " in sources.names


def _runs(said: str) -> Iterator[tuple[list[str], bool]]:
    """Capitalised words that follow each other, and whether the run opens a sentence."""
    run: list[str] = []
    opens, end = False, 0
    for match in TOKEN.finditer(said):
        token, between = match[0], said[end : match.start()]
        starts = end == 0 or bool(re.search(r"[.!?:;\"]", said[end - 1 : match.start()]))
        if run and (starts or between.strip(" ") or not token[0].isupper()):
            yield run, opens
            run = []
        if token[0].isupper():
            opens = starts if not run else opens
            run.append(token.rstrip("."))
            possessive = token.rstrip(".").endswith(("'s", "’s"))
            if possessive:
                yield run, opens
                run = []
        end = match.end()
    if run:
        yield run, opens


def _unknown_quotes(said: str, sources: Sources) -> Iterator[str]:
    """Quotes that nobody printed so, or near none of the names that the sentence gives with them."""
    if said.count('"') % 2:
        yield "an unclosed quote"
    names = [f" {' '.join(map(_bare, run))} " for run, _ in _runs(re.sub(r'"[^"]*"', " ", said))]
    speakers = [name for name in names if name.strip() not in listed("openers") and name in sources.names]
    for pattern in QUOTED:
        for match in pattern.finditer(said):
            quote = match[1].strip(" ,.;!?").casefold()
            places = [found.start() for found in re.finditer(re.escape(quote), sources.whole)]
            if not places:
                yield f"quote {match[1]!r}"
            elif not any(_near(place, speakers, sources) for place in places):
                yield f"quote {match[1]!r} of whom it names"


def _near(place: int, speakers: Sequence[str], sources: Sources) -> bool:
    window = sources.whole[max(0, place - QUOTE_WINDOW) : place + QUOTE_WINDOW]
    spoken = f" {' '.join(_bare(token) for token in TOKEN.findall(window))} "
    return all(speaker in spoken for speaker in speakers)


def _known_share(said: str, sources: Sources) -> float:
    """The share of a text's words that the sources have, pairs of characters where no spaces are."""
    found = [weigh(word, sources.language) for word in words(said)]
    told = [word for word in found if word.weight or UNSPACED.search(said)]
    return sum(word.id in sources.stems for word in told) / len(told) if told else 1.0
