"""The short form of `make chaos`: every fault once or more, in random order, over a few hundred articles."""

from __future__ import annotations

import secrets

from tests.chaos.faults import FAULTS
from tests.chaos.run import Plan, run

SHORT = {name: max(1, round(times * 0.1)) for name, (_, times) in FAULTS.items() if name != "scale"}


async def test_nothing_lost_nothing_doubled(tmp_path) -> None:
    plan = Plan(secrets.randbelow(2**31), 400, SHORT)
    print(f"python -m tests.chaos --seed {plan.seed} --articles 400 --share 0.1")
    report = await run(plan, tmp_path)
    assert report.findings == [], f"seed {plan.seed}"
    assert report.entries >= 400
    assert report.restarts >= 8
