"""A worker's place in a group-read stream: its group, the floor below which all is settled, trimming."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from dateline.settings import Settings
from dateline.stage import missing, scripts
from dateline.stage.budget import Budget
from dateline.stage.continuity import replication_id
from dateline.stage.dead_letters import Failure
from dateline.stage.entries import START, Entry, id_above, id_before, padded_id, split_id
from dateline.stage.health import Health, Loop
from dateline.stage.trim import trim_applied, trim_below, trim_read
from dateline.streams import INGEST_GROUP, Names

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one entry; with a failure it is a dead letter."""

    entry: Entry
    outcome: str
    article_id: str = ""
    reason: str = ""
    failure: Failure | None = None


Handler = Callable[[Sequence[Entry]], Awaitable[list[Result]]]


@dataclass
class Reader:
    """One worker's place in one group-read stream.

    `catch_up` is the id behind which this consumer's own pending entries are still to be looked at (after
    a start or a fault; None: new entries are read). `pressed`: memory is above its mark. `server`: the
    replication id under which it reads.
    """

    redis: Redis
    settings: Settings
    names: Names
    stream: str
    consumer: str
    handler: Handler
    health: Health
    retain_seconds: int
    group: str = INGEST_GROUP
    mean_size: float = 64 * 1024.0
    catch_up: str | None = START
    claim_due: float = 0.0
    tidied: float = 0.0
    pressed: bool = False
    refunds: list[str] = field(default_factory=list)
    failures: int = 0
    server: str = ""
    budget: Budget = field(init=False)

    def __post_init__(self) -> None:
        self.budget = Budget(self.redis, self.stream, self.key("ledger"))

    @property
    def loop(self) -> Loop:
        return self.health.loop(self.stream)

    def key(self, what: str) -> str:
        return self.names.beside(self.stream, what)


async def ensure_group(reader: Reader) -> None:
    """Create the group, from the first entry not known to be acknowledged.

    A group that vanished (XGROUP DESTROY) is created again at the floor; what lies above it and was
    settled before is recognised. If the whole stream vanished and its ids start below the floor, the
    floor belongs to the old stream and is dropped.
    """
    redis = reader.redis
    reader.server = await replication_id(redis)
    kept: Any = await redis.hget(reader.key("ledger"), "floor")
    floor: str = kept.decode() if kept else START
    last = START
    if await redis.exists(reader.stream):
        last = (await redis.xinfo_stream(reader.stream))["last-generated-id"]
        last = last.decode() if isinstance(last, bytes) else last
    if split_id(last) < split_id(floor):
        await redis.delete(reader.key("settled"))
        await redis.hdel(reader.key("ledger"), "floor", "floor_padded")
        floor = START
    if await scripts.run(redis, "create_group", [reader.stream], [reader.group, floor]):
        log.info("group created", stream=reader.stream, group=reader.group, at=floor)


async def tidy(reader: Reader) -> None:
    """Raise the floor, trim what is acknowledged and old, drop the names of dead consumers."""
    reader.tidied = time.monotonic()
    redis, settings = reader.redis, reader.settings
    floor = await acknowledged_floor(reader)
    await scripts.run(
        redis, "floor", [reader.key("ledger"), reader.key("settled")], [floor, padded_id(floor)]
    )
    seconds, micros = await redis.time()
    now_ms = int(seconds) * 1000 + int(micros) // 1000

    def before(seconds: int) -> tuple[int, int]:
        return now_ms - seconds * 1000, 0

    await trim_applied(redis, reader.stream, before(reader.retain_seconds), id_above(floor), reader.pressed)
    kept = before(settings.retain_outcomes_seconds)
    await trim_read(redis, reader.key("outcomes"), kept, now_ms, reader.pressed)
    await trim_below(redis, reader.names.dead(reader.stream), before(settings.retain_dead_seconds))
    await _forget_dead_consumers(reader)
    await audit(reader)


async def audit(reader: Reader) -> None:
    """Say loudly what somebody has deleted before it was read: what was added and never settled."""
    keys = [reader.stream, reader.key("ledger")]
    count = int(await scripts.run(reader.redis, "audit", keys, [reader.group]))
    missing.tell(reader.stream, count, reader.loop)


def tidy_due(reader: Reader) -> bool:
    """Whether it is time to tidy; above the memory mark every second."""
    wait = 1.0 if reader.pressed else reader.settings.trim_seconds
    return time.monotonic() >= reader.tidied + wait


async def _forget_dead_consumers(reader: Reader) -> None:
    idle = int(reader.settings.claim_idle_seconds * 10_000)
    for consumer in await reader.redis.xinfo_consumers(reader.stream, reader.group):
        name = consumer["name"].decode() if isinstance(consumer["name"], bytes) else consumer["name"]
        if name != reader.consumer and consumer["pending"] == 0 and consumer["idle"] >= idle:
            await scripts.run(reader.redis, "forget_consumer", [reader.stream], [reader.group, name, idle])


async def count_attempt(reader: Reader, entry_id: str, by: int = 1) -> int:
    """Count a failure of an entry (or take one back); the failures so far."""
    return int(await scripts.run(reader.redis, "count_attempt", [reader.key("attempts")], [entry_id, by]))


async def acknowledged_floor(reader: Reader) -> str:
    """The greatest id of which it is sure that it and all before it are acknowledged."""
    groups = await reader.redis.xinfo_groups(reader.stream)
    mine = next((group for group in groups if group["name"] in (reader.group, reader.group.encode())), None)
    if mine is None:
        raise ResponseError(f"NOGROUP {reader.group} of {reader.stream} is gone")
    delivered = mine["last-delivered-id"]
    pending = await reader.redis.xpending(reader.stream, reader.group)
    if not pending["pending"]:
        return delivered.decode() if isinstance(delivered, bytes) else str(delivered)
    return id_before(pending["min"].decode())
