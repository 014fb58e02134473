"""Webhooks as a receiver sees them: signed, again after failures, in order, stopped and replayed."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.web.keep import Keep
from tests.integration.web.conftest import DoorProcess, Newsroom, wait_for
from tests.unit.web.desk import record, story_id

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


class Receiver:
    """A server that answers as told and remembers each request."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[int], int] = lambda _: 200
        self.location = ""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.requests.append(
                    ({name.lower(): value for name, value in self.headers.items()}, body)
                )
                self.send_response(receiver.answer(len(receiver.requests)))
                if receiver.location:
                    self.send_header("location", receiver.location)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in list(self.requests)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.server.shutdown()
    one.thread.join()
    one.server.server_close()


def registered(door: DoorProcess, url: str, **more: Any) -> dict[str, Any]:
    answer = door.client("admin").post("/v1/webhooks", json={"url": url, "secret": SECRET, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(autouse=True)
def forgotten(door: DoorProcess) -> Iterator[None]:
    """No endpoint outlives its test."""
    yield
    client = door.client("admin")
    for one in client.get("/v1/webhooks").json()["webhooks"]:
        client.delete(f"/v1/webhooks/{one['webhook_id']}")


def test_an_event_comes_signed_and_whole(newsroom: Newsroom, door: DoorProcess, receiver: Receiver) -> None:
    registered(door, receiver.url, filter={"place": "porto"})
    newsroom.publish(record(1))
    newsroom.publish(record(2, summary=None))
    newsroom.publish(record(3))
    wait_for(lambda: len(receiver.requests) >= 2, "two webhooks")
    headers, body = next(one for one in receiver.requests if one[0]["webhook-id"] == f"{story_id(1)}:1")
    event = Webhook(SECRET).verify(body, headers)
    assert (event["id"], event["data"]["story_id"]) == (headers["webhook-id"], story_id(1))
    assert sorted(receiver.ids) == [f"{story_id(1)}:1", f"{story_id(3)}:1"]
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)


def hurry(door: DoorProcess) -> None:
    """Make everything that waits due now: the schedule itself has its own test."""
    keep = Keep(door.data / "keep.db")
    with keep.writing() as connection:
        connection.execute("UPDATE deliveries SET due_ms = 0 WHERE state = 'pending'")
        connection.execute("UPDATE endpoints SET open_until_ms = 0")
    keep.close()


def test_a_failure_is_tried_again_and_the_story_waits_in_order(
    newsroom: Newsroom, door: DoorProcess, receiver: Receiver
) -> None:
    receiver.answer = lambda number: 500 if number == 1 else 200
    one = registered(door, receiver.url)
    newsroom.publish(record(1))
    wait_for(lambda: receiver.requests, "the first attempt")
    newsroom.publish(record(1, 2))
    newsroom.publish(record(2))
    wait_for(lambda: f"{story_id(2)}:1" in receiver.ids, "the other story, which waits for nothing")
    hurry(door)
    wait_for(lambda: f"{story_id(1)}:2" in receiver.ids, "the second version")
    assert [one for one in receiver.ids if story_id(1) in one] == [f"{story_id(1)}:{v}" for v in (1, 1, 2)]
    log = door.client("admin").get(f"/v1/webhooks/{one['webhook_id']}/deliveries").json()["deliveries"]
    (first,) = [entry for entry in log if entry["event_id"] == f"{story_id(1)}:1"]
    assert [(entry["status"], entry["error"]) for entry in first["log"]] == [(500, "answered 500"), (200, "")]


def test_an_endpoint_that_fails_is_left_alone_and_replayed(
    newsroom: Newsroom, door: DoorProcess, receiver: Receiver
) -> None:
    receiver.answer = lambda _: 503
    one = registered(door, receiver.url)
    path = f"/v1/webhooks/{one['webhook_id']}"
    client = door.client("admin")
    for number in range(1, 6):
        newsroom.publish(record(number))
    wait_for(lambda: client.get(path).json()["failures"] >= 5, "five failures")
    assert client.get(path).json()["open_until_ms"]
    receiver.answer = lambda _: 200
    seen = len(receiver.requests)
    hurry(door)
    wait_for(lambda: len(set(receiver.ids[seen:])) == 5, "what had failed")
    wait_for(lambda: client.get(path).json()["failures"] == 0, "the closed circuit")
    log = client.get(f"{path}/deliveries", params={"state": "delivered"}).json()["deliveries"]
    seen = len(receiver.requests)
    assert client.post(f"{path}/replay", json={"delivery_ids": [log[0]["delivery_id"]]}).json() == {
        "queued": 1
    }
    wait_for(lambda: receiver.ids[seen:] == [log[0]["event_id"]], "the replayed one")


def test_a_ping_says_what_came_back_and_a_new_secret_signs_beside_the_old(
    door: DoorProcess, receiver: Receiver
) -> None:
    one = registered(door, receiver.url)
    path, client = f"/v1/webhooks/{one['webhook_id']}", door.client("admin")
    assert client.post(f"{path}/ping").json()["ok"]
    new = client.patch(path, json={"secret": "new"}).json()["secret"]
    assert client.post(f"{path}/ping").json()["status"] == 200
    headers, body = receiver.requests[-1]
    for secret in (SECRET, new):
        assert Webhook(secret).verify(body, headers)["type"] == "dateline.ping.v1"
    assert "secret" not in client.get(path).json()


def test_a_redirect_is_not_followed(door: DoorProcess, receiver: Receiver) -> None:
    receiver.answer, receiver.location = lambda _: 307, "http://169.254.169.254/"
    one = registered(door, receiver.url)
    answer = door.client("admin").post(f"/v1/webhooks/{one['webhook_id']}/ping").json()
    assert (answer["status"], answer["ok"]) == (307, False)
    assert "redirects" in answer["error"]


def test_private_addresses_are_refused_at_registering_and_at_sending(
    newsroom: Newsroom, make_door: Callable[..., DoorProcess], receiver: Receiver
) -> None:
    strict = make_door()
    client = strict.client("admin")
    for url in (
        receiver.url,
        "http://localhost/",
        "http://10.0.0.1/",
        "ftp://a.example/",
        "http://u:p@a.example/",
    ):
        answer = client.post("/v1/webhooks", json={"url": url})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_url"), url
    one = client.post("/v1/webhooks", json={"url": "https://hooks.example/"}).json()
    keep = Keep(strict.data / "keep.db")
    with keep.writing() as connection:  # as if the name had changed its address since
        connection.execute("UPDATE endpoints SET url = ?", (receiver.url,))
    keep.close()
    answer = client.post(f"/v1/webhooks/{one['webhook_id']}/ping").json()
    assert "not an address of the public internet" in answer["error"]
    assert receiver.requests == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "https://a.example/", "filter": {"plaice": "x"}}, "bad_filter"),
        ({"url": "https://a.example/", "filter": {"since": "soon"}}, "bad_filter"),
        ({"url": "https://a.example/", "secret": "short"}, "bad_secret"),
        ({}, "bad_parameter"),
    ],
)
def test_what_cannot_be_registered(door: DoorProcess, body: dict[str, Any], code: str) -> None:
    answer = door.client("admin").post("/v1/webhooks", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
