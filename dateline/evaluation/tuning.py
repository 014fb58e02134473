"""Tuning on one's own labelled news: one parameter after the other, the best on the mean of all sets.

With several sets the figure to trust is `held_out`: each set scored with what was chosen without it.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Choice = dict[str, float]
Score = Callable[[str, Mapping[str, float]], float]
"""B-cubed F1 of a set (by name) under a choice of parameters."""

STEPS = (-0.2, -0.1, 0.1, 0.2)
TUNED = ("threshold", "gap_weight", "cohort_weight", "merge_margin")
LEAST_GAIN = 0.001


@dataclass(frozen=True)
class Tuned:
    """What was found: the choice, each set's score before and after, and the honest figure."""

    choice: Choice
    before: dict[str, float]
    after: dict[str, float]
    held_out: dict[str, float]  # empty with one set: there is nothing to hold out


def tune(sets: Sequence[str], start: Mapping[str, float], score: Score) -> Tuned:
    """Search from `start` (parameter → value today), then once more without each set."""
    nothing: Choice = {}
    choice = search(sets, start, score)
    held_out = {}
    for name in sets if len(sets) > 1 else ():
        others = [other for other in sets if other != name]
        held_out[name] = score(name, search(others, start, score))
    return Tuned(
        choice,
        {name: score(name, nothing) for name in sets},
        {name: score(name, choice) for name in sets},
        held_out,
    )


def search(sets: Sequence[str], start: Mapping[str, float], score: Score) -> Choice:
    """Coordinate descent: each parameter by steps of its value, kept where the mean gains; two rounds."""
    choice: Choice = {}
    best = _mean(sets, choice, score)
    for _ in range(2):
        before = best
        for name, value in start.items():
            for step in STEPS:
                tried = choice | {name: round(value * (1 + step), 6)}
                found = _mean(sets, tried, score)
                if found > best + LEAST_GAIN:
                    choice, best = tried, found
        if best <= before + LEAST_GAIN:
            break
    return choice


def _mean(sets: Sequence[str], choice: Mapping[str, float], score: Score) -> float:
    return statistics.fmean(score(name, choice) for name in sets)
