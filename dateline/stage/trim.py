"""Trimming by age, never above what our own stages have applied; nobody else's group holds it back."""

from __future__ import annotations

from redis.asyncio import Redis

from dateline.stage import scripts

ENTRIES_A_CALL = 10_000


async def trim_below(redis: Redis, stream: str, least: tuple[int, int]) -> int:
    """Drop entries of `stream` below `least` (milliseconds, sequence); returns how many went."""
    if least[0] <= 0:
        return 0
    return int(await scripts.run(redis, "trim", [stream], [f"{least[0]}-{least[1]}", ENTRIES_A_CALL]))
