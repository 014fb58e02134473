"""Cluster's side of Redis: one hash per collection of its state, in the shard's slot."""

from __future__ import annotations

from redis.asyncio import Redis

from dateline.stage.commits import Commit
from dateline.streams import Names
from services.cluster.clusterer import Writes

COLLECTIONS = ("meta", "stories", "articles", "terms")


def collection_key(names: Names, shard: str, collection: str) -> str:
    return names.of_shard("cluster", shard, collection)


async def load_collections(redis: Redis, names: Names, shard: str) -> dict[str, dict[str, bytes]]:
    """All committed state of a shard, page by page."""
    stored: dict[str, dict[str, bytes]] = {}
    for collection in COLLECTIONS:
        documents: dict[str, bytes] = {}
        async for name, value in redis.hscan_iter(collection_key(names, shard, collection), count=2000):
            documents[name.decode()] = value
        stored[collection] = documents
    return stored


def put_writes(commit: Commit, names: Names, shard: str, writes: Writes) -> None:
    """Add what the clusterer has changed to a commit."""
    for collection, documents in writes.items():
        if collection not in COLLECTIONS:
            raise ValueError(f"collection {collection!r} is not one of {', '.join(COLLECTIONS)}")
        key = collection_key(names, shard, collection)
        for name, value in documents.items():
            commit.put(key, name, value)
