"""The outbox of publish: every event goes out once, in order, whatever died or was lost on the way."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from redis.asyncio import Redis as AsyncRedis

from dateline.stage import scripts
from services.publish import app as publish
from services.publish import store as publish_store
from tests.integration.stage.house import (
    ALL,
    EVENTS,
    SIX,
    check_numbers,
    done,
    events,
    house,
    live,
    raw,
    send,
    settings_for,
    until,
)


async def test_publish_killed_between_commit_and_forwarding_sends_what_is_in_its_outbox(server, monkeypatch):
    settings, client = settings_for(server.url), server.client
    forward = publish_store.forward

    async def dying(*args: Any) -> Any:
        raise asyncio.CancelledError

    monkeypatch.setattr(publish_store, "forward", dying)
    async with house(settings, "ingest", "cluster") as services:
        send(client, settings, *SIX)
        services.start("publish")
        await until(lambda: client.hlen("publish:{all}:outbox"))
        await services.kill("publish")
        assert not client.exists("stories.published")
        monkeypatch.setattr(publish_store, "forward", forward)
        services.start("publish")
        await done(client, settings, 6)
    check_numbers(events(client, settings))
    assert len(events(client, settings)) == 6
    assert not client.hlen("publish:{all}:outbox")


async def test_a_destination_that_lost_events_gets_the_latest_records_in_a_new_epoch(server, monkeypatch):
    monkeypatch.setattr(publish, "STORIES_A_STEP", 2)  # five stories go in three steps
    settings, client = settings_for(server.url), server.client
    async with house(settings, *ALL) as services:
        send(client, settings, *(raw(event, number) for number in range(2) for event in EVENTS))
        await done(client, settings, 10)
        before, records = events(client, settings), live(client, settings)
        client.delete("stories.published", "{stories.published}.sources")
        send(client, settings, raw("quake", 8))
        await done(client, settings, 11)
        await services.kill("publish")
        services.start("publish")
        send(client, settings, raw("trial", 8))
        await done(client, settings, 12)
    after = events(client, settings)
    old, new = {event["epoch"] for event in before}, {event["epoch"] for event in after}
    assert len(old) == len(new) == 1
    assert int(min(new)) > int(max(old))
    numbers = [int(event["sequence"]) for event in after]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "gap-free in the new epoch"
    assert {event["subject"] for event in after[:5]} == set(records), "all five, each as it is now"
    latest = {event["subject"]: event["data"]["version"] for event in after}
    for story in live(client, settings):
        told = json.loads(client.get(f"story:{story}"))
        assert (told["version"], str(told["epoch"])) == (latest[story], min(new))


async def test_a_server_that_may_have_lost_writes_raises_the_epoch(stoppable):
    """everysec: another replication id after a restart. always: nothing can be lost, the epoch stays."""
    client = stoppable.client
    settings = settings_for(stoppable.url)
    epochs = []
    for policy in ("everysec", "everysec", "always", "always"):
        client.config_set("appendfsync", policy)
        async with house(settings, *ALL):
            sent = client.xlen("articles.raw") if client.exists("articles.raw") else 0
            send(client, settings, raw("quake", sent))
            await done(client, settings, sent + 1)
        epochs.append(int(events(client, settings)[-1]["epoch"]))
        await asyncio.to_thread(stoppable.stop)
        await asyncio.to_thread(stoppable.start)
    client.config_set("appendfsync", "always")
    assert epochs[0] < epochs[1]
    assert epochs[2] == epochs[3]
    found = events(client, settings)
    assert [int(event["sequence"]) for event in found] == [1, 2, 3, 4]


def event(story: str, version: int, sequence: int, kind: str = "updated", epoch: int = 9) -> dict[str, str]:
    data = json.dumps({"story_id": story, "version": version}, separators=(",", ":"))
    return {
        "id": f"{story}:{version}",
        "type": f"dateline.story.{kind}.v1",
        "subject": story,
        "sequence": f"{sequence:020d}",
        "epoch": str(epoch),
        "data": data,
    }


async def test_a_publisher_that_wakes_up_late_changes_nothing(server):
    """It was paused before it noted what another has long noted, and passed."""
    settings, client = settings_for(server.url), server.client
    names = settings.names
    async with AsyncRedis.from_url(server.url, protocol=2) as redis:
        first, second = event("s-1", 1, 1, "created"), event("s-2", 1, 2, "created")
        gone = event("s-2", 2, 3, "merged")
        assert await publish_store.forward(redis, names, "all", [first, second, gone], 0) == 3
        await publish_store.set_latest(redis, names, "all", [first, second, gone], 60)
        assert await publish_store.forward(redis, names, "all", [first, second], 0) == 2
        await publish_store.set_latest(redis, names, "all", [first, second], 60)
        # Between the record and the index it slept as well: the index alone is written.
        keys = [names.index, names.beside(names.index, "noted")]
        stale = [names.source("all"), "9", 2, "s-2", 2]
        assert await scripts.run(redis, "index", keys, stale, "services.publish") == 0
    assert client.xlen("stories.published") == 3
    assert client.zrange("stories.index", 0, -1) == ["s-1"]
    assert json.loads(client.get("story:s-2"))["version"] == 2


async def test_a_record_is_replaced_only_by_a_higher_one(server):
    settings, client = settings_for(server.url), server.client
    order = [(9, 1), (9, 3), (9, 2), (10, 1), (9, 7), (10, 2)]
    seen = []
    async with AsyncRedis.from_url(server.url, protocol=2) as redis:
        for epoch, version in order:
            one = event("s-1", version, version, epoch=epoch)
            await publish_store.set_latest(redis, settings.names, "all", [one], 60)
            told = json.loads(client.get("story:s-1"))
            seen.append((told["epoch"], told["version"]))
    assert seen == [(9, 1), (9, 3), (9, 3), (10, 1), (10, 1), (10, 2)]
