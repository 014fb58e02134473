"""What ingest costs: cleaning articles of several kinds, and the whole hop from stream to stream.

``python -m benchmarks.ingest [ARTICLES]`` prints articles a second of one core (processor time of the
process, the server's not included; the best of five runs, for machines that do other things) and
ratios to cleaning a plain article of 4 KB; then where the time of such an article goes; then what the
most expensive texts within the limits cost for each megabyte.
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import pstats
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import structlog
from redis.asyncio import Redis
from rich.console import Console
from rich.table import Table

from benchmarks.articles import articles
from dateline.embedded import Server, start_server, stop_process
from dateline.settings import Settings
from dateline.stage.entries import Entry
from dateline.stage.health import Health
from dateline.stage.unordered import Reader, Result, ensure_group, turn
from services.ingest.app import handle_raw
from services.ingest.clean import clean
from services.ingest.publishers import default_registry
from services.ingest.store import Store

Fields = dict[bytes, bytes]
SIZE = 4096
HOSTILE = 2**18
RUNS = 5


def plain(seed: int, count: int) -> list[Fields]:
    """Plain fields; English function words among the invented ones, as prose has them."""
    source = random.Random(seed)
    made = []
    for article in islice(articles(seed, SIZE), count):
        words = article["text"].split(" ")
        for at in range(0, len(words), 4):
            words[at] = source.choice(("the", "of", "and", "said", "in", "on", "to", "you", "our", "“with”"))
        made.append(
            {name.encode(): value.encode() for name, value in {**article, "text": " ".join(words)}.items()}
        )
    return made


def in_language(seed: int, count: int) -> list[Fields]:
    """The same with the language declared: nothing is detected but contradictions."""
    return [{**fields, b"language": b"en"} for fields in plain(seed, count)]


def as_json(seed: int, count: int) -> list[Fields]:
    """One field with a JSON object."""
    return [
        {b"article": json.dumps({name.decode(): value.decode() for name, value in fields.items()}).encode()}
        for fields in plain(seed, count)
    ]


def fragments(seed: int, count: int) -> list[Fields]:
    """HTML as feeds carry it."""
    return [
        {**fields, b"text": marked_up(fields[b"text"].decode()).encode()} for fields in plain(seed, count)
    ]


def pages(seed: int, count: int) -> list[Fields]:
    """Whole HTML pages with navigation, scripts and a sidebar around the article."""
    menu = "".join(f'<li><a href="/section/{n}">Section {n}</a></li>' for n in range(40))
    side = "".join(
        f'<div class="card"><a href="/{n}"><h3>Another story {n}</h3></a></div>' for n in range(20)
    )
    made = []
    for fields in plain(seed, count):
        body = marked_up(fields[b"text"].decode())
        page = (
            f"<!doctype html><html lang=en><head><script>{'var a=1;' * 200}</script></head><body>"
            f"<nav><ul>{menu}</ul></nav>"
            f"<main><article><h1>{fields[b'title'].decode()}</h1>{body}</article></main>"
            f"<aside>{side}</aside><footer><p>Contact</p></footer></body></html>"
        )
        made.append({**fields, b"text": page.encode()})
    return made


def marked_up(text: str) -> str:
    """Paragraphs as HTML, with a link and an image here and there."""
    blocks = text.split("\n\n")
    return "".join(
        f'<p class="body">{block} <a href="https://x.example/{at}">more</a> <em>here</em></p>'
        + (
            '<figure><img src="/i.jpg" alt=""><figcaption>A harbour</figcaption></figure>'
            if at % 3 == 0
            else ""
        )
        for at, block in enumerate(blocks)
    )


def titles(seed: int, count: int) -> list[Fields]:
    """Titles only."""
    return [
        {name: value for name, value in fields.items() if name != b"text"} for fields in plain(seed, count)
    ]


KINDS: dict[str, Callable[[int, int], list[Fields]]] = {
    "plain fields, 4 KB": plain,
    "the same, language declared": in_language,
    "the same as JSON": as_json,
    "titles only": titles,
    "HTML fragments around 4 KB": fragments,
    "HTML pages around 4 KB": pages,
}


def cleaning(entries: Sequence[Fields]) -> float:
    """Articles cleaned in a second of processor time."""
    registry, now = default_registry(), int(time.time() * 1000)
    clean(entries[0], arrived=now, registry=registry)  # tables and models are loaded
    part = max(1, len(entries) // RUNS)
    rates = []
    for start in range(0, RUNS * part, part):
        run = entries[start : start + part]
        started = time.process_time()
        for fields in run:
            clean(fields, arrived=now, registry=registry)
        rates.append(len(run) / (time.process_time() - started))
    return max(rates)


async def hop(server: Server, entries: Sequence[Fields]) -> tuple[float, float]:
    """Articles through the whole hop: in a second of this process's processor time, and of the clock."""
    redis: Redis = Redis.from_url(server.url, protocol=2)
    settings = Settings(redis_url=server.url)
    store, registry = Store(redis, settings, settings.names), default_registry()

    async def handle(batch: Sequence[Entry]) -> list[Result]:
        return await handle_raw(store, registry, batch)

    reader = Reader(
        redis,
        settings,
        settings.names,
        settings.names.raw,
        "one",
        handle,
        Health("benchmark"),
        retain_seconds=0,
    )
    for start in range(0, len(entries), 200):
        pipe = redis.pipeline(transaction=False)
        for fields in entries[start : start + 200]:
            pipe.xadd(settings.names.raw, fields)
        await pipe.execute()
    await ensure_group(reader)
    rates, done = [], 0
    while done < len(entries):
        used, started = time.process_time(), time.perf_counter()
        count = 0
        while count < len(entries) // RUNS and done + count < len(entries):
            count += await turn(reader)
        done += count
        rates.append((count / (time.process_time() - used), count / (time.perf_counter() - started)))
    await redis.aclose()
    return max(rates)


def profile(entries: Sequence[Fields], most: int = 12) -> Table:
    """The functions in which cleaning spends its time."""
    recorder, registry = cProfile.Profile(), default_registry()
    recorder.enable()
    for fields in entries:
        clean(fields, arrived=1, registry=registry)
    recorder.disable()
    stats = pstats.Stats(recorder)
    whole = stats.total_tt  # type: ignore[attr-defined]  # missing in the stubs
    rows = sorted(stats.stats.items(), key=lambda row: -row[1][2])[:most]  # type: ignore[attr-defined]  # pstats keeps it, its stubs do not
    table = Table(
        "function", "share of the time", title="cleaning plain articles of 4 KB: own time (profiled)"
    )
    for (path, _, name), (_, _, own, _, _) in rows:
        where = f"{Path(path).stem}.{name}" if path != "~" else name.strip("<>")
        table.add_row(where, f"{own / whole:.0%}")
    return table


def hostile() -> Table:
    """The most expensive texts, for each megabyte."""
    from tests.unit.ingest.bombs import texts  # noqa: PLC0415  # the tests come with the source, not with a wheel

    registry, costs = default_registry(), []
    for name, text in texts(HOSTILE):
        started = time.process_time()
        clean({b"title": b"t", b"id": b"1", b"text": text.encode()}, arrived=1, registry=registry)
        costs.append(((time.process_time() - started) * 2**20 / HOSTILE, name))
    table = Table("text", "seconds a megabyte", title="the most expensive texts within the limits")
    for cost, name in sorted(costs, reverse=True)[:6]:
        table.add_row(name, f"{cost:.2f}")
    return table


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    table = Table("what", "articles/s of one core", "ratio", title=f"{count} articles of each kind")
    rates = {name: cleaning(make(1, count)) for name, make in KINDS.items()}
    with tempfile.TemporaryDirectory() as data:
        server = start_server(Path(data))
        try:
            of_core, of_clock = asyncio.run(hop(server, plain(2, 2 * count)))
        finally:
            stop_process(server.process)
    rates["the whole hop, plain fields, 4 KB"] = of_core
    base = rates["plain fields, 4 KB"]
    for name, rate in rates.items():
        table.add_row(name, f"{rate:,.0f}", f"{rate / base:.2f}")
    console = Console(width=90)
    console.print(table)
    console.print(f"the whole hop by the clock, server on the same machine: {of_clock:,.0f} articles/s")
    console.print(profile(plain(3, count // 2)))
    console.print(hostile())


if __name__ == "__main__":
    main()
