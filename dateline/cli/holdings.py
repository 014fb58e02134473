"""What the server keeps for each stage: how much memory, and who leads it for how long."""

from __future__ import annotations

from typing import Any

import redis

from dateline.streams import Names

STATE = {
    "cluster": ("articles", "stories", "meta", "ledger"),
    "publish": ("drafts", "members", "records", "outbox", "seen", "meta", "ratings", "ledger"),
}
"""The keys of a shard's state, stage by stage; all identities together would take too long to ask for."""


def held_bytes(server: redis.Redis, names: Names, stage: str, shard: str, stream: str) -> int:
    """Memory that a stage takes up, as the server estimates it: its stream, dead letters and state."""
    keys = [stream, names.dead(stream)]
    if stage == "ingest":
        keys += [names.beside(stream, what) for what in ("outcomes", "ledger", "settled")]
    keys += [names.of_shard(stage, shard, what) for what in STATE.get(stage, ())]
    pipe = server.pipeline(transaction=False)
    for key in keys:
        pipe.memory_usage(key)
    return sum(answer or 0 for answer in pipe.execute())


def lease(server: redis.Redis, key: str) -> tuple[str | None, float | None]:
    """Who holds a shard's lease, and for how many seconds unless it is renewed."""
    pipe = server.pipeline(transaction=False)
    pipe.get(key)
    pipe.pttl(key)
    holder, left = pipe.execute()
    return (holder.decode("utf-8", "replace"), _seconds(left)) if holder else (None, None)


def _seconds(left: Any) -> float | None:
    return left / 1000 if left >= 0 else None
