"""Key points: the sentences that together cover what several independent sources report.

Chosen greedily: each next one adds most of the agreed words that are not yet said (as in
submodular summarisation, Lin and Bilmes 2011), weighed by the sources behind it and its place in
its article; a paraphrase of what is said is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.publish.agreement import Agreement, Floats, Ints, SomeRows, Weights, similarity

MAX_CANDIDATES = 40
SUPPORT = 0.3
SAME, SAME_AS_SUMMARY = 0.45, 0.4
# Sentences less alike are one point when the same sentences of others bear them out: this part, two at least.
NEAR, SAME_BACKING = 0.25, 0.5
SAID = 0.7
# Sixteenths of a word's backing left once it has been said: in headline or summary, in a key point.
LEFT_AFTER_SUMMARY, LEFT_AFTER_POINT, WHOLE = 0, 1, 16
ENOUGH, ENOUGH_POINTS = 0.1, 3
# Word units added to a length before it counts against a sentence.
SHORT_LENGTH = 20
# Supporting sentences that a key point prints besides its own.
SHOWN = 4
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
    """A chosen sentence, the articles that support it, the best first, and these best ones' sentences."""

    article: int
    sentence: int
    backers: tuple[int, ...]
    support: tuple[tuple[int, int], ...]


def shortlist(
    candidates: Candidates, agreement: Agreement, worth: Ints, said_rows: Sequence[int]
) -> Candidates:
    """The best 40 candidates by what they say of the agreed words beyond some rows, in the given order.

    `worth` is what each word is worth saying.
    """
    if candidates.article.size <= MAX_CANDIDATES:
        return candidates
    rows = _rows(candidates, agreement)
    value = worth * WHOLE
    said = agreement.some(np.asarray(said_rows, np.int64)).words
    value[said] = worth[said]
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

    `sources[a]` is article a's independent source, `said_rows` the rows of headline and then summary. Where
    `min_sources` leaves fewer than three, points of two sources are taken too. Of many candidates the best
    are compared; when all of these are said, the next best are looked at. What was not chosen once is not
    looked at again: the more is said, the less it adds.
    """
    chosen: list[Chosen] = []
    said = Said.of(agreement, said_rows)
    candidates = _unlike(candidates, agreement, np.asarray(said_rows[1:], np.int64), SAME_AS_SUMMARY)
    fresh = np.ones(agreement.length.size, np.bool_)
    while len(chosen) < at_most and candidates.article.size:
        listed = shortlist(candidates, agreement, said.worth, [*said_rows, *said.points])
        listed = listed.take(np.flatnonzero(fresh[_rows(listed, agreement)]))
        if not listed.article.size:
            break
        looked = _look(listed, agreement, sources)
        picked = _pick(looked, said, at_most - len(chosen), min_sources)
        chosen += [_chosen(looked, index) for index in picked]
        if not picked or len(chosen) == at_most or candidates.article.size <= MAX_CANDIDATES:
            break
        fresh[looked.rows] = False
        candidates = _unlike(candidates, agreement, looked.rows[picked], SAME)
    return chosen


@dataclass(frozen=True, eq=False)
class Looked:
    """Candidates as compared with the whole story.

    `overlap` (of what tells) is by row of the story, `support` (the best of an article's rows, as a part of
    the candidate, 0 to 1) by article, `backers` (how many independent sources support it) by candidate.
    """

    candidates: Candidates
    agreement: Agreement
    rows: Ints
    words: SomeRows
    overlap: Weights
    support: Floats
    backers: Ints


def _look(candidates: Candidates, agreement: Agreement, sources: Sequence[str]) -> Looked:
    rows = _rows(candidates, agreement)
    some = agreement.some(rows)
    overlap = agreement.overlap(some, agreement.telling)
    best = np.maximum.reduceat(overlap, agreement.first_row)
    support = np.round(best / np.maximum(agreement.told[rows], 1), 4)
    return Looked(candidates, agreement, rows, some, overlap, support, _backers(support, sources))


def _backers(support: Floats, sources: Sequence[str]) -> Ints:
    numbers = {source: number for number, source in enumerate(dict.fromkeys(sources))}
    owner = np.array([numbers[source] for source in sources])
    said = np.zeros((len(numbers), support.shape[1]), np.bool_)
    article, candidate = (support >= SUPPORT).nonzero()
    said[owner[article], candidate] = True
    found: Ints = said.sum(axis=0)
    return found


def _unlike(candidates: Candidates, agreement: Agreement, chosen: Ints, same: float) -> Candidates:
    """The candidates that say another thing than some rows."""
    rows = _rows(candidates, agreement)
    overlap = agreement.overlap(agreement.some(chosen), agreement.weight)[rows]
    alike = similarity(overlap, agreement.length[rows], agreement.length[chosen])
    return candidates.take(np.flatnonzero((alike < same).all(axis=1)))


def _pick(looked: Looked, said: Said, at_most: int, min_sources: int) -> list[int]:
    """The candidates, by index, that become key points: of enough sources, else of two."""
    backers = looked.backers
    if backers.max(initial=0) < min(min_sources, 2):
        return []
    length = looked.agreement.length[looked.rows]
    worth = looked.candidates.prior * np.log2(1 + backers) / np.sqrt(length + SHORT_LENGTH)
    alike = similarity(looked.words.shared(looked.agreement.weight), length, length)
    picked = said.greedy(looked, np.where(backers >= min_sources, worth, 0), alike, at_most)
    missing = min(ENOUGH_POINTS - len(said.points), at_most - len(picked))
    if missing > 0 and min_sources > 2:
        for one in picked:
            _drop_said(looked, one, alike[one], worth)
        picked += said.greedy(looked, np.where(backers >= 2, worth, 0), alike, missing)
    return picked


@dataclass(eq=False)
class Said:
    """How much of each word is left to say, and the least gain for which more than three points are taken.

    `worth` is what each word is worth saying, `left` how much of that is left, in sixteenths; `points` are
    the rows of the points chosen so far.
    """

    agreement: Agreement
    worth: Ints
    left: Ints
    points: list[int]
    least: float = 0.0

    @classmethod
    def of(cls, agreement: Agreement, said_rows: Sequence[int]) -> Said:
        """After headline and summary (`said_rows`)."""
        left = np.full(agreement.weight.size, WHOLE, np.int64)
        left[agreement.some(np.asarray(said_rows, np.int64)).words] = LEFT_AFTER_SUMMARY
        return cls(agreement, _worth_saying(agreement), left, [])

    def greedy(self, looked: Looked, worth: Floats, alike: Floats, at_most: int) -> list[int]:
        """Choose up to `at_most` candidates, each that whose unsaid words are worth most."""
        agreement, (words, owner, many) = self.agreement, looked.words
        weight, value = agreement.weight[words].astype(np.float64), self.worth[words]
        least_unsaid = (1 - SAID) * np.maximum(np.bincount(owner, weight, many), 1)
        worth, picked = worth.copy(), list[int]()
        while len(picked) < at_most and worth.any():
            left = self.left[words]
            gain = np.round(worth * np.bincount(owner, value * left, many), 4)
            gain[np.bincount(owner, weight * (left == WHOLE), many) < least_unsaid] = 0
            best = int(gain.argmax())
            enough = len(self.points) >= ENOUGH_POINTS
            if gain[best] <= 0 or (enough and gain[best] < self.least):
                break
            self.least = self.least or ENOUGH * float(gain[best])
            picked.append(best)
            self.points.append(int(looked.rows[best]))
            self.left[agreement.words(self.points[-1])] = LEFT_AFTER_POINT
            _drop_said(looked, best, alike[best], worth)
        return picked


def _drop_said(looked: Looked, one: int, alike: Floats, worth: Floats) -> None:
    """Leave no worth to candidates that say what a chosen one says, in its words or in others."""
    worth[alike >= SAME] = 0
    near = np.flatnonzero((alike >= NEAR) & (worth > 0)).tolist()
    worth[[other for other in near if _borne_out_alike(looked, one, other)]] = 0


def _borne_out_alike(looked: Looked, one: int, other: int) -> bool:
    """Whether the sentences that bear a candidate out are those that come nearest to a chosen one."""
    articles = np.flatnonzero(looked.support[:, other] >= SUPPORT).tolist()
    first_row, overlap = looked.agreement.first_row, looked.overlap[:, [one, other]]
    ends = [*first_row[1:].tolist(), len(overlap)]
    nearest = [overlap[first_row[article] : ends[article]].argmax(axis=0) for article in articles]
    same = sum(int(mine == theirs) for mine, theirs in nearest)
    return same >= max(2, SAME_BACKING * len(articles))


def _chosen(looked: Looked, index: int) -> Chosen:
    """A candidate with the other articles that support it, and the best of their sentences."""
    article, sentence = int(looked.candidates.article[index]), int(looked.candidates.sentence[index])
    first_row, overlap = looked.agreement.first_row, looked.overlap[:, index]
    support = looked.support[:, index].tolist()
    backers = [a for a, part in enumerate(support) if part >= SUPPORT and a != article]
    backers.sort(key=lambda a: -support[a])
    best = [
        (backer, int(overlap[first_row[backer] :][: looked.agreement.rows_of(backer)].argmax()))
        for backer in backers[:SHOWN]
    ]
    return Chosen(article, sentence, tuple(backers), tuple(best))
