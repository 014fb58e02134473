"""`make soak`: ten times the retention of steady traffic; the server and every process must stay flat.

Retentions are short, so that ten times of them pass in minutes. Flat: over the last half the line through the
samples rises by less than 2 % of their mean. What processes remember of words and texts is bounded by number;
so that these memories are full before the half, the words begin again after some editions.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks.samples import Samples, resident_bytes, rise
from tests.chaos.stack import Stack, stack
from tests.chaos.traffic import Message, traffic
from tests.chaos.witness import CONTROL_LETTERS, LETTERS, OUTCOMES, PUBLISHED, RAW

WORKERS = ("ingest.1", "cluster.1", "publish.1")
STREAMS = (RAW, OUTCOMES, LETTERS, CONTROL_LETTERS, "articles:{all}", "stories:{all}", PUBLISHED)
MOST_RISE = 0.02
VOCABULARIES = 10


def settings(retention: int) -> dict[str, str]:
    """Everything is kept for so many seconds; stories close in time to be forgotten in it."""
    kept = ("RAW", "ARTICLES", "STORIES", "PUBLISHED", "DEAD", "OUTCOMES")
    return {
        **{f"DATELINE_RETAIN_{name}_SECONDS": str(retention) for name in kept},
        "DATELINE_SETTLE_AFTER_SECONDS": str(retention // 4),
        "DATELINE_CLOSE_AFTER_SECONDS": str(retention // 2),
        "DATELINE_FORGET_AFTER_SECONDS": str(retention),
        "DATELINE_WEB_KEEP_SECONDS": str(max(60, retention)),
        "DATELINE_TICK_SECONDS": "2",
    }


async def measure(built: Stack) -> dict[str, float]:
    """Bytes of the server and of each process; entries of each stream; keys."""
    memory = await built.redis.info("memory")
    found = {"server: used memory": float(memory["used_memory"]), "keys": float(await built.redis.dbsize())}
    for name, process in built.workers.items():
        found[f"{name.partition('.')[0]}: resident memory"] = resident_bytes(process.pid)
    for stream in STREAMS:
        found[f"entries of {stream}"] = float(await built.redis.xlen(stream))
    found["stories live"] = float(await built.redis.zcard("stories.index"))
    return found


async def send(built: Stack, messages: Iterator[Message], rate: float, until: float) -> int:
    """Send so many a second, evenly."""
    sent, started = 0, time.monotonic()
    while time.monotonic() < until:
        due = int((time.monotonic() - started) * rate) - sent
        for message in islice(messages, due):
            await built.redis.xadd(RAW, dict(message.fields))  # type: ignore[arg-type]  # str and bytes
        sent += due
        await asyncio.sleep(0.2)
    return sent


async def soak(
    directory: Path, seconds: float, retention: int, rate: float, bar: Progress
) -> tuple[Samples, int]:
    """Run for so long, measuring every second."""
    samples, task = Samples(), bar.add_task("steady traffic", total=seconds)
    async with stack(directory, workers=WORKERS, fsync="everysec", web=True, **settings(retention)) as built:
        started = time.monotonic()
        sending = asyncio.create_task(send(built, traffic(1, 10**9, VOCABULARIES), rate, started + seconds))
        while not sending.done():
            await asyncio.sleep(1)
            passed = time.monotonic() - started
            samples.add(passed, await measure(built))
            bar.update(task, completed=passed)
        assert built.restarts == 0, "a service ended"
        return samples, await sending


def table(samples: Samples, sent: int) -> tuple[Table, list[str]]:
    """Everything measured, and what was not flat."""
    grid = Table(title=f"soak, {samples.at[-1]:.0f} s, {sent:,} entries")
    for name in ("", "half-way", "at the end", "rise over the last half"):
        grid.add_column(name, justify="left" if not name else "right")
    bad = []
    for name, values in samples.values.items():
        risen, judged = rise(samples.at, values), "memory" in name
        if judged and risen > MOST_RISE:
            bad.append(f"{name} rose by {risen:.1%}")
        scale, unit = (2**20, " MiB") if judged else (1, "")
        middle, end = (float(np.mean(part)) for part in (_around(values, 0.5), _around(values, 1.0)))
        shown = [f"{each / scale:,.1f}{unit}" if unit else f"{each:,.0f}" for each in (middle, end)]
        grid.add_row(name, *shown, f"{risen:+.1%}", style="red" if judged and risen > MOST_RISE else "")
    return grid, bad


def _around(values: Sequence[float], share: float) -> Sequence[float]:
    """The samples of the tenth that ends at this share of the run."""
    end = max(1, int(len(values) * share))
    return values[max(0, end - len(values) // 10 - 1) : end]


def main() -> None:
    """Exit status 1 when something was not flat."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.soak", description=__doc__)
    parser.add_argument("--retention", type=int, default=60, help="seconds everything is kept")
    parser.add_argument("--times", type=float, default=10.0, help="retentions that the run lasts")
    parser.add_argument("--rate", type=float, default=20.0, help="entries a second")
    options = parser.parse_args()
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with (
        tempfile.TemporaryDirectory(prefix="dateline-soak-") as directory,
        Progress(*columns, console=console) as bar,
    ):
        seconds = options.retention * options.times
        samples, sent = asyncio.run(soak(Path(directory), seconds, options.retention, options.rate, bar))
    grid, bad = table(samples, sent)
    console.print(grid)
    for said in bad:
        console.print(f"[red]not flat[/red]: {said}")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
