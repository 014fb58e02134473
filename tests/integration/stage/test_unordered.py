"""The unordered stage: what a plain subscriber would lose, repeat or leave lying, this one does not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from prometheus_client import REGISTRY

from dateline.stage import unordered
from dateline.stage.entries import Entry
from dateline.stage.reader import Result, ensure_group, tidy
from dateline.streams import INGEST_GROUP
from tests.integration.stage.desk import (
    Death,
    accept_all,
    fill,
    once,
    pending,
    reader,
    settled,
    working,
)
from tests.integration.stage.house import settings_for, until, wait_for


async def test_what_was_sent_before_the_first_start_is_read(server):
    settings = settings_for(server.url)
    fill(server.client, settings, *range(5))
    async with working(reader(settings)):
        await until(lambda: settled(server.client, settings) == once(range(5)))


async def test_a_later_start_goes_on_where_the_group_stands(server):
    settings = settings_for(server.url)
    for start in (0, 10, 20):
        fill(server.client, settings, *range(start, start + 10))
        async with working(reader(settings)):
            await until(lambda: len(settled(server.client, settings)) == start + 10)
    assert settled(server.client, settings) == once(range(30))
    assert pending(server.client, settings) == 0


async def test_a_group_that_vanished_is_made_again_where_all_was_acknowledged(server):
    settings = settings_for(server.url, trim_seconds=0.05)
    handled: list[str] = []

    async def handler(entries: Sequence[Entry]) -> list[Result]:
        handled.extend(entry.fields[b"n"].decode() for entry in entries)
        return await accept_all(entries)

    fill(server.client, settings, *range(20))
    async with working(reader(settings, handler)):
        await until(lambda: len(settled(server.client, settings)) == 20)
        floor = "{articles.raw}.ledger"
        last = server.client.xinfo_stream("articles.raw")["last-generated-id"]
        await until(lambda: server.client.hget(floor, "floor") == last, "the floor rises")
        server.client.xgroup_destroy("articles.raw", INGEST_GROUP)
        fill(server.client, settings, *range(20, 40))
        await until(lambda: len(settled(server.client, settings)) == 40)
    assert settled(server.client, settings) == once(range(40))
    assert len(handled) == 40, "what lies below the floor is not even read again"


async def test_a_group_that_vanished_with_entries_under_way_loses_and_doubles_none(server):
    settings = settings_for(server.url, trim_seconds=3600)
    fill(server.client, settings, *range(30))
    destroyed = False

    async def handler(entries: Sequence[Entry]) -> list[Result]:
        nonlocal destroyed
        if not destroyed and any(entry.fields[b"n"] == b"15" for entry in entries):
            destroyed = bool(server.client.xgroup_destroy("articles.raw", INGEST_GROUP))
        return await accept_all(entries)

    async with working(reader(settings.model_copy(update={"batch_entries": 10}), handler)):
        await until(lambda: len(settled(server.client, settings)) == 30)
        await until(lambda: pending(server.client, settings) == 0)
    assert settled(server.client, settings) == once(range(30))


async def test_a_deleted_stream_is_read_on_when_it_is_there_again(server):
    settings = settings_for(server.url, trim_seconds=0.05)
    async with working(reader(settings)):
        fill(server.client, settings, *range(5))
        await until(lambda: len(settled(server.client, settings)) == 5)
        server.client.delete("articles.raw")
        fill(server.client, settings, *range(5, 10))
        await until(lambda: len(settled(server.client, settings)) == 10)
        server.client.delete("articles.raw")
        # An archive sent anew, with ids below all that was acknowledged.
        for number in range(10, 15):
            server.client.xadd("articles.raw", {"n": str(number)}, id=f"{number}-1")
        await until(lambda: len(settled(server.client, settings)) == 15)
    assert settled(server.client, settings) == once(range(15))


async def test_batches_are_bounded_by_count_and_by_bytes(server):
    settings = settings_for(server.url, batch_entries=50, batch_bytes=2**20)
    seen: list[tuple[int, int]] = []

    async def handler(entries: Sequence[Entry]) -> list[Result]:
        seen.append((len(entries), sum(entry.size for entry in entries)))
        return await accept_all(entries)

    fill(server.client, settings, *range(120))
    fill(server.client, settings, *range(120, 140), text="x" * 300_000)
    async with working(reader(settings, handler)):
        await until(lambda: len(settled(server.client, settings)) == 140)
    assert 10 < max(count for count, _ in seen) <= 50
    assert max(size for _, size in seen) <= 2**20
    assert settled(server.client, settings) == once(range(140))


async def test_a_dead_name_is_removed_only_when_nothing_is_pending_on_it(server):
    settings = settings_for(server.url, claim_idle_seconds=0.02)
    one = reader(settings)
    fill(server.client, settings, *range(3))
    await ensure_group(one)
    for name in ("held-1-x", "free-1-x"):
        server.client.xgroup_createconsumer("articles.raw", INGEST_GROUP, name)
    server.client.xreadgroup(INGEST_GROUP, "held-1-x", {"articles.raw": ">"}, count=1)
    await asyncio.sleep(0.3)
    await tidy(one)
    names: Any = server.client.xinfo_consumers("articles.raw", INGEST_GROUP)
    assert [consumer["name"] for consumer in names] == ["held-1-x"]
    await one.redis.aclose()


async def test_trimming_keeps_what_is_not_acknowledged_and_waits_for_no_other_group(server, exact_trimming):
    settings = settings_for(server.url, retain_raw_seconds=0)
    client = server.client
    client.xgroup_create("articles.raw", "somebody-elses", id="0", mkstream=True)
    one = reader(settings)
    await ensure_group(one)
    ids = fill(client, settings, *range(10))
    await one.redis.xreadgroup(INGEST_GROUP, "slow-1-x", {"articles.raw": ">"}, count=5)
    client.xack("articles.raw", INGEST_GROUP, *ids[:3])
    await asyncio.sleep(0.01)
    await tidy(one)
    assert [entry for entry, _ in client.xrange("articles.raw")] == ids[3:]
    client.xack("articles.raw", INGEST_GROUP, ids[4])
    await tidy(one)
    assert [entry for entry, _ in client.xrange("articles.raw")] == ids[3:], "one of before still waits"
    client.xack("articles.raw", INGEST_GROUP, ids[3])
    await tidy(one)
    assert [entry for entry, _ in client.xrange("articles.raw")] == ids[5:], "unread ones are kept"
    await one.redis.aclose()


async def test_nothing_younger_than_retention_is_trimmed(server):
    settings = settings_for(server.url, trim_seconds=0.05)
    fill(server.client, settings, *range(300))
    async with working(reader(settings)):
        await until(lambda: len(settled(server.client, settings)) == 300)
        await asyncio.sleep(0.2)
    assert server.client.xlen("articles.raw") == 300


async def test_entries_deleted_while_under_way_are_told(server):
    settings = settings_for(server.url, claim_idle_seconds=0.1)
    ids = fill(server.client, settings, *range(4))
    one = reader(settings)
    await ensure_group(one)
    await one.redis.xreadgroup(INGEST_GROUP, "another-host-7-x", {"articles.raw": ">"})
    server.client.xdel("articles.raw", *ids[:2])
    before = REGISTRY.get_sample_value("dateline_deleted_entries_total", {"stream": "articles.raw"}) or 0
    async with working(one):
        await until(lambda: pending(server.client, settings) == 0)
    after = REGISTRY.get_sample_value("dateline_deleted_entries_total", {"stream": "articles.raw"})
    assert after == before + 2
    assert settled(server.client, settings) == once([2, 3])


async def test_settling_again_settles_nothing_twice(server):
    """The reply was lost, or two workers have the same entry."""
    settings = settings_for(server.url)
    fill(server.client, settings, *range(3))
    one, other = reader(settings), reader(settings)
    for each in (one, other):
        await ensure_group(each)
    entries: list[Entry] = []

    async def handler(batch: Sequence[Entry]) -> list[Result]:
        entries.extend(batch)
        return await accept_all(batch)

    one.handler = handler
    one.catch_up = None
    await unordered.turn(one)
    for again in (one, other):
        await unordered._settle(again, await accept_all(entries))
    assert settled(server.client, settings) == once(range(3))
    assert server.client.hget("{articles.raw}.ledger", "settled") == "3"
    for used in (one, other):
        await used.redis.aclose()


async def test_a_refused_key_is_told_by_health_until_it_is_put_right(server):
    settings = settings_for(server.url, stuck_after_seconds=0.3)
    server.client.set("articles.raw", "not a stream")
    one = reader(settings)
    one.health.loop("another stream").turn()
    async with working(one):
        await until(lambda: not one.health.alive(), "health says so")
        assert "WRONGTYPE" in str(one.loop.fault)
        server.client.delete("articles.raw")
        fill(server.client, settings, 1)
        await until(lambda: settled(server.client, settings) == once([1]))
        await until(lambda: one.loop.fault is None)


def test_a_server_that_is_down_is_waited_for(stoppable):
    """At the start and in the middle; what is under way is done when it is back."""
    settings = settings_for(stoppable.url)
    stoppable.stop()

    async def play() -> None:
        async with working(reader(settings)) as task:
            await asyncio.sleep(0.5)
            assert not task.done()
            await asyncio.to_thread(stoppable.start)
            fill(stoppable.client, settings, *range(5))
            await until(lambda: len(settled(stoppable.client, settings)) == 5)
            await asyncio.to_thread(stoppable.stop)
            await asyncio.sleep(0.5)
            assert not task.done()
            await asyncio.to_thread(stoppable.start)
            fill(stoppable.client, settings, *range(5, 10))
            await until(lambda: len(settled(stoppable.client, settings)) == 10)

    asyncio.run(play())
    assert settled(stoppable.client, settings) == once(range(10))
    wait_for(lambda: pending(stoppable.client, settings) == 0)


@pytest.mark.parametrize("workers", [1, 3])
async def test_workers_killed_again_and_again_lose_and_double_nothing(server, workers):
    settings = settings_for(server.url, claim_idle_seconds=0.2, batch_entries=20, max_attempts=50)
    fill(server.client, settings, *range(400))
    deaths = iter([True, False] * 6)

    async def handler(entries: Sequence[Entry]) -> list[Result]:
        await asyncio.sleep(0.005)
        if next(deaths, False):
            raise Death
        return await accept_all(entries)

    async def employ() -> None:
        while len(settled(server.client, settings)) < 400:
            async with working(reader(settings, handler)) as task:
                await until(lambda: task.done() or len(settled(server.client, settings)) == 400)

    await asyncio.gather(*(employ() for _ in range(workers)))
    assert settled(server.client, settings) == once(range(400))
    assert pending(server.client, settings) == 0
