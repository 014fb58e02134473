"""The door, killed again and again while events come: nothing is lost, nothing is doubled."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx

from services.web.paging import read_changes_cursor
from tests.integration.web.conftest import DoorProcess, Newsroom, wait_for
from tests.unit.web.desk import record, story_id

KILLS = 6
STORIES = 12
VERSIONS = 10


class Collector:
    """A receiver of webhooks that remembers what came, in order."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.got.append((self.headers["webhook-id"], json.loads(body)["data"]["story_id"]))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Silence."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def follow_changes(
    door: DoorProcess, held: dict[str, int], given: list[tuple[str, int]], stop: threading.Event
) -> None:
    """Mirror the changes feed through every restart, as a program would."""
    cursor = ""
    while True:
        last = stop.is_set()
        try:
            answer = httpx.get(
                f"{door.url}/v1/changes", params={"cursor": cursor, "limit": 7} if cursor else {"limit": 7}
            )
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        page = answer.json()
        for one in (*page["added"], *page["changed"]):
            held[one["story_id"]] = one["version"]
            given.append((one["story_id"], one["version"]))
        for one in page["removed"]:
            held.pop(one["story_id"], None)
        cursor = page["cursor"]
        assert read_changes_cursor(cursor)
        if last and not page["more"]:
            return
        time.sleep(0.02)


def test_kill_minus_nine_loses_nothing_and_doubles_nothing(
    newsroom: Newsroom, make_door: Callable[..., DoorProcess]
) -> None:
    door, collector = make_door(DATELINE_WEB_PRIVATE_TARGETS="true"), Collector()
    address = f"http://127.0.0.1:{collector.server.server_port}/"
    assert door.client("admin").post("/v1/webhooks", json={"url": address}).status_code == 201
    held: dict[str, int] = {}
    given: list[tuple[str, int]] = []
    stop = threading.Event()
    reader = threading.Thread(target=follow_changes, args=(door, held, given, stop))
    reader.start()
    published = []
    every = STORIES * VERSIONS // KILLS
    for version in range(1, VERSIONS + 1):
        for number in range(1, STORIES + 1):
            newsroom.publish(record(number, version))
            published.append(f"{story_id(number)}:{version}")
            if len(published) % every == every // 2:
                door.kill()
                door.start()
    for number in range(1, STORIES + 1):
        door.until_applied(story_id(number), VERSIONS)
    stop.set()
    reader.join()
    try:
        wait_for(lambda: {one for one, _ in collector.got} >= set(published), "every webhook", 60)
    finally:
        collector.close()
    assert held == {story_id(number): VERSIONS for number in range(1, STORIES + 1)}
    assert len(given) == len(set(given))
    client = door.client()
    for number in (1, STORIES):
        versions = client.get(f"/v1/stories/{story_id(number)}/history").json()["versions"]
        assert [one["version"] for one in versions] == list(range(VERSIONS, 0, -1))
    assert first_order(collector.got) == {
        story_id(n): list(range(1, VERSIONS + 1)) for n in range(1, STORIES + 1)
    }


def first_order(got: list[tuple[str, str]]) -> dict[str, list[int]]:
    """Of each story its versions in the order in which each came first."""
    order: dict[str, list[int]] = {}
    for event_id, story in got:
        version = int(event_id.rpartition(":")[2])
        if version not in order.setdefault(story, []):
            order[story].append(version)
    return order
