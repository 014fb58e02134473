"""Whether the server is still the one that was read.

A server that was restarted, or a replica that took over, may have lost what it acknowledged a moment before,
and a client's pool connects again without a word. What was read from the one must not be committed to the
other: the entries may be gone, or their ids given to others. The replication id tells them apart.
"""

from __future__ import annotations

from redis.asyncio import Redis


class OtherServer(OSError):
    """The server is another one than was read, or was restarted: read again."""


async def replication_id(redis: Redis) -> str:
    """What the server calls its data's history; new after a restart or a promotion."""
    return str((await redis.info("replication")).get("master_replid", ""))


async def check_same(redis: Redis, server: str) -> None:
    """Raises OtherServer unless the server still has this replication id."""
    if (now := await replication_id(redis)) != server:
        raise OtherServer(f"the server was {server[:8]} when it was read, now it is {now[:8]}: reading again")
