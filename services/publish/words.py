"""Words as the record weighs them: content words with a stable id and a weight in whole units.

The weight is a prior from word frequency (wordfreq, Zipf scale: log10 of occurrences per 10^9
words), so that two articles suffice to know that "said" says nothing and "smuggling" does. Weights
are small whole numbers and every sum of them is exact, in any order and on any machine: the same
story gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from Stemmer import Stemmer  # type: ignore[import-not-found,unused-ignore]  # ships no types
from wordfreq import available_languages, get_frequency_list

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# Scripts written without spaces: Han, kana, Thai. Words there are pairs of neighbouring characters.
UNSPACED = re.compile(r"[぀-ヿ㐀-鿿豈-﫿฀-๿]+")
PART = re.compile(r"[^\W_]+")
APOSTROPHE = re.compile("['’]")
# Most of Western print has a byte a character. As its words are read: letters folded, digits and apostrophes
# as they are, all else a space. Two letters of it, ß and µ, are folded to what has no byte there.
WESTERN = "cp1252"
WESTERN_LETTERS = bytes(range(256)).decode(WESTERN, "replace")
WESTERN_WORDS = (
    "".join(letter if letter.isalnum() or letter in "'’" else " " for letter in WESTERN_LETTERS)
    .lower()
    .encode(WESTERN)
)
RIGHT_QUOTE = "’".encode(WESTERN)
# A stem's first letters: spellings that differ behind them ("Zelensky", "Zelenskyy") are one word. Without
# a stemmer the first letters of the word itself (McNamee and Mayfield 2004).
STEM_LENGTH, PREFIX_LENGTH = 7, 6
COMMON_ZIPF = 6.2
UNITS_PER_ZIPF = 8
UNKNOWN_WEIGHT = 26
NUMBER_WEIGHT = 12


# Words remembered as weighed, a language; texts whose clues are at hand (those of an article or two).
REMEMBERED_WORDS, REMEMBERED_TEXTS = 16_384, 128


class Word(NamedTuple):
    """A word's id (63 bits, stable across machines) and weight (0 to about 26 units)."""

    id: int
    weight: int


class Clues(NamedTuple):
    """What is cheap to know of a text, to tell which patterns are worth trying on it.

    `words` are its words in order; `parts` holds each of them, and what stands on either side of an
    apostrophe in one.
    """

    words: list[str]
    parts: frozenset[str]


@lru_cache(maxsize=REMEMBERED_TEXTS)
def clues(text: str) -> Clues:
    """The clues of a text. A pattern that asks for a whole word can match only where `parts` has it."""
    if "'" not in text and text.isascii():
        found = text.encode().translate(WESTERN_WORDS).decode().split()
        return Clues(found, frozenset(found))
    found, joined = _words(text)
    parts = frozenset(found)
    return Clues(found, parts.union(*map(APOSTROPHE.split, joined)) if joined else parts)


def has_unspaced(text: str) -> bool:
    """Whether a text holds a script written without spaces."""
    return not text.isascii() and UNSPACED.search(text) is not None


def words(text: str) -> list[str]:
    """The words of a text, case folded, possessive endings dropped, in order."""
    return clues.__wrapped__(text).words


def western(text: str) -> bytes | None:
    """A text with a byte a character; None where it holds what has none."""
    if text.isascii():
        return text.encode()
    try:
        return text.encode(WESTERN)
    except UnicodeEncodeError:
        return None


def _words(text: str) -> tuple[list[str], list[str]]:
    """A text's words, and as they stand at least those that an apostrophe joins."""
    data = western(text)
    if data is None or "ß" in text or "µ" in text:
        return _found(text)
    folded = data.translate(WESTERN_WORDS)
    tokens = folded.decode("ascii" if folded.isascii() else WESTERN).split()
    if b"'" not in folded and RIGHT_QUOTE not in folded:
        return tokens, []
    found: list[str] = []
    joined: list[str] = []
    for token in tokens:
        if "'" in token or "’" in token:
            inside = WORD.findall(token)
            joined += inside
            found += map(_bare, inside)
        else:
            found.append(token)
    return found, joined


def _found(text: str) -> tuple[list[str], list[str]]:
    """The same for any script."""
    tokens: list[str] = WORD.findall(text.casefold())
    joined = tokens if "'" in text or "’" in text else []
    if not has_unspaced(text):
        return list(map(_bare, tokens)) if joined else tokens, joined
    found: list[str] = []
    for token in tokens:
        found.extend(_pairs(token) if UNSPACED.search(token) else [_bare(token)])
    return found, joined


def _bare(token: str) -> str:
    return token[:-2] if token.endswith(("'s", "’s")) else token


def _pairs(token: str) -> list[str]:
    pieces: list[str] = []
    for run in UNSPACED.findall(token):
        pieces.extend(run[at : at + 2] for at in range(max(1, len(run) - 1)))
    return pieces


def weighed(text: str, language: str | None) -> dict[int, int]:
    """The content words of a text: id to weight, words without weight left out."""
    table = _weights(frequency_language(language))
    return {word_id: weight for word_id, weight in map(table.word, clues(text).words) if weight}


class Weighed(NamedTuple):
    """Words of some texts, weighed: `ids` (sorted, each once) with `weights`, and by text which they are.

    An item is one word in one text: `texts` and `words` are its text's number and its place in `ids`, in
    order of the texts.
    """

    ids: NDArray[np.int64]
    weights: NDArray[np.int64]
    texts: NDArray[np.int64]
    words: NDArray[np.int64]


def weigh_all(texts: Sequence[str | None], language: str | None) -> Weighed:
    """The content words of several texts of one language; None is a text whose words do not count."""
    table = _weights(frequency_language(language))
    said = [clues(text).words if text is not None else [] for text in texts]
    table.make_room(sum(map(len, said)))
    found = np.fromiter(map(table.__getitem__, chain.from_iterable(said)), np.int64)
    weights, text = table.weights[found], np.repeat(np.arange(len(said)), list(map(len, said)))
    kept = np.flatnonzero(weights)
    given = table.ids[found[kept]]
    order = given.argsort()
    held = given[order]
    new = np.ones(held.size, np.bool_)
    np.not_equal(held[1:], held[:-1], out=new[1:])
    ids, words = held[new], np.empty(held.size, np.int64)
    words[order] = np.cumsum(new) - 1
    by_id = np.zeros(ids.size, np.int64)
    by_id[words] = weights[kept]  # where forms of one word differ in weight, the last one's
    present = np.zeros((len(said), ids.size), np.bool_)
    present[text[kept], words] = True
    return Weighed(ids, by_id, *present.nonzero())


def weigh(token: str, language: str | None) -> Word:
    """A word's id and weight. Inflected forms share an id: that of their stem."""
    return _weights(frequency_language(language)).word(token)


class _Weights(dict[str, int]):
    """Words of one language as weighed: the place of each in `ids` and `weights`.

    Bounded: when there is no room all are forgotten, and weighed again as they come.
    """

    def __init__(self, frequency: Mapping[str, float], stemmer: Stemmer | None) -> None:
        super().__init__()
        self.frequency = frequency
        self.stemmer = stemmer
        self.ids = np.zeros(REMEMBERED_WORDS, np.int64)
        self.weights = np.zeros(REMEMBERED_WORDS, np.int64)

    def word(self, token: str) -> Word:
        self.make_room(1)
        at = self[token]
        return Word(int(self.ids[at]), int(self.weights[at]))

    def make_room(self, count: int) -> None:
        """See to it that so many words more can be taken in without forgetting one."""
        if len(self) + count > self.ids.size:
            self.clear()

    def __missing__(self, token: str) -> int:
        at = self[token] = len(self)
        digest = blake2b(_stem(token, self.stemmer).encode(), digest_size=8).digest()
        self.ids[at] = int.from_bytes(digest, "big") >> 1
        self.weights[at] = _weight(token, self.frequency)
        return at


@cache
def _weights(language: str) -> _Weights:
    return _Weights(frequencies(language), _stemmer(language))


def _stemmer(language: str) -> Stemmer | None:
    """Snowball's stemmer of a language, where it has one."""
    try:  # without a memory of its own: a word is asked for once
        return Stemmer("no" if language == "nb" else language, 0)
    except KeyError:
        return None


def _stem(token: str, stemmer: Stemmer | None) -> str:
    if token.isdigit() or UNSPACED.match(token):
        return token
    if stemmer is None:
        return token[:PREFIX_LENGTH]
    stem: str = stemmer.stemWord(token)
    return stem[:STEM_LENGTH]


def _weight(token: str, table: Mapping[str, float]) -> int:
    if token[0].isdigit():
        return NUMBER_WEIGHT
    if len(token) == 1:
        return 0
    frequency = table.get(token)
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
    table: dict[str, float] = {}
    for centibels, words_of in enumerate(get_frequency_list(language, wordlist="small")):
        table.update(dict.fromkeys(words_of, round(9 - centibels / 100, 2)))
    return table
