"""Words as the record weighs them: content words with a stable id and a weight in whole units.

The weight is a prior from word frequency (wordfreq, Zipf scale: log10 of occurrences per 10^9
words), so that two articles suffice to know that "said" says nothing and "smuggling" does. Weights
are small whole numbers and every sum of them is exact, in any order and on any machine: the same
story gives the same bytes.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from hashlib import blake2b
from math import log10
from typing import NamedTuple

from wordfreq import available_languages, get_frequency_dict

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# Scripts written without spaces: Han, kana, Thai. Words there are pairs of neighbouring characters.
UNSPACED = re.compile(r"[぀-ヿ㐀-鿿豈-﫿฀-๿]+")
STEM_LENGTH = 6
COMMON_ZIPF = 6.2
UNITS_PER_ZIPF = 8
UNKNOWN_WEIGHT = 26
NUMBER_WEIGHT = 12


class Word(NamedTuple):
    """A word's id (63 bits, stable across machines) and weight (0 to about 26 units)."""

    id: int
    weight: int


def has_unspaced(text: str) -> bool:
    """Whether a text holds a script written without spaces."""
    return not text.isascii() and UNSPACED.search(text) is not None


def words(text: str) -> list[str]:
    """The words of a text, case folded, possessive endings dropped, in order."""
    tokens: list[str] = WORD.findall(text.casefold())
    if not has_unspaced(text):
        return [_bare(token) for token in tokens] if "'" in text or "’" in text else tokens
    found: list[str] = []
    for token in tokens:
        found.extend(_pairs(token) if UNSPACED.search(token) else [_bare(token)])
    return found


def _bare(token: str) -> str:
    return token[:-2] if token.endswith(("'s", "’s")) else token


def _pairs(token: str) -> list[str]:
    pieces: list[str] = []
    for run in UNSPACED.findall(token):
        pieces.extend(run[at : at + 2] for at in range(max(1, len(run) - 1)))
    return pieces


def weighed(text: str, language: str | None) -> dict[int, int]:
    """The content words of a text: id to weight, words without weight left out."""
    found = {}
    for token in words(text):
        word_id, weight = weigh(token, language)
        if weight:
            found[word_id] = weight
    return found


@lru_cache(maxsize=200_000)
def weigh(token: str, language: str | None) -> Word:
    """A word's id and weight. Inflected forms share an id: the first six letters of longer words."""
    digest = blake2b(_stem(token).encode(), digest_size=8).digest()
    return Word(int.from_bytes(digest, "big") >> 1, _weight(token, language))


def _stem(token: str) -> str:
    if token.isdigit() or UNSPACED.match(token):
        return token
    if len(token) > STEM_LENGTH:
        return token[:STEM_LENGTH]
    return token[:-1] if len(token) > 3 and token.endswith("s") and not token.endswith("ss") else token


def _weight(token: str, language: str | None) -> int:
    if token[0].isdigit():
        return NUMBER_WEIGHT
    if len(token) == 1:
        return 0
    frequency = frequencies(frequency_language(language)).get(token)
    if frequency is None:
        return UNKNOWN_WEIGHT
    return min(UNKNOWN_WEIGHT, max(0, round((COMMON_ZIPF - frequency) * UNITS_PER_ZIPF)))


@cache
def frequency_language(language: str | None) -> str:
    """The word list to use for a language: its own, else English (names and numbers still count)."""
    base = (language or "en").split("-")[0].lower()
    return base if base in available_languages("small") else "en"


@cache
def frequencies(language: str) -> dict[str, float]:
    """Zipf frequencies of a language's common words (about 10^-6 and above)."""
    table = get_frequency_dict(language, wordlist="small")
    return {word: round(log10(share) + 9, 2) for word, share in table.items()}
