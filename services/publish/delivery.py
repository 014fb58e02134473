"""Events on their way out: the outbox forwarded in order, what the destination has lost sent again."""

from __future__ import annotations

import heapq
import time
from collections.abc import Sequence

from redis.asyncio import Redis

from dateline.settings import Settings
from dateline.stories import StoryRecord
from dateline.streams import Names
from services.publish import store
from services.publish.desk import Desk
from services.publish.packing import keys_of
from services.publish.versions import event_fields, next_epoch, resent_kind

STORIES_A_STEP = 64
FORWARDED_BYTES = 4 * 2**20


async def forward(redis: Redis, settings: Settings, shard: str, desk: Desk) -> None:
    """Forward the outbox in order, then set the latest records; the next commit drops what arrived."""
    while desk.outbox:
        some = _bounded(desk.outbox)
        dealt = await store.forward(redis, settings.names, shard, some, desk.jump)
        if dealt is None:
            desk.note_loss(_raised(desk))
            return
        await store.set_latest(redis, settings.names, shard, some[:dealt], settings.forget_after_seconds)
        desk.forwarded(dealt)


async def check(redis: Redis, names: Names, shard: str, desk: Desk) -> None:
    """Notice also in silence that stories.published was deleted, or lost its last events."""
    if desk.outbox or desk.resend_after is not None or not any(map(desk.published, desk.seen)):
        return
    if await store.forward(redis, names, shard, (), desk.jump, desk.sequence) is None:
        desk.note_loss(_raised(desk))


def _raised(desk: Desk) -> int:
    return next_epoch(desk.epoch, True, int(time.time()))


async def resend_some(redis: Redis, settings: Settings, shard: str, desk: Desk) -> None:
    """After a loss at the destination: send the latest records again, some at a time.

    What has had a new version since then has been sent under the new epoch already.
    """
    if desk.resend_after is None or desk.outbox:
        return
    left = (story for story in desk.seen if story > (desk.resend_after or "") and desk.published(story))
    some = heapq.nsmallest(STORIES_A_STEP, left)
    sent = await store.sent_since(redis, settings.names, some, desk.epoch)
    keys = keys_of(settings.names, shard)
    records = await store.fetch_records(redis, keys, [one for one in some if one not in sent])
    size, done = 0, ""
    for story in some:
        if size > FORWARDED_BYTES:
            break
        if story in records:
            size += len(_resend(desk, settings.names, shard, records[story])["data"])
        done = story
    desk.note_resent(done or None)


def _resend(desk: Desk, names: Names, shard: str, record: StoryRecord) -> dict[str, str]:
    desk.sequence += 1
    kind = resent_kind(record)
    event = event_fields(record, kind, names=names, shard=shard, sequence=desk.sequence, epoch=desk.epoch)
    desk.resend(event)
    return event


def _bounded(outbox: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The first events of the outbox, up to 4 MiB of them."""
    some: list[dict[str, str]] = []
    size = 0
    for event in outbox:
        size += len(event["data"])
        if some and size > FORWARDED_BYTES:
            break
        some.append(event)
    return some
