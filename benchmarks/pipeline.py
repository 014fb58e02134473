"""The whole pipeline under load: articles a second end to end, and whether memory stays flat.

``python -m benchmarks.pipeline [SECONDS] [ARTICLES_A_SECOND]`` starts a private server and the
services, sends 4 KB articles at a steady rate (default: as fast as the pipeline takes them) and prints
the rate at which they came out, the CPU each process took, and the slope of RSS and used_memory over
the last half of the run. The articles are written before the clock starts: sending them is part of the
load, inventing them is not. Retention and lifetimes are set to seconds, so that the run passes them many
times over.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import redis
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.articles import articles
from benchmarks.samples import Samples, resident_bytes, rise
from dateline.embedded import Services, running
from dateline.progress import last_id, position, unread_raw
from dateline.stage.entries import split_id
from dateline.streams import Names

NAMES = Names()
SETTLE_SECONDS = 2.0
LIFETIMES = {
    "DATELINE_PUBLISH_SETTLE_SECONDS": str(SETTLE_SECONDS),
    "DATELINE_SETTLE_AFTER_SECONDS": "5",
    "DATELINE_CLOSE_AFTER_SECONDS": "10",
    "DATELINE_FORGET_AFTER_SECONDS": "15",
    "DATELINE_TICK_SECONDS": "1",
    "DATELINE_TRIM_SECONDS": "1",
    "DATELINE_RETAIN_RAW_SECONDS": "5",
    "DATELINE_RETAIN_OUTCOMES_SECONDS": "5",
    "DATELINE_RETAIN_ARTICLES_SECONDS": "5",
    "DATELINE_RETAIN_STORIES_SECONDS": "5",
    "DATELINE_RETAIN_PUBLISHED_SECONDS": "5",
}
MOST_UNREAD = 1_000
MOST_SECONDS_BEHIND = 2.0
MOST_A_SECOND = 700  # what is written ahead without a rate; the pipeline has not been seen to take more


def processor_seconds(pid: int) -> float:
    """CPU seconds a process has taken."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def processors(client: redis.Redis, services: Services) -> dict[str, float]:
    """CPU seconds so far of each service, of the server, and of this process, the load."""
    seconds = {name: processor_seconds(child.process.pid) for name, child in services.children.items()}
    server = client.info("cpu")
    return seconds | {
        "server": server["used_cpu_sys"] + server["used_cpu_user"],
        "load": time.process_time(),
    }


def seconds_behind(client: redis.Redis) -> float:
    """How far cluster or publish, whichever is further, lies behind what it is to read (by entry ids)."""
    behind = []
    for stage, stream in (("cluster", NAMES.articles("all")), ("publish", NAMES.stories("all"))):
        last = split_id(last_id(client, stream))[0]
        done = split_id(position(client, NAMES, stage, "all"))[0]
        behind.append((last - done) / 1000 if done else 0.0)
    return max(behind)


def written(count: int) -> list[dict[str, str]]:
    """So many articles, made ahead of the run."""
    feed = articles(seed=7)
    return [next(feed) for _ in track(range(count), description="writing articles", transient=True)]


def load(client: redis.Redis, feed: Iterator[dict[str, str]], budget: int) -> int:
    """Send up to `budget` articles, fewer when ingest is behind, none when another is: a queue is no rate."""
    room = min(budget, MOST_UNREAD - unread_raw(client, NAMES))
    if room <= 0 or seconds_behind(client) > MOST_SECONDS_BEHIND:
        return 0
    pipe = client.pipeline(transaction=False)
    for article in islice(feed, room):
        pipe.xadd(NAMES.raw, article)  # type: ignore[arg-type]  # redis-py wants exactly its own union
    return len(pipe.execute())


def until_published(client: redis.Redis) -> None:
    """Wait until what was sent is clustered, publish has applied it, and what waited then has settled.

    Not until nothing happens any more: stories of a run settle, close and are forgotten for another fifteen
    seconds (the lifetimes above), which is no work left over.
    """
    while unread_raw(client, NAMES):
        time.sleep(0.05)
    for stage, stream in (("cluster", NAMES.articles("all")), ("publish", NAMES.stories("all"))):
        last = split_id(last_id(client, stream))
        while split_id(position(client, NAMES, stage, "all")) < last:
            time.sleep(0.05)
    time.sleep(SETTLE_SECONDS)


def run(
    url: str, services: Services, seconds: float, rate: float, pool: list[dict[str, str]]
) -> tuple[int, float, Samples, dict[str, float]]:
    """Load for `seconds`, or as long as the pool lasts.

    Returns:
        articles, seconds until all was published, samples, CPU seconds taken meanwhile by each process.
    """
    client, feed = redis.Redis.from_url(url), iter(pool)
    before = processors(client, services)
    samples, sent, started = Samples(), 0, time.monotonic()
    while (now := time.monotonic() - started) < seconds and sent < len(pool):
        sent += load(client, feed, 100 if not rate else min(200, int(now * rate) - sent))
        if not samples.at or now - samples.at[-1] >= 1.0:
            memory = {
                name: resident_bytes(child.process.pid) / 2**20 for name, child in services.children.items()
            }
            memory["server"] = client.info("memory")["used_memory"] / 2**20
            samples.add(now, memory)
        time.sleep(0.05)
    until_published(client)
    spent = time.monotonic() - started
    cpu = {name: taken - before[name] for name, taken in processors(client, services).items()}
    return sent, spent, samples, cpu


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    rate = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    pool = written(int(seconds * (rate or MOST_A_SECOND)))
    with tempfile.TemporaryDirectory() as data, running(Path(data), environment=LIFETIMES) as (url, services):
        sent, spent, samples, cpu = run(url, services, seconds, rate, pool)
        restarts = sum(child.restarts for child in services.children.values())
    console = Console(width=100)
    console.print(f"{sent} articles of 4 KB in {spent:.1f} s, end to end: {sent / spent:,.0f} a second")
    table = Table("process", "CPU ms an article", "MB at the end", "slope over the last half")
    for name in [*samples.values, "load"]:
        values = samples.values.get(name)
        table.add_row(
            name,
            f"{1000 * cpu[name] / sent:.2f}" if name in cpu else "",
            f"{values[-1]:.0f}" if values else "",
            f"{rise(samples.at, values):+.1%}" if values else "",
        )
    console.print(table)
    console.print("MB of a process: resident; of the server: used_memory.")
    console.print(f"restarts: {restarts}")


if __name__ == "__main__":
    main()
