"""What the sources of a story agree on: its words weighed by how many of them use them.

All weights are whole numbers (a source's vote is 60, shared by its articles), so sums are exact in
any order and a story gives the same record on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array  # type: ignore[import-untyped]  # ships no types

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
    heaviest words. `items[starts[r]:starts[r + 1]]` are the words of row `r`; `weight` and `votes`
    are by word.
    """

    first_row: Ints
    starts: Ints
    items: Ints
    weight: Ints
    votes: Ints
    length: Floats
    backing: Floats
    top: float

    def row(self, article: int, sentence: int) -> int:
        """The row of a sentence."""
        return int(self.first_row[article]) + sentence

    def words(self, row: int) -> Ints:
        """The words of a row, as columns."""
        return self.items[self.starts[row] : self.starts[row + 1]]

    def overlap(self, rows: Ints) -> Floats:
        """Weight of the words that each given row shares with every row, in word units."""
        words = [self.words(row) for row in rows.tolist()]
        column = np.concatenate(words)
        ends = np.concatenate(([0], np.cumsum([found.size for found in words])))
        shape = (rows.size, self.weight.size)
        weighed = csr_array((self.weight[column].astype(np.float64), column, ends), shape=shape)
        every = csc_array(
            (np.ones(self.items.size), self.items, self.starts), shape=(self.weight.size, self.length.size)
        )
        found: Floats = (weighed @ every).toarray()
        return found


def agree(readings: Sequence[Reading], votes: Sequence[int]) -> Agreement:
    """Weigh the words of a story. `votes[a]` is article a's part of its source's vote (60 at most)."""
    sizes = np.array([len(reading.sentences) for reading in readings])
    known = np.array([reading.word_ids.size for reading in readings])
    items = np.array([reading.item_rows.size for reading in readings])
    first_row, first_word = _offsets(sizes), _offsets(known)
    rows = np.concatenate([reading.item_rows for reading in readings]) + np.repeat(first_row, items)
    position = np.concatenate([reading.item_words for reading in readings]) + np.repeat(first_word, items)
    ids, column = np.unique(np.concatenate([reading.word_ids for reading in readings]), return_inverse=True)
    weight = np.zeros(ids.size, np.int64)
    weight[column] = np.concatenate([reading.word_weights for reading in readings])
    per_word = np.repeat(np.asarray(votes), known)
    titled = np.concatenate([reading.in_title for reading in readings])
    backed = np.bincount(column, weights=per_word * (1 + titled), minlength=ids.size).astype(np.int64)
    words, total = column[position], int(sizes.sum())
    backing = weight * backed
    return Agreement(
        first_row=first_row,
        starts=np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=total)))),
        items=words,
        weight=weight,
        votes=backed,
        length=np.bincount(rows, weights=weight[words], minlength=total).astype(np.float64),
        backing=np.bincount(rows, weights=backing[words], minlength=total).astype(np.float64),
        top=float(np.sort(backing)[-TOP_WORDS:].sum()) or 1.0,
    )


def _offsets(sizes: Ints) -> Ints:
    return np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)


def similarity(overlap: Floats, length: Floats, other: Floats) -> Floats:
    """Overlap as a part of the shorter of the two sentences, 0 to 1."""
    shorter = np.minimum(length[:, None], other[None, :])
    found: Floats = overlap / np.maximum(shorter, 1)
    return found
