"""A server that may lose acknowledged writes: what is lost goes as a whole, and a higher epoch says so."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.chaos.run import Plan, run

LOSSES = {"power_cut": 2, "fail_over": 1, "kill_publish": 1, "kill_ingest": 1}


@pytest.mark.parametrize("engine", ["embedded", "redis:8"])
async def test_what_is_lost_was_never_there(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str
) -> None:
    """Power cuts under everysec and a failover to a replica that lags; the referee judges what was kept.

    Of an entry that is lost nothing is left: no outcome, no article, no event under the new epoch.
    """
    if engine != "embedded":
        request.getfixturevalue("docker_engine")
    plan = Plan(secrets.randbelow(2**31), 120, LOSSES, engine=engine)
    report = await run(plan, tmp_path)
    assert report.findings == [], f"seed {plan.seed}"
    assert report.played == LOSSES
    epochs = {event.epoch for event in report.history.events}
    assert len(epochs) >= 2, "a loss raises the epoch"
    latest = [record.epoch for record in report.history.latest.values() if record is not None]
    assert max(latest) == max(epochs)
