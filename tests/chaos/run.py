"""One chaos run: traffic, faults in random order from a seed, quiet, verdict."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis as BlockingRedis

from dateline.progress import caught_up
from dateline.streams import Names
from tests.chaos import referee
from tests.chaos.faults import FAULTS, Scene, lacks
from tests.chaos.history import History
from tests.chaos.referee import Finding
from tests.chaos.sender import Sender
from tests.chaos.stack import Stack, stack
from tests.chaos.traffic import traffic
from tests.chaos.witness import Witness

LATE_SECONDS = 60.0
QUIET_SECONDS = 180.0


@dataclass
class Plan:
    """What a run does: how many articles, which faults how often, from which seed."""

    seed: int
    articles: int
    faults: Mapping[str, int]
    window: int = 400
    fsync: str = "always"

    def order(self) -> list[str]:
        """The faults that can be played here, in their random order."""
        missing = lacks()
        drawn = [name for name, times in self.faults.items() if name not in missing for _ in range(times)]
        random.Random(self.seed).shuffle(drawn)
        return drawn


@dataclass
class Report:
    """What came of a run."""

    plan: Plan
    played: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    events: int = 0
    acts: int = 0
    restarts: int = 0
    refused: int = 0
    late: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)
    history: History = field(default_factory=History)

    def count(self, kind: str) -> int:
        return sum(finding.kind == kind for finding in self.findings)


Progress = Callable[[str, int, int], None]


async def run(plan: Plan, directory: Path, tell: Progress = lambda *_: None) -> Report:
    """Play the plan on a stack of its own and judge what came out."""
    async with stack(directory, fsync=plan.fsync) as built:
        return await play(plan, built, tell)


async def play(plan: Plan, built: Stack, tell: Progress) -> Report:
    """Play the plan on a running stack."""
    started = time.monotonic()
    report = Report(plan)
    witness = Witness(built.redis)
    sender = Sender(built, witness, random.Random(plan.seed + 1), window=plan.window)
    watching = asyncio.create_task(witness.watch())
    sending = asyncio.create_task(sender.send(traffic(plan.seed, plan.articles)))
    try:
        await _conduct(plan, Scene(built, witness, random.Random(plan.seed + 2)), sender, report, tell)
        await sending
        await quiet(built, witness, len(sender.acknowledged), tell)
    finally:
        watching.cancel()
        sending.cancel()
    report.history = await witness.history(sender.sent(witness.raw))
    report.findings = referee.judge(report.history)
    _count(report, sender, witness, built)
    report.seconds = time.monotonic() - started
    return report


async def _conduct(plan: Plan, scene: Scene, sender: Sender, report: Report, tell: Progress) -> None:
    """The faults, spread evenly over the articles sent."""
    order = plan.order()
    for number, name in enumerate(order):
        due = (number + 1) * plan.articles / (len(order) + 1)
        while len(sender.acknowledged) < due:
            tell("sending", len(sender.acknowledged), plan.articles)
            await asyncio.sleep(0.05)
        tell(name, len(sender.acknowledged), plan.articles)
        await FAULTS[name][0](scene)
        report.played[name] += 1


async def quiet(built: Stack, witness: Witness, entries: int, tell: Progress) -> bool:
    """Wait until all that was sent has come out, and nothing moves any more; False: it never did."""
    built.proxy.tricks.clear()
    deadline = time.monotonic() + QUIET_SECONDS
    client = BlockingRedis.from_url(built.server.url)
    still = 0
    while time.monotonic() < deadline:
        tell("waiting for quiet", len(witness.outcomes), entries)
        done = await asyncio.to_thread(caught_up, client, Names(), ["all"])
        still = still + 1 if done and not await witness.read() else 0
        if still >= 4:
            client.close()
            return True
        await asyncio.sleep(0.25)
    client.close()
    return False


def _count(report: Report, sender: Sender, witness: Witness, built: Stack) -> None:
    lost = sender.acknowledged.keys() - witness.raw.keys()
    report.findings += [
        Finding("lost", f"entry {entry_id} was acknowledged to its sender") for entry_id in lost
    ]
    report.entries, report.events = len(witness.raw), len(witness.events)
    report.acts, report.restarts, report.refused = sender.acts, built.restarts, sender.refused
    waits = (
        witness.settled_at[entry_id] - sent_at
        for entry_id, sent_at in sender.acknowledged.items()
        if entry_id in witness.settled_at
    )
    report.late = sum(wait > LATE_SECONDS for wait in waits)
