"""Leases of an ordered stage: one process writes a shard, whoever is paused, killed or slow."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from typing import Any

import pytest

from dateline.stage.writer import LostLease, commit, load
from tests.integration.stage.house import settings_for, until
from tests.integration.stage.room import (
    IN,
    entries_of,
    fill,
    kill,
    numbers,
    out,
    position,
    totals,
    writer,
    writing,
)


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


async def test_two_processes_on_one_shard_take_turns_and_only_one_writes(server):
    settings = settings_for(server.url, lease_seconds=0.4, batch_entries=10)
    first, second = writer(settings), writer(settings)
    async with writing(first), writing(second):
        for start in range(0, 60, 20):
            last = fill(server.client, *range(start, start + 20))[-1]
            await until(lambda: position(server.client) == last)
            roles = ["standby", "writer"]
            await until(lambda: sorted(one.loop.role for one in (first, second)) == roles)
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
