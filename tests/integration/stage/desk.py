"""A worker of the unordered stage whose handler the test gives, and what became of its entries."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import redis

from dateline.settings import Settings
from dateline.stage import unordered
from dateline.stage.entries import Entry
from dateline.stage.health import Health
from dateline.stage.reader import Reader, Result
from dateline.stage.service import connect

NUMBERS = itertools.count(1)


class Death(BaseException):
    """A process ends here: nothing after it is done."""


async def accept_all(entries: Sequence[Entry]) -> list[Result]:
    """A handler that does nothing."""
    return [Result(entry, "accepted", reason=entry.fields[b"n"].decode()) for entry in entries]


def reader(settings: Settings, handler: unordered.Handler = accept_all, name: str = "") -> Reader:
    """A worker of articles.raw, not yet running."""
    return Reader(
        connect(settings),
        settings,
        settings.names,
        settings.names.raw,
        name or f"elsewhere-{next(NUMBERS)}-0",
        handler,
        Health("test", settings.stuck_after_seconds),
        retain_seconds=settings.retain_raw_seconds,
    )


async def always() -> bool:
    return True


@asynccontextmanager
async def working(
    one: Reader, may_read: Callable[[], Awaitable[bool]] = always
) -> AsyncIterator[asyncio.Task[None]]:
    """The worker at work; stopped in order at the end."""
    stop = asyncio.Event()
    task = asyncio.create_task(unordered.run(one, stop, may_read))
    try:
        yield task
    finally:
        stop.set()
        try:
            with suppress(Death):
                await asyncio.wait_for(task, 20)
        finally:
            await one.redis.aclose()


def fill(client: redis.Redis, settings: Settings, *numbers: Any, **fields: str) -> list[str]:
    """Append an entry for each number; the ids."""
    pipe = client.pipeline(transaction=False)
    for number in numbers:
        pipe.xadd(settings.names.raw, {"n": str(number), **fields})
    return list(pipe.execute())


def settled(client: redis.Redis, settings: Settings) -> Counter[str]:
    """How often each number has an outcome."""
    entries: Any = client.xrange(settings.names.outcomes)
    return Counter(fields["reason"] for _, fields in entries if fields["outcome"] == "accepted")


def once(numbers: Sequence[Any]) -> Counter[str]:
    return Counter(str(number) for number in numbers)


def pending(client: redis.Redis, settings: Settings) -> int:
    said: Any = client.xpending(settings.names.raw, "dateline-ingest")
    return int(said["pending"])
