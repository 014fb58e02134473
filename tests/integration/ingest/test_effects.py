"""Revisions, retractions, reinstatements, corrections and expiry, seen in the records of stories."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis as blocking

from tests.integration.stage.house import (
    ALL,
    check_numbers,
    dead,
    done,
    events,
    house,
    kinds,
    live,
    outcome_of,
    outcomes,
    raw,
    send,
    settings_for,
    until,
)


@pytest.fixture
def client(server_url: str) -> Iterator[blocking.Redis]:
    with contextlib.closing(blocking.Redis.from_url(server_url, decode_responses=True)) as found:
        yield found


def by_url(event: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The articles of an event's record by address."""
    return {article["url"]: article for article in event["data"]["articles"]}


CORRECTION = {"text": "An earlier version gave another magnitude.", "at": "2025-07-18T11:00:00Z"}


async def test_a_story_lives_through_revision_correction_retraction_and_return(server_url, client):
    settings = settings_for(server_url)
    first, second = raw("quake", 1), raw("quake", 2)

    async def then(*messages: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
        ids = send(client, settings, *messages)
        await done(client, settings, len(outcomes(client, settings)) + len(ids))
        said = outcome_of(client, settings)
        return [said[one] for one in ids], events(client, settings)[-1]

    async with house(settings, *ALL):
        said, event = await then(first, second)
        assert said == ["accepted", "accepted"]
        ids = {url: article["article_id"] for url, article in by_url(event).items()}
        assert len(ids) == 2

        said, event = await then(first, {**first, "colour": "blue"})
        assert said == ["duplicate", "duplicate"]

        said, event = await then({**first, "correction": CORRECTION})
        assert said == ["revision"]
        assert {"article_revised", "correction"} <= set(event["data"]["change"]["reasons"])
        assert event["data"]["change"]["articles_revised"] == [ids[first["url"]]]
        revised = by_url(event)[first["url"]]
        assert revised["revision"] == 2
        assert revised["correction"]["text"] == CORRECTION["text"]

        same = second["url"].replace("https://", "http://www.")
        said, event = await then({"url": same, "status": "withheld"})
        assert said == ["retracted"]
        assert event["data"]["change"]["articles_removed"][0]["article_id"] == ids[second["url"]]
        assert list(by_url(event)) == [first["url"]]

        said, event = await then({"article_id": ids[second["url"]], "status": "usable"})
        assert said == ["retracted"]  # it needs its content to come back

        said, event = await then(second)
        assert said == ["reinstated"]
        assert by_url(event).keys() == ids.keys()
        assert event["data"]["change"]["articles_added"] == [ids[second["url"]]]

        said, event = await then({"article_id": ids[second["url"]], "status": "canceled"}, second)
        assert said == ["retracted", "retracted"]
        assert list(by_url(event)) == [first["url"]]

        said, event = await then({"url": first["url"], "status": "canceled"})
        assert said == ["retracted"]
        assert kinds([event]) == ["withdrawn"]
    assert live(client, settings) == {}
    check_numbers(events(client, settings))


async def test_unknown_retractions_are_remembered_and_articles_expire(server_url, client):
    settings = settings_for(server_url, tick_seconds=0.5)
    ahead = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
    banned, brief, stays = raw("trial", 1), raw("trial", 2, expires_at=ahead), raw("trial", 3)
    over = raw("trial", 4, expires_at="2001-01-01T00:00:00Z")
    async with house(settings, *ALL):
        ids = send(client, settings, {"url": banned["url"], "status": "canceled"}, banned, brief, stays, over)
        await until(lambda: len(outcomes(client, settings)) == 5)
        said = outcome_of(client, settings)
        assert [said[one] for one in ids] == ["unknown", "retracted", "accepted", "accepted", "expired"]
        await until(lambda: [len(members) for members in live(client, settings).values()] == [2])
        await until(lambda: [len(members) for members in live(client, settings).values()] == [1])
    last = events(client, settings)[-1]
    assert last["data"]["change"]["articles_removed"][0]["reason"] == "article_expired"
    assert list(by_url(last)) == [stays["url"]]


async def test_many_revisions_through_several_workers_end_with_the_newest(server_url, client):
    settings = settings_for(server_url, batch_entries=7)
    source = random.Random(11)
    messages = []
    for number in range(12):
        hours = source.sample(range(24), 4)
        messages += [
            raw("flood", number, text=f"At {hour} the river rose.", updated_at=f"2025-07-18T{hour:02}:00:00Z")
            for hour in hours
        ]
    source.shuffle(messages)
    newest = {}
    for message in messages:
        held = newest.get(message["url"])
        newest[message["url"]] = max(held or message, message, key=lambda one: one["updated_at"])
    retracted = raw("flood", 0)["url"]
    async with house(settings, "ingest.1", "ingest.2", "ingest.3", "cluster", "publish"):
        ids = send(client, settings, *messages, {"url": retracted, "status": "canceled"})
        await done(client, settings, len(ids))
    said = outcome_of(client, settings)
    assert said.keys() == set(ids)
    counts = Counter(said.values())
    assert counts["accepted"] <= 12 and counts["rejected"] == 0
    assert not dead(client, settings, settings.names.raw)
    found: dict[str, str] = {}
    for story in live(client, settings):
        last = [event for event in events(client, settings) if event["subject"] == story][-1]
        found.update({url: article["excerpt"] for url, article in by_url(last).items()})
    wanted = {url: one["text"] for url, one in newest.items() if url != retracted}
    assert found == wanted
