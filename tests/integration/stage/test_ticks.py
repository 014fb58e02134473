"""Ticks: one for all workers, after silence alone; by them stories settle, close and are forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from redis.asyncio import Redis as AsyncRedis

from dateline.stage import scripts
from services.cluster import app as cluster
from tests.integration.stage.house import (
    ALL,
    EVENTS,
    SIX,
    check_numbers,
    done,
    events,
    house,
    kinds,
    log,
    send,
    settings_for,
    until,
)


async def ticks(client: Any) -> list[dict[str, str]]:
    entries: Any = client.xrange("articles:{all}")
    return [fields for _, fields in entries if fields["kind"] == "tick"]


async def tick_once(server: Any, times: int = 1, interval: int = 200) -> list[int]:
    async with AsyncRedis.from_url(server.url, protocol=2) as redis:
        keys = ["articles:{all}", "ingest:{all}:ledger"]
        calls = (scripts.run(redis, "tick", keys, [interval], "services.ingest") for _ in range(times))
        return list(await asyncio.gather(*calls))


async def test_several_workers_make_one_tick_and_time_is_counted_once(server):
    settings, client = settings_for(server.url, tick_seconds=0.4), server.client
    send(client, settings, SIX[0])
    async with house(settings, "ingest", "ingest.2", "ingest.3"):
        await until(lambda: len(log(client, settings)) >= 4)
    entries: Any = client.xrange("articles:{all}")
    moments = [int(entry_id.split("-")[0]) for entry_id, _ in entries]
    for at in range(1, len(entries)):
        assert entries[at][1]["kind"] == "tick"
        assert int(entries[at][1]["advance"]) == moments[at] - moments[at - 1] >= 400
        assert set(entries[at][1]) == {"kind", "arrived", "advance"}, "no date"


async def test_a_tick_needs_silence_and_something_before_it(server):
    client = server.client
    assert await tick_once(server, 5) == [0] * 5, "an empty shard has no clock"
    client.xadd("articles:{all}", {"kind": "tick", "arrived": "0", "advance": "1"})
    assert await tick_once(server, 5) == [0] * 5, "not silent yet"
    await asyncio.sleep(0.25)
    assert sum(await tick_once(server, 5)) == 1, "an imported log has a clock too"
    client.xadd("articles:{all}", {"kind": "tick", "arrived": "0", "advance": "1"}, id="4000000000000-0")
    await asyncio.sleep(0.25)
    assert await tick_once(server, 2) == [0, 0], "the server's clock was set back"


async def test_stories_settle_close_and_are_forgotten_when_nothing_arrives(server):
    settings = settings_for(
        server.url, tick_seconds=0.2, settle_after_seconds=1, close_after_seconds=2, forget_after_seconds=4
    )
    client = server.client
    async with house(settings, *ALL):
        send(client, settings, *SIX)
        await until(lambda: kinds(events(client, settings)).count("closed") == 3)
        await until(lambda: client.zcard("stories.index") == 0, "forgotten")
        await until(lambda: client.hlen("publish:{all}:drafts") == 0)
        await until(lambda: client.hlen("cluster:{all}:articles") == 0)
    found = events(client, settings)
    check_numbers(found)
    assert sum("settled" in event["data"]["change"]["reasons"] for event in found) == 3


async def test_a_tick_that_closes_many_stories_is_applied_in_steps(server, monkeypatch):
    settings = settings_for(
        server.url, tick_seconds=3600, settle_after_seconds=1, close_after_seconds=2, lease_seconds=0.3
    )
    usual = cluster.parameters_from

    def few(*args: Any) -> Any:
        return replace(usual(*args), step_stories=3)

    monkeypatch.setattr(cluster, "parameters_from", few)
    commits: list[list[Any]] = []
    run = scripts.run

    async def noting(redis: Any, script: str, keys: Any, args: Any, *rest: Any) -> Any:
        if script == "commit" and keys[0] == "cluster:{all}:ledger":
            commits.append(list(args[1:5]))
        return await run(redis, script, keys, args, *rest)

    monkeypatch.setattr(scripts, "run", noting)
    client = server.client
    words = " ".join(EVENTS.values()).split()
    titles = [" ".join(words[at : at + 3]) for at in range(0, 36, 3)]
    articles = [
        {"title": title, "text": f"{title}. " * 4, "url": f"https://o{n}.example/{n}", "language": "en"}
        for n, title in enumerate(titles)
    ]
    async with house(settings, *ALL) as services:
        send(client, settings, *articles)
        await done(client, settings, 12)
        stories = client.zcard("stories.index")
        await asyncio.sleep(2.1)
        await tick_once(server, interval=1000)
        await until(lambda: any(int(one[3]) >= 2 for one in commits))
        await services.kill("cluster")
        services.start("cluster")
        await until(lambda: kinds(events(client, settings)).count("closed") == stories)
    assert stories > 6
    assert max(int(one[3]) for one in commits) >= 2, "steps of one entry"
    check_numbers(events(client, settings))
