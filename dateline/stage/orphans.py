"""Entries of workers of this host that have died: taken over at once, in their order.

Waiting until they have been idle long enough would let newer entries overtake them: with one worker,
a kill must not change the order of the log. A consumer's name says host and process (see
`service.worker_name`); the claim is repeatable, so taking over from a worker that only seems dead (a
shared host name) costs effort, never correctness.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from dateline.stage.entries import split_id
from dateline.stage.reader import Reader


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


def gone(consumer: str) -> bool:
    """Whether a consumer named `host-pid-random` is of this host and its process has ended."""
    host, _, rest = consumer.rpartition("-")[0].rpartition("-")
    if host != socket.gethostname() or not rest.isdigit():
        return False
    if int(rest) == os.getpid():
        return True
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
