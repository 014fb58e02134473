"""The ordered stage when entries fail: tried on the spot, buried in their place, never overtaken."""

from __future__ import annotations

from dateline.stage.writer import InvalidEntry
from tests.integration.stage.desk import Death
from tests.integration.stage.house import settings_for, until
from tests.integration.stage.room import (
    DEAD,
    IN,
    OUT,
    SEEN,
    fill,
    numbers,
    out,
    position,
    totals,
    writer,
    writing,
)


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
