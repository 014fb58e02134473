"""Texts to rows of the table of words, many texts in one pass.

`terms.tokens` says what a word is; this finds the same words with numpy, by the kinds of their
characters, and looks them up by a hash of their characters. What is not plain (a number with a point, a
word beside digits, scripts without spaces) goes through `terms.tokens` itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from services.cluster.segments import SYLLABIC
from services.cluster.terms import (
    APOSTROPHE,
    DIGIT,
    LETTER,
    MOST_CHARACTERS,
    POINT,
    UNSPACED_CHARACTER,
    USUAL_CHARACTERS,
    WORD,
    character_kinds,
    lexicon,
    table,
    tokens,
    words_of,
)

Rows = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Kinds = npt.NDArray[np.uint8]

MOST_WORDS = 200_000  # words looked up that are kept (20 MB); all are forgotten above it
LONGEST = 32  # characters of a word that is looked up by its hash
STEP = np.uint64(0x9E3779B97F4A7C15)
CHARACTERS = 0x110000


@dataclass(frozen=True)
class Text:
    """A text of which the first `limit` words are wanted."""

    text: str
    language: str
    limit: int


@dataclass
class Known:
    """Hash of a word → its row: open addressing, so that many are looked up at once. 0 is a free place."""

    hashes: Hashes = field(default_factory=lambda: np.zeros(1 << 14, np.uint64))
    rows: Rows = field(default_factory=lambda: np.zeros(1 << 14, np.int32))
    size: int = 0


@cache
def known() -> Known:
    """The one table of hashes of this process; goes with the table of words."""
    return Known()


def make_room() -> None:
    """Forget all words looked up when there are too many. Rows held by anybody are void after it."""
    if table().size > MOST_WORDS:
        for memory in (lexicon, table, known):
            memory.cache_clear()


def rows_of(texts: Sequence[Text]) -> list[Rows]:
    """Rows of the first words of each text, as `terms.tokens` and `terms.lexicon` say them."""
    found = _found(texts, USUAL_CHARACTERS)
    short = [
        at
        for at, (each, rows) in enumerate(zip(texts, found, strict=True))
        if rows is not None and len(rows) <= each.limit and len(each.text) > each.limit * USUAL_CHARACTERS
    ]
    for at, rows in zip(short, _found([texts[at] for at in short], MOST_CHARACTERS), strict=True):
        found[at] = rows
    return [
        _one_by_one(each) if rows is None else rows[: each.limit]
        for each, rows in zip(texts, found, strict=True)
    ]


def _one_by_one(each: Text) -> Rows:
    words = lexicon(each.language)
    found = words_of(each.text, each.language, each.limit)
    return np.fromiter(map(words.__getitem__, found), np.int32)


def _found(texts: Sequence[Text], characters: int) -> list[Rows | None]:
    """All words in the first characters of each text; None where a script without spaces is among them."""
    if not texts:
        return []
    cut = [each.text[: each.limit * characters] for each in texts]
    joined = "\n" + "\n".join(cut) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    bounds = np.cumsum([1, *(len(each) + 1 for each in cut)])
    kinds = character_kinds().take(codes)
    starts, ends, plain = _segments(kinds)
    owners = np.searchsorted(bounds, starts, "right") - 1
    languages = [each.language for each in texts]
    rows, counts = _looked_up(joined, codes, (starts, ends, plain), owners, languages)
    split = np.concatenate([[0], np.cumsum(counts)])[np.searchsorted(starts, bounds)].tolist()
    unspaced = np.searchsorted(bounds, np.flatnonzero(kinds & UNSPACED_CHARACTER), "right") - 1
    apart = {*unspaced.tolist(), *(at for at, each in enumerate(texts) if each.language in SYLLABIC)}
    return [None if at in apart else rows[low:high] for at, (low, high) in enumerate(pairwise(split))]


def _segments(kinds: Kinds) -> tuple[Places, Places, npt.NDArray[np.bool_]]:
    """Where runs of word characters, with what joins them inside, start and end; and which are one word."""
    inside = (kinds & WORD) > 0
    marks = np.flatnonzero(kinds & (APOSTROPHE | POINT))
    left, right, kind = kinds[marks - 1], kinds[marks + 1], kinds[marks]
    points = (kind & POINT > 0) & (left & right & DIGIT > 0)
    joins = points | ((kind & APOSTROPHE > 0) & (left & WORD > 0) & (right & (LETTER | DIGIT) > 0))
    inside[marks[joins]] = True
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    starts, ends = edges[::2], edges[1::2]
    plain = (kinds[starts] & LETTER > 0) & (ends - starts <= LONGEST)
    plain[np.searchsorted(starts, marks[points], "right") - 1] = False
    return starts, ends, plain


def _looked_up(
    joined: str,
    codes: npt.NDArray[np.uint32],
    segments: tuple[Places, Places, npt.NDArray[np.bool_]],
    owners: Places,
    languages: list[str],
) -> tuple[Rows, Places]:
    """Rows of all words in their order, and how many each segment has."""
    starts, ends, plain = segments
    low, high, whose = starts[plain], ends[plain], owners[plain]
    hashes = _hashes(codes, low, high) ^ np.array([_salt(each) for each in languages], np.uint64)[whose]
    hashes[hashes == 0] = 1
    rows = look_up(known(), hashes)
    new = np.flatnonzero(rows < 0)
    if len(new):
        keys, first, again = np.unique(hashes[new], return_index=True, return_inverse=True)
        added = _read(joined, low[new[first]], high[new[first]], [languages[at] for at in whose[new[first]]])
        learn(known(), keys, added)
        rows[new] = added[again]
    every, counts = np.zeros(len(starts), np.int32), np.ones(len(starts), np.int64)
    every[plain] = rows
    others: dict[int, list[int]] = {}
    for at in np.flatnonzero(~plain).tolist():
        segment, words = joined[starts[at] : ends[at]], lexicon(languages[owners[at]])
        found = [segment] if segment.isdecimal() else tokens(segment, len(segment))
        others[at] = [words[each] for each in found]
        counts[at] = len(others[at])
    spread, firsts = np.repeat(every, counts), np.cumsum(counts) - counts
    for at, read in others.items():
        spread[firsts[at] : firsts[at] + len(read)] = read
    return spread, counts


def _read(joined: str, starts: Places, ends: Places, languages: list[str]) -> Rows:
    """Rows of words that are not known by their hash yet, each once."""
    spans = zip(starts.tolist(), ends.tolist(), strict=True)
    words = np.array([joined[start:end] for start, end in spans], object)
    rows, spoken = np.zeros(len(words), np.int32), np.array(languages, object)
    for language in dict.fromkeys(languages):
        places = np.flatnonzero(spoken == language)
        rows[places] = lexicon(language).add(words[places].tolist())
    return rows


def _hashes(codes: npt.NDArray[np.uint32], starts: Places, ends: Places) -> Hashes:
    """A 64 bit hash of the characters of each run: differences of one running sum."""
    powers, inverse = _powers(1 << (len(codes) - 1).bit_length())
    sums = np.cumsum(_scrambled()[codes] * powers[: len(codes)], dtype=np.uint64)
    hashes: Hashes = (sums[ends - 1] - sums[starts - 1]) * inverse[starts]
    hashes ^= hashes >> np.uint64(32)
    return hashes


@cache
def _scrambled() -> Hashes:
    """A number of 64 bits for each character."""
    mixed = (np.arange(CHARACTERS, dtype=np.uint64) + np.uint64(1)) * STEP
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    result: Hashes = mixed ^ (mixed >> np.uint64(31))
    return result


@cache
def _powers(count: int) -> tuple[Hashes, Hashes]:
    """Powers of an odd number modulo 2^64, and their inverses."""
    inverse = pow(int(STEP), -1, 1 << 64)
    one = np.ones(1, np.uint64)
    up, down = (np.full(count - 1, base, np.uint64) for base in (STEP, np.uint64(inverse)))
    return np.cumprod(np.concatenate([one, up])), np.cumprod(np.concatenate([one, down]))


@cache
def _salt(language: str) -> int:
    return int.from_bytes(language.encode()[:8].ljust(8, b"\x01"), "little")


def look_up(memory: Known, hashes: Hashes) -> Rows:
    """The row of each hash, -1 where there is none."""
    mask = len(memory.hashes) - 1
    places = (hashes >> np.uint64(8)).astype(np.int64) & mask
    held = memory.hashes[places]
    rows: Rows = np.where(held == hashes, memory.rows[places], np.int32(-1))
    waiting = np.flatnonzero((held != hashes) & (held != 0))
    while len(waiting):
        places[waiting] = (places[waiting] + 1) & mask
        held = memory.hashes[places[waiting]]
        right = held == hashes[waiting]
        rows[waiting[right]] = memory.rows[places[waiting[right]]]
        waiting = waiting[~right & (held != 0)]
    return rows


def learn(memory: Known, keys: Hashes, rows: Rows) -> None:
    """Remember the rows of hashes that are different and not known yet."""
    while 2 * (memory.size + len(keys)) > len(memory.hashes):
        _grow(memory)
    mask = len(memory.hashes) - 1
    places = (keys >> np.uint64(8)).astype(np.int64) & mask
    memory.size += len(keys)
    waiting = np.arange(len(keys))
    while len(waiting):
        free = waiting[memory.hashes[places[waiting]] == 0]
        memory.hashes[places[free]] = keys[free]  # of several that want a place one gets it
        placed = memory.hashes[places[waiting]] == keys[waiting]
        memory.rows[places[waiting[placed]]] = rows[waiting[placed]]
        waiting = waiting[~placed]
        places[waiting] = (places[waiting] + 1) & mask


def _grow(memory: Known) -> None:
    taken = np.flatnonzero(memory.hashes)
    keys, rows, size = memory.hashes[taken], memory.rows[taken], 2 * len(memory.hashes)
    memory.hashes, memory.rows, memory.size = np.zeros(size, np.uint64), np.zeros(size, np.int32), 0
    learn(memory, keys, rows)
