"""Entries of workers of this host that have died: taken over at once, in their order.

Waiting until they have been idle long enough would let newer entries overtake them: with one worker,
a kill must not change the order of the log. A consumer's name says host and process (see
`workers.worker_name`); the claim is repeatable, so taking over from a worker that only seems dead (a
shared host name) costs effort, never correctness.
"""

from __future__ import annotations

from typing import Any

from dateline.stage.entries import split_id
from dateline.stage.reader import Reader
from dateline.stage.workers import gone


async def orphans(reader: Reader) -> list[str]:
    """Claim what is pending on consumers of this host whose process is gone; the ids, in order.

    Ids only: what ended a process may have been too much for its memory.
    """
    ids: list[str] = []
    for consumer in await reader.redis.xinfo_consumers(reader.stream, reader.group):
        name = consumer["name"]
        name = name.decode() if isinstance(name, bytes) else name
        if name != reader.consumer and consumer["pending"] and gone(name):
            ids += await _claim_all(reader, name, consumer["pending"])
    return sorted(ids, key=split_id)


async def _claim_all(reader: Reader, consumer: str, pending: int) -> list[str]:
    waiting: Any = await reader.redis.xpending_range(
        reader.stream, reader.group, min="-", max="+", count=pending, consumername=consumer
    )
    ids = [one["message_id"] for one in waiting]
    if not ids:
        return []
    claimed: Any = await reader.redis.xclaim(
        reader.stream, reader.group, reader.consumer, min_idle_time=0, message_ids=ids, justid=True
    )
    return [entry_id.decode() for entry_id in claimed]
