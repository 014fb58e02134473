"""How far behind a stage is, asked of the server at its own pace: true also while the stage stands still."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from dateline.metrics import DEAD_HELD, LAG_ENTRIES, LAG_SECONDS
from dateline.settings import Settings
from dateline.stage import faults, scripts
from dateline.stage.entries import START, split_id
from dateline.streams import INGEST_GROUP, Names

EVERY_SECONDS = 5.0
COUNTED = 1_000  # where the server keeps no count: counting costs it time


async def keep(redis: Redis, settings: Settings, stage: str, shards: list[str], stop: asyncio.Event) -> None:
    """Measure until stopped. While the server does not answer the last values stand; health says that."""
    while not stop.is_set():
        try:
            for stream in streams(settings.names, stage, shards):
                await measure(redis, settings.names, stage, stream)
        except Exception as error:
            if not faults.is_infrastructure(error):
                raise
        await _pause(stop)


async def _pause(stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), EVERY_SECONDS)
    except TimeoutError:
        return


def streams(names: Names, stage: str, shards: list[str]) -> list[tuple[str, str]]:
    """(stream, shard) of what a stage reads; the shard is empty for what a group reads."""
    if stage == "ingest":
        return [(names.raw, ""), (names.control, "")]
    of_shard = {"cluster": names.articles, "publish": names.stories}.get(stage)
    return [(of_shard(shard), shard) for shard in shards] if of_shard else []


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a stage stands in a stream. `unread` None: the server does not keep count of it just now."""

    position: str = START
    unread: int | None = None
    pending: int = 0
    oldest_pending: str = ""


async def measure(redis: Redis, names: Names, stage: str, where: tuple[str, str]) -> None:
    """Set the gauges of one stream."""
    stream, shard = where
    at = await (_of_shard(redis, names, stage, where) if shard else _of_group(redis, stream))
    unread, first = await scripts.run(redis, "backlog", [stream], [at.position, 1 if at.unread else COUNTED])
    oldest = at.oldest_pending or first.decode()
    waited = max(0.0, time.time() - split_id(oldest)[0] / 1000) if oldest else 0.0
    LAG_ENTRIES.labels(stage, stream).set((at.unread or int(unread)) + at.pending)
    LAG_SECONDS.labels(stage, stream).set(waited)
    DEAD_HELD.labels(stage, stream).set(await redis.xlen(names.dead(stream)))


async def _of_shard(redis: Redis, names: Names, stage: str, where: tuple[str, str]) -> Standing:
    """By the stage's ledger, which counts what it has applied (`missing.lua` keeps the difference)."""
    stream, shard = where
    fields = ("position", "step", "applied", "applied_at", "base")
    kept: Any = await redis.hmget(names.of_shard(stage, shard, "ledger"), fields)
    position, step, applied, applied_at, base = (value.decode() if value else "" for value in kept)
    if not (base and applied_at == f"{position}/{step}" and await redis.exists(stream)):
        return Standing(position or START)
    info: Any = await redis.xinfo_stream(stream)
    return Standing(position, max(0, int(info["entries-added"]) - int(applied) - int(base)))


async def _of_group(redis: Redis, stream: str) -> Standing:
    try:
        groups = await redis.xinfo_groups(stream)
    except ResponseError:  # no stream yet
        return Standing()
    mine = next((one for one in groups if one["name"] in (INGEST_GROUP, INGEST_GROUP.encode())), None)
    if mine is None:
        return Standing()
    pending: Any = await redis.xpending(stream, INGEST_GROUP)
    oldest = pending["min"].decode() if pending["pending"] else ""
    return Standing(mine["last-delivered-id"].decode(), mine.get("lag"), int(pending["pending"]), oldest)
