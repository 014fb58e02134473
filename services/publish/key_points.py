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
# Word units added to a length before it counts against a sentence.
SHORT_LENGTH = 20
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


def shortlist(candidates: Candidates, agreement: Agreement, said_rows: Sequence[int]) -> Candidates:
    """The best 40 candidates by what they say of the agreed words beyond some rows, in the given order."""
    if candidates.article.size <= MAX_CANDIDATES:
        return candidates
    rows = _rows(candidates, agreement)
    value = _worth_saying(agreement) * WHOLE
    said = np.unique(agreement.some(np.asarray(said_rows, np.int64)).words)
    value[said] //= WHOLE
    score = agreement.some(rows).sums(value) / np.sqrt(agreement.length[rows] + SHORT_LENGTH)
    order = np.argsort(-np.round(score * candidates.prior, 4), kind="stable")
    return candidates.take(np.sort(order[:MAX_CANDIDATES]))


def _worth_saying(agreement: Agreement) -> Ints:
    """By word: its weight times the votes behind it, those of titles more."""
    found: Ints = agreement.weight * (agreement.votes + TITLE_WORTH * agreement.title_votes)
    return found


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
    `min_sources` leaves fewer than three, points of two sources are taken too. Of many candidates the best
    are compared; when all of these are said, the next best are looked at.
    """
    chosen: list[Chosen] = []
    points: list[int] = []
    least = 0.0
    while len(chosen) < at_most and candidates.article.size:
        listed = shortlist(candidates, agreement, [*said_rows, *points])
        said = Said.of(agreement, said_rows, points, least)
        more = _choose_of(listed, said, sources, at_most - len(chosen), min_sources)
        if not more:
            break
        chosen += more
        points = [agreement.row(point.article, point.sentence) for point in chosen]
        candidates, least = _unlike(candidates, agreement, points), said.least
    return chosen


def _unlike(candidates: Candidates, agreement: Agreement, points: Sequence[int]) -> Candidates:
    """The candidates that say another thing than some points."""
    rows, chosen = _rows(candidates, agreement), np.asarray(points, np.int64)
    overlap = agreement.overlap(agreement.some(chosen))[:, rows]
    alike = similarity(overlap, agreement.length[chosen], agreement.length[rows])
    return candidates.take(np.flatnonzero((alike < SAME).all(axis=0)))


def _choose_of(
    candidates: Candidates, said: Said, sources: Sequence[str], at_most: int, min_sources: int
) -> list[Chosen]:
    agreement, rows = said.agreement, _rows(candidates, said.agreement)
    some = agreement.some(rows)
    overlap = agreement.overlap(some)
    length = agreement.length[rows]
    support = _support(overlap, length, agreement)
    backers = _backers(support >= SUPPORT, sources)
    worth = candidates.prior * np.log2(1 + backers) / np.sqrt(length + SHORT_LENGTH)
    alike = similarity(overlap[:, rows], length, length)
    picked = said.greedy(some, np.where(backers >= min_sources, worth, 0), alike, at_most)
    missing = ENOUGH_POINTS - len(said.points) - len(picked)
    if missing > 0 and min_sources > 2:
        missing = min(missing, at_most - len(picked))
        worth[(alike[picked] >= SAME).any(axis=0)] = 0
        picked += said.greedy(some, np.where(backers >= 2, worth, 0), alike, missing)
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


@dataclass(eq=False)
class Said:
    """How much of each word is left to say, and the least gain for which more than three points are taken.

    `left` is by word in sixteenths, `points` are the rows of the points chosen before.
    """

    agreement: Agreement
    left: Ints
    points: Sequence[int]
    least: float

    @classmethod
    def of(cls, agreement: Agreement, said_rows: Sequence[int], points: Sequence[int], least: float) -> Said:
        """After headline and summary (`said_rows`) and some points."""
        left = np.full(agreement.weight.size, WHOLE, np.int64)
        for rows, rest in ((said_rows, LEFT_AFTER_SUMMARY), (points, LEFT_AFTER_POINT)):
            left[agreement.some(np.asarray(rows, np.int64)).words] = rest
        return cls(agreement, left, points, least)

    def greedy(self, candidates: SomeRows, worth: Floats, alike: Floats, at_most: int) -> list[int]:
        """Choose up to `at_most` candidates, each that whose unsaid words are worth most."""
        weight, value = self.agreement.weight, _worth_saying(self.agreement)
        worth, picked = worth.copy(), list[int]()
        length = np.maximum(candidates.sums(weight), 1)
        while len(picked) < at_most:
            unsaid = candidates.sums(weight * (self.left == WHOLE))
            gain = np.round(worth * candidates.sums(value * self.left), 4)
            gain[unsaid < (1 - SAID) * length] = 0
            best = int(gain.argmax())
            enough = len(self.points) + len(picked) >= ENOUGH_POINTS
            if gain[best] <= 0 or (enough and gain[best] < self.least):
                break
            self.least = self.least or ENOUGH * float(gain[best])
            picked.append(best)
            self.left[candidates.words[candidates.owner == best]] = LEFT_AFTER_POINT
            worth[alike[best] >= SAME] = 0
        return picked


def _chosen(article: int, sentence: int, overlap: Floats, support: Floats, agreement: Agreement) -> Chosen:
    backers = [a for a in np.flatnonzero(support >= SUPPORT).tolist() if a != article]
    backers.sort(key=lambda a: (-support[a], a))
    ends = [*agreement.first_row[1:].tolist(), overlap.size]
    found = []
    for backer in backers:
        best = int(overlap[agreement.first_row[backer] : ends[backer]].argmax())
        found.append((backer, best, float(support[backer])))
    return Chosen(article, sentence, tuple(found))
