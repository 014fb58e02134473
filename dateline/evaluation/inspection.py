"""Gathering what the report shows of a set: one play as it is, and one for each shift of the bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dateline.evaluation.datasets import Labelled
from dateline.evaluation.fast import clean_records, default_parameters, play
from dateline.evaluation.findings import glued, torn
from dateline.evaluation.report import Point, Section

SHIFTS = (-0.06, -0.04, -0.02, 0.0, 0.02, 0.04, 0.06)


def inspect(labelled: Labelled, progress: Callable[[], None] = lambda: None) -> Section:
    """Play a set with every bar shifted by each of SHIFTS; `progress` is called after each play."""
    cleaned = clean_records(labelled)
    parameters = default_parameters()
    points, shown = [], None
    for shift in SHIFTS:
        shifted = replace(parameters, threshold=parameters.threshold + shift)
        run = play(labelled.name, cleaned, labelled.truth, parameters=shifted)
        points.append(Point(shift, run.scores))
        shown = run if shift == 0 else shown
        progress()
    assert shown is not None
    return Section(
        labelled.name,
        len(cleaned),
        shown.scores,
        tuple(points),
        tuple(torn(labelled, shown.partition, shown.why)),
        tuple(glued(labelled, shown.partition, shown.why)),
    )
