"""A thousand readers of live events on one door: ``python -m benchmarks.web_events 1000``.

A door as a process of its own, on an embedded server. Readers connect, events of ordinary size are
published, and each reader must get each of them; then some readers stop reading while events go on.
Printed: the door's memory (the aim is 300 MB with 1,000 readers), and how fast events reach everybody.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from redis.asyncio import Redis

from benchmarks.stories import record
from dateline.embedded import free_port, start_server, stop_process

EVENTS = 20
SLOW_SHARE = 5
SLOW_EVENTS = 60
AIM_MB = 300
PATIENCE_SECONDS = 120


async def read(port: int, counts: list[int], at: int, slow: asyncio.Event) -> None:
    """One reader: count its events; every fifth stops reading when `slow` is set."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**16)
    writer.write(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
    await writer.drain()
    try:
        while chunk := await reader.read(65_536):
            counts[at] += chunk.count(b"event: created")
            if slow.is_set() and at % SLOW_SHARE == 0:
                await asyncio.sleep(3_600)
    except (asyncio.CancelledError, ConnectionError):
        writer.close()


async def publish(redis: Redis, first: int, events: int) -> int:
    """Write events; their mean size."""
    size = 0
    for number in range(first, first + events):
        one = record(number)
        data = one.model_dump_json()
        size += len(data)
        await redis.xadd("stories.published", {
            "type": "dateline.story.created.v1", "source": "/dateline/default/all", "epoch": "1",
            "sequence": f"{number:020d}", "time": one.updated_at.isoformat(), "data": data,
        })  # fmt: skip  # a table
    return size // events


async def run(readers: int, port: int, door: psutil.Process, redis: Redis) -> None:
    """Connect, publish, count, print."""
    alone = door.memory_info().rss / 1e6
    counts, slow = [0] * readers, asyncio.Event()
    tasks = [asyncio.create_task(read(port, counts, at, slow)) for at in range(readers)]
    await asyncio.sleep(3.0 + readers / 500)
    connected = door.memory_info().rss / 1e6
    started = time.perf_counter()
    size = await publish(redis, 1, EVENTS)
    while min(counts) < EVENTS and time.perf_counter() - started < PATIENCE_SECONDS:  # noqa: ASYNC110  # readers count
        await asyncio.sleep(0.05)
    took = time.perf_counter() - started
    complete = sum(count >= EVENTS for count in counts)
    most = door.memory_info().rss / 1e6
    print(
        f"{readers:,} readers, {EVENTS} events of {size / 1e3:.0f} KB: "
        f"{complete:,} readers got all in {took:.1f} s"
    )
    print(f"memory: {alone:.0f} MB alone, {connected:.0f} MB with readers, {most:.0f} MB after the events")
    slow.set()
    await publish(redis, EVENTS + 1, SLOW_EVENTS)
    others = [at for at in range(readers) if at % SLOW_SHARE]
    fast, started = 0, time.perf_counter()
    while fast < len(others) and time.perf_counter() - started < PATIENCE_SECONDS:
        await asyncio.sleep(0.5)
        most = max(most, door.memory_info().rss / 1e6)
        fast = sum(counts[at] >= EVENTS + SLOW_EVENTS for at in others)
    print(
        f"a fifth stops reading, {SLOW_EVENTS} more events: {fast:,} of {len(others):,} others got all "
        f"in {time.perf_counter() - started:.0f} s; {most:.0f} MB at most"
    )
    kept = most <= AIM_MB and fast == len(others)
    print(f"aim: all of them, and {AIM_MB} MB with 1,000 readers – {'kept' if kept else 'missed'}")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def main() -> None:
    """The command line: how many readers."""
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    with tempfile.TemporaryDirectory() as folder:
        server, port = start_server(Path(folder) / "server"), free_port()
        environment = {
            **os.environ,
            "DATELINE_REDIS_URL": server.url,
            "DATELINE_WEB_PORT": str(port),
            "DATELINE_WEB_DATA": f"{folder}/web",
            "DATELINE_WEB_READS_PER_MINUTE": "0",
            "DATELINE_WEB_MAX_READERS": str(readers + 10),
        }
        log = (Path(folder) / "log").open("wb")
        door = subprocess.Popen(
            [sys.executable, "-m", "services.web"], env=environment, stdout=log, stderr=log
        )
        try:
            asyncio.run(_when_up(readers, port, door.pid, server.url))
        finally:
            stop_process(door)
            stop_process(server.process)
            log.close()


async def _when_up(readers: int, port: int, pid: int, url: str) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            break
        except OSError:
            await asyncio.sleep(0.2)
    async with Redis.from_url(url) as redis:
        await run(readers, port, psutil.Process(pid), redis)


if __name__ == "__main__":
    main()
