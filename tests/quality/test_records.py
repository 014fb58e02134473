"""Points 1 to 5 over the seeds, through the real services: what holds of every version of every story."""

from __future__ import annotations

import pytest

from tests.quality.measure_records import CHECKS
from tests.quality.story_run import StoryRun


def test_the_run_has_what_the_points_are_about(run: StoryRun) -> None:
    latest = list(run.records.values())

    assert len(run.events) > 100
    assert len(run.retracted) >= 3
    assert sum(len(record["key_points"]) for record in latest) > 50
    assert any(record["quotes"] for record in latest)
    assert {article["revision"] for record in latest for article in record["articles"]} > {1}


@pytest.mark.parametrize("point", CHECKS)
def test_holds_of_every_version(run: StoryRun, point: str) -> None:
    held = list(CHECKS[point](run))

    assert len(held) > 50
    assert [said for good, said in held if not good][:3] == []
