"""Key points: the sentences that together cover what several independent sources report.

Chosen greedily: each next one adds most of the agreed words that are not yet said (as in
submodular summarisation, Lin and Bilmes 2011), weighed by the sources behind it and its place in
its article; a paraphrase of what is said is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.publish.agreement import Agreement, Bools, Floats, Ints, similarity

MAX_CANDIDATES = 64
SUPPORT = 0.45
SAME = 0.45
SAID = 0.62
# Sixteenths of a word's backing left once it has been said: in headline or summary, in a key point.
LEFT_AFTER_SUMMARY, LEFT_AFTER_POINT, WHOLE = 6, 2, 16
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
    articles = np.array([candidate.article for candidate in candidates])
    return agreement.first_row[articles] + np.array([candidate.sentence for candidate in candidates])


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
    support = _support(overlap, length, agreement)
    backers = _backers(support >= SUPPORT, sources)
    prior = np.array([candidate.prior for candidate in candidates])
    worth = prior * np.log2(1 + backers) / np.sqrt(length + 20)
    worth[backers < min_sources] = 0
    alike = similarity(overlap[:, rows], length, length)
    picked = _greedy(agreement, rows, worth, alike, said_rows, at_most)
    return [_chosen(candidates[index], overlap[index], support[index], agreement) for index in picked]


def _support(overlap: Floats, length: Floats, agreement: Agreement) -> Floats:
    """By candidate and article: the best overlap as a part of the candidate, 0 to 1."""
    best = np.maximum.reduceat(overlap, agreement.first_row, axis=1)
    return np.round(best / np.maximum(length[:, None], 1), 4)


def _backers(supports: Bools, sources: Sequence[str]) -> Ints:
    """By candidate: how many independent sources support it."""
    names = {source: number for number, source in enumerate(dict.fromkeys(sources))}
    by_source = np.zeros((len(names), len(sources)), np.int64)
    by_source[[names[source] for source in sources], np.arange(len(sources))] = 1
    found: Ints = (supports.astype(np.int64) @ by_source.T > 0).sum(axis=1)
    return found


def _greedy(
    agreement: Agreement, rows: Ints, worth: Floats, alike: Floats, said_rows: Sequence[int], at_most: int
) -> list[int]:
    value = agreement.weight * agreement.votes
    left = np.full(value.size, WHOLE, np.int64)
    for row in said_rows:
        left[agreement.words(row)] = LEFT_AFTER_SUMMARY
    words = [agreement.words(row) for row in rows]
    column = np.concatenate(words)
    owner = np.repeat(np.arange(len(words)), [found.size for found in words])
    length = np.maximum(agreement.length[rows], 1)
    worth, picked, first = worth.copy(), [], 0.0
    while len(picked) < at_most:
        unsaid = np.bincount(owner, weights=(agreement.weight * (left == WHOLE))[column], minlength=len(words))
        gain = worth * np.bincount(owner, weights=(value * left)[column], minlength=len(words))
        gain = np.where(unsaid < (1 - SAID) * length, 0, np.round(gain, 4))
        best = int(gain.argmax())
        first = first or float(gain[best])
        if gain[best] <= 0 or gain[best] < ENOUGH * first:
            break
        picked.append(best)
        left[words[best]] = LEFT_AFTER_POINT
        worth[alike[best] >= SAME] = 0
    return picked


def _chosen(candidate: Candidate, overlap: Floats, support: Floats, agreement: Agreement) -> Chosen:
    backers = [a for a in np.flatnonzero(support >= SUPPORT).tolist() if a != candidate.article]
    backers.sort(key=lambda a: (-support[a], a))
    ends = [*agreement.first_row[1:].tolist(), overlap.size]
    found = []
    for article in backers:
        start = int(agreement.first_row[article])
        best = int(overlap[start : ends[article]].argmax())
        found.append((article, best, float(support[article])))
    return Chosen(candidate.article, candidate.sentence, tuple(found))
