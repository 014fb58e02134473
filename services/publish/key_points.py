"""Key points: the sentences that together cover what several independent sources report.

Chosen greedily: each next one adds most of the agreed words that are not yet said (as in
submodular summarisation, Lin and Bilmes 2011), weighed by the sources behind it and its place in
its article; a paraphrase of what is said is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.publish.agreement import Agreement, Floats, Ints, similarity

MAX_CANDIDATES = 64
SUPPORT = 0.5
SAME = 0.5
SAME_AS_SUMMARY = 0.6
# Sixteenths of a word's backing left once it has been said: in headline or summary, in a key point.
LEFT_AFTER_SUMMARY, LEFT_AFTER_POINT, WHOLE = 7, 3, 16
ENOUGH = 0.22


@dataclass(frozen=True)
class Candidate:
    """A sentence that may become a key point; `prior` (0 to 1) is for its place and form."""

    article: int
    sentence: int
    prior: float


@dataclass(frozen=True)
class Chosen:
    """A chosen sentence and, by article, the sentence that supports it best and how well (0 to 1)."""

    article: int
    sentence: int
    support: tuple[tuple[int, int, float], ...]


def shortlist(candidates: Sequence[Candidate], agreement: Agreement) -> list[Candidate]:
    """The best 64 candidates by what they say of the agreed words; ties in the given order."""
    if len(candidates) <= MAX_CANDIDATES:
        return list(candidates)
    rows = _rows(candidates, agreement)
    priors = np.array([candidate.prior for candidate in candidates])
    score = np.round(agreement.backing[rows] / np.sqrt(agreement.length[rows] + 1) * priors, 6)
    best = np.argsort(-score, kind="stable")[:MAX_CANDIDATES]
    return [candidates[index] for index in sorted(best)]


def _rows(candidates: Sequence[Candidate], agreement: Agreement) -> Ints:
    return np.array([agreement.row(c.article, c.sentence) for c in candidates], np.int64)


def choose(
    candidates: Sequence[Candidate],
    agreement: Agreement,
    sources: Sequence[str],
    said_rows: Sequence[int],
    *,
    at_most: int,
    min_sources: int,
) -> list[Chosen]:
    """The key points, in the order they were chosen.

    `sources[a]` is article a's independent source, `said_rows` the rows of headline and summary.
    """
    if not candidates:
        return []
    rows = _rows(candidates, agreement)
    overlap = agreement.overlap(rows)
    length = agreement.length[rows]
    support, best_row = _support(overlap, length, agreement)
    backers = np.array([len({sources[a] for a in np.flatnonzero(line >= SUPPORT)}) for line in support])
    alike = similarity(overlap[:, rows], length, length)
    open_ = _still_open(overlap, agreement, length, said_rows) & (backers >= min_sources)
    prior = np.array([candidate.prior for candidate in candidates])
    worth = prior * np.log2(1 + backers) / np.sqrt(length + 20)
    picked = _greedy(agreement, rows, worth, alike, open_, said_rows, at_most)
    return [_chosen(candidates[index], support[index], best_row[index], agreement) for index in picked]


def _support(overlap: NDArray[np.float32], length: Floats, agreement: Agreement) -> tuple[Floats, Ints]:
    """By candidate and article: the best overlap as a part of the candidate, and the row it is in."""
    parts = np.maximum.reduceat(overlap, agreement.first_row, axis=1) / np.maximum(length[:, None], 1)
    ends = np.append(agreement.first_row[1:], overlap.shape[1])
    best = np.stack(
        [start + overlap[:, start:end].argmax(axis=1) for start, end in zip(agreement.first_row, ends, strict=True)],
        axis=1,
    )
    return np.round(parts, 4), best


def _still_open(
    overlap: NDArray[np.float32], agreement: Agreement, length: Floats, said_rows: Sequence[int]
) -> NDArray[np.bool_]:
    said = np.asarray(said_rows, np.int64)
    alike = similarity(overlap[:, said], length, agreement.length[said])
    found: NDArray[np.bool_] = alike.max(axis=1, initial=0.0) < SAME_AS_SUMMARY
    return found


def _greedy(
    agreement: Agreement,
    rows: Ints,
    worth: Floats,
    alike: Floats,
    open_: NDArray[np.bool_],
    said_rows: Sequence[int],
    at_most: int,
) -> list[int]:
    has = agreement.shared[rows].astype(np.float64)
    left = np.full(has.shape[1], WHOLE, np.float64)
    for row in said_rows:
        left[agreement.shared[row] > 0] = LEFT_AFTER_SUMMARY
    picked: list[int] = []
    first = 0.0
    while len(picked) < at_most and open_.any():
        gain = np.where(open_, np.round(worth * (has @ (agreement.shared_backing * left)), 4), -1.0)
        best = int(gain.argmax())
        first = first or float(gain[best])
        if gain[best] <= 0 or gain[best] < ENOUGH * first:
            break
        picked.append(best)
        left = np.where(has[best] > 0, np.minimum(left, LEFT_AFTER_POINT), left)
        open_ = open_ & (alike[best] < SAME)
    return picked


def _chosen(candidate: Candidate, support: Floats, best_row: Ints, agreement: Agreement) -> Chosen:
    backers = [a for a in np.flatnonzero(support >= SUPPORT).tolist() if a != candidate.article]
    backers.sort(key=lambda a: (-support[a], a))
    found = [(a, int(best_row[a] - agreement.first_row[a]), float(support[a])) for a in backers]
    return Chosen(candidate.article, candidate.sentence, tuple(found))
