"""Guarantee 5: a retraction or correction reaches every record that rested on it, also in closed stories."""

from __future__ import annotations

import json

import pytest

from tests.integration.stage.conftest import Server
from tests.integration.stage.house import ALL, done, events, house, raw, send, settings_for, until

CLOSING = {"settle_after_seconds": 1, "close_after_seconds": 1, "tick_seconds": 0.3}


def latest(client, settings) -> dict:
    (story,) = client.zrange(settings.names.index, 0, -1)
    return json.loads(client.get(settings.names.story(story)))


@pytest.mark.parametrize("closed", [False, True])
async def test_within_one_version(server: Server, closed: bool) -> None:
    settings = settings_for(server.url, **(CLOSING if closed else {}))
    client = server.client
    wanted = "closed" if closed else "developing"
    async with house(settings, *ALL):
        send(client, settings, *(raw("quake", number) for number in range(3)))
        await done(client, settings, 3)
        await until(lambda: latest(client, settings)["status"] == wanted, wanted)
        before = latest(client, settings)
        first, second = (article for article in before["articles"][:2])

        correction = {"text": "The magnitude was 6.1, not 7.", "at": "2025-07-19T08:00:00Z"}
        number = int(second["url"].rsplit("/", 1)[1])
        send(client, settings, raw("quake", number, correction=correction))
        await done(client, settings, 4)
        corrected = latest(client, settings)
        send(client, settings, {"article_id": first["article_id"], "status": "canceled"})
        await done(client, settings, 5)
        after = latest(client, settings)

    assert (before["status"], corrected["status"], after["status"]) == (wanted,) * 3
    assert corrected["version"] == before["version"] + 1
    (told,) = [one for one in corrected["articles"] if one["article_id"] == second["article_id"]]
    assert told["correction"]["text"] == correction["text"] and told["revision"] == 2
    assert after["version"] == corrected["version"] + 1
    gone = first["article_id"]
    assert [one["article_id"] for one in after["change"]["articles_removed"]] == [gone]
    assert gone not in json.dumps({name: value for name, value in after.items() if name != "change"})


async def test_the_last_retraction_withdraws_a_closed_story(server: Server) -> None:
    settings, client = settings_for(server.url, **CLOSING), server.client
    async with house(settings, *ALL):
        send(client, settings, raw("trial", 1))
        await done(client, settings, 1)
        await until(lambda: latest(client, settings)["status"] == "closed", "closed")
        article = latest(client, settings)["articles"][0]["article_id"]
        send(client, settings, {"article_id": article, "status": "withheld"})
        await done(client, settings, 2)
    last = events(client, settings)[-1]
    assert last["type"] == "dateline.story.withdrawn.v1"
    assert last["data"]["articles"] == [] and not client.zcard(settings.names.index)
