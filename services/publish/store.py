"""Publish's side of Redis: drafts, members, latest records, the outbox, all in the shard's slot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from dateline.stage import scripts
from dateline.stage.continuity import replication_id
from dateline.stories import StoryRecord
from dateline.streams import Names
from services.publish.drafts import Draft, Member
from services.publish.packing import Keys, member_ids, unpack_draft, unpack_member, unpack_record
from services.publish.versions import latest_json

log = structlog.get_logger()

PACKAGE = "services.publish"
HEAD_BYTES = 100
EPOCH_IN_HEAD = re.compile(rb'{"sequence":"\d+","epoch":(\d+)')


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


async def forward(
    redis: Redis, names: Names, shard: str, events: Sequence[Mapping[str, str]], jump: int, believed: int = 0
) -> int | None:
    """Append events to stories.published; how many were dealt with, or None: it has lost earlier ones.

    `jump` is the sequence before which a loss is known: what is missing there is not missed again.
    `believed` is the last sequence that should be there already. Without events it only looks.
    """
    args: list[scripts.Argument] = [names.source(shard), believed]
    for event in events:
        parts = [part for pair in event.items() for part in pair]
        sequence = int(event["sequence"])
        args += [event["epoch"], sequence, int(sequence == jump), len(parts), *parts]
    keys = [names.published, names.beside(names.published, "sources")]
    answer = await scripts.run(redis, "forward", keys, args, PACKAGE)
    dealt = int(answer[0])
    if dealt < 0:
        log.error("stories.published lost events", shard=shard, epoch=int(answer[1]), sequence=int(answer[2]))
    return dealt if dealt >= 0 else None


async def set_latest(
    redis: Redis, names: Names, shard: str, events: Sequence[Mapping[str, str]], keep_seconds: int
) -> None:
    """Set story:<id> (only upwards), then its place in stories.index; each key in its own slot.

    What is older than the record that is there leaves the index alone: a process that was paused and
    wakes up must not bring a merged story back.
    """
    if not events:
        return
    calls: list[tuple[list[str], list[scripts.Argument]]] = []
    for event in events:
        story_id, version = event["id"].rsplit(":", 1)
        value = latest_json(event["data"], event["sequence"], int(event["epoch"]))
        calls.append(([names.story(story_id)], [event["epoch"], version, value, keep_seconds]))
    answers = await scripts.run_each(redis, "latest", calls, PACKAGE)
    last = events[-1]
    places: list[scripts.Argument] = [names.source(shard), last["epoch"], int(last["sequence"])]
    for event, answer in zip(events, answers, strict=True):
        if int(answer) >= 0:
            gone = event["type"].split(".")[2] in ("merged", "withdrawn")
            places += [event["subject"], "" if gone else int(event["sequence"])]
    await scripts.run(redis, "index", [names.index, names.beside(names.index, "noted")], places, PACKAGE)


async def sent_since(redis: Redis, names: Names, stories: Sequence[str], epoch: int) -> set[str]:
    """Those of the stories whose latest record, by story:<id>, went out under this epoch."""
    pipe = redis.pipeline(transaction=False)
    for story in stories:
        pipe.getrange(names.story(story), 0, HEAD_BYTES)
    heads = [EPOCH_IN_HEAD.match(head) for head in await pipe.execute()]
    return {
        story
        for story, head in zip(stories, heads, strict=True)
        if head is not None and int(head[1]) >= epoch
    }


async def server_identity(redis: Redis) -> tuple[str, bool]:
    """(replication id, whether every acknowledged write is on disk)."""
    identity = await replication_id(redis)
    try:
        config = await redis.config_get("append*")
    except ResponseError:
        config = {}
    always = config.get("appendonly") == "yes" and config.get("appendfsync") == "always"
    return identity, always
