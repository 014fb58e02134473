"""The feeds service's side of Redis: which feeds are due, and how they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from dateline.feeds import Feed, due_key, feeds_key
from dateline.stage import scripts
from dateline.streams import Names

PACKAGE = "services.feeds"
CLAIM_MS = 120_000  # a worker that dies leaves its feeds due again after this long: no poll takes longer


async def claim_due(redis: Redis, names: Names, most: int) -> list[Feed]:
    """Feeds that are due, put off for others while this worker polls them."""
    keys = [feeds_key(names), due_key(names)]
    found: list[Any] = await scripts.run(redis, "claim", keys, [most, CLAIM_MS], PACKAGE)
    return [Feed.model_validate_json(value) for value in found]


async def save(redis: Redis, names: Names, feed: Feed, due: int) -> bool:
    """Write how a feed is and when it is due; False where it was removed meanwhile."""
    keys = [feeds_key(names), due_key(names)]
    return bool(await scripts.run(redis, "save", keys, [feed.url, feed.model_dump_json(), due], PACKAGE))


async def add(redis: Redis, names: Names, feeds: Sequence[Feed]) -> int:
    """Add feeds that are not there, due at once; how many are new."""
    keys = [feeds_key(names), due_key(names)]
    args: list[scripts.Argument] = []
    for feed in feeds:
        args += [feed.url, feed.model_dump_json(), feed.added]
    return int(await scripts.run(redis, "add_feeds", keys, args, PACKAGE))


async def server_ms(redis: Redis) -> int:
    """The server's clock: every worker's feeds are due by it."""
    seconds, micros = await redis.time()
    return int(seconds) * 1000 + int(micros) // 1000
