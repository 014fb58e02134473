"""An editor's acts and an erasure, by the commands, through the real services."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from typer.testing import CliRunner

from dateline.cli import app
from dateline.client import Client
from dateline.embedded import running
from dateline.streams import Names
from tests.integration.test_up import wait_for

NAMES = Names()
SECRET = "Orla Venning of 4 Mill Row"
FLOOD = "The river Sarn burst its banks at Tellmark on Tuesday and flooded 300 homes, the council said."
TRIAL = "A Brackwater jury found accountant Corwin Thale guilty of embezzling 2.1 million crowns on Monday."


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = {"DATELINE_PUBLISH_SETTLE_SECONDS": "0", "DATELINE_PUBLISH_MIN_PUBLISHERS": "1"}
    with running(tmp_path_factory.mktemp("editing"), environment=settings) as (url, _):
        yield url


@pytest.fixture
def server(address: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(address) as connection:
        yield connection


def run(address: str, *words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, [*words, "--redis", address])
    assert result.exit_code == code, result.output
    return result.output


def send(address: str, name: str, title: str, text: str) -> str:
    with Client(address) as client:
        article = {"title": title, "url": f"https://{name}.example/story", "text": text}
        sent = client.send(article, wait=20.0)
        return str((sent[0] if isinstance(sent, list) else sent).article_id)


def story_of(address: str, article_id: str) -> Any:
    with Client(address) as client:
        return next((s for s in client.stories() if article_id in {a.article_id for a in s.articles}), None)


def settled(address: str, article_id: str) -> Any:
    return wait_for(lambda: story_of(address, article_id), f"the story of {article_id}")


def test_a_moved_article_says_so_in_both_records(address: str) -> None:
    one = send(address, "one", "Sarn floods Tellmark", FLOOD)
    two = send(address, "two", "Tellmark under water as Sarn bursts banks", FLOOD.replace("council", "mayor"))
    other = send(address, "three", "Thale guilty of embezzlement", TRIAL)
    flood, trial = settled(address, one), settled(address, other)
    assert flood.story_id != trial.story_id

    said = json.loads(run(address, "edit", "move", two, trial.story_id, "--reason", "a test", "--json"))

    assert said["act"] == "move"
    moved = settled(address, two)
    assert moved.story_id == trial.story_id
    assert "editor" in moved.change.reasons
    assert [(note.act, note.text) for note in moved.notes] == [("move", "a test")]
    assert [gone.to_story_id for gone in settled(address, one).change.articles_removed] == [trial.story_id]


def test_an_act_on_what_is_not_there_fails_with_the_reason_and_is_a_dead_letter(
    address: str, server: redis.Redis
) -> None:
    said = run(address, "edit", "note", "s-all-1-0-0", "too late", code=1)

    assert "s-all-1-0-0 is no story here" in said
    letters: Any = server.xrevrange(NAMES.dead(NAMES.articles("all")), count=1)
    assert letters[0][1][b"code"] == b"act_refused"
    assert "to_story_id" in run(address, "edit", "move", "a-1", "nonsense", code=2)


def everything(server: redis.Redis) -> bytes:
    """All that the server holds, readable."""
    parts: list[bytes] = []
    for key in server.scan_iter(count=1000):
        kind = server.type(key)
        read: dict[bytes, Any] = {
            b"stream": server.xrange,
            b"hash": server.hgetall,
            b"string": server.get,
            b"set": server.smembers,
        }
        if kind in read:
            held = read[kind](key)
            parts.append(repr(held).encode())
            parts += [_unpacked(value) for value in held.values()] if isinstance(held, dict) else []
    return b"\n".join(parts)


def _unpacked(value: bytes) -> bytes:
    """What a value holds compressed."""
    try:
        return zlib.decompress(value)
    except zlib.error:
        return b""


def test_an_erased_article_is_nowhere_and_the_others_stay(address: str, server: redis.Redis) -> None:
    text = f"{FLOOD} {SECRET} was taken to hospital."
    kept = send(address, "four", "Sarn floods Tellmark again", FLOOD.replace("300", "310"))
    gone = send(address, "five", f"{SECRET} hurt in Tellmark flood", text)
    before = settled(address, gone)
    assert SECRET.encode() in everything(server)

    said = json.loads(run(address, "erase", gone, "--yes", "--json"))

    assert said["deleted"][NAMES.raw] == 1
    assert said["deleted"][NAMES.published] >= 1
    assert SECRET.encode() not in everything(server)
    after = settled(address, kept)
    assert gone not in {article.article_id for article in after.articles}
    assert after.epoch > before.epoch
    erased: Any = server.smembers(NAMES.erased)
    assert before.sequence.encode() in erased
    assert f"{NAMES.source('all')} {before.sequence}".encode() in erased
    left: Any = server.xrange(NAMES.published)
    assert not {fields[b"sequence"] for _, fields in left} & erased
    run(address, "erase", gone, "--yes")  # again: nothing to do, nothing breaks
