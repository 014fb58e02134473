"""One chaos run: traffic, faults in random order from a seed, quiet, verdict."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis as BlockingRedis
from redis.exceptions import RedisError

from dateline.progress import caught_up
from dateline.streams import Names
from tests.chaos import referee
from tests.chaos.faults import ALL, LOSSES, Scene, lacks
from tests.chaos.history import History, Sent
from tests.chaos.outlet import Outlet
from tests.chaos.referee import Finding
from tests.chaos.sender import Sender
from tests.chaos.servers import EMBEDDED
from tests.chaos.stack import Stack, stack
from tests.chaos.subscriber import Subscriber, subscriber
from tests.chaos.traffic import Message, traffic
from tests.chaos.witness import Witness

LATE_SECONDS = 60.0
QUIET_SECONDS, LONGEST_QUIET_SECONDS = 180.0, 300.0
GAP_SECONDS = 0.4  # between two faults, on average
SENDING_SHARE, FAULTS_SHARE = 0.88, 0.78  # of a run's time: then no more is sent, then faults do not wait


@dataclass
class Plan:
    """What a run does: so many articles, these faults so often, from this seed, in so long at most.

    Garbage, duplicates, revisions and retractions count as articles.
    """

    seed: int
    articles: int
    faults: Mapping[str, int]
    seconds: float = 1e6
    engine: str = EMBEDDED

    @property
    def window(self) -> int:
        """How far the sender runs ahead: far enough for batches, near enough for the faults."""
        return max(30, self.articles // 50)

    @property
    def lease_seconds(self) -> float:
        """Short, but longer than loading takes on a busy machine what so many articles leave."""
        return 1.5 if self.articles < 2_000 else 4.0

    @property
    def lossy(self) -> bool:
        """Whether the server may lose acknowledged writes in this run."""
        return bool(LOSSES.keys() & self.faults.keys())

    def order(self) -> list[str]:
        """The faults that can be played here, in their random order."""
        missing = lacks(self.engine)
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
    allowed: int = 0
    webhooks: int = 0
    changes: int = 0
    polled: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)
    history: History = field(default_factory=History)

    def count(self, kind: str) -> int:
        return sum(finding.kind == kind for finding in self.findings)


Progress = Callable[[str, int, int], None]


@dataclass
class Cast:
    """Who plays: the stack, a witness who watches it, a sender, and the scene for the faults.

    `lossy`: the server may lose acknowledged writes, and with them events that the witness has seen.
    """

    stack: Stack
    witness: Witness
    sender: Sender
    scene: Scene
    watching: asyncio.Task[None]
    subscriber: Subscriber | None = None
    outlet: Outlet | None = None
    lossy: bool = False

    async def history(self) -> History:
        """What the referee judges; after losses the streams as they are now, not as they once were."""
        if self.lossy:
            await self.witness.read_again()
        polled = [Sent(entry_id, url, "usable") for entry_id, url in self.witness.polled.items()]
        seen = self.witness.raw if self.lossy else {**self.sender.numbers, **self.witness.raw}
        found = await self.witness.history([*self.sender.sent(seen), *polled])
        if self.lossy:
            found.lossy, found.standing = True, await self.witness.standing()
        return found

    async def verdict(self) -> tuple[History, list[Finding]]:
        """The history, and everything the referee finds in it and in what subscribers received."""
        history = await self.history()
        findings = referee.judge(history)
        if self.subscriber is not None:
            self.subscriber.received.deleted_at = self.witness.deleted_at
            findings += referee.judge_subscribers(history, self.subscriber.received)
        return history, findings

    async def end(self) -> None:
        self.watching.cancel()
        if self.subscriber is not None:
            await self.subscriber.stop()
        if self.outlet is not None:
            await self.outlet.stop()


async def cast_with_subscriber(built: Stack, seed: int, window: int) -> Cast:
    """The same on a stack with a door and the feeds service: who reads there, and whose feed is polled."""
    found = cast(built, seed, window)
    found.subscriber = found.scene.subscriber = subscriber(built)
    reader, witness = found.subscriber, found.witness
    found.sender.door = lambda: reader.lag(witness.events[found.scene.since :])
    found.outlet = Outlet(built, random.Random(seed + 3))
    await asyncio.gather(found.subscriber.start(), found.outlet.start())
    return found


def cast(built: Stack, seed: int, window: int) -> Cast:
    """Witness and sender on a running stack."""
    witness = Witness(built.redis)
    sender = Sender(built, witness, random.Random(seed + 1), window=window)
    scene = Scene(built, witness, random.Random(seed + 2))
    return Cast(built, witness, sender, scene, asyncio.create_task(witness.watch()))


async def run(plan: Plan, directory: Path, tell: Progress = lambda *_: None) -> Report:
    """Play the plan on a stack of its own and judge what came out."""
    started = time.monotonic()
    report = Report(plan)
    fsync = "everysec" if plan.lossy else "always"
    lease = {"DATELINE_LEASE_SECONDS": str(plan.lease_seconds)}
    async with stack(directory, fsync=fsync, engine=plan.engine, web=True, **lease) as built:
        players = await cast_with_subscriber(built, plan.seed, plan.window)
        players.lossy = plan.lossy
        try:
            messages = itertools.islice(traffic(plan.seed, plan.articles), plan.articles)
            await play(players, messages, plan.articles, plan.order(), report, tell)
            report.history, found = await players.verdict()
            report.findings += found
            _count(report, players)
        finally:
            await players.end()
    report.seconds = time.monotonic() - started
    return report


async def play(
    players: Cast,
    messages: Iterator[Message],
    count: int,
    faults: Sequence[str],
    report: Report,
    tell: Progress = lambda *_: None,
) -> None:
    """Send about `count` messages with the faults spread evenly over them, and wait for quiet.

    When most of the plan's time is used up, the faults that are left follow each other, and no more is sent.
    """
    sender = players.sender
    before, started = len(sender.acknowledged), time.monotonic()
    sender.until = started + SENDING_SHARE * report.plan.seconds
    in_time = started + FAULTS_SHARE * report.plan.seconds
    sending = asyncio.create_task(sender.send(messages))
    if players.outlet is not None:
        players.outlet.writing.set()
    try:
        while not players.witness.events:  # noqa: ASYNC110  # the services are still starting
            await asyncio.sleep(0.05)
        for number, name in enumerate(faults):
            due = (number + 1) * count / (len(faults) + 1)
            while (
                not sending.done() and len(sender.acknowledged) - before < due and time.monotonic() < in_time
            ):
                tell("sending", len(sender.acknowledged) - before, count)
                await asyncio.sleep(0.02)
            tell(name, len(sender.acknowledged) - before, count)
            await ALL[name][0](players.scene)
            await asyncio.sleep(players.scene.rng.uniform(0, 2 * GAP_SECONDS))
            report.played[name] += 1
        await sending
    finally:
        sending.cancel()
    time_left = started + report.plan.seconds - time.monotonic()
    patience = max(QUIET_SECONDS, min(time_left, LONGEST_QUIET_SECONDS))
    if left := await quiet(players, tell, patience):
        report.findings.append(Finding("stuck", f"it did not come to rest in {patience:.0f} s: {left}"))


async def quiet(players: Cast, tell: Progress, seconds: float = QUIET_SECONDS) -> str:
    """Wait until all that was sent has come out and nothing moves; what still moved, if it never did."""
    players.stack.proxy.tricks.clear()
    if players.outlet is not None:
        players.outlet.writing.clear()
        await players.outlet.call()
    deadline = time.monotonic() + seconds
    still, moving = 0, ""
    with closing(BlockingRedis.from_url(players.stack.server.url)) as client:
        while time.monotonic() < deadline:
            tell("waiting for quiet", len(players.witness.outcomes), len(players.sender.acknowledged))
            moving = await _moving(players, client)
            still = still + 1 if not moving else 0
            if still >= 4:
                return ""
            await asyncio.sleep(0.2)
    return moving or "something moved now and then"


async def _moving(players: Cast, client: BlockingRedis) -> str:
    """What is not at rest yet, the first in the order of the flow; empty where all is."""
    if not await asyncio.to_thread(_caught_up, client):
        behind = [f"{name} {await players.sender.lag_of(name)}" for name in ("cluster", "publish")]
        return f"{players.sender.ahead()} outcomes missing, entries not applied: {', '.join(behind)}"
    if await players.witness.read():
        return "events were still coming"
    if _polled_lacks(players):
        return "an article of the polled feed has not come in"
    return "the door has events to pass on" if await _subscriber_lacks(players) else ""


async def _subscriber_lacks(players: Cast) -> bool:
    """Whether the door still has something to pass on.

    What stood on a deleted stream may never come, nor what a server lost.
    """
    events = players.witness.events[players.scene.since :]
    if players.lossy:
        standing = await players.witness.standing()
        events = [each for each in events if (each.event_id, each.epoch) in standing]
    return players.subscriber is not None and players.subscriber.lacks(events)


def _polled_lacks(players: Cast) -> bool:
    """Whether an article of the polled feed has not come in."""
    return players.outlet is not None and players.outlet.lacks(players.witness.polled.values())


def _caught_up(client: BlockingRedis) -> bool:
    try:
        return caught_up(client, Names(), ["all"])
    except (RedisError, OSError):
        return False


def _count(report: Report, players: Cast) -> None:
    sender, witness = players.sender, players.witness
    if _polled_lacks(players):
        report.findings.append(Finding("lost", "an article of the polled feed never came in"))
    lost = sender.acknowledged.keys() - witness.raw.keys()
    if report.plan.lossy:
        report.allowed = len(lost)
    else:  # a full server trims what has its outcome, which the witness may not have read yet
        lost -= witness.settled_at.keys()
        report.findings += [Finding("lost", f"entry {one} was acknowledged to its sender") for one in lost]
    report.entries, report.events = len(witness.raw) + len(witness.polled), len(witness.events)
    report.polled = len(witness.polled)
    report.acts, report.restarts, report.refused = sender.acts, players.stack.restarts, sender.refused
    if players.subscriber is not None:
        received = players.subscriber.received
        report.webhooks, report.changes = len(received.delivered), len(received.given)
    waits = (
        witness.settled_at[entry_id] - sent_at
        for entry_id, sent_at in sender.acknowledged.items()
        if entry_id in witness.settled_at
    )
    report.late = sum(wait > LATE_SECONDS for wait in waits)
