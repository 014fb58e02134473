"""The ordered stage: one writer a shard, by position; nothing skipped, overtaken or applied twice."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from typing import Any

import pytest
from redis.exceptions import ConnectionError as Disconnected

from dateline.stage import scripts
from dateline.stage.writer import InvalidEntry, LostLease, Moved, Refused, SchemaTooNew, commit, load, send
from tests.integration.stage.desk import Death
from tests.integration.stage.house import settings_for, until
from tests.integration.stage.room import (
    DEAD,
    IN,
    LEDGER,
    OUT,
    SEEN,
    fill,
    kill,
    numbers,
    out,
    totals,
    twice,
    writer,
    writing,
)


def position(client: Any) -> str:
    return str(client.hget(LEDGER, "position"))


async def test_it_goes_on_where_the_state_says(server):
    settings = settings_for(server.url)
    for start in (0, 30, 60):
        last = fill(server.client, *range(start, start + 30))[-1]
        async with writing(writer(settings)):
            await until(lambda: position(server.client) == last)  # noqa: B023
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


async def test_a_paused_process_that_wakes_up_cannot_write(server):
    settings = settings_for(server.url, lease_seconds=0.3)
    fill(server.client, *range(5))
    paused = writer(settings)
    assert await paused.lease.take()
    await load(paused)
    assert await paused.work.apply((await entries_of(paused))[0], 0)
    await asyncio.sleep(0.4)  # longer than the lease: it knows nothing of what comes now
    last = server.client.xinfo_stream(IN)["last-generated-id"]
    async with writing(writer(settings)):
        await until(lambda: position(server.client) == last)
        with pytest.raises(LostLease):
            await commit(paused, "99-0", 0)
        assert not await paused.lease.keep()
    assert out(server.client) == numbers(range(5))
    await paused.redis.aclose()


async def entries_of(one: Any) -> Any:
    from dateline.stage.entries import read_entries  # noqa: PLC0415

    return read_entries(await one.redis.xrange(IN))


async def test_two_processes_on_one_shard_take_turns_and_only_one_writes(server):
    settings = settings_for(server.url, lease_seconds=0.4, batch_entries=10)
    first, second = writer(settings), writer(settings)
    async with writing(first), writing(second):
        for start in range(0, 60, 20):
            last = fill(server.client, *range(start, start + 20))[-1]
            await until(lambda: position(server.client) == last)  # noqa: B023
            roles = ["standby", "writer"]
            await until(lambda: sorted(one.loop.role for one in (first, second)) == roles)  # noqa: B023
    assert out(server.client) == numbers(range(60))


async def test_a_dead_process_of_this_host_is_replaced_when_half_its_lease_is_over(server):
    settings = settings_for(server.url, lease_seconds=60)
    one, lease = writer(settings), "test:{all}:lease"
    one.lease.holder = f"{socket.gethostname()}-{os.getpid()}-new"
    dead = f"{socket.gethostname()}-{2**22 + 1}-old"  # no process has this number
    for holder, left, taken in (
        (dead, 31_000, False),  # it has renewed when it should: it may live after all
        (f"{socket.gethostname()}-{os.getppid()}-other", 1_000, False),
        ("elsewhere-7-other", 1_000, False),
        (dead, 29_000, True),
    ):
        server.client.set(lease, holder, px=left)
        fence = int(server.client.hget("test:{all}:ledger", "fence") or 0)
        assert (await one.lease.take(), one.lease.orphaned) == (taken, holder == dead and not taken)
        assert 0 < server.client.pttl(lease) <= (60_000 if taken else left)
        assert int(server.client.hget("test:{all}:ledger", "fence") or 0) == fence + taken, "it is shut out"
    assert server.client.get(lease) == one.lease.holder
    assert server.client.pttl(lease) > 59_000
    await one.redis.aclose()


async def test_a_process_that_is_killed_is_replaced_when_its_lease_ends(server):
    settings = settings_for(server.url, lease_seconds=0.4)
    fill(server.client, *range(5))
    first, second = writer(settings), writer(settings)
    async with writing(first) as task:
        await until(lambda: len(out(server.client)) == 5)
        async with writing(second):
            await until(lambda: second.loop.role == "standby")
            await first.redis.aclose()  # so that it cannot give the lease back
            await kill(task)
            server.client.set("test:{all}:lease", first.lease.holder, px=400)
            last = fill(server.client, *range(5, 10))[-1]
            await until(lambda: position(server.client) == last)
            assert second.loop.role == "writer"
    assert out(server.client) == numbers(range(10))


async def test_a_process_that_stops_in_order_frees_its_shard_at_once(server):
    settings = settings_for(server.url, lease_seconds=30)
    fill(server.client, *range(5))
    async with writing(writer(settings)):
        await until(lambda: len(out(server.client)) == 5)
    assert not server.client.exists("test:{all}:lease")


async def test_batches_that_outlast_the_lease_do_not_let_two_processes_chase_each_other(server):
    settings = settings_for(server.url, lease_seconds=0.4)
    last = fill(server.client, *range(40))[-1]

    def slow(number: str, step: int) -> None:
        time.sleep(0.03)  # computing: nothing else runs; a batch takes three leases

    async with writing(writer(settings, slow)), writing(writer(settings, slow)):
        await until(lambda: position(server.client) == last, seconds=20)
    assert out(server.client) == numbers(range(40))
    assert totals(server.client) == list(range(1, 41))


async def test_a_state_that_takes_longer_to_load_than_a_lease_lasts_is_loaded_once(server, monkeypatch):
    settings = settings_for(server.url, lease_seconds=1.5)
    fill(server.client, *range(3))
    one, other = writer(settings), writer(settings)
    for each in (one, other):
        quick = each.work.load

        async def slow(shard: str, quick: Any = quick) -> None:
            await asyncio.sleep(2.5)
            await quick(shard)

        monkeypatch.setattr(each.work, "load", slow)
    async with writing(one), writing(other):
        await until(lambda: len(out(server.client)) == 3)
    assert one.work.loads + other.work.loads == 1


async def test_a_lease_that_ran_out_while_nobody_wanted_it_costs_nothing(server):
    settings = settings_for(server.url, lease_seconds=0.2)

    def slow(number: str, step: int) -> None:
        time.sleep(0.5)

    last = fill(server.client, 1, 2, 3)[-1]
    one = writer(settings, slow)
    async with writing(one):
        await until(lambda: position(server.client) == last)
    assert out(server.client) == ["1", "2", "3"]
    assert one.work.loads == 1


async def test_an_entry_that_fails_is_tried_on_the_spot_and_buried_in_its_place(server):
    settings = settings_for(server.url, max_attempts=3)
    tries = 0

    def hook(number: str, step: int) -> None:
        nonlocal tries
        if number == "7":
            tries += 1
            assert out(server.client) == numbers(range(7)) or tries == 1, "nothing has overtaken it"
            raise KeyError("no such drawer")

    ids = fill(server.client, *range(15))
    async with writing(writer(settings, hook)):
        await until(lambda: position(server.client) == ids[-1])
    assert tries == 4, "once among others, then alone as often as is allowed"
    assert out(server.client) == numbers(range(7), range(8, 15))
    assert totals(server.client) == list(range(1, 15))
    ((letter_id, letter),) = server.client.xrange(DEAD)
    assert letter_id == letter["entry_id"] == ids[7]
    assert (letter["stream"], letter["stage"], letter["f:n"]) == (IN, "test", "7")
    assert (letter["code"], letter["attempts"], letter["replayable"]) == ("unexpected_error", "3", "1")
    assert letter["reason"] == "KeyError: 'no such drawer'"


async def test_a_passing_failure_costs_nothing(server):
    settings = settings_for(server.url)
    failures = iter([1, 1])

    def hook(number: str, step: int) -> None:
        if number == "2" and next(failures, None):
            raise RuntimeError("not now")

    last = fill(server.client, *range(5))[-1]
    async with writing(writer(settings, hook)):
        await until(lambda: position(server.client) == last)
    assert out(server.client) == numbers(range(5))
    assert not server.client.exists(DEAD)


async def test_what_can_never_be_applied_is_a_dead_letter_at_once(server):
    tries = 0

    def hook(number: str, step: int) -> None:
        nonlocal tries
        if number in "35":
            tries += 1
            raise InvalidEntry("data: is not JSON")

    last = fill(server.client, *range(7))[-1]
    async with writing(writer(settings_for(server.url), hook)):
        await until(lambda: position(server.client) == last)
    assert tries == 4
    assert out(server.client) == ["0", "1", "2", "4", "6"]
    assert [(one["code"], one["attempts"], one["f:n"]) for _, one in server.client.xrange(DEAD)] == [
        ("invalid_entry", "1", "3"),
        ("invalid_entry", "1", "5"),
    ]


async def test_an_entry_that_ends_the_process_is_found_out(server):
    settings = settings_for(server.url, max_attempts=3, lease_seconds=0.2)
    last = fill(server.client, *range(9))[-1]
    deaths = 0

    def hook(number: str, step: int) -> None:
        nonlocal deaths
        if number == "4":
            deaths += 1
            raise Death

    while position(server.client) != last:
        assert deaths < 20
        async with writing(writer(settings, hook)) as task:
            await until(lambda: task.done() or position(server.client) == last)
    assert out(server.client) == numbers(range(4), range(5, 9))
    ((_, letter),) = server.client.xrange(DEAD)
    assert (letter["code"], letter["attempts"], letter["f:n"]) == ("poison", "3", "4")


async def test_a_dead_letter_whose_place_is_taken_takes_the_next(server):
    def hook(number: str, step: int) -> None:
        raise InvalidEntry("never")

    first, second = fill(server.client, 1, 2)
    server.client.xadd(DEAD, {"somebody": "else"}, id=second)
    async with writing(writer(settings_for(server.url), hook)):
        await until(lambda: position(server.client) == second)
    letters = [(entry, fields["entry_id"]) for entry, fields in server.client.xrange(DEAD)[1:]]
    assert [entry_id for _, entry_id in letters] == [first, second]
    assert all(entry.split("-")[0] == second.split("-")[0] for entry, _ in letters)


async def test_a_fault_of_the_server_blocks_the_shard_and_is_told(server):
    settings = settings_for(server.url, stuck_after_seconds=0.4)
    server.client.set(SEEN, "not a hash")
    last = fill(server.client, *range(5))[-1]
    one = writer(settings)
    async with writing(one):
        await until(lambda: not one.health.alive(), "health says so")
        assert "not a hash" in str(one.loop.fault) or "WRONGTYPE" in str(one.loop.fault)
        assert not server.client.exists(OUT), "nothing was written in part"
        assert not server.client.exists(DEAD), "no entry pays for it"
        server.client.delete(SEEN)
        await until(lambda: position(server.client) == last)
        await until(one.health.alive)
    assert out(server.client) == numbers(range(5))


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
    server.client.hset(LEDGER, "schema", "2")
    fill(server.client, 1)
    one = writer(settings_for(server.url, lease_seconds=30))
    with pytest.raises(SchemaTooNew, match=r"written by schema 2, this code knows 1\. Run the newer version"):
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
            await until(lambda: position(server.client) == last)  # noqa: B023
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
    from dateline.stage.commits import Commit  # noqa: PLC0415

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
                await until(lambda: position(stoppable.client) == last)  # noqa: B023
                await until(lambda: one.loop.fault is None)
                await asyncio.to_thread(stoppable.stop)
            await asyncio.to_thread(stoppable.start)

    asyncio.run(play())
    assert out(stoppable.client) == numbers(range(15))
    assert totals(stoppable.client) == list(range(1, 16))
