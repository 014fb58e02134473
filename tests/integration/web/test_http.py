"""The HTTP door as a program uses it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from dateline.cli.token import app
from dateline.settings import Settings
from services.web.tokens import Scope
from tests.integration.web.conftest import DoorProcess, MakeDoor, Newsroom, wait_for


def raw(newsroom: Newsroom) -> list[dict[str, str]]:
    entries: Any = newsroom.redis.xrange("articles.raw")
    return [{name.decode(): value.decode() for name, value in fields.items()} for _, fields in entries]


def test_articles_come_in_one_by_one_as_arrays_and_as_lines(newsroom: Newsroom, door: DoorProcess) -> None:
    client = door.client("write")
    one = client.post("/v1/articles", json={"title": "A", "url": "https://a.example/1"})
    assert (one.status_code, one.json()["sent"]) == (202, 1)
    assert one.json()["items"][0]["entry_id"]
    foreign = {"@type": "NewsArticle", "headline": "B", "url": "https://a.example/2"}
    many = client.post(
        "/v1/articles", json=[foreign, 7, {"title": "x" * 1_001, "id": "3"}, {"title": "C", "id": "4"}]
    )
    assert [item["status"] for item in many.json()["items"]] == ["sent", "refused", "refused", "sent"]
    assert [item.get("code") for item in many.json()["items"]] == [None, "not_an_object", "too_large", None]
    lines = "\n".join(json.dumps({"title": f"L{n}", "id": str(n)}) for n in range(250)) + "\nnot json\n\n"
    stream = client.post("/v1/articles", content=lines, headers={"content-type": "application/x-ndjson"})
    assert (stream.json()["sent"], stream.json()["refused"]) == (250, 1)
    assert stream.json()["items"][250]["code"] == "bad_json"
    found = raw(newsroom)
    assert len(found) == 253
    assert found[1] == {"article": json.dumps(foreign, separators=(",", ":"))}
    assert [one["title"] for one in found[3:]] == [f"L{n}" for n in range(250)]


@pytest.mark.parametrize(
    ("media", "body", "status", "code"),
    [
        ("text/plain", '{"title":"A","id":"1"}', 415, "bad_content_type"),
        ("application/x-www-form-urlencoded", "title=A", 415, "bad_content_type"),
        ("application/json", "{", 400, "bad_json"),
        ("application/json", "[]", 422, "empty"),
        ("application/json", "7", 422, "not_an_object"),
        ("application/json", json.dumps([{"title": "A", "id": "1"}] * 4), 413, "too_many"),
        ("application/json", '{"title":"' + "x" * 20_000 + '"}', 413, "too_large"),
    ],
)
def test_what_cannot_be_taken_is_a_problem(
    newsroom: Newsroom, limited: DoorProcess, media: str, body: str, status: int, code: str
) -> None:
    answer = limited.client("write").post("/v1/articles", content=body, headers={"content-type": media})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().keys() >= {"type", "title", "status", "detail"}


@pytest.fixture(scope="module")
def limited(web_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorProcess]:
    """A door that takes little at once."""
    little = {"DATELINE_WEB_MAX_ITEMS": "3", "DATELINE_WEB_MAX_BODY_BYTES": "10000"}
    one = DoorProcess(web_server, tmp_path_factory.mktemp("limited"), little)
    one.start()
    yield one
    one.close_clients()
    one.kill()


def test_a_stream_that_is_too_long_says_what_was_taken(newsroom: Newsroom, limited: DoorProcess) -> None:
    lines = (json.dumps({"title": f"T{n}", "id": str(n)}).encode() + b"\n" for n in range(2_000))
    headers = {"content-type": "application/x-ndjson"}
    answer = limited.client("write").post("/v1/articles", content=lines, headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("path", "scope", "media"),
    [
        ("/v1/articles", "write", "application/x-ndjson"),
        ("/v1/articles", "write", "application/json"),
        ("/v1/webhooks", "admin", "application/json"),
    ],
)
def test_a_body_of_unsaid_length_is_too_large_wherever_it_is_read(
    newsroom: Newsroom, limited: DoorProcess, path: str, scope: Scope, media: str
) -> None:
    body = iter([b'{"title":"A","id":"1"}\n', b"x" * 20_000])
    answer = limited.client(scope).post(path, content=body, headers={"content-type": media})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_full_server_takes_no_more_and_the_report_says_what_it_took(
    newsroom: Newsroom, door: DoorProcess
) -> None:
    """The mark is asked before each part of a stream, so a long one is not taken whole."""
    client, headers = door.client("write"), {"content-type": "application/x-ndjson"}
    line = json.dumps({"title": "T", "id": "1", "text": "x" * 10_000}).encode() + b"\n"
    used = int(newsroom.redis.info("memory")["used_memory"])
    newsroom.redis.config_set("maxmemory", int((used + 8_000_000) / Settings().memory_soft_share))
    try:
        answer = client.post("/v1/articles", content=(line for _ in range(5_000)), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (503, "server_full")
        assert int(answer.headers["retry-after"]) > 0
        taken = [one["entry_id"] for one in answer.json()["items"]] + answer.json()["sent"]
        assert 100 <= len(taken) < 5_000
        held = [entry.decode() for entry, _ in newsroom.redis.xrange("articles.raw")]
        assert held[: len(taken)] == taken
        assert len(held) - len(taken) < 100  # of the part in which memory ran out some may have fitted
        one = {"title": "T", "id": "2"}
        wait_for(
            lambda: client.post("/v1/articles", json=one).status_code == 503, "a refusal"
        )  # asked each second
    finally:
        newsroom.redis.config_set("maxmemory", 0)
    wait_for(
        lambda: client.post("/v1/articles", json={"title": "T", "id": "2"}).status_code == 202, "room again"
    )


def test_a_retraction_is_an_entry(newsroom: Newsroom, door: DoorProcess) -> None:
    client = door.client("write")
    article_id = f"a-{5:024x}"
    assert client.delete(f"/v1/articles/{article_id}").status_code == 202
    assert raw(newsroom) == [{"article_id": article_id, "status": "canceled"}]
    assert client.delete("/v1/articles/nonsense").status_code == 422


def test_writing_and_administration_are_closed_without_a_token(newsroom: Newsroom, door: DoorProcess) -> None:
    closed = [
        ("POST", "/v1/articles"),
        ("DELETE", f"/v1/articles/a-{5:024x}"),
        ("GET", "/v1/webhooks"),
        ("POST", "/v1/webhooks"),
        ("POST", "/operations/dead/replay"),
    ]
    for method, path in closed:
        assert httpx.request(method, door.url + path, json={}).status_code == 401, (method, path)
        wrong = {"authorization": "Bearer dl_00000000_" + "A" * 43}
        assert httpx.request(method, door.url + path, json={}, headers=wrong).status_code == 401
    assert door.client("read").post("/v1/articles", json={}).status_code == 403
    assert door.client("write").get("/v1/webhooks").status_code == 403
    assert door.client().get("/operations/dead").status_code == 303
    assert raw(newsroom) == []


def test_a_token_is_rotated_and_revoked_from_the_command_line(door: DoorProcess, tmp_path: Path) -> None:
    data = tmp_path
    (data / "web").symlink_to(door.data)
    run = CliRunner()
    first = run.invoke(app, ["add", "desk", "--data", str(data)]).stdout.strip()
    second = run.invoke(app, ["rotate", "desk", "--data", str(data)]).stdout.strip()

    def send(token: str) -> int:
        headers = {"authorization": f"Bearer {token}"}
        answer = httpx.post(f"{door.url}/v1/articles", json={"title": "A", "id": "1"}, headers=headers)
        return answer.status_code

    assert (send(first), send(second)) == (202, 202)
    assert first not in (door.data / "keep.db").read_bytes().decode("latin-1")
    run.invoke(app, ["rotate", "desk", "--overlap", "0", "--data", str(data)])
    assert send(first) == 401
    assert "desk" in run.invoke(app, ["list", "--data", str(data)]).stdout
    assert run.invoke(app, ["revoke", "desk", "--data", str(data)]).exit_code == 0
    assert send(second) == 401


def test_too_many_requests_are_told_when_to_come_back(newsroom: Newsroom, make_door: MakeDoor) -> None:
    door = make_door(DATELINE_WEB_READS_PER_MINUTE="5")
    answers = [httpx.get(f"{door.url}/v1/stories") for _ in range(8)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert door.client("read").get("/v1/stories").status_code == 200


def test_a_server_that_is_away_is_said_and_reading_goes_on(tmp_path: Path, newsroom: Newsroom) -> None:
    door = DoorProcess("redis://127.0.0.1:1/0", tmp_path / "away")
    door.start()
    try:
        answer = door.client("write").post("/v1/articles", json={"title": "A", "id": "1"})
        assert (answer.status_code, answer.json()["code"]) == (503, "server_away")
        assert httpx.get(f"{door.url}/").status_code == 200
        assert "does not answer" in httpx.get(f"{door.url}/operations").text
    finally:
        door.close_clients()
        door.kill()
