"""What the door sends out by itself: live events, feeds, pictures of shared links."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from xml.etree import ElementTree as Xml

from tests.integration.web.conftest import EPOCHS, DoorProcess, Newsroom, wait_for
from tests.unit.web.desk import record, story_id


def events(lines: Iterator[str], count: int) -> list[dict[str, str]]:
    """The next events of a stream, comments left out."""
    found: list[dict[str, str]] = []
    block: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            block[name] = value
        elif not line and "data" in block:
            found.append(block)
            block = {}
            if len(found) == count:
                return found
        elif not line:
            block = {}
    raise AssertionError(f"the stream ended after {len(found)} events")


def test_events_come_live_and_go_on_where_they_were(newsroom: Newsroom, door: DoorProcess) -> None:
    client = door.client()
    with client.stream("GET", "/v1/events") as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 3000"
        entries = [newsroom.publish(record(number)) for number in range(1, 4)]
        found = events(lines, 3)
    assert [one["id"] for one in found] == entries
    assert [one["event"] for one in found] == ["created"] * 3
    body = json.loads(found[0]["data"])
    assert (body["id"], body["data"]["story_id"]) == (f"{story_id(1)}:1", story_id(1))
    newsroom.publish(record(1, 2))
    headers = {"last-event-id": entries[1]}
    with client.stream("GET", "/v1/events?form=brief", headers=headers) as stream:
        rest = events(stream.iter_lines(), 2)
    assert [json.loads(one["data"])["story_id"] for one in rest] == [story_id(3), story_id(1)]


def test_events_are_filtered_and_a_silent_stream_says_that_it_lives(
    newsroom: Newsroom, door: DoorProcess
) -> None:
    with door.client().stream("GET", "/v1/events?language=de&form=brief") as stream:
        lines = stream.iter_lines()
        newsroom.publish(record(1))
        newsroom.publish(record(2, languages={"de": 1}))
        assert json.loads(events(lines, 1)[0]["data"])["story_id"] == story_id(2)
        assert any(line == ": alive" for line in lines)


def test_a_place_that_is_not_known_is_a_reset(newsroom: Newsroom, door: DoorProcess) -> None:
    newsroom.publish(record(1))
    door.until_applied(story_id(1))
    with door.client().stream("GET", "/v1/events", headers={"last-event-id": "99999999999999-0"}) as stream:
        assert events(stream.iter_lines(), 1)[0]["event"] == "reset"


def test_what_was_trimmed_is_found_in_the_latest_records(newsroom: Newsroom, door: DoorProcess) -> None:
    for number in range(1, 5):
        newsroom.publish(record(number))
    newsroom.publish(record(1, 2))
    newsroom.redis.xtrim("stories.published", maxlen=1, approximate=False)
    for number in range(1, 5):
        door.until_applied(story_id(number))
    assert len(door.client().get("/v1/stories").json()["stories"]) == 4


def test_a_stream_that_is_lost_is_read_anew(newsroom: Newsroom, door: DoorProcess) -> None:
    newsroom.publish(record(1))
    door.until_applied(story_id(1))
    newsroom.redis.flushall()
    newsroom.epoch, newsroom.sequence = next(EPOCHS), 0
    newsroom.publish(record(2))
    door.until_applied(story_id(2))
    client = door.client()
    wait_for(
        lambda: [one["story_id"] for one in client.get("/v1/stories").json()["stories"]] == [story_id(2)],
        "the lost story to go",
    )


def test_feeds_are_well_formed_and_update_in_place(newsroom: Newsroom, door: DoorProcess) -> None:
    newsroom.publish(record(1, headline={"text": "Bad \x0b <b>&amp; \x00 title"}))
    door.until_applied(story_id(1))
    client = door.client()
    feed = Xml.fromstring(client.get("/feeds/stories.atom").content)
    entry = feed.find("{http://www.w3.org/2005/Atom}entry")
    assert entry is not None
    first = {one.tag.rpartition("}")[2]: one.text for one in entry}
    assert first["title"] == "Bad  <b>&amp;  title"
    newsroom.publish(record(1, 2))
    door.until_applied(story_id(1), 2)
    (item,) = client.get("/feeds/stories.json").json()["items"]
    assert item["id"] == first["id"]
    assert item["date_modified"] > str(first["updated"])
    assert client.get("/feeds/stories.json?place=nowhere").json()["items"] == []


def test_a_shared_link_has_a_picture(newsroom: Newsroom, door: DoorProcess) -> None:
    newsroom.publish(record(1))
    door.until_applied(story_id(1))
    client = door.client()
    for path in ("/", f"/story/{story_id(1)}"):
        named = re.findall(r'property="og:image" content="([^"]+)"', client.get(path).text)
        (address,) = [one.partition("://")[2].partition("/")[2] for one in named]
        picture = client.get(f"/{address}")
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
        assert picture.content.startswith(b"\x89PNG")
        known = {"if-none-match": picture.headers["etag"]}
        assert client.get(f"/{address}", headers=known).status_code == 304
    missing = client.get("/story/none/card.png")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_story")
