"""Quotations with their speakers, found in single sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from services.publish.gazetteer import look_up
from services.publish.sentences import Sentence, has_quotes

VERB = (
    r"(?:said|says|told|added|wrote|warned|stated|announced|declared|argued|explained|noted|tweeted|posted|"
    r"insisted|claimed|called|vowed|dijo|afirmó|a déclaré|sagte|disse|afirmou|заявил|сказал)"
)
NAME = r"(?:[A-ZÀ-ÞА-ЯЁ][\w.'’-]*\s+){0,6}[A-ZÀ-ÞА-ЯЁ][\w'’-]+"
QUOTED = re.compile(r"[“\"«]([^“”\"«»]{20,300})[”\"»]")
AFTER = re.compile(
    rf"^[\s,]*(?:{VERB}\s+(?:[a-z'’-]+,?\s+){{0,6}}(?P<after>{NAME})|"
    rf"(?P<subject>{NAME})(?:,[^,“\"]{{3,60}},)?\s+(?:\w+ly\s+)?{VERB}\b)"
)
BEFORE = re.compile(
    rf"(?P<before>{NAME})(?:,[^,“\"]{{3,60}},)?\s+(?:also\s+|\w+ly\s+)?{VERB}\b[^“\"«]{{0,60}}$"
)
NOT_SPEAKERS = frozenset(
    "Whether Asked Also However Meanwhile He She It They We I You But And The This That His Her In On At As "
    "When While Who Police Officials It's Monday Tuesday Wednesday Thursday Friday Saturday Sunday Minister "
    "President Secretary Union Judge".split()
)
# What stands before a name, and is none by itself.
ROLES = frozenset(
    "Admiral Ambassador Attorney CEO Captain Chair Chairman Chairwoman Chancellor Charge Chief "
    "Commander Department Deputy Director Dr. Gen. General Gov. Government Governor Justice Lawyer "
    "Leader Mayor Minister Ministry Mr. Mrs. Ms. Officer Premier President Professor Rep. "
    "Representative Secretary Sen. Senator Sheriff Sir Source Sources Spokesman Spokesperson "
    "Spokeswoman".split()
)
MIN_WORDS = 5


class Spoken(NamedTuple):
    """A quotation: the words within the marks and their place in the field."""

    text: str
    speaker: str
    sentence: int
    start: int
    end: int


def spoken(sentences: Sequence[Sentence]) -> tuple[Spoken, ...]:
    """The quotations of an article whose speaker the same sentence names."""
    found: list[Spoken] = []
    for index, sentence in enumerate(sentences):
        if sentence.position < 0 or not has_quotes(sentence.text):
            continue
        for match in QUOTED.finditer(sentence.text):
            speaker = _speaker(sentence.text[: match.start()], sentence.text[match.end() :])
            quote = match[1].strip(" ,")
            if speaker and len(quote.split()) >= MIN_WORDS and quote[0].isupper():
                start = sentence.start + match.start(1) + match[1].index(quote)
                found.append(Spoken(quote, speaker, index, start, start + len(quote)))
    return tuple(found)


def _speaker(before: str, after: str) -> str | None:
    match = AFTER.match(after) or BEFORE.search(before)
    if match is None:
        return None
    name = _without_role(next(group for group in match.groups() if group))
    if name is None:
        return None
    shouted = name.isupper() and len(name) > 5
    known = look_up(name)
    if known is not None and known.kind in ("people", "country", "city"):
        return None
    return None if {name.split()[0], name.split()[-1]} & NOT_SPEAKERS or shouted else name


def _without_role(printed: str) -> str | None:
    """The full name behind a role ("State Rep. John Bucy"); None for a role alone ("Deputy Commander")."""
    words = printed.split()
    last = max((at for at, word in enumerate(words) if word in ROLES), default=-1)
    if last == len(words) - 1:
        return None
    return " ".join(words[last + 1 :]) if len(words) - last > 2 else printed
