"""A small piece of work for the ordered stage: it counts, and says downstream what it has counted."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import redis
from redis.asyncio import Redis

from dateline.settings import Settings
from dateline.stage import ordered
from dateline.stage.commits import Commit
from dateline.stage.entries import Entry, read_entries
from dateline.stage.health import Health
from dateline.stage.lease import Lease
from dateline.stage.memory import MemoryMark
from dateline.stage.service import connect
from dateline.stage.writer import Writer
from tests.integration.stage.desk import Death

NUMBERS = itertools.count(1)
IN, OUT = "articles:{all}", "stories:{all}"
LEDGER, SEEN, DEAD = "test:{all}:ledger", "test:{all}:seen", f"{IN}.dead"

Hook = Callable[[str, int], Awaitable[None] | None]


def nothing(number: str, step: int) -> None:
    """A hook that lets everything pass."""


@dataclass
class Tally:
    """The work. Entries have a number `n` and may need several `steps`; `hook` may fail or end it all."""

    redis: Redis
    hook: Hook = nothing
    stage: str = "test"
    total: int = 0
    loads: int = 0
    changed: dict[str, str] = field(default_factory=dict)
    said: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    def source(self, shard: str) -> str:
        return f"articles:{{{shard}}}"

    def destination(self, shard: str) -> str:
        return f"stories:{{{shard}}}"

    async def load(self, shard: str) -> None:
        self.loads += 1
        self.changed, self.said = {}, []
        self.total = int(await self.redis.hlen(SEEN))

    async def gather(self, entries: Sequence[Entry]) -> None:
        """Nothing to fetch."""

    async def apply(self, entry: Entry, step: int) -> bool:
        number = entry.fields[b"n"].decode()
        waiting = self.hook(number, step)
        if waiting is not None:
            await waiting
        self.total += 1
        self.changed[f"{number}/{step}"] = str(self.total)
        self.said.append((entry.milliseconds, {"n": number, "step": str(step), "total": str(self.total)}))
        return step + 1 >= int(entry.fields.get(b"steps", b"1"))

    async def between(self) -> float:
        return 0.2

    def take(self, commit: Commit) -> None:
        for name, value in self.changed.items():
            commit.put(SEEN, name, value)
        for milliseconds, fields in self.said:
            commit.append(OUT, milliseconds, fields)
        self.changed, self.said = {}, []

    async def delivered(self) -> None:
        """Nothing goes further."""

    async def tidy(self, position: str, pressed: bool) -> None:
        """Nothing to trim."""


def writer(settings: Settings, hook: Hook = nothing, shard: str = "all") -> Writer:
    """A process's writer of the shard, not yet running."""
    connection = connect(settings)
    work = Tally(connection, hook)
    names = settings.names
    ledger = names.of_shard("test", shard, "ledger")
    lease = Lease(
        connection,
        names.of_shard("test", shard, "lease"),
        ledger,
        f"process-{next(NUMBERS)}",
        settings.lease_seconds,
        "test",
        shard,
    )
    health, memory = Health("test", settings.stuck_after_seconds), MemoryMark(connection, 0.8)
    return Writer(connection, settings, names, shard, work, lease, health, memory)


@asynccontextmanager
async def writing(one: Writer) -> AsyncIterator[asyncio.Task[None]]:
    """The writer at work, stopped in order at the end."""
    stop = asyncio.Event()
    task = asyncio.create_task(ordered.run(one, stop))
    try:
        yield task
    finally:
        stop.set()
        try:
            with suppress(Death, asyncio.CancelledError):
                await asyncio.wait_for(task, 20)
        finally:
            await one.redis.aclose()


async def kill(task: asyncio.Task[None]) -> None:
    """End a writer where it stands."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def fill(client: redis.Redis, *numbers: Any, **fields: str) -> list[str]:
    """Append an entry for each number; the ids."""
    pipe = client.pipeline(transaction=False)
    for number in numbers:
        pipe.xadd(IN, {"n": str(number), **fields})
    return list(pipe.execute())


def out(client: redis.Redis) -> list[str]:
    """The numbers that went downstream, in order."""
    entries: Any = client.xrange(OUT)
    return [fields["n"] for _, fields in entries if "n" in fields]


def totals(client: redis.Redis) -> list[int]:
    """The running totals that went downstream: 1, 2, 3 … when nothing was applied twice or not at all."""
    entries: Any = client.xrange(OUT)
    return [int(fields["total"]) for _, fields in entries if "total" in fields]


def numbers(*ranges: Sequence[int]) -> list[str]:
    return [str(number) for one in ranges for number in one]


def twice(found: Sequence[str]) -> list[str]:
    return [number for number, count in Counter(found).items() if count > 1]


def position(client: Any) -> str:
    """Up to where the log is applied."""
    return str(client.hget(LEDGER, "position"))


async def entries_of(one: Any) -> Any:
    """All that stands on the stream of the room, as its writer reads it."""
    return read_entries(await one.redis.xrange(IN))
