"""Trimming by age, never above what our own stages have applied; nobody else's group holds it back.

While memory is above its mark age does not count: each time the oldest tenth of what is applied goes, so
that a full server drains without an operator. Dead letters are kept as long as ever.
"""

from __future__ import annotations

from redis.asyncio import Redis

from dateline.stage import scripts

ENTRIES_A_CALL = 10_000
LEAST_WHEN_PRESSED = 100
FRESH_SECONDS = 60  # what is read by others is kept at least so long

Id = tuple[int, int]


async def trim_below(redis: Redis, stream: str, least: Id, most: int = ENTRIES_A_CALL) -> int:
    """Drop at most `most` entries of `stream` below `least` (milliseconds, sequence); how many went."""
    if least[0] <= 0:
        return 0
    return int(await scripts.run(redis, "trim", [stream], [f"{least[0]}-{least[1]}", most]))


async def trim_applied(redis: Redis, stream: str, oldest: Id, applied: Id, pressed: bool) -> int:
    """Drop what is older than `oldest` and below `applied`; under pressure also a tenth of the younger."""
    gone = await trim_below(redis, stream, min(oldest, applied))
    if pressed:
        tenth = int(await redis.xlen(stream)) // 10
        gone += await trim_below(redis, stream, applied, min(ENTRIES_A_CALL, tenth + LEAST_WHEN_PRESSED))
    return gone


async def trim_read(redis: Redis, stream: str, oldest: Id, now_ms: int, pressed: bool) -> int:
    """The same of a stream that others read, at their own pace: what is fresh is kept in any case."""
    fresh = (now_ms - FRESH_SECONDS * 1000, 0)
    return await trim_applied(redis, stream, oldest, max(oldest, fresh), pressed)
