"""From room to room: killed between the two steps of a hop, nothing is lost and nothing done twice."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from redis.exceptions import ConnectionError as Disconnected

from dateline.stage import scripts
from dateline.stage.entries import padded_id
from dateline.streams import INGEST_GROUP
from services.publish import app as publish
from tests.integration.stage.house import (
    ALL,
    EVENTS,
    SIX,
    act,
    check_numbers,
    dead,
    done,
    events,
    house,
    log,
    outcome_of,
    outcomes,
    partition,
    raw,
    send,
    settings_for,
    until,
)


def losing_replies(monkeypatch: pytest.MonkeyPatch, name: str, when: Any) -> list[int]:
    """Cut the connection after script `name` ran, at the calls whose number `when` says; counts the calls."""
    run, calls = scripts.run, [0]

    async def unreliable(redis: Any, script: str, *rest: Any, **options: Any) -> Any:
        answer = await run(redis, script, *rest, **options)
        calls[0] += script == name
        if script == name and when(calls[0]):
            raise Disconnected("the reply was lost")
        return answer

    monkeypatch.setattr(scripts, "run", unreliable)
    return calls


async def test_ingest_killed_between_its_steps_repeats_the_same_outcomes(server, monkeypatch):
    """An accepted article that is delivered again is not a duplicate of itself."""
    settings, client = settings_for(server.url), server.client
    sent = send(client, settings, *SIX, SIX[0])
    run = scripts.run

    async def dying(redis: Any, script: str, *rest: Any, **options: Any) -> Any:
        if script == "settle":
            raise asyncio.CancelledError
        return await run(redis, script, *rest, **options)

    monkeypatch.setattr(scripts, "run", dying)
    async with house(settings) as services:
        services.start("ingest")
        await until(lambda: len(log(client, settings)) == 6)
        await until(lambda: any(task.done() for task in services.workers["ingest"].shell.tasks))
        await services.kill("ingest")
        assert not outcomes(client, settings)
        monkeypatch.setattr(scripts, "run", run)
        services.start("ingest")
        await until(lambda: len(outcomes(client, settings)) == 7)
    assert len(log(client, settings)) == 6
    assert outcome_of(client, settings) == dict(zip(sent, ["accepted"] * 6 + ["duplicate"], strict=True))


@pytest.mark.parametrize("script", ["accept", "settle"])
async def test_lost_replies_in_ingest_change_nothing(server, monkeypatch, script):
    settings, client = settings_for(server.url, batch_entries=2), server.client
    losing_replies(monkeypatch, script, lambda call: call % 2 == 1)
    sent = send(client, settings, *SIX, *SIX)
    async with house(settings, "ingest"):
        await until(lambda: len(outcomes(client, settings)) == 12)
        await until(lambda: client.xpending("articles.raw", INGEST_GROUP)["pending"] == 0)
    assert len(log(client, settings)) == 6
    assert outcome_of(client, settings) == dict(zip(sent, ["accepted"] * 6 + ["duplicate"] * 6, strict=True))


@pytest.mark.parametrize("script", ["commit", "forward", "index"])
async def test_lost_replies_in_cluster_and_publish_change_nothing(server, monkeypatch, script):
    settings, client = settings_for(server.url, batch_entries=2), server.client
    losing_replies(monkeypatch, script, lambda call: call % 3 == 1)
    send(client, settings, *(raw(event, number) for number in range(3) for event in EVENTS))
    async with house(settings, *ALL):
        await done(client, settings, 15)
    found = events(client, settings)
    check_numbers(found)
    assert len(found) == 15, "every change is published once"
    assert [len(story) for story in partition(client, settings)] == [3] * 5


async def test_everything_killed_again_and_again(server):
    """Several workers of each, ended where they stand: the stories are those of a quiet run."""
    articles = [raw(event, number) for number in range(12) for event in EVENTS]
    settings, client = settings_for(server.url, batch_entries=4, lease_seconds=0.3), server.client
    async with house(settings, *ALL, "ingest.2", "cluster.2", "publish.2") as services:
        for start in range(0, len(articles), 6):
            send(client, settings, *articles[start : start + 6])
            await asyncio.sleep(0.05)
            name = (*ALL, "ingest.2", "cluster.2", "publish.2")[start // 6 % 6]
            await services.kill(name)
            services.start(name)
        await done(client, settings, len(articles))
    assert set(outcome_of(client, settings).values()) == {"accepted"}
    found = events(client, settings)
    check_numbers(found)
    assert [len(story) for story in partition(client, settings)] == [12] * 5
    assert not dead(client, settings, "articles.raw")


async def test_streams_between_the_rooms_may_be_deleted(server):
    """What comes later is seen, for ids never go back; the latest records are published again."""
    settings, client = settings_for(server.url), server.client
    async with house(settings, *ALL):
        send(client, settings, *SIX)
        await done(client, settings, 6)
        before = events(client, settings)
        client.delete("articles:{all}", "stories:{all}", "stories.published")
        send(client, settings, *(raw(event, 7) for event in EVENTS))
        await done(client, settings, 11)
    after = events(client, settings)
    assert {int(event["epoch"]) for event in before} < {int(event["epoch"]) for event in [*before, *after]}
    assert {event["subject"] for event in after} >= {event["subject"] for event in before}
    numbers = [int(event["sequence"]) for event in after]
    assert numbers == list(range(numbers[0], numbers[0] + len(after))) and numbers[0] > 6
    assert sorted(len(story) for story in partition(client, settings)) == [1, 1, 3, 3, 3]


async def test_a_senders_reply_to_is_not_answered(server):
    settings, client = settings_for(server.url), server.client
    client.xadd("articles.raw", {"article": json.dumps(SIX[0]), "reply_to": "victim"})
    frame = json.dumps({"data": json.dumps(SIX[1]), "headers": {"reply_to": "victim"}})
    client.xadd("articles.raw", {"__data__": frame})
    async with house(settings, *ALL):
        await done(client, settings, 2)
    assert set(outcome_of(client, settings).values()) == {"accepted"}
    assert not client.exists("victim")


async def test_everything_on_the_streams_is_plain_text(server):
    settings, client = settings_for(server.url), server.client
    send(client, settings, *SIX)
    client.xadd("articles.raw", {"title": "Brücke über den Ægir", "url": "https://ø.example/1", "bad": "1"})
    client.xadd("articles.raw", {"title": "No address"})
    async with house(settings, *ALL):
        await done(client, settings, 8)
    for stream in client.scan_iter(_type="stream"):
        for _, fields in client.xrange(stream):
            assert all(text.isprintable() or "\n" in text for pair in fields.items() for text in pair), stream


# --- the clock ------------------------------------------------------------------------------------


# --- publishing -----------------------------------------------------------------------------------


async def test_ratings_touch_all_stories_in_steps_once(server, monkeypatch):
    monkeypatch.setattr(publish, "STORIES_A_STEP", 2)
    settings, client = settings_for(server.url, lease_seconds=0.3), server.client
    async with house(settings, *ALL):
        send(client, settings, *(raw(event, number) for number in range(2) for event in EVENTS))
        await done(client, settings, 10)
        before = len(events(client, settings))
        rows = [{"domain": f"outlet{number}.example", "bias": "left"} for number in range(2)]
        load = {"load_id": "r", "name": "Test", "version": "1", "licence": "none", "rows": rows}
        client.xadd("articles.control", {"act": "ratings", "body": json.dumps(load)})
        await until(lambda: len(events(client, settings)) >= before + 5)
        await done(client, settings)
    after = events(client, settings)
    check_numbers(after)
    assert len(after) == before + 5
    assert all(one["data"]["coverage"]["bias"]["rated"] == 2 for one in after[before:])


async def test_control_acts_are_passed_on_once(server, monkeypatch):
    settings, client = settings_for(server.url), server.client
    losing_replies(monkeypatch, "pass_on", lambda call: call == 1)
    async with house(settings, "ingest"):
        act(client, settings, "note", story_id="s-all-1-0-0", text="Seen.")
        await until(lambda: outcomes_of_control(client))
    assert [entry["kind"] for entry in log(client, settings)] == ["control"]


def outcomes_of_control(client: Any) -> list[Any]:
    return list(client.xrange("{articles.control}.outcomes"))


async def test_nobody_elses_group_holds_trimming_back(server, exact_trimming):
    settings = settings_for(
        server.url,
        retain_published_seconds=1,
        retain_articles_seconds=1,
        retain_stories_seconds=1,
        retain_raw_seconds=1,
        tick_seconds=0.3,
        trim_seconds=0.2,
    )
    client = server.client
    for stream in ("articles.raw", "articles:{all}", "stories:{all}", "stories.published"):
        client.xgroup_create(stream, "somebody-elses", id="0", mkstream=True)
    async with house(settings, *ALL):
        sent = send(client, settings, *SIX)
        await done(client, settings, 6)
        last = {stream: client.xrevrange(stream, count=1)[0][0] for stream in ("stories.published",)}
        for stream, entry_id in [("articles.raw", sent[-1]), *last.items()]:
            await until(lambda: not client.xrange(stream, max=entry_id), stream)
        await until(lambda: not [one for one in log(client, settings) if one["kind"] == "article"])


async def test_the_outcome_of_an_entry_is_found_by_its_id(server):
    settings, client = settings_for(server.url), server.client
    sent = send(client, settings, SIX[0], SIX[0], {"title": "No address"})
    async with house(settings, "ingest"):
        await until(lambda: len(outcomes(client, settings)) == 3)
    told = {one["entry_id"]: one for one in outcomes(client, settings)}
    assert [told[entry]["outcome"] for entry in sent] == ["accepted", "duplicate", "rejected"]
    assert told[sent[0]]["article_id"] == told[sent[1]]["article_id"]
    assert padded_id(sent[0]) < padded_id(sent[1])
