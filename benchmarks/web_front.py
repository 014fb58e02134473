"""How long the front page takes on the server: ``python -m benchmarks.web_front 10000``.

The whole application, frame and templates included, is called in this process; nothing is sent over a
network. The aim is 50 ms for each page with 10,000 stories, counted as processor time: other programs on
the machine make the time that passes longer, not the work.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
from redis.asyncio import Redis

from benchmarks.stories import record
from dateline.settings import Settings
from services.web.applying import Incoming
from services.web.context import Door
from services.web.door import build
from services.web.flow import Flow
from services.web.keep import Keep
from services.web.live import Ring
from services.web.store import Store

PATHS = (
    "/",
    "/?sort=covered",
    "/?sort=blindspots",
    "/?language=de",
    "/?place=place+7",
    "/?q=ba",
    "/v1/stories",
)
TIMES = 40
AIM_MS = 50.0
BATCH = 200


def filled(store: Store, stories: int) -> None:
    """Apply so many stories."""
    batch: list[Incoming] = []
    for number in range(1, stories + 1):
        one = record(number)
        entry = (number, 0)
        raw = one.model_dump_json().encode()
        batch.append(Incoming(one.story_id, 1, "created", "s", f"{number:020d}", "", one, raw, entry))
        if len(batch) == BATCH or number == stories:
            store.apply(batch, {"position": f"{number}-0"})
            batch.clear()


async def measure(door: Door) -> bool:
    """Print the median times of each page; whether all are within the aim."""
    app = build(door, Ring(), Flow())
    good = True
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        for path in PATHS:
            took, busy = [], []
            for _ in range(TIMES):
                started, worked = time.perf_counter(), time.process_time()
                answer = await client.get(path)
                took.append((time.perf_counter() - started) * 1_000)
                busy.append((time.process_time() - worked) * 1_000)
                assert answer.status_code == 200, answer.text
            wall, work = statistics.median(took), statistics.median(busy)
            good = good and work <= AIM_MS
            print(f"{path:24} {work:6.1f} ms of work, {wall:6.1f} ms passed, {len(answer.content):,} bytes")
    return good


def main() -> None:
    """The command line: how many stories."""
    stories = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        store, keep = Store(Path(folder) / "index.db"), Keep(Path(folder) / "keep.db")
        started = time.perf_counter()
        filled(store, stories)
        print(f"{stories:,} stories indexed, {stories / (time.perf_counter() - started):,.0f} a second")
        settings = Settings(web_reads_per_minute=0)  # type: ignore[call-arg]  # the others have defaults
        door = Door(settings, Redis(), store, keep, asyncio.Condition(), asyncio.Event())
        good = asyncio.run(measure(door))
        keep.close()
        store.close()
    print(f"aim: a median of {AIM_MS:.0f} ms – {'kept' if good else 'missed'}")


if __name__ == "__main__":
    main()
