"""Two shards: an identity has one home, and whatever concerns it goes there."""

from __future__ import annotations

import json

from tests.integration.stage.house import (
    ALL,
    check_numbers,
    done,
    events,
    house,
    live,
    log,
    outcome_of,
    raw,
    send,
    settings_for,
    until,
)

TWO = "europe=de,fr;rest=*"


def source_urls(client, settings, shard):
    return {
        json.loads(one["data"]).get("url") for one in log(client, settings, shard) if one["kind"] == "article"
    }


async def test_languages_go_to_their_shards_and_each_makes_its_own_stories(server):
    settings, client = settings_for(server.url, shards=TWO), server.client
    send(client, settings, *(raw("quake", n, language="de") for n in range(3)))
    send(client, settings, *(raw("quake", n, language="en") for n in range(3, 6)))
    send(client, settings, *(raw("trial", n, language="pt") for n in range(2)))
    async with house(settings, *ALL):
        await done(client, settings, 8)
    assert len(source_urls(client, settings, "europe")) == 3
    assert len(source_urls(client, settings, "rest")) == 5
    found = events(client, settings)
    check_numbers(found)
    assert {event["source"] for event in found} == {"/dateline/default/europe", "/dateline/default/rest"}
    stories = live(client, settings)
    assert sorted((story.split("-")[1], len(members)) for story, members in stories.items()) == [
        ("europe", 3),
        ("rest", 2),
        ("rest", 3),
    ]


async def test_revisions_and_retractions_follow_their_identity_home(server):
    settings, client = settings_for(server.url, shards=TWO), server.client
    german = raw("quake", 1, language="de")
    async with house(settings, *ALL):
        sent = send(client, settings, german, raw("quake", 2, language="de"))
        await done(client, settings, 2)
        sent += send(client, settings, {**german, "language": "en", "title": "Now in English: a tremor"})
        await done(client, settings, 3)
        ((story, members),) = live(client, settings).items()
        assert len(members) == 2
        sent += send(client, settings, {"url": german["url"], "status": "canceled"})
        await done(client, settings, 4)
        assert len(live(client, settings)[story]) == 1
    told = outcome_of(client, settings)
    assert [told[entry] for entry in sent] == [
        "accepted",
        "accepted",
        "revision",
        "retracted",
    ]
    assert not client.exists("articles:{rest}")
    check_numbers(events(client, settings))


async def test_a_changed_shard_map_concerns_new_identities_only(server):
    one, client = settings_for(server.url), server.client
    german = raw("quake", 1, language="de")
    async with house(one, *ALL):
        send(client, one, german)
        await done(client, one, 1)
    more = settings_for(server.url, shards="europe=de;all=*")
    async with house(more, *ALL):
        send(
            client,
            more,
            {**german, "title": "Rescuers reach the tremor's coast"},
            raw("quake", 2, language="de"),
        )
        await done(client, more, 3)
    assert set(source_urls(client, more, "all")) == {german["url"]}
    assert len(source_urls(client, more, "europe")) == 1
    assert sorted(outcome_of(client, more).values()) == ["accepted", "accepted", "revision"]


async def test_workers_share_the_shards_and_take_over_from_each_other(server):
    settings, client = settings_for(server.url, shards=TWO, lease_seconds=0.4), server.client
    async with house(settings, "ingest") as services:
        services.start("cluster.1", "publish.1", only_shards="europe")
        services.start("cluster.2", "publish.2", only_shards="rest")
        send(client, settings, raw("quake", 1, language="de"), raw("trial", 1, language="en"))
        await done(client, settings, 2)
        await services.kill("cluster.1", "publish.1")
        services.start("cluster.3", "publish.3")  # may work on both
        send(client, settings, raw("quake", 2, language="de"), raw("trial", 2, language="en"))
        await done(client, settings, 4)
        roles = services.workers["cluster.3"].shell.health.loops
        await until(lambda: roles["articles:{europe}"].role == "writer")
        await until(lambda: roles["articles:{rest}"].role in ("standby", "writer"))
    check_numbers(events(client, settings))
    assert [len(members) for members in live(client, settings).values()] == [2, 2]
