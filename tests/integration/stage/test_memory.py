"""Memory: ingest pauses at the mark, nothing acknowledged is lost, and a full server drains by itself."""

from __future__ import annotations

import pytest
from redis.exceptions import OutOfMemoryError

from dateline.stage import trim
from tests.integration.stage.house import (
    ALL,
    done,
    house,
    outcomes,
    raw,
    send,
    settings_for,
    until,
)


def send_until_refused(client, settings, articles):
    sent = []
    for article in articles:
        try:
            sent += send(client, settings, article)
        except OutOfMemoryError:
            return sent
    raise AssertionError("there was room for all")


LONG = "Rescuers searched the collapsed school along the Valmora coast. " * 400


@pytest.fixture
def ceiling(server):
    """Sets how many bytes the server may hold beyond what it holds now."""
    yield lambda more: server.client.config_set(
        "maxmemory", int(server.client.info("memory")["used_memory"]) + more
    )
    server.client.config_set("maxmemory", 0)


async def test_above_the_mark_ingest_pauses_while_the_others_have_work_and_goes_on_below(server, ceiling):
    settings, client = settings_for(server.url), server.client
    # What the others have still to do: nobody does it here.
    for number in range(600):
        client.xadd(
            "articles:{all}", {"kind": "tick", "arrived": "0", "advance": str(number), "x": "y" * 2000}
        )
    send(client, settings, *(raw("quake", number) for number in range(3)))
    ceiling(100_000)
    async with house(settings, "ingest") as services:
        loop = services.workers["ingest"].shell.health.loop("articles.raw")
        await until(lambda: loop.role == "paused: memory")
        assert not outcomes(client, settings)
        assert services.workers["ingest"].shell.health.alive(), "it waits, it is not stuck"
        client.config_set("maxmemory", 0)
        await until(lambda: len(outcomes(client, settings)) == 3)
        assert loop.role == "reading"


async def test_a_full_server_drains_by_itself_and_senders_get_room_again(server, ceiling, monkeypatch):
    """The backlog of raw articles itself fills it: everything is kept for days, but not at this price."""
    monkeypatch.setattr(trim, "FRESH_SECONDS", 1)
    settings, client = settings_for(server.url), server.client
    articles = [raw(event, n, text=LONG) for n in range(60) for event in ("quake", "trial", "match")]
    ceiling(4_000_000)
    sent = send_until_refused(client, settings, articles)
    assert len(sent) > 50
    async with house(settings, *ALL):
        await all_settled(client, settings, len(sent))
        ceiling_now = int(client.info("memory")["maxmemory"])
        await until(lambda: client.info("memory")["used_memory"] < 0.8 * ceiling_now, "below the mark")
        more = send(client, settings, *articles[len(sent) : len(sent) + 5])
        await all_settled(client, settings, len(sent) + len(more))
    assert client.hlen("cluster:{all}:articles") == len(sent) + len(more), "every one is in a story"
    assert client.xlen("articles.raw") < len(sent)
    assert not client.exists("{articles.raw}.dead")


async def all_settled(client, settings, count):
    """All have their one outcome (outcomes themselves may have been trimmed), and all is published."""
    await until(lambda: client.hget("{articles.raw}.ledger", "settled") == str(count), f"{count} settled")
    await done(client, settings)
