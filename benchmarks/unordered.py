"""What the unordered stage costs: the same entries through a bare loop, our stage, and FastStream.

``python -m benchmarks.unordered [ENTRIES]`` prints entries a second and the ratio to the bare loop.
The stage does nothing with an entry but settle it: acknowledge, outcome, floor, all repeatable.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from faststream import AckPolicy, FastStream
from faststream.redis import RedisBroker, StreamSub
from redis.asyncio import Redis
from rich.console import Console
from rich.table import Table

from dateline.embedded import Server, start_server, stop_process
from dateline.settings import Settings
from dateline.stage.entries import Entry
from dateline.stage.health import Health
from dateline.stage.unordered import Reader, Result, ensure_group, turn
from dateline.streams import Names

BATCH = 256
PAYLOAD = b"x" * 512


async def fill(redis: Redis, stream: str, count: int) -> None:
    """Send `count` entries of half a kilobyte."""
    for start in range(0, count, 1000):
        pipe = redis.pipeline(transaction=False)
        for _ in range(start, min(count, start + 1000)):
            pipe.xadd(stream, {"title": PAYLOAD})
        await pipe.execute()


async def bare(redis: Redis, count: int) -> float:
    """XREADGROUP and XACK in batches, nothing else: the least a consumer can do."""
    await fill(redis, "bare", count)
    await redis.xgroup_create("bare", "group", id="0")
    started, done = time.perf_counter(), 0
    while done < count:
        ((_, entries),) = await redis.xreadgroup("group", "one", {"bare": ">"}, count=BATCH)
        await redis.xack("bare", "group", *(entry_id for entry_id, _ in entries))
        done += len(entries)
    return count / (time.perf_counter() - started)


async def stage(redis: Redis, count: int) -> float:
    """Our stage with a handler that does nothing."""

    async def nothing(entries: Sequence[Entry]) -> list[Result]:
        return [Result(entry, "accepted") for entry in entries]

    names = Names()
    await fill(redis, names.raw, count)
    reader = Reader(
        redis, Settings(), names, names.raw, "one", nothing, Health("benchmark"), retain_seconds=86_400
    )
    await ensure_group(reader)
    started, done = time.perf_counter(), 0
    while done < count:
        done += await turn(reader)
    return count / (time.perf_counter() - started)


async def faststream(url: str, redis: Redis, count: int, batch: bool) -> float:
    """FastStream's own subscriber, acknowledging by itself."""
    stream = f"faststream-{batch}"
    await fill(redis, stream, count)
    await redis.xgroup_create(stream, "group", id="0")
    broker = RedisBroker(url, logger=None)
    done = asyncio.Event()
    seen = 0
    where = StreamSub(
        stream, group="group", consumer="one", batch=batch, max_records=BATCH if batch else None
    )

    @broker.subscriber(stream=where, ack_policy=AckPolicy.ACK, no_reply=True)
    async def handle(body: object) -> None:
        nonlocal seen
        seen += len(body) if batch else 1  # type: ignore[arg-type]  # a list in batch mode
        if seen >= count:
            done.set()

    started = time.perf_counter()
    task = asyncio.create_task(FastStream(broker, logger=None).run())
    await done.wait()
    rate = count / (time.perf_counter() - started)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await broker.stop()
    return rate


async def measure(server: Server, count: int) -> dict[str, float]:
    """Entries a second of each way."""
    redis: Redis = Redis.from_url(server.url, protocol=2)
    few = max(1000, count // 10)
    ways: dict[str, Callable[[], Awaitable[float]]] = {
        "bare loop (XREADGROUP, XACK)": lambda: bare(redis, count),
        "Dateline's unordered stage": lambda: stage(redis, count),
        "FastStream, batches": lambda: faststream(server.url, redis, few, batch=True),
        "FastStream, one by one": lambda: faststream(server.url, redis, few, batch=False),
    }
    rates = {}
    for name, way in ways.items():
        rates[name] = await way()
    await redis.aclose()
    return rates


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as data:
        server = start_server(Path(data))
        try:
            rates = asyncio.run(measure(server, count))
        finally:
            stop_process(server.process)
    table = Table("way", "entries/s", "of the bare loop", title=f"{count} entries, batches of {BATCH}")
    least = rates["bare loop (XREADGROUP, XACK)"]
    for name, rate in rates.items():
        table.add_row(name, f"{rate:,.0f}", f"{rate / least:.2f}")
    Console(width=90).print(table)


if __name__ == "__main__":
    main()
