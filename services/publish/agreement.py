"""What the sources of a story agree on: its words weighed by how many of them use them.

All weights are whole numbers (a source's vote is 60, shared by its articles), so sums are exact in
any order and a story gives the same record on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.publish.reading import Reading

VOTE = 60
SHARED_WORDS = 256
TOP_WORDS = 8

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Agreement:
    """The sentences of a story's unique articles as rows over the words that they share.

    `first_row[a]` is the title row of article `a`; `length` is a sentence's weight in word units,
    `backing` its weight times the votes behind each word; `top` the backing of the story's heaviest
    words; `shared` has a 1 where a row has a shared word.
    """

    first_row: Ints
    length: Floats
    backing: Floats
    top: float
    shared: NDArray[np.float32]
    shared_weight: NDArray[np.float32]
    shared_backing: Floats
    votes: int

    def row(self, article: int, sentence: int) -> int:
        """The row of a sentence."""
        return int(self.first_row[article]) + sentence

    def overlap(self, rows: Ints) -> NDArray[np.float32]:
        """Weight of the shared words of each given row with every row, in word units."""
        found: NDArray[np.float32] = (self.shared[rows] * self.shared_weight) @ self.shared.T
        return found


def agree(readings: Sequence[Reading], votes: Sequence[int]) -> Agreement:
    """Weigh the words of a story. `votes[a]` is article a's part of its source's vote (60 at most)."""
    sizes = [len(reading.sentences) for reading in readings]
    first_row = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)
    counts = [reading.word_ids.size for reading in readings]
    article = np.repeat(np.arange(len(readings)), counts)
    rows = np.concatenate([reading.word_rows for reading in readings]) + first_row[article]
    ids = np.concatenate([reading.word_ids for reading in readings])
    known, column = np.unique(ids, return_inverse=True)
    weight = np.zeros(known.size, np.int64)
    weight[column] = np.concatenate([reading.word_weights for reading in readings])
    shared_by, backed = _votes(column, article, rows == first_row[article], np.asarray(votes), known.size)
    backing = weight * backed
    total_rows = int(sum(sizes))
    keep = _shared_columns(shared_by, backing)
    matrix, order = _matrix(rows, column, keep, total_rows, known.size)
    return Agreement(
        first_row=first_row,
        length=np.bincount(rows, weights=weight[column], minlength=total_rows),
        backing=np.bincount(rows, weights=backing[column], minlength=total_rows),
        top=float(np.sort(backing)[-TOP_WORDS:].sum()) or 1.0,
        shared=matrix,
        shared_weight=weight[order].astype(np.float32),
        shared_backing=backing[order].astype(np.float64),
        votes=int(sum(votes)),
    )


def _votes(column: Ints, article: Ints, in_title: NDArray[np.bool_], votes: Ints, size: int) -> tuple[Ints, Ints]:
    """By word: how many articles use it, and the votes behind it (a title's use counts once more)."""
    pairs = np.unique(column * votes.size + article)
    words, by = pairs // votes.size, pairs % votes.size
    body = np.bincount(words, weights=votes[by], minlength=size)
    title = np.bincount(column[in_title], weights=votes[article[in_title]], minlength=size)
    return np.bincount(words, minlength=size), (body + title).astype(np.int64)


def _shared_columns(shared_by: Ints, backing: Ints) -> Ints:
    """The words to compare sentences by: in two articles or more, the best backed first."""
    found = np.flatnonzero(shared_by > 1)
    if found.size <= SHARED_WORDS:
        return found
    return np.sort(found[np.lexsort((found, -backing[found]))[:SHARED_WORDS]])


def _matrix(rows: Ints, column: Ints, keep: Ints, height: int, words: int) -> tuple[NDArray[np.float32], Ints]:
    place = np.full(words, -1, np.int64)
    place[keep] = np.arange(keep.size)
    at = place[column]
    matrix = np.zeros((height, keep.size), np.float32)
    matrix[rows[at >= 0], at[at >= 0]] = 1
    return matrix, keep


def similarity(overlap: NDArray[np.float32], length: Floats, other: Floats) -> Floats:
    """Overlap as a part of the shorter of the two sentences, 0 to 1."""
    shorter = np.minimum(length[:, None], other[None, :])
    found: Floats = overlap / np.maximum(shorter, 1)
    return found
