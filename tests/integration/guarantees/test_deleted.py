"""What somebody deletes is told: entries nobody has read yet, and events at the destination."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY

from tests.integration.guarantees.test_budget import dateline
from tests.integration.stage.conftest import Server
from tests.integration.stage.house import ALL, done, events, house, raw, send, settings_for, until


def missed(stream: str = "articles.raw") -> float:
    return REGISTRY.get_sample_value("dateline_deleted_entries_total", {"stream": stream}) or 0.0


async def test_entries_deleted_unread_are_told(server: Server) -> None:
    """A sender's XADD … MAXLEN 1 destroys what waits; ingest compares what was added with what it read."""
    settings, client, before = settings_for(server.url), server.client, missed()
    send(client, settings, *(raw("flood", number) for number in range(5)))
    send(client, settings, raw("flood", 9), maxlen=1, approximate=False)
    async with house(settings, *ALL):
        await until(lambda: missed() == before + 5, "five entries are reported")
        await done(client, settings, 1)
        send(client, settings, *(raw("flood", number) for number in range(20, 24)))
        await done(client, settings, 5)
        await until(lambda: client.hget("{articles.raw}.ledger", "added") == "10", "it was looked at again")
    assert missed() == before + 5, "each is told once"
    assert client.hget("{articles.raw}.ledger", "deleted") == "5"


async def test_nothing_is_told_when_nothing_is_missing(server: Server) -> None:
    """A group destroyed, workers killed, a stream deleted when all was read: no false alarm."""
    settings, client, before = settings_for(server.url), server.client, missed()
    async with house(settings, *ALL) as built:
        for number in range(4):
            send(client, settings, *(raw("flood", 10 * number + each) for each in range(6)))
            if number == 1:
                await built.kill("ingest")
                built.start("ingest")
            if number == 2:
                client.xgroup_destroy("articles.raw", "dateline-ingest")
            await done(client, settings, 6 * (number + 1))
        await until(lambda: client.hget("{articles.raw}.ledger", "added") == "24", "all was looked at")
        client.delete("articles.raw")
        send(client, settings, *(raw("flood", 50 + each) for each in range(3)))
        await done(client, settings, 27)
        await until(lambda: client.hget("{articles.raw}.ledger", "added") == "3", "it was looked at")
        send(client, settings, *(raw("flood", 60 + each) for each in range(3)))
        await done(client, settings, 30)
        await until(lambda: client.hget("{articles.raw}.ledger", "added") == "6", "it was looked at")
    assert missed() == before


@pytest.mark.parametrize("stage", ["cluster", "publish"])
async def test_entries_of_the_inner_streams_deleted_unread_are_told(server: Server, stage: str) -> None:
    """Somebody trims what waits for cluster or publish: counted once, said by status until it is cleared."""
    settings, client = settings_for(server.url), server.client
    stream = "articles:{all}" if stage == "cluster" else "stories:{all}"
    ledger, before = f"{stage}:{{all}}:ledger", missed(stream)
    async with house(settings, *ALL) as built:
        send(client, settings, *(raw("flood", number) for number in range(3)))
        await done(client, settings, 3)
        await until(lambda: client.hget(ledger, "base") is not None, "it has begun to count")
        await built.kill(stage)
        send(client, settings, *(raw("flood", number) for number in range(10, 16)))
        await until(lambda: client.xinfo_stream(stream)["entries-added"] >= 9, "six more wait")  # type: ignore[index]  # redis-py types sync and async as one
        client.xtrim(stream, maxlen=2, approximate=False)
        built.start(stage)
        await until(lambda: missed(stream) == before + 4, "four entries are reported")
        await done(client, settings, 9)
        await built.kill(stage)
        built.start(stage)
        send(client, settings, raw("flood", 20))
        await done(client, settings, 10)
        said = dateline(settings, "status", code=1)
        assert f"4 entries of {stream} were deleted before {stage} read them" in said
        dateline(settings, "clear")
        assert "deleted" not in dateline(settings, "status")
    assert missed(stream) == before + 4, "each is told once"


async def test_nothing_is_told_of_inner_streams_when_nothing_is_missing(server: Server) -> None:
    """Killed, an entry refused on the way, retention trimming what was applied: no false alarm."""
    settings, client = (
        settings_for(server.url, retain_articles_seconds=0, retain_stories_seconds=0),
        server.client,
    )
    inner = {"cluster": "articles:{all}", "publish": "stories:{all}"}
    before = {stream: missed(stream) for stream in inner.values()}
    async with house(settings, *ALL) as built:
        for number in range(4):
            send(client, settings, *(raw("flood", 10 * number + each) for each in range(6)))
            client.xadd("articles.control", {"act": "pin", "body": '{"article_id": "a-nobody"}'})
            await built.kill("cluster", "publish")
            built.start("cluster", "publish")
            await done(client, settings, 6 * (number + 1))
            for stage, stream in inner.items():
                await until(lambda s=stage, n=stream: counted(client, s, n), "all was counted")
    assert {stream: missed(stream) for stream in inner.values()} == before


def counted(client, stage: str, stream: str) -> bool:
    """Whether what was applied and what was added before counting began make up all that was added."""
    applied, base = client.hmget(f"{stage}:{{all}}:ledger", "applied", "base")
    return int(applied or 0) + int(base or 0) == client.xinfo_stream(stream)["entries-added"]


@pytest.mark.parametrize("harm", ["stream", "bookkeeping", "last events"])
async def test_a_loss_at_the_destination_is_noticed_in_silence(server: Server, harm: str) -> None:
    """Nothing new arrives, and the records stand in stories.published again, under a new epoch."""
    settings, client = settings_for(server.url), server.client
    async with house(settings, *ALL):
        send(client, settings, *(raw("flood", number) for number in range(4)))
        await done(client, settings, 4)
        last = events(client, settings)[-1]
        if harm == "stream":
            client.delete("stories.published")
        elif harm == "bookkeeping":
            client.delete("{stories.published}.sources")
        else:
            client.hset("{stories.published}.sources", "/dateline/default/all", f"{last['epoch']} 2")
        await until(lambda: len(sent_again(client, settings, last["epoch"])) > 0, "a new epoch")
        await done(client, settings, 4)
    again = sent_again(client, settings, last["epoch"])
    assert [event["id"] for event in again] == [last["id"]]
    assert int(again[0]["sequence"]) == int(last["sequence"]) + 1


def sent_again(client, settings, epoch):
    return [event for event in events(client, settings) if int(event["epoch"]) > int(epoch)]
