"""The unordered stage when entries fail or workers die: tried again, taken over, buried at the cap."""

from __future__ import annotations

from collections.abc import Sequence

from dateline.stage.entries import Entry
from dateline.stage.reader import Result, ensure_group
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
from tests.integration.stage.house import dead, settings_for, until


async def test_an_entry_that_fails_is_tried_again_and_at_the_cap_it_is_a_dead_letter(server):
    settings = settings_for(server.url, claim_idle_seconds=0.2)
    tries: list[int] = []

    async def handler(entries: Sequence[Entry]) -> list[Result]:
        if any(entry.fields[b"n"] == b"3" for entry in entries):
            tries.append(len(entries))
            raise ZeroDivisionError("no such number")
        return await accept_all(entries)

    ids = fill(server.client, settings, *range(10))
    async with working(reader(settings, handler)):
        await until(lambda: len(settled(server.client, settings)) == 9, "the others go on at once")
        await until(lambda: dead(server.client, settings, "articles.raw"))
        await until(lambda: pending(server.client, settings) == 0)
    assert settled(server.client, settings) == once([n for n in range(10) if n != 3])
    assert tries == [10, 1, 1, 1], "once in the batch, then alone, as often as is allowed"
    (letter,) = dead(server.client, settings, "articles.raw")
    assert {
        name: letter[name] for name in ("entry_id", "stream", "code", "attempts", "replayable", "f:n")
    } == {
        "entry_id": ids[3],
        "stream": "articles.raw",
        "code": "unexpected_error",
        "attempts": "3",
        "replayable": "1",
        "f:n": "3",
    }
    assert letter["reason"] == "ZeroDivisionError: no such number"
    assert "ZeroDivisionError" in letter["trace"]
    assert not server.client.hlen("{articles.raw}.attempts"), "counts are not kept for ever"


async def test_a_passing_failure_costs_nothing(server):
    settings = settings_for(server.url, claim_idle_seconds=0.2)
    failures = iter([1, 1])

    async def handler(entries: Sequence[Entry]) -> list[Result]:
        if any(entry.fields[b"n"] == b"3" for entry in entries) and next(failures, None):
            raise RuntimeError("not now")
        return await accept_all(entries)

    fill(server.client, settings, *range(5))
    async with working(reader(settings, handler)):
        await until(lambda: len(settled(server.client, settings)) == 5)
    assert settled(server.client, settings) == once(range(5))
    assert not dead(server.client, settings, "articles.raw")


async def test_an_entry_that_ends_the_process_is_found_out_and_the_others_are_not_blamed(server):
    settings = settings_for(server.url, claim_idle_seconds=0.2)

    async def handler(entries: Sequence[Entry]) -> list[Result]:
        if any(entry.fields[b"n"] == b"3" for entry in entries):
            raise Death
        return await accept_all(entries)

    fill(server.client, settings, *range(8))
    for _ in range(10):
        async with working(reader(settings, handler)) as task:
            await until(lambda: task.done() or len(settled(server.client, settings)) == 7)
            await until(lambda: task.done() or dead(server.client, settings, "articles.raw"), seconds=5)
        if dead(server.client, settings, "articles.raw"):
            break
    assert settled(server.client, settings) == once([n for n in range(8) if n != 3])
    (letter,) = dead(server.client, settings, "articles.raw")
    assert (letter["code"], letter["attempts"], letter["f:n"]) == ("poison", "3", "3")
    assert pending(server.client, settings) == 0


async def test_what_a_dead_worker_held_is_taken_over(server):
    settings = settings_for(server.url, claim_idle_seconds=0.2)
    fill(server.client, settings, *range(6))
    first = reader(settings)
    await ensure_group(first)
    await first.redis.xreadgroup(INGEST_GROUP, "another-host-7-x", {"articles.raw": ">"}, count=4)
    async with working(first):
        await until(lambda: len(settled(server.client, settings)) == 6)
    assert settled(server.client, settings) == once(range(6))


async def test_the_servers_faults_cost_no_entry_an_attempt(server):
    settings = settings_for(server.url, claim_idle_seconds=0.1, max_attempts=2)
    fill(server.client, settings, 1)
    one = reader(settings)
    await ensure_group(one)
    await one.redis.xreadgroup(INGEST_GROUP, "another-host-7-x", {"articles.raw": ">"})
    faults = 0

    async def handler(entries: Sequence[Entry]) -> list[Result]:
        nonlocal faults
        faults += 1
        if faults < 6:
            raise ConnectionResetError("the wire is cut")
        return await accept_all(entries)

    one.handler = handler
    async with working(one):
        await until(lambda: settled(server.client, settings) == once([1]))
    assert not dead(server.client, settings, "articles.raw")
