"""Key points: the sentences that together cover what several independent sources report.

Chosen greedily: each next one adds most of the agreed words that are not yet said (as in
submodular summarisation, Lin and Bilmes 2011), weighed by the sources behind it and its place in
its article; a paraphrase of what is said is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.publish.agreement import Agreement, Bools, Floats, Ints, SomeRows, similarity

MAX_CANDIDATES = 40
SUPPORT = 0.35
SAME = 0.45
SAID = 0.7
# Sixteenths of a word's backing left once it has been said: in headline or summary, in a key point.
LEFT_AFTER_SUMMARY, LEFT_AFTER_POINT, WHOLE = 6, 1, 16
ENOUGH, ENOUGH_POINTS = 0.1, 3
# A word in a title counts so many times more: editors put there what the story is about.
TITLE_WORTH = 8


@dataclass(frozen=True, eq=False)
class Candidates:
    """Sentences that may become key points: article, sentence, and a prior (0 to 1) for place and form."""

    article: Ints
    sentence: Ints
    prior: Floats

    def take(self, chosen: Ints) -> Candidates:
        """Some of the candidates, by index."""
        return Candidates(self.article[chosen], self.sentence[chosen], self.prior[chosen])


@dataclass(frozen=True)
class Chosen:
    """A chosen sentence and, by article, the sentence that supports it best and how well (0 to 1)."""

    article: int
    sentence: int
    support: tuple[tuple[int, int, float], ...]


def shortlist(candidates: Candidates, agreement: Agreement) -> Candidates:
    """The best 40 candidates by what they say of the agreed words; ties in the given order."""
    if candidates.article.size <= MAX_CANDIDATES:
        return candidates
    rows = _rows(candidates, agreement)
    score = np.round(agreement.backing[rows] / np.sqrt(agreement.length[rows] + 1) * candidates.prior, 6)
    return candidates.take(np.sort(np.argsort(-score, kind="stable")[:MAX_CANDIDATES]))


def _rows(candidates: Candidates, agreement: Agreement) -> Ints:
    found: Ints = agreement.first_row[candidates.article] + candidates.sentence
    return found


def choose(
    candidates: Candidates,
    agreement: Agreement,
    sources: Sequence[str],
    said_rows: Sequence[int],
    *,
    at_most: int,
    min_sources: int,
) -> list[Chosen]:
    """The key points, in the order they were chosen.

    `sources[a]` is article a's independent source, `said_rows` the rows of headline and summary. Where
    `min_sources` leaves fewer than three, points of two sources are taken too.
    """
    if not candidates.article.size:
        return []
    rows = _rows(candidates, agreement)
    said = agreement.some(rows)
    overlap = agreement.overlap(said)
    length = agreement.length[rows]
    support = _support(overlap, length, agreement)
    backers = _backers(support >= SUPPORT, sources)
    worth = candidates.prior * np.log2(1 + backers) / np.sqrt(length + 20)
    alike = similarity(overlap[:, rows], length, length)
    state = Said(agreement, rows, said, said_rows)
    picked = state.greedy(np.where(backers >= min_sources, worth, 0), alike, at_most)
    if len(picked) < ENOUGH_POINTS and min_sources > 2:
        worth[(alike[picked] >= SAME).any(axis=0)] = 0
        picked += state.greedy(np.where(backers >= 2, worth, 0), alike, ENOUGH_POINTS - len(picked))
    return [
        _chosen(
            int(candidates.article[index]),
            int(candidates.sentence[index]),
            overlap[index],
            support[index],
            agreement,
        )
        for index in picked
    ]


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


class Said:
    """How much of each word is left to say while points are chosen for some candidates' rows."""

    def __init__(
        self, agreement: Agreement, rows: Ints, candidates: SomeRows, said_rows: Sequence[int]
    ) -> None:
        value = agreement.weight * (agreement.votes + TITLE_WORTH * agreement.title_votes)
        left = np.full(value.size, WHOLE, np.int64)
        for row in said_rows:
            left[agreement.words(row)] = LEFT_AFTER_SUMMARY
        words = candidates.words
        self.candidates = candidates
        self.weight, self.value, self.left = agreement.weight[words], value[words], left[words]
        self.length = np.maximum(agreement.length[rows], 1)

    def greedy(self, worth: Floats, alike: Floats, at_most: int) -> list[int]:
        """Choose up to `at_most` candidates, each that whose unsaid words are worth most."""
        worth, picked, first = worth.copy(), list[int](), 0.0
        while len(picked) < at_most:
            unsaid = self._sum(self.weight * (self.left == WHOLE))
            gain = np.round(worth * self._sum(self.value * self.left), 4)
            gain[unsaid < (1 - SAID) * self.length] = 0
            best = int(gain.argmax())
            first = first or float(gain[best])
            if gain[best] <= 0 or gain[best] < ENOUGH * first:
                break
            picked.append(best)
            self._say(best)
            worth[alike[best] >= SAME] = 0
        return picked

    def _say(self, candidate: int) -> None:
        """What a candidate says is said, wherever it stands."""
        words = self.candidates.words
        told = np.zeros(int(words.max(initial=0)) + 1, np.bool_)
        told[words[self.candidates.owner == candidate]] = True
        self.left[told[words]] = LEFT_AFTER_POINT

    def _sum(self, values: Ints) -> Floats:
        found = np.bincount(self.candidates.owner, weights=values, minlength=self.candidates.size)
        return found.astype(np.float64, copy=False)


def _chosen(article: int, sentence: int, overlap: Floats, support: Floats, agreement: Agreement) -> Chosen:
    backers = [a for a in np.flatnonzero(support >= SUPPORT).tolist() if a != article]
    backers.sort(key=lambda a: (-support[a], a))
    ends = [*agreement.first_row[1:].tolist(), overlap.size]
    found = []
    for backer in backers:
        best = int(overlap[agreement.first_row[backer] : ends[backer]].argmax())
        found.append((backer, best, float(support[backer])))
    return Chosen(article, sentence, tuple(found))
