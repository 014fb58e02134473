"""The ordered stage: one writer a shard, by position; nothing skipped, overtaken or applied twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.exceptions import ConnectionError as Disconnected

from dateline.stage import scripts
from dateline.stage.commits import Commit
from dateline.stage.writer import Moved, Refused, SchemaTooNew, commit, load, send
from tests.integration.stage.desk import Death
from tests.integration.stage.house import settings_for, until
from tests.integration.stage.room import (
    IN,
    LEDGER,
    OUT,
    SEEN,
    entries_of,
    fill,
    numbers,
    out,
    position,
    totals,
    twice,
    writer,
    writing,
)


async def test_it_goes_on_where_the_state_says(server):
    settings = settings_for(server.url)
    for start in (0, 30, 60):
        last = fill(server.client, *range(start, start + 30))[-1]
        async with writing(writer(settings)):
            await until(lambda: position(server.client) == last)
    assert out(server.client) == numbers(range(90))
    assert totals(server.client) == list(range(1, 91))
    assert not server.client.xinfo_groups(IN), "no group, no pending list"


async def test_killed_anywhere_it_applies_all_once_and_in_order(server):
    settings = settings_for(server.url, batch_entries=7, max_attempts=100)
    last = fill(server.client, *range(150))[-1]
    deaths = iter([3, 17, 18, 40, 77, 78, 120])
    at = next(deaths)

    def hook(number: str, step: int) -> None:
        nonlocal at
        if int(number) == at:
            at = next(deaths, -1)
            raise Death

    while position(server.client) != last:
        async with writing(writer(settings, hook)) as task:
            await until(lambda: task.done() or position(server.client) == last)
    assert out(server.client) == numbers(range(150))
    assert totals(server.client) == list(range(1, 151))


async def test_a_commit_whose_outcome_is_unknown_is_neither_lost_nor_repeated(server, monkeypatch):
    """The reply is lost after the script ran, or the script never ran: loaded anew either way."""
    settings = settings_for(server.url, batch_entries=5)
    run, calls = scripts.run, 0

    async def unreliable(redis: Any, name: str, *rest: Any, **options: Any) -> Any:
        nonlocal calls
        calls += name == "commit"
        if name == "commit" and calls % 5 == 1:
            raise Disconnected("before it was sent")
        answer = await run(redis, name, *rest, **options)
        if name == "commit" and calls % 5 == 3:
            raise Disconnected("before the reply came")
        return answer

    monkeypatch.setattr(scripts, "run", unreliable)
    last = fill(server.client, *range(60))[-1]
    async with writing(writer(settings)):
        await until(lambda: position(server.client) == last)
    assert out(server.client) == numbers(range(60))
    assert totals(server.client) == list(range(1, 61))


async def test_a_large_entry_is_applied_in_steps_and_a_restart_goes_on_in_the_middle(server):
    settings = settings_for(server.url, lease_seconds=0.2, max_attempts=50)
    fill(server.client, 0)
    fill(server.client, 1, steps="6")
    last = fill(server.client, 2)[-1]
    deaths = iter([2, 2, 5])
    at = next(deaths)

    def hook(number: str, step: int) -> None:
        nonlocal at
        if number == "1" and step == at:
            at = next(deaths, -1)
            raise Death

    while position(server.client) != last:
        async with writing(writer(settings, hook)) as task:
            await until(lambda: task.done() or position(server.client) == last)
    entries: Any = server.client.xrange(OUT)
    said = [(fields["n"], fields["step"]) for _, fields in entries]
    assert said == [("0", "0"), *(("1", str(step)) for step in range(6)), ("2", "0")]
    assert totals(server.client) == list(range(1, 9))


async def test_older_code_refuses_newer_state_and_frees_the_shard(server):
    server.client.hset(LEDGER, "schema", "99")
    fill(server.client, 1)
    one = writer(settings_for(server.url, lease_seconds=30))
    with pytest.raises(SchemaTooNew, match=r"written by schema 99, this code knows \d+\. Run the newer"):
        async with writing(one) as task:
            await until(task.done)
    assert not server.client.exists(OUT)
    assert not server.client.exists("test:{all}:lease")


async def test_ids_downstream_lie_above_whatever_stood_there(server):
    """A stream deleted, a clock set back, a stranger's entry: the next stage, by position, misses nothing."""
    settings = settings_for(server.url)
    client = server.client
    future = "4000000000000-7"
    client.hset(LEDGER, "out_last", future)
    fill(client, 1)
    async with writing(writer(settings)):
        await until(lambda: out(client) == ["1"])
        client.delete(OUT)
        fill(client, 2)
        await until(lambda: out(client) == ["2"])
        assert client.xrange(OUT)[0][0] == "4000000000000-9"
        client.xadd(OUT, {"stranger": "1"}, id="5000000000000-3")
        fill(client, 3)
        await until(lambda: out(client) == ["2", "3"])
        assert client.xrange(OUT)[-1][0] == "5000000000000-4"
        client.xadd(OUT, {"stranger": "1"}, id=f"6000000000000-{2**64 - 1}")
        fill(client, 4)
        await until(lambda: out(client) == ["2", "3", "4"])
        assert client.xrange(OUT)[-1][0] == "6000000000001-0"


async def test_entries_behind_the_position_are_told_not_passed_over_in_silence(server):
    settings = settings_for(server.url, stuck_after_seconds=0.3)
    server.client.hset(LEDGER, "position", "4000000000000-0")
    fill(server.client, 1)
    one = writer(settings)
    async with writing(one):
        await until(lambda: not one.health.alive())
        assert "behind the position 4000000000000-0" in str(one.loop.fault)
        server.client.xadd(IN, {"n": "2"}, id="4000000000001-0")
        await until(one.health.alive)
        await until(lambda: out(server.client) == ["2"])


async def test_commits_and_leases_go_on_when_memory_is_out(server):
    settings = settings_for(server.url)
    client = server.client
    last = fill(client, *range(20))[-1]
    client.config_set("maxmemory", 1)
    try:
        async with writing(writer(settings)):
            await until(lambda: position(client) == last)
        async with writing(writer(settings)):
            await asyncio.sleep(0.1)
    finally:
        client.config_set("maxmemory", 0)
    assert out(client) == numbers(range(20))


async def test_scripts_forgotten_by_the_server_are_loaded_again(server):
    settings = settings_for(server.url)
    async with writing(writer(settings)):
        for number in range(5):
            server.client.script_flush()
            last = fill(server.client, number)[-1]
            await until(lambda: position(server.client) == last)
    assert out(server.client) == numbers(range(5))


async def test_a_commit_from_a_position_that_is_no_longer_so_is_refused(server):
    one = writer(settings_for(server.url))
    assert await one.lease.take()
    await load(one)
    server.client.hset(LEDGER, "position", "7-0")
    await one.work.apply((await strange_entry(one)), 0)
    with pytest.raises(Moved, match="7-0"):
        await commit(one, "8-0", 0)
    await one.redis.aclose()


async def test_a_commit_that_cannot_be_written_whole_is_not_written_at_all(server):
    """Keys of every other type than expected, one by one: nothing of the commit is there afterwards."""
    for key, wrong in ((SEEN, "hash"), (OUT, "stream")):
        server.client.flushall()
        one = writer(settings_for(server.url))
        assert await one.lease.take()
        await load(one)
        await one.work.apply((await strange_entry(one)), 0)
        server.client.set(key, "a string")
        with pytest.raises(Refused, match=f"not a {wrong}"):
            await commit(one, "8-0", 0)
        other = OUT if key == SEEN else SEEN
        assert not server.client.exists(other)
        assert server.client.hget(LEDGER, "position") is None
        await one.redis.aclose()


async def strange_entry(one: Any) -> Any:
    await one.redis.xadd(IN, {"n": "1"})
    return (await entries_of(one))[-1]


async def test_a_hash_of_many_fields_is_committed_in_one_piece(server):
    """More fields than one call of a script may carry."""
    one = writer(settings_for(server.url))
    assert await one.lease.take()
    await load(one)
    change = Commit(one.out_last)
    for number in range(9_000):
        change.put(SEEN, str(number), "x")
    await send(one, change, "8-0", 0)
    assert server.client.hlen(SEEN) == 9_000
    assert not twice(out(server.client))
    await one.redis.aclose()


def test_a_server_that_is_down_is_waited_for(stoppable):
    settings = settings_for(stoppable.url)
    stoppable.stop()

    async def play() -> None:
        one = writer(settings)
        async with writing(one) as task:
            for start in (0, 5, 10):
                await asyncio.sleep(0.4)
                assert not task.done()
                assert one.loop.fault or start
                await asyncio.to_thread(stoppable.start)
                last = fill(stoppable.client, *range(start, start + 5))[-1]
                await until(lambda: position(stoppable.client) == last)
                await until(lambda: one.loop.fault is None)
                await asyncio.to_thread(stoppable.stop)
            await asyncio.to_thread(stoppable.start)

    asyncio.run(play())
    assert out(stoppable.client) == numbers(range(15))
    assert totals(stoppable.client) == list(range(1, 16))
