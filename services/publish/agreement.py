"""What the sources of a story agree on: its words weighed by how many of them use them.

All weights are whole numbers (a source's vote is 60, shared by its articles), so sums are exact in
any order and a story gives the same record on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array  # type: ignore[import-untyped]  # ships no types

from services.publish.reading import Reading

VOTE = 60
TOP_WORDS = 8
# Words tell in eighths of their weight; of one that all sources use a quarter is left.
TELLING_UNITS, LEFT_OF_COMMON = 8, 4

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Weights = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Agreement:
    """The sentences of a story's unique articles as rows over its words.

    `first_row[a]` is the title row of article `a`; `length` is a sentence's weight in word units,
    `backing` its weight times the votes behind each word; `top` the backing of the story's eight
    heaviest words. `items[starts[r]:starts[r + 1]]` are the words of row `r`; `weight`, `votes` and
    `title_votes` (those of the titles alone) are by word. So is `telling`, how much a word tells one
    sentence of the story from another: its weight, less the more sources use it, for the name of what all
    speak of bears nothing out; `told` is the sum of that by row.
    """

    first_row: Ints
    starts: Ints
    items: Ints
    weight: Ints
    votes: Ints
    title_votes: Ints
    telling: Ints
    length: Floats
    told: Floats
    backing: Floats
    top: float

    def row(self, article: int, sentence: int) -> int:
        """The row of a sentence."""
        return int(self.first_row[article]) + sentence

    def rows_of(self, article: int) -> int:
        """How many rows an article has."""
        ends = self.first_row[article + 1 : article + 2]
        return int(ends[0] if ends.size else self.length.size) - int(self.first_row[article])

    def words(self, row: int) -> Ints:
        """The words of a row, as columns."""
        return self.items[self.starts[row] : self.starts[row + 1]]

    def some(self, rows: Ints) -> SomeRows:
        """The words of given rows, row after row."""
        starts = self.starts[rows]
        sizes = self.starts[rows + 1] - starts
        ends = np.cumsum(sizes)
        owner = np.repeat(np.arange(rows.size), sizes)
        place = np.arange(owner.size) + np.repeat(starts - ends + sizes, sizes)
        return SomeRows(self.items[place], owner, rows.size)

    def overlap(self, given: SomeRows, by_word: Ints) -> Weights:
        """The sum of a value by word over the words that every row (first axis) shares with each given one.

        Whole numbers, far below what 32 bits hold exactly.
        """
        asked = np.zeros(self.weight.size, np.bool_)
        asked[given.words] = True
        column = np.cumsum(asked, dtype=np.int32)
        count = int(column[-1]) if column.size else 0
        column -= 1
        kept = np.flatnonzero(asked[self.items])
        weights = np.zeros((count, given.size), np.float32)
        weights[column[given.words], given.owner] = by_word[given.words]
        starts = kept.searchsorted(self.starts).astype(np.int32)
        flags = np.ones(kept.size, np.float32)
        every = csr_array((flags, column[self.items[kept]], starts), shape=(self.length.size, count))
        found: Weights = every @ weights
        return found


class SomeRows(NamedTuple):
    """The words of `size` rows: `owner` is the place of each word's row among them."""

    words: Ints
    owner: Ints
    size: int

    def sums(self, by_word: Ints | Floats) -> Floats:
        """For each row, the sum over its words of a value given by word."""
        found = np.bincount(self.owner, weights=by_word[self.words], minlength=self.size)
        return found.astype(np.float64, copy=False)

    def shared(self, by_word: Ints) -> Weights:
        """The sum of a value by word over the words that each two of the rows share."""
        present = np.zeros((self.size, by_word.size), np.float32)
        present[self.owner, self.words] = 1
        held = np.flatnonzero(present.any(axis=0))
        found: Weights = (present[:, held] * by_word[held].astype(np.float32)) @ present[:, held].T
        return found


class Votes(NamedTuple):
    """Parts of their sources' votes (60 each): of texts, and of titles, which reprints have too.

    Who prints another's text chooses a title for it.
    """

    texts: Sequence[int]
    titles: Sequence[int]
    copies: Sequence[int] = ()


def agree(readings: Sequence[Reading], votes: Votes, copies: Sequence[Reading] = ()) -> Agreement:
    """Weigh the words of a story: of its unique articles, and of the titles of `copies`, their reprints."""
    first_row = _offsets([len(reading.sentences) for reading in readings])
    known = [reading.word_ids.size for reading in readings]
    inside = np.concatenate([reading.item_words for reading in readings])
    inside = inside + np.repeat(_offsets(known), [reading.item_words.size for reading in readings])
    sizes = np.concatenate([reading.row_sizes for reading in readings])
    titles = [reading.word_ids[reading.in_title > 0] for reading in copies]
    every, many = _columns(np.concatenate([*(reading.word_ids for reading in readings), *titles]))
    column = every[: sum(known)]
    # Where articles weigh a word differently, for they have it in different forms, the last one's weight.
    weight = np.zeros(many, np.int64)
    weight[column] = np.concatenate([reading.word_weights for reading in readings])
    backed = np.bincount(column, _each(votes.texts, known), many).astype(np.int64)
    titled = _each(votes.titles, known) * np.concatenate([reading.in_title for reading in readings])
    titled = np.append(titled, _each(votes.copies, [title.size for title in titles]))
    in_titles = np.bincount(every, titled, many).astype(np.int64)
    telling = _telling(weight, backed, sum(votes.texts))
    backed += in_titles
    starts = np.zeros(sizes.size + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    words, backing = column[inside], weight * backed
    return Agreement(
        first_row=first_row,
        starts=starts,
        items=words,
        weight=weight,
        votes=backed,
        title_votes=in_titles,
        telling=telling,
        length=_by_row(weight[words], starts),
        told=_by_row(telling[words], starts),
        backing=_by_row(backing[words], starts),
        top=_largest(backing, TOP_WORDS) or 1.0,
    )


def _telling(weight: Ints, votes: Ints, every: int) -> Ints:
    """A word that two sources use tells all its weight, one that all use a quarter of it."""
    beyond, most = np.maximum(0, votes - 2 * VOTE), max(1, every - 2 * VOTE)
    spared = LEFT_OF_COMMON * most - (LEFT_OF_COMMON - 1) * np.minimum(beyond, most)
    found: Ints = TELLING_UNITS * weight * spared // (LEFT_OF_COMMON * most)
    return found


def _each(values: Sequence[int], times: Sequence[int]) -> Floats:
    """Each value as often as it stands for a word."""
    return np.repeat(np.asarray(values, np.float64), times)


def _columns(held: Ints) -> tuple[Ints, int]:
    """The number of each id among the distinct ones, and how many these are."""
    order = held.argsort(kind="stable")  # quick on sorted runs one after another
    ranked = held[order]
    new = np.ones(held.size, np.bool_)
    np.not_equal(ranked[1:], ranked[:-1], out=new[1:])
    number = np.cumsum(new)
    column = np.empty(held.size, np.int64)
    column[order] = number - 1
    return column, int(number[-1]) if number.size else 0


def _by_row(values: Ints, starts: Ints) -> Floats:
    """Sums of the values of each row; whole numbers, so that their differences are exact."""
    run = np.zeros(values.size + 1, np.int64)
    np.cumsum(values, out=run[1:])
    found: Floats = np.diff(run[starts]).astype(np.float64)
    return found


def _largest(values: Ints, count: int) -> float:
    """The sum of the largest values; for a handful quicker than sorting."""
    left, total = values.copy(), 0
    for _ in range(min(count, left.size)):
        best = int(left.argmax())
        total += int(left[best])
        left[best] = -1
    return float(total)


def _offsets(sizes: Sequence[int]) -> Ints:
    return np.fromiter(accumulate(sizes[:-1], initial=0), np.int64, len(sizes))


def similarity(overlap: Floats | Weights, length: Floats, other: Floats) -> Floats:
    """Overlap as a part of the shorter of the two sentences, 0 to 1."""
    found: Floats = overlap / np.maximum(np.minimum(length[:, None], other), 1)
    return found
