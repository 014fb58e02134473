"""The short form of `make chaos`: every fault once or more, in random order, on both servers."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.chaos.faults import FAULTS
from tests.chaos.run import Plan, run

FEW = {name: max(1, round(times * 0.1)) for name, (_, times) in FAULTS.items() if name != "scale"}
ONCE = dict.fromkeys(FAULTS.keys() - {"scale"}, 1)


@pytest.mark.parametrize(
    ("engine", "articles", "faults"),
    [("embedded", 400, FEW), ("redis:8", 150, ONCE)],
    ids=["embedded", "redis:8"],
)
async def test_nothing_lost_nothing_doubled(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str, articles: int, faults: dict[str, int]
) -> None:
    if engine != "embedded":
        request.getfixturevalue("docker_engine")
    plan = Plan(secrets.randbelow(2**31), articles, faults, engine=engine)
    print(f"python -m tests.chaos --seed {plan.seed} --articles {articles} --engine {engine} --share 0.1")
    report = await run(plan, tmp_path)
    assert report.findings == [], f"seed {plan.seed}"
    assert report.entries >= articles
    assert report.restarts >= 5
    assert report.webhooks > report.events / 2  # all but what stood on a stream that was deleted: the referee
    assert report.polled >= 3
