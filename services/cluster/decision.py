"""Is it near enough? Scores and bars, as plain functions of measured evidence.

"Which story is nearest" is a product; "is it near enough" also asks what the article scores against
stories it does not belong to (its cohort), how large the story is and how far apart the dates are.
"""

from __future__ import annotations

from typing import NamedTuple

from services.cluster.parameters import Parameters


class Candidate(NamedTuple):
    """A story an article may join, and how near it is."""

    birth: int
    base: float  # similarity before the cohort is taken off
    size: int
    gap: float  # days
    same_publisher: bool = False  # one of the nearest members is by the article's own publisher
    nearest: tuple[int, ...] = ()  # rows of the members that made the similarity


class Verdict(NamedTuple):
    """The best story for an article: its score, the bar, what was taken off, and the next best."""

    best: Candidate | None
    score: float
    threshold: float
    cohort: float
    runner_up: Candidate | None = None
    runner_up_score: float = 0.0

    @property
    def joins(self) -> bool:
        return self.best is not None and self.score >= self.threshold


def bar(story: Candidate, parameters: Parameters) -> float:
    """The score needed: more after days of silence, and for a publisher's second article.

    The days saturate: an event that runs for weeks is not lost, the next day's look-alike is held off.
    """
    raised = parameters.gap_weight * story.gap / (story.gap + parameters.gap_days)
    raised += parameters.publisher_weight * story.same_publisher
    return round(parameters.threshold + raised, 6)


def judge(candidates: list[Candidate], parameters: Parameters) -> Verdict:
    """Pick the story with the largest excess over its bar; ties go to the older story."""
    if not candidates:
        return Verdict(None, 0.0, parameters.threshold, 0.0)
    bars = [bar(each, parameters) for each in candidates]
    ranked = sorted([(bars[at] - each.base, each.birth, at) for at, each in enumerate(candidates)])
    first = ranked[0][2]
    best, second = candidates[first], candidates[ranked[1][2]] if len(ranked) > 1 else None
    cohort = runner_up_mean(first, candidates, parameters)
    score = round(best.base - parameters.cohort_weight * cohort, 6)
    return Verdict(best, score, bars[first], cohort, second, second.base if second else 0.0)


def runner_up_mean(best: int, candidates: list[Candidate], parameters: Parameters) -> float:
    """What the article scores on average against its nearest other stories (`best` is where its own is)."""
    others = sorted([each.base for each in (*candidates[:best], *candidates[best + 1 :])], reverse=True)
    return round(sum(others[: parameters.cohort_stories]) / parameters.cohort_stories, 6)
