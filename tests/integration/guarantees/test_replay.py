"""Guarantee 3: the same log gives the same events byte by byte, whatever was killed, however batches fell."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from itertools import islice

import pytest
import redis

from dateline.settings import Settings
from dateline.streams import Names
from tests.chaos import acts
from tests.chaos.traffic import traffic
from tests.integration.stage.conftest import Server
from tests.integration.stage.house import House, done, events, house, settings_for

ENTRIES = 150
LEFT_OUT = frozenset({"source", "epoch"})

Disturb = Callable[[House], Awaitable[None]]


def stories(client: redis.Redis, settings: Settings) -> dict[str, frozenset[str]]:
    return {
        event["subject"]: frozenset(article["article_id"] for article in event["data"]["articles"])
        for event in events(client, settings)
        if event["data"]["status"] in ("developing", "settled")
    }


async def write_log(client: redis.Redis, settings: Settings) -> None:
    """A log with all that a log can hold: articles, revisions, retractions, editors' acts, ratings."""
    rng, messages = random.Random(3), traffic(3, ENTRIES)
    async with house(settings, "ingest", "cluster", "publish"):
        for number in range(6):
            for message in islice(messages, ENTRIES // 5):
                client.xadd(settings.names.raw, dict(message.fields))  # type: ignore[arg-type]  # redis-py wants exactly its own union
            await done(client, settings)
            chosen = acts.choose(rng, stories(client, settings), number)
            for one in [*chosen, *(acts.ratings(rng, "load") if number == 3 else ())]:
                client.xadd(settings.names.control, one)  # type: ignore[arg-type]  # redis-py wants exactly its own union
        await done(client, settings)


def copy_log(client: redis.Redis, settings: Settings, into: Names) -> None:
    entries = client.xrange(settings.names.articles("all"))
    for entry_id, fields in entries:  # type: ignore[union-attr]  # redis-py types sync and async as one
        client.xadd(into.articles("all"), fields, id=entry_id)


async def undisturbed(built: House) -> None:
    """Nothing happens."""


async def killed_often(built: House) -> None:
    """Both services are killed where they stand, again and again, and started with another batch size."""
    for number in range(8):
        await asyncio.sleep(0.15)
        await built.kill("cluster", "publish")
        built.start("cluster", "publish", batch_entries=1 + 7 * number)


async def restarted(built: House) -> None:
    """Both are stopped in order in the middle."""
    await asyncio.sleep(0.5)
    await built.stop("cluster", "publish")
    built.start("cluster", "publish", batch_entries=3)


WAYS: list[tuple[str, int, Disturb]] = [
    ("ones", 1, undisturbed),
    ("hundreds", 500, undisturbed),
    ("killed", 5, killed_often),
    ("restarted", 40, restarted),
]


async def test_the_same_log_gives_the_same_bytes(server: Server) -> None:
    settings, client = settings_for(server.url), server.client
    await write_log(client, settings)
    wanted = comparable(client, settings.names)
    kinds = {event["type"].split(".")[2] for event in wanted}
    assert {"created", "updated", "withdrawn"} <= kinds, "the log is too tame to say anything"
    for name, batch, disturb in WAYS:
        again = settings_for(server.url, namespace=name, batch_entries=batch)
        copy_log(client, settings, again.names)
        async with house(again, "cluster", "publish") as built:
            await disturb(built)
            await done(client, again)
        found = comparable(client, again.names)
        for one, other in zip(wanted, found, strict=False):
            assert one == other, f"{name}: {one['id']}"
        assert len(found) == len(wanted), name


def comparable(client: redis.Redis, names: Names) -> list[dict[str, str]]:
    """Every event's fields as they are on the stream, `source` and `epoch` aside."""
    entries = client.xrange(names.published)
    return [
        {name: value for name, value in fields.items() if name not in LEFT_OUT}
        for _, fields in entries  # type: ignore[union-attr]  # redis-py types sync and async as one
    ]


@pytest.mark.parametrize("batch", [1, 500])
async def test_with_settling_the_last_records_agree(server: Server, batch: int) -> None:
    settings, client = settings_for(server.url), server.client
    await write_log(client, settings)
    wanted = last_records(client, settings)
    slow = settings_for(server.url, namespace=f"slow{batch}", batch_entries=batch, publish_settle_seconds=0.2)
    copy_log(client, settings, slow.names)
    async with house(slow, "cluster", "publish"):
        await done(client, slow)
    found = last_records(client, slow)
    assert found.keys() == wanted.keys()
    for story, record in wanted.items():
        for name, value in record.items():
            assert found[story][name] == value, (story, name)


def last_records(client: redis.Redis, settings: Settings) -> dict[str, dict[str, object]]:
    """Of each living story: members, counts, coverage and the articles as listed.

    Left out is what depends on the versions before: which version an article came with, and its role, for
    a headline (the representative's) is kept while it is good enough.
    """
    found = {}
    for story in client.zrange(settings.names.index, 0, -1):  # type: ignore[union-attr]  # redis-py types sync and async as one
        record = json.loads(client.get(settings.names.story(story)))  # type: ignore[arg-type]  # redis-py types sync and async as one
        for article in record["articles"]:
            del article["membership"], article["role"]
        names = ("status", "articles", "coverage", "article_count", "publisher_count", "reprint_count")
        found[story] = {name: record[name] for name in names}
    return found
