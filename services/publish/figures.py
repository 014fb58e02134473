"""Figures of a running story: how many are dead, hurt, missing or held, as each article has it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from services.publish.sentences import Sentence
from services.publish.words import clues

NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen".split()
    )
}
COUNT = r"(?P<count>\d{1,3}(?:,\d{3})+|\d{1,6}|" + "|".join(NUMBER_WORDS) + r")"
PEOPLE = (
    r"(?:\s+(?:more|other|people|persons|civilians|children|women|men|workers|soldiers|police|officers|"
    r"students|passengers|migrants|residents|patients|palestinians|ukrainians|russians|israelis|protesters|"
    r"miners|others|personas|personnes|menschen|pessoas|were|was|have|had|has|been|are|confirmed|reported|"
    r"feared|and|or)){0,5}"
)
KINDS = {
    "dead": r"dead|killed|died|deaths|fatalities|muertos|morts|tote|mortos",
    "hurt": r"injured|wounded|hurt|injuries|heridos|blessés|verletzte|feridos",
    "missing": r"missing|unaccounted for|desaparecidos|disparus|vermisste",
    "held": r"arrested|detained|arrests|detenidos|festgenommen",
}
AFTER = {
    kind: re.compile(rf"\b{COUNT}{PEOPLE}\s+(?:{verbs})\b", re.IGNORECASE) for kind, verbs in KINDS.items()
}
BEFORE = {
    "dead": re.compile(
        r"\b(?:killed|killing|kills|(?:(?:death )?toll|number of (?:\w+ ){0,2}(?:killed|dead|deaths))"
        r"[^.\d]{0,60}?\s(?:to|at|reaches|reached|hits|hit|passes))"
        rf"\s+(?:at least\s+)?{COUNT}\b(?!%)",
        re.IGNORECASE,
    ),
    "hurt": re.compile(
        rf"\b(?:injur(?:ed|ing|es)|wound(?:ed|ing|s))\s+(?:at least\s+)?{COUNT}\b(?!%)", re.IGNORECASE
    ),
}
DIGIT = re.compile(r"\d")
NUMBERS = frozenset(NUMBER_WORDS)
# Beginnings of all the words above: looking for them first saves the search for numbers.
HINTS = (
    "dead|toll|kill|died|death|fatalit|muert|mort|tote|injur|wound|hurt|herid|bless|verletzt|ferid|missing|"
    "unaccounted|desapar|dispar|vermisst|arrest|detain|deten|festgenom"
).split("|")
# Further down than the first sentences stand the figures of the background.
FIGURE_POSITIONS, TOLD_FIRST = 10, 4


class Figure(NamedTuple):
    """A count with its words: `start` and `end` are the phrase's place in the field.

    `first`: it stands in the title or the first sentences, where an article tells what is new.
    """

    kind: str
    value: int
    sentence: int
    start: int
    end: int
    text: str
    first: bool


def figures(sentences: Sequence[Sentence]) -> tuple[Figure, ...]:
    """The figures in title and sentences, one a kind and sentence."""
    found: list[Figure] = []
    for index, sentence in enumerate(sentences):
        if sentence.position < FIGURE_POSITIONS and any(map(str.isalnum, sentence.text[:1])):
            found.extend(_in_sentence(index, sentence))
    return tuple(found)


def _in_sentence(index: int, sentence: Sentence) -> list[Figure]:
    found = []
    if not _counts(sentence.text):
        return []
    for kind, pattern in AFTER.items():
        match = pattern.search(sentence.text) or (
            BEFORE[kind].search(sentence.text) if kind in BEFORE else None
        )
        if match:
            start, end = sentence.start + match.start(), sentence.start + match.end()
            told_first = sentence.position < TOLD_FIRST
            found.append(Figure(kind, value(match["count"]), index, start, end, match[0], told_first))
    return found


def _counts(text: str) -> bool:
    """Whether a text may hold a figure: it has a number and one of the words for what is counted."""
    said = clues(text).parts
    if said.isdisjoint(NUMBERS) and not DIGIT.search(text):
        return False
    folded = text.lower()
    return any(hint in folded for hint in HINTS)


def value(printed: str) -> int:
    """The number of a printed count: "1,200" and "twelve" alike."""
    bare = printed.replace(",", "").casefold()
    return NUMBER_WORDS[bare] if bare in NUMBER_WORDS else int(bare)
