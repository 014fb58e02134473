"""From room to room: killed between the two steps of a hop, nothing is lost and nothing done twice."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import ConnectionError as Disconnected

from dateline.stage import scripts
from dateline.stage.entries import padded_id
from dateline.streams import INGEST_GROUP
from services.publish import app as publish
from services.publish import store as publish_store
from tests.integration.stage.house import (
    ALL,
    EVENTS,
    act,
    check_numbers,
    dead,
    done,
    events,
    house,
    kinds,
    live,
    log,
    outcome_of,
    outcomes,
    partition,
    raw,
    send,
    settings_for,
    until,
)

SIX = [raw(event, number) for number in range(2) for event in ("quake", "trial", "match")]


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
    from services.cluster import app as cluster  # noqa: PLC0415

    settings = settings_for(
        server.url, tick_seconds=3600, settle_after_seconds=1, close_after_seconds=2, lease_seconds=0.3
    )
    usual = cluster.parameters_from

    def few(*args: Any) -> Any:
        from dataclasses import replace  # noqa: PLC0415

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


# --- publishing -----------------------------------------------------------------------------------


async def test_publish_killed_between_commit_and_forwarding_sends_what_is_in_its_outbox(server, monkeypatch):
    settings, client = settings_for(server.url), server.client
    forward = publish_store.forward

    async def dying(*args: Any) -> Any:
        raise asyncio.CancelledError

    monkeypatch.setattr(publish_store, "forward", dying)
    async with house(settings, "ingest", "cluster") as services:
        send(client, settings, *SIX)
        services.start("publish")
        await until(lambda: client.hlen("publish:{all}:outbox"))
        await services.kill("publish")
        assert not client.exists("stories.published")
        monkeypatch.setattr(publish_store, "forward", forward)
        services.start("publish")
        await done(client, settings, 6)
    check_numbers(events(client, settings))
    assert len(events(client, settings)) == 6
    assert not client.hlen("publish:{all}:outbox")


async def test_a_destination_that_lost_events_gets_the_latest_records_in_a_new_epoch(server, monkeypatch):
    monkeypatch.setattr(publish, "STORIES_A_STEP", 2)  # five stories go in three steps
    settings, client = settings_for(server.url), server.client
    async with house(settings, *ALL) as services:
        send(client, settings, *(raw(event, number) for number in range(2) for event in EVENTS))
        await done(client, settings, 10)
        before, records = events(client, settings), live(client, settings)
        client.delete("stories.published", "{stories.published}.sources")
        send(client, settings, raw("quake", 8))
        await done(client, settings, 11)
        await services.kill("publish")
        services.start("publish")
        send(client, settings, raw("trial", 8))
        await done(client, settings, 12)
    after = events(client, settings)
    old, new = {event["epoch"] for event in before}, {event["epoch"] for event in after}
    assert len(old) == len(new) == 1
    assert int(min(new)) > int(max(old))
    numbers = [int(event["sequence"]) for event in after]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "gap-free in the new epoch"
    assert {event["subject"] for event in after[:5]} == set(records), "all five, each as it is now"
    latest = {event["subject"]: event["data"]["version"] for event in after}
    for story in live(client, settings):
        told = json.loads(client.get(f"story:{story}"))
        assert (told["version"], str(told["epoch"])) == (latest[story], min(new))


async def test_a_server_that_may_have_lost_writes_raises_the_epoch(stoppable):
    """everysec: another replication id after a restart. always: nothing can be lost, the epoch stays."""
    client = stoppable.client
    settings = settings_for(stoppable.url)
    epochs = []
    for policy in ("everysec", "everysec", "always", "always"):
        client.config_set("appendfsync", policy)
        async with house(settings, *ALL):
            sent = client.xlen("articles.raw") if client.exists("articles.raw") else 0
            send(client, settings, raw("quake", sent))
            await done(client, settings, sent + 1)
        epochs.append(int(events(client, settings)[-1]["epoch"]))
        await asyncio.to_thread(stoppable.stop)
        await asyncio.to_thread(stoppable.start)
    client.config_set("appendfsync", "always")
    assert epochs[0] < epochs[1]
    assert epochs[2] == epochs[3]
    found = events(client, settings)
    assert [int(event["sequence"]) for event in found] == [1, 2, 3, 4]


def event(story: str, version: int, sequence: int, kind: str = "updated", epoch: int = 9) -> dict[str, str]:
    data = json.dumps({"story_id": story, "version": version}, separators=(",", ":"))
    return {
        "id": f"{story}:{version}", "type": f"dateline.story.{kind}.v1", "subject": story,
        "sequence": f"{sequence:020d}", "epoch": str(epoch), "data": data,
    }  # fmt: skip


async def test_a_publisher_that_wakes_up_late_changes_nothing(server):
    """It was paused before it noted what another has long noted, and passed."""
    settings, client = settings_for(server.url), server.client
    names = settings.names
    async with AsyncRedis.from_url(server.url, protocol=2) as redis:
        first, second = event("s-1", 1, 1, "created"), event("s-2", 1, 2, "created")
        gone = event("s-2", 2, 3, "merged")
        assert await publish_store.forward(redis, names, "all", [first, second, gone], 0) == 3
        await publish_store.set_latest(redis, names, "all", [first, second, gone], 60)
        assert await publish_store.forward(redis, names, "all", [first, second], 0) == 2
        await publish_store.set_latest(redis, names, "all", [first, second], 60)
        # Between the record and the index it slept as well: the index alone is written.
        keys = [names.index, names.beside(names.index, "noted")]
        stale = [names.source("all"), "9", 2, "s-2", 2]
        assert await scripts.run(redis, "index", keys, stale, "services.publish") == 0
    assert client.xlen("stories.published") == 3
    assert client.zrange("stories.index", 0, -1) == ["s-1"]
    assert json.loads(client.get("story:s-2"))["version"] == 2


async def test_a_record_is_replaced_only_by_a_higher_one(server):
    settings, client = settings_for(server.url), server.client
    order = [(9, 1), (9, 3), (9, 2), (10, 1), (9, 7), (10, 2)]
    seen = []
    async with AsyncRedis.from_url(server.url, protocol=2) as redis:
        for epoch, version in order:
            one = event("s-1", version, version, epoch=epoch)
            await publish_store.set_latest(redis, settings.names, "all", [one], 60)
            told = json.loads(client.get("story:s-1"))
            seen.append((told["epoch"], told["version"]))
    assert seen == [(9, 1), (9, 3), (9, 3), (10, 1), (10, 1), (10, 2)]


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
        server.url, retain_published_seconds=1, retain_articles_seconds=1, retain_stories_seconds=1,
        retain_raw_seconds=1, tick_seconds=0.3, trim_seconds=0.2,
    )  # fmt: skip
    client = server.client
    for stream in ("articles.raw", "articles:{all}", "stories:{all}", "stories.published"):
        client.xgroup_create(stream, "somebody-elses", id="0", mkstream=True)
    async with house(settings, *ALL):
        sent = send(client, settings, *SIX)
        await done(client, settings, 6)
        last = {stream: client.xrevrange(stream, count=1)[0][0] for stream in ("stories.published",)}
        for stream, entry_id in [("articles.raw", sent[-1]), *last.items()]:
            await until(lambda: not client.xrange(stream, max=entry_id), stream)  # noqa: B023
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
