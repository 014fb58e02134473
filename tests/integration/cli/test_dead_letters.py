"""dead list, show, replay, drop: by stage, code, words of the reason, and id."""

from __future__ import annotations

import json
from typing import Any

import pytest
from redis import Redis

from dateline.stage.dead_letters import Failure, dead_letter
from dateline.stage.entries import Entry
from tests.integration.cli.conftest import Run


def put(server: Redis, stream: str, stage: str, code: str, reason: str, fields: dict[bytes, bytes]) -> str:
    place = f"{stream}.dead" if "{" in stream else f"{{{stream}}}.dead"
    entry = Entry(f"5-{server.xlen(place)}", fields)
    letter = dead_letter(entry, Failure(code, reason, 3, "a trace"), stream=stream, stage=stage, now_ms=7)
    written: Any = server.xadd(place, letter)  # type: ignore[arg-type]  # bytes are right
    return str(written.decode())


@pytest.fixture
def letters(empty_server: str) -> tuple[str, dict[str, str]]:
    """A server with four dead letters: (its address, name → letter id)."""
    with Redis.from_url(empty_server) as server:
        article = {b"title": b"Bridge closed", b"url": b"ftp://x", b"\xff": b"\xfe"}
        ids = {
            "url": put(server, "articles.raw", "ingest", "bad_url", "url: 'ftp://x' is not http", article),
            "title": put(server, "articles.raw", "ingest", "missing_title", "title: missing", {b"url": b"u"}),
            "large": put(
                server, "articles.raw", "ingest", "too_large", "entry: 3 MiB", {b"text": b"x" * (3 * 2**20)}
            ),
            "inner": put(
                server, "articles:{all}", "cluster", "unexpected_error", "KeyError: 'x'", {b"kind": b"tick"}
            ),
        }
    return empty_server, ids


def listed(typed: Run, url: str, *chosen: str) -> set[str]:
    done = typed("dead", "list", "--json", *chosen, url=url)
    assert done.exit_code == 0, done.output
    return {one["letter_id"] for one in json.loads(done.stdout)}


def test_letters_are_chosen_by_stage_code_and_words(letters: tuple[str, dict[str, str]], typed: Run) -> None:
    url, ids = letters

    assert listed(typed, url) == set(ids.values())
    assert listed(typed, url, "--stage", "cluster") == {ids["inner"]}
    assert listed(typed, url, "--code", "bad_url") == {ids["url"]}
    assert listed(typed, url, "--reason", "MISSING") == {ids["title"]}
    assert listed(typed, url, "--stage", "ingest", "--reason", "3 mib") == {ids["large"]}
    text = typed("dead", "list", "--limit", "1", url=url).stdout
    assert "… and 3 more (--limit)" in text
    assert "1  cluster unexpected_error" in text


def test_a_letter_is_shown_whole(letters: tuple[str, dict[str, str]], typed: Run) -> None:
    url, ids = letters
    text = typed("dead", "show", ids["url"], url=url).stdout
    fields = json.loads(typed("dead", "show", ids["url"], "--json", url=url).stdout)[0]["fields"]

    assert "title: Bridge closed" in text
    assert "\\xff: \\xfe" in text
    assert "| a trace" in text
    assert text.rstrip().endswith("can be replayed")
    assert fields == {"title": "Bridge closed", "url": "ftp://x", "\\xff": {"base64": "/g=="}}
    assert "KeyError" in typed("dead", "show", "--code", "unexpected_error", url=url).stdout


def test_replay_puts_the_same_bytes_back_and_drops_the_letter(
    letters: tuple[str, dict[str, str]], typed: Run
) -> None:
    url, ids = letters
    done = typed("dead", "replay", ids["url"], "--json", url=url)

    assert done.exit_code == 0, done.output
    with Redis.from_url(url) as server:
        entries: Any = server.xrange("articles.raw")
        assert [fields for _, fields in entries] == [
            {b"title": b"Bridge closed", b"url": b"ftp://x", b"\xff": b"\xfe"}
        ]
        assert json.loads(done.stdout)["replayed"] == {ids["url"]: entries[0][0].decode()}
    assert listed(typed, url) == set(ids.values()) - {ids["url"]}


def test_what_cannot_be_replayed_says_what_to_do_and_stays(
    letters: tuple[str, dict[str, str]], typed: Run
) -> None:
    url, ids = letters
    done = typed("dead", "replay", ids["large"], ids["inner"], url=url)

    assert done.exit_code == 1
    assert "shorten it at the sender and send it again" in done.stderr
    assert "'dateline replay'" in done.stderr
    assert listed(typed, url) == set(ids.values())


def test_drop_by_id_of_the_entry_and_only_all_when_said(
    letters: tuple[str, dict[str, str]], typed: Run
) -> None:
    url, ids = letters
    refused = typed("dead", "drop", url=url)
    assert (refused.exit_code, listed(typed, url)) == (2, set(ids.values()))
    assert "--all for all" in refused.stderr

    assert typed("dead", "drop", "5-1", url=url).stdout == "1 dead letter dropped.\n"
    assert ids["title"] not in listed(typed, url)
    assert typed("dead", "drop", "--all", url=url).stdout == "3 dead letters dropped.\n"
    assert typed("dead", "list", url=url).stdout == "No dead letters.\n"
    missing = typed("dead", "drop", "9-9", url=url)
    assert (missing.exit_code, "'dateline dead list' shows what there is" in missing.stderr) == (1, True)
    assert typed("dead", "list", "--stage", "web", url=url).exit_code == 2
