"""The seeds as a run of all services, once for every test here."""

from __future__ import annotations

import pytest

from tests.quality.measure_records import seed_run
from tests.quality.story_run import StoryRun


@pytest.fixture(scope="package")
def run() -> StoryRun:
    """The seeds with a version for every change: about 170 records of 34 stories."""
    return seed_run()
