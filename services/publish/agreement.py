"""What the sources of a story agree on: its words weighed by how many of them use them.

All weights are whole numbers (a source's vote is 60, shared by its articles), so sums are exact in
any order and a story gives the same record on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array  # type: ignore[import-untyped]  # ships no types

from services.publish.reading import Reading

VOTE = 60
TOP_WORDS = 8

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Agreement:
    """The sentences of a story's unique articles as rows over its words.

    `first_row[a]` is the title row of article `a`; `length` is a sentence's weight in word units,
    `backing` its weight times the votes behind each word; `top` the backing of the story's eight
    heaviest words. `items[starts[r]:starts[r + 1]]` are the words of row `r`; `weight`, `votes` and
    `title_votes` (those of the titles alone) are by word.
    """

    first_row: Ints
    starts: Ints
    items: Ints
    weight: Ints
    votes: Ints
    title_votes: Ints
    length: Floats
    backing: Floats
    top: float

    def row(self, article: int, sentence: int) -> int:
        """The row of a sentence."""
        return int(self.first_row[article]) + sentence

    def words(self, row: int) -> Ints:
        """The words of a row, as columns."""
        return self.items[self.starts[row] : self.starts[row + 1]]

    def sums(self, by_word: Ints | Floats, rows: Ints) -> Floats:
        """For each given row, the sum over its words of a value given by word."""
        run = np.concatenate(([0], np.cumsum(by_word[self.items])))
        found: Floats = (run[self.starts[rows + 1]] - run[self.starts[rows]]).astype(np.float64)
        return found

    def overlap(self, rows: Ints) -> Floats:
        """Weight of the words that each given row shares with every row, in word units."""
        shape = (self.length.size, self.weight.size)
        every = csr_array((np.ones(self.items.size), self.items, self.starts), shape=shape)
        given = np.zeros((self.weight.size, rows.size))
        for column, row in enumerate(rows.tolist()):
            words = self.words(row)
            given[words, column] = self.weight[words]
        found: Floats = np.ascontiguousarray((every @ given).T)
        return found


def agree(readings: Sequence[Reading], votes: Sequence[int]) -> Agreement:
    """Weigh the words of a story. `votes[a]` is article a's part of its source's vote (60 at most)."""
    sizes = np.array([len(reading.sentences) for reading in readings])
    known = np.array([reading.word_ids.size for reading in readings])
    items = np.array([reading.item_rows.size for reading in readings])
    first_row, first_word = _offsets(sizes), _offsets(known)
    rows = np.concatenate([reading.item_rows for reading in readings]) + np.repeat(first_row, items)
    position = np.concatenate([reading.item_words for reading in readings]) + np.repeat(first_word, items)
    ids, column = _distinct(np.concatenate([reading.word_ids for reading in readings]))
    weight = np.zeros(ids.size, np.int64)
    weight[column] = np.concatenate([reading.word_weights for reading in readings])
    per_word = np.repeat(np.asarray(votes), known)
    titled = np.concatenate([reading.in_title for reading in readings])
    in_titles = np.bincount(column, weights=per_word * titled, minlength=ids.size).astype(np.int64)
    backed = np.bincount(column, weights=per_word, minlength=ids.size).astype(np.int64) + in_titles
    words, total = column[position], int(sizes.sum())
    backing = weight * backed
    return Agreement(
        first_row=first_row,
        starts=np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=total)))),
        items=words,
        weight=weight,
        votes=backed,
        title_votes=in_titles,
        length=np.bincount(rows, weights=weight[words], minlength=total).astype(np.float64),
        backing=np.bincount(rows, weights=backing[words], minlength=total).astype(np.float64),
        top=float(np.partition(backing, -min(TOP_WORDS, ids.size))[-TOP_WORDS:].sum() if ids.size else 0)
        or 1.0,
    )


def _distinct(ids: Ints) -> tuple[Ints, Ints]:
    """Sorted distinct values, and where each value is among them. Quick on sorted runs one after another."""
    order = ids.argsort(kind="stable")
    held = ids[order]
    new = np.ones(held.size, np.bool_)
    np.not_equal(held[1:], held[:-1], out=new[1:])
    where = np.empty(held.size, np.int64)
    where[order] = np.cumsum(new) - 1
    return held[new], where


def _offsets(sizes: Ints) -> Ints:
    return np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)


def similarity(overlap: Floats, length: Floats, other: Floats) -> Floats:
    """Overlap as a part of the shorter of the two sentences, 0 to 1."""
    shorter = np.minimum(length[:, None], other[None, :])
    found: Floats = overlap / np.maximum(shorter, 1)
    return found
