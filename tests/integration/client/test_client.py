"""Both clients against real services: sending with outcomes, subscribing, reading, an editor's word."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import redis as blocking
from faststream.redis import RedisBroker
from pydantic import BaseModel

from dateline import AsyncClient, Client, NewArticle
from dateline.client import EventsMissed, RatingsRefused, ServerRefused, Unreachable
from tests.integration.client.conftest import Running
from tests.integration.stage.house import raw

IDLE = 1.5


@pytest.fixture
def client(services: Running) -> Iterator[Client]:
    with Client(services.settings.redis_url) as found:
        yield found


def test_send_one_or_many_with_outcomes(client: Client):
    one = client.send(NewArticle(title="Ferry sinks", url="https://coastalpost.example/1"), wait=True)
    assert (one.outcome, one.reason) == ("accepted", "")
    assert one.article_id.startswith("a-")
    many = client.send(
        [
            {"title": "Ferry sinks", "url": "http://www.coastalpost.example/1?utm_source=x"},
            {"title": "Ferry sinks, 12 dead", "url": "https://coastalpost.example/1"},
            {"title": "Ferry sinks", "url": "javascript:alert(1)"},
            {"article_id": one.article_id, "status": "canceled"},
            {"url": "https://coastalpost.example/2", "status": "withheld"},
        ],
        wait=20,
    )
    assert [sent.outcome for sent in many] == ["duplicate", "revision", "rejected", "retracted", "unknown"]
    assert many[2].reason == "url: 'javascript:alert(1)' is not an absolute http(s) URL"
    assert client.send([]) == []
    assert client.send({"title": "Not waited for", "id": "1"}).outcome is None


def test_outcomes_can_be_read_later(client: Client):
    since = client.outcome_position()
    sent = client.send([{"title": f"Report {number}", "id": str(number)} for number in range(5)])
    found = {}
    while len(found) < 5:
        for outcome in client.outcomes(since, wait=IDLE):
            found[outcome.entry_id] = outcome.outcome
            since = outcome.position
    assert found == {one.entry_id: "accepted" for one in sent}


def test_subscribe_read_and_an_editors_word(client: Client):
    client.send([raw(event, number) for event in ("quake", "trial") for number in range(3)], wait=True)
    seen = list(client.subscribe(since="all", until_idle=IDLE))
    assert [event.sequence for event in seen] == sorted(event.sequence for event in seen)
    assert not any(event.notice or event.duplicate for event in seen)
    stories = list(client.stories())
    assert len(stories) == 2 and len(list(client.stories(limit=1))) == 1
    for story in stories:
        last = [event for event in seen if event.subject == story.story_id][-1]
        assert client.story(story.story_id) == story
        assert last.data.headline == story.headline and last.data.article_count == 3
    assert client.story("s-all-1-0-0") is None

    winner, loser = sorted(story.story_id for story in stories)
    client.control("merge", winner=winner, loser=loser)
    rest = list(client.subscribe(since=seen[-1].entry_id, until_idle=IDLE))
    assert [(event.kind, event.subject) for event in rest[-2:]] == [("updated", winner), ("merged", loser)]
    merged = client.story(loser)
    assert merged is not None and merged.merged_into == winner
    followed = client.story(loser, follow=True)
    assert followed is not None and followed.story_id == winner and followed.article_count == 6


def test_a_group_shares_acknowledges_and_goes_on(client: Client, services: Running):
    client.send([raw("quake", number) for number in range(4)], wait=True)
    first = []
    for event in client.subscribe(group="newsroom", until_idle=IDLE):
        first.append(event.id)
        if len(first) == 2:
            break  # the second was not acknowledged: the loop did not ask for the next
    again = [(event.id, event.duplicate) for event in client.subscribe(group="newsroom", until_idle=IDLE)]
    assert (first[1], True) in again
    assert first[0] not in dict(again)
    with blocking.Redis.from_url(services.settings.redis_url) as server:
        assert server.xpending("stories.published", "newsroom")["pending"] == 0
        left = server.xinfo_consumers("stories.published", "newsroom")
        assert len(left) <= 1, "a subscriber that ended in order left its name"


def test_a_hole_in_the_stream_is_noticed(client: Client, services: Running):
    client.send([raw("quake", number) for number in range(4)], wait=True)
    seen = list(client.subscribe(since="all", until_idle=IDLE))
    assert len(seen) >= 3
    with blocking.Redis.from_url(services.settings.redis_url) as server:
        server.xdel("stories.published", seen[1].entry_id)
    found = list(client.subscribe(since="all", until_idle=0.2))
    assert [(event.missed, event.resync) for event in found[:2]] == [(0, False), (1, True)]
    assert "1 missing" in found[1].notice
    with pytest.raises(EventsMissed) as missed:
        list(client.subscribe(since="all", until_idle=0.2, gaps="raise"))
    assert (missed.value.entry_id, missed.value.missed) == (seen[2].entry_id, 1)


def test_what_is_no_event_is_passed_over(client: Client, services: Running):
    client.send([raw("quake", number) for number in range(2)], wait=True)
    good = [event.id for event in client.subscribe(since="all", until_idle=IDLE)]
    with blocking.Redis.from_url(services.settings.redis_url) as server:
        server.xadd("stories.published", {"hello": "there"})
    for group in (None, "newsroom"):
        assert [event.id for event in client.subscribe(group, since="all", until_idle=0.3)] == good


async def test_the_async_client_does_the_same(services: Running):
    async with AsyncClient(services.settings.redis_url) as client:
        one = await client.send(raw("flood", 1), wait=True)
        many = await client.send([raw("flood", 1), raw("flood", 2)], wait=True)
        assert [one.outcome, *(sent.outcome for sent in many)] == ["accepted", "duplicate", "accepted"]
        seen = [event async for event in client.subscribe(group="desk", until_idle=IDLE)]
        assert seen[-1].data.article_count == 2
        stories = [story async for story in client.stories()]
        assert [await client.story(story.story_id) for story in stories] == stories


async def test_a_faststream_publisher_needs_nothing_special(services: Running):
    class Report(BaseModel):
        title: str
        url: str

    broker = RedisBroker(services.settings.redis_url, logger=None)
    async with broker, AsyncClient(services.settings.redis_url) as client:
        since = await client.outcome_position()
        report = Report(title="Ferry sinks", url="https://coastalpost.example/1")
        await broker.publish(
            report, stream="articles.raw", headers={"traceparent": "00-1"}, reply_to="elsewhere"
        )
        await broker.publish(report.model_dump(), stream="articles.raw")
        await broker.publish(json.dumps(report.model_dump()), stream="articles.raw")
        found = []
        while len(found) < 3:
            outcomes = await client.outcomes(since, wait=IDLE)
            found += [outcome.outcome for outcome in outcomes]
            since = outcomes[-1].position
    assert found == ["accepted", "duplicate", "duplicate"]
    with blocking.Redis.from_url(services.settings.redis_url) as server:
        assert not server.exists("elsewhere"), "a sender's reply_to made us write"


def test_ratings_are_checked_before_they_are_sent(client: Client):
    with pytest.raises(RatingsRefused, match="row 2"):
        client.load_ratings([{"domain": "a.example", "bias": "left"}, {"bias": "left"}], name="ours")
    assert client.load_ratings([{"domain": "a.example", "bias": "left"}], name="ours") == 1


def test_nobody_there():
    with (
        Client("redis://127.0.0.1:1/0", patience=0.2) as client,
        pytest.raises(Unreachable, match="does not answer"),
    ):
        client.send({"title": "Ferry sinks", "id": "1"})


def test_a_key_of_somebody_else(client: Client, services: Running):
    with blocking.Redis.from_url(services.settings.redis_url) as server:
        server.set("theirs:articles.raw", "x")
    with (
        Client(services.settings.redis_url, namespace="theirs") as other,
        pytest.raises(ServerRefused, match="namespace"),
    ):
        other.send({"title": "Ferry sinks", "id": "1"})
