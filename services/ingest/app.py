"""The ingest service: gather a batch of raw entries, clean each, apply them in their shards."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog
from redis.asyncio import Redis

from dateline import tracing
from dateline.articles import ControlAct
from dateline.settings import Settings
from dateline.stage import faults, unordered
from dateline.stage.continuity import check_same, replication_id
from dateline.stage.dead_letters import Failure
from dateline.stage.entries import Entry, split_id
from dateline.stage.memory import MemoryMark
from dateline.stage.service import Shell
from dateline.stage.unordered import Reader, Result
from services.ingest.acts import read_act, shard_named
from services.ingest.clean import Rejected, clean
from services.ingest.publishers import OutletRegistry, default_registry
from services.ingest.store import (
    Arrival,
    Store,
    accept,
    forget_acknowledged,
    home_shard,
    home_shards,
    pass_on,
    server_time,
    tick,
)

log = structlog.get_logger()


async def handle_raw(store: Store, registry: OutletRegistry, entries: Sequence[Entry]) -> list[Result]:
    """One hop of raw articles: what became of each, in the order of the entries.

    Raises:
        OtherServer: the server was replaced meanwhile; it may have lost the entries.
    """
    with tracing.consuming("ingest", store.names.raw, entries) as traces:
        results = await _clean_and_apply(store, registry, entries, traces)
        for result in results:
            traces.note(result.entry.entry_id, "outcome", result.outcome)
            traces.note(result.entry.entry_id, "article_id", result.article_id)
    return results


async def _clean_and_apply(
    store: Store, registry: OutletRegistry, entries: Sequence[Entry], traces: tracing.Traces
) -> list[Result]:
    now, server = await server_time(store), await replication_id(store.redis)
    results: dict[str, Result] = {}
    arrivals: list[Arrival] = []
    for entry in entries:
        arrived = min(entry.milliseconds, now)
        cleaned = clean(entry.fields, arrived=arrived, registry=registry)
        if isinstance(cleaned, Rejected):
            results[entry.entry_id] = _rejected(entry, cleaned)
        else:
            arrivals.append(Arrival(entry.entry_id, arrived, cleaned, traces.header(entry.entry_id)))
    await check_same(store.redis, server)
    outcomes = await _apply(store, arrivals)
    for entry in entries:
        if entry.entry_id not in results:
            outcome, reason, article_id = outcomes[entry.entry_id]
            results[entry.entry_id] = Result(entry, outcome, article_id, reason)
    return [results[entry.entry_id] for entry in entries]


def _rejected(entry: Entry, rejected: Rejected) -> Result:
    failure = Failure(rejected.code, rejected.reason)
    return Result(entry, "rejected", reason=rejected.reason, failure=failure)


async def _apply(store: Store, arrivals: Sequence[Arrival]) -> dict[str, tuple[str, str, str]]:
    """Outcome, reason and article id by raw id; arrivals keep their order within a shard."""
    homes = await home_shards(store, arrivals) if arrivals else []
    by_shard: dict[str, list[Arrival]] = {}
    for arrival, home in zip(arrivals, homes, strict=True):
        by_shard.setdefault(home, []).append(arrival)
    outcomes: dict[str, tuple[str, str, str]] = {}
    for shard, group in sorted(by_shard.items()):
        for arrival, (outcome, reason) in zip(group, await accept(store, shard, group), strict=True):
            outcomes[arrival.raw_id] = (outcome, reason, arrival.cleaned.article_id)
    return outcomes


async def handle_control(store: Store, entries: Sequence[Entry]) -> list[Result]:
    """Pass control acts on to the shards concerned; raises as `handle_raw`."""
    with tracing.consuming("ingest", store.names.control, entries) as traces:
        results = await _pass_on_acts(store, entries, traces)
        for result in results:
            traces.note(result.entry.entry_id, "outcome", result.outcome)
            traces.note(result.entry.entry_id, "act", result.reason if result.failure is None else "")
    return results


async def _pass_on_acts(store: Store, entries: Sequence[Entry], traces: tracing.Traces) -> list[Result]:
    now, server = await server_time(store), await replication_id(store.redis)
    results = []
    acts: dict[str, list[tuple[Entry, ControlAct, str]]] = {}
    for entry in entries:
        act = read_act(entry.entry_id, entry.fields)
        if isinstance(act, Failure):
            results.append(Result(entry, "rejected", reason=act.reason, failure=act))
            continue
        for shard in await _shards_concerned(store, act):
            acts.setdefault(shard, []).append((entry, act, traces.header(entry.entry_id)))
        results.append(Result(entry, "accepted", reason=act.act))
    await check_same(store.redis, server)
    for shard, group in sorted(acts.items()):
        await pass_on(store, shard, group, now)
    return results


async def _shards_concerned(store: Store, act: ControlAct) -> list[str]:
    """The shard of the story an act names, else the article's home, else all of them."""
    shards = list(store.settings.shard_map)
    article_id = act.body.get("article_id")
    named = shard_named(act, shards)
    if named is None and isinstance(article_id, str):
        named = await home_shard(store, article_id)
    return [named] if named else shards


def start(shell: Shell) -> list[asyncio.Task[None]]:
    """The service's tasks: read raw articles, read control acts, keep the clocks ticking."""
    settings, redis = shell.settings, shell.redis
    store = Store(redis, settings, settings.names)
    memory = MemoryMark(redis, settings.memory_soft_share)
    registry = default_registry()

    async def raw(entries: Sequence[Entry]) -> list[Result]:
        return await handle_raw(store, registry, entries)

    async def control(entries: Sequence[Entry]) -> list[Result]:
        return await handle_control(store, entries)

    def reader(stream: str, handler: unordered.Handler) -> Reader:
        return Reader(
            redis,
            settings,
            settings.names,
            stream,
            shell.worker,
            handler,
            shell.health,
            retain_seconds=settings.retain_raw_seconds,
        )

    readers = [reader(settings.names.raw, raw), reader(settings.names.control, control)]

    async def may_read() -> bool:
        full = await memory.passed()
        may = not full or await drained(redis, settings)
        for one in readers:
            one.pressed, one.loop.role = full, "reading" if may else "paused: memory"
        return may

    tasks = [asyncio.create_task(unordered.run(one, shell.stop, may_read)) for one in readers]
    tasks.append(asyncio.create_task(keep_clocks(redis, store, readers, shell.stop)))
    return tasks


async def drained(redis: Redis, settings: Settings) -> bool:
    """Whether the shards' streams hold no more than a batch.

    Above the memory mark what is applied is trimmed, so what they hold is what is still to be done. When
    they are empty and memory is full all the same, it is the backlog of raw articles that fills it, and
    reading on, a batch at a time, is what empties it.
    """
    streams = [
        name
        for shard in settings.shard_map
        for name in (settings.names.articles(shard), settings.names.stories(shard))
    ]
    return all([await redis.xlen(stream) <= settings.batch_entries for stream in streams])


async def keep_clocks(redis: Redis, store: Store, readers: Sequence[Reader], stop: asyncio.Event) -> None:
    """Tick idle shards, and forget outcomes that can no longer be asked for.

    What goes lies below the floors of the sweep before: a server that lost its last writes may deliver
    entries again that were acknowledged a moment ago.
    """
    sweep_due, before = time.monotonic(), [(0, 0), (0, 0)]
    while not stop.is_set():
        try:
            for shard in store.settings.shard_map:
                await tick(store, shard)
            if time.monotonic() >= sweep_due:
                sweep_due = time.monotonic() + store.settings.trim_seconds
                floors = [await _floor(redis, one) for one in readers]
                raw, control = (min(pair) for pair in zip(floors, before, strict=True))
                for shard in store.settings.shard_map:
                    await forget_acknowledged(store, shard, raw, control)
                before = floors
        except Exception as error:
            if not faults.is_infrastructure(error):
                raise
        await asyncio.sleep(min(1.0, store.settings.tick_seconds / 4))


async def _floor(redis: Redis, reader: Reader) -> tuple[int, int]:
    floor: Any = await redis.hget(reader.key("ledger"), "floor")
    return split_id(floor.decode()) if floor else (0, 0)
