"""Publish's side of Redis: drafts, members, latest records, the outbox, all in the shard's slot."""

from __future__ import annotations  # noqa: I001

from typing import Any

from collections.abc import Iterable, Mapping, Sequence

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from dateline.stage import scripts
from dateline.stories import StoryRecord
from dateline.streams import Names
from services.publish.drafts import Draft, Member
from services.publish.packing import Keys, member_ids, unpack_draft, unpack_member, unpack_record
from services.publish.versions import RESENT, latest_json

log = structlog.get_logger()

PACKAGE = "services.publish"


async def fetch_members(redis: Redis, keys: Keys, article_ids: Iterable[str]) -> dict[str, Member]:
    """The members held under these article ids (those that exist)."""
    wanted = list(dict.fromkeys(article_ids))
    if not wanted:
        return {}
    packed: Any = await redis.hmget(keys.members, wanted)
    return {
        article_id: unpack_member(value)
        for article_id, value in zip(wanted, packed, strict=True)
        if value is not None
    }


async def fetch_drafts(redis: Redis, keys: Keys, story_ids: Sequence[str]) -> dict[str, Draft]:
    """The drafts of these stories (those that exist), members included."""
    if not story_ids:
        return {}
    packed: Any = await redis.hmget(keys.drafts, list(story_ids))
    found = {story: value for story, value in zip(story_ids, packed, strict=True) if value is not None}
    members = await fetch_members(
        redis, keys, (article_id for value in found.values() for article_id in member_ids(value))
    )
    return {story: unpack_draft(value, members) for story, value in found.items()}


async def fetch_records(redis: Redis, keys: Keys, story_ids: Sequence[str]) -> dict[str, StoryRecord]:
    """The last published records of these stories (those that have one)."""
    if not story_ids:
        return {}
    packed: Any = await redis.hmget(keys.records, list(story_ids))
    return {
        story: unpack_record(value)
        for story, value in zip(story_ids, packed, strict=True)
        if value is not None
    }


# --- the outside: stories.published, story:<id>, stories.index -----------------------------------


async def forward(redis: Redis, names: Names, shard: str, events: Sequence[Mapping[str, str]]) -> int | None:
    """Append events to stories.published; how many were dealt with, or None: it has lost earlier ones."""
    args: list[scripts.Argument] = [names.source(shard)]
    for event in events:
        parts = [part for name, value in event.items() if name != RESENT for part in (name, value)]
        args += [event["epoch"], int(event["sequence"]), int(RESENT in event), len(parts), *parts]
    keys = [names.published, names.beside(names.published, "sources")]
    answer = await scripts.run(redis, "forward", keys, args, PACKAGE)
    dealt = int(answer[0])
    if dealt < 0:
        log.error("stories.published lost events", shard=shard, epoch=int(answer[1]), sequence=int(answer[2]))
    return dealt if dealt >= 0 else None


async def set_latest(
    redis: Redis, names: Names, events: Sequence[Mapping[str, str]], keep_seconds: int
) -> None:
    """Set story:<id> (only upwards), then its place in stories.index; each key in its own slot.

    What is older than the record that is there leaves the index alone: a process that was paused and
    wakes up must not bring a merged story back.
    """
    places: list[scripts.Argument] = []
    for event in events:
        story_id, version = event["id"].rsplit(":", 1)
        value = latest_json(event["data"], event["sequence"], int(event["epoch"]))
        args: list[scripts.Argument] = [event["epoch"], version, value, keep_seconds]
        if int(await scripts.run(redis, "latest", [names.story(story_id)], args, PACKAGE)) >= 0:
            gone = event["type"].split(".")[2] in ("merged", "withdrawn")
            places += [story_id, "" if gone else int(event["sequence"])]
    if places:
        await scripts.run(redis, "index", [names.index], places, PACKAGE)


async def server_identity(redis: Redis) -> tuple[str, bool]:
    """(replication id, whether every acknowledged write is on disk)."""
    info = await redis.info("replication")
    try:
        config = await redis.config_get("append*")
    except ResponseError:
        config = {}
    always = config.get("appendonly") == "yes" and config.get("appendfsync") == "always"
    return str(info.get("master_replid", "")), always
