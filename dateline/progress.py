"""How far the stages have come: read from their ledgers, for status, demo and evaluation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from redis import Redis, ResponseError

from dateline.stage.entries import START, id_before, split_id
from dateline.streams import INGEST_GROUP, Names


def last_id(redis: Redis, stream: str) -> str:
    """The greatest id a stream ever had (0-0 where there is none)."""
    if not redis.exists(stream):
        return START
    value: Any = redis.xinfo_stream(stream)["last-generated-id"]
    return value.decode() if isinstance(value, bytes) else str(value)


def position(redis: Redis, names: Names, stage: str, shard: str) -> str:
    """The committed position of an ordered stage; an entry applied in part counts as not applied."""
    ledger: Any = redis.hmget(names.of_shard(stage, shard, "ledger"), ["position", "step"])
    at, step = (value.decode() if isinstance(value, bytes) else value for value in ledger)
    if step not in (None, "0"):
        return id_before(at or START)
    return at or START


def waiting(redis: Redis, names: Names, shard: str) -> int:
    """Stories that publish still has to publish (settling included), and events not yet forwarded."""
    value: Any = redis.hget(names.of_shard("publish", shard, "meta"), "waiting")
    return int(value or 0)


def unread_raw(redis: Redis, names: Names) -> int:
    """Raw entries not yet acknowledged: unread ones and pending ones."""
    try:
        groups: Any = redis.xinfo_groups(names.raw)
    except ResponseError:
        return int(redis.xlen(names.raw))
    mine = [group for group in groups if group["name"] in (INGEST_GROUP, INGEST_GROUP.encode())]
    if not mine:
        return int(redis.xlen(names.raw))
    lag = mine[0].get("lag")
    if lag is None:
        lag = int(redis.xlen(names.raw))
    return int(lag) + int(mine[0]["pending"])


def caught_up(redis: Redis, names: Names, shards: Iterable[str]) -> bool:
    """Whether everything sent has been accepted, clustered and published."""
    if unread_raw(redis, names):
        return False
    for shard in shards:
        if position(redis, names, "cluster", shard) != last_id(redis, names.articles(shard)):
            return False
        if split_id(position(redis, names, "publish", shard)) < split_id(
            last_id(redis, names.stories(shard))
        ):
            return False
        if waiting(redis, names, shard):
            return False
    return True
