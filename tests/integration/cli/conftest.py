"""A newsroom: the services with all seeds sent to them, for commands to be tried on.

Modules that only read come first in the alphabet; `test_writing` adds to it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from typer.testing import CliRunner, Result

from dateline.cli import app
from dateline.cli.terminal import err, out
from dateline.embedded import running
from dateline.progress import caught_up
from dateline.streams import Names
from tests.conftest import ROOT
from tests.integration.conftest import embedded_server
from tests.integration.test_up import wait_for

NAMES = Names()
SEEDS = ROOT / "seeds"
SETTINGS = {"DATELINE_PUBLISH_SETTLE_SECONDS": "0", "DATELINE_PUBLISH_MIN_PUBLISHERS": "1"}

Run = Callable[..., Result]


@dataclass(frozen=True)
class Newsroom:
    """Where it is, what sending said, and the invalid entries by their id with the code expected."""

    url: str
    sent: dict[str, Any]
    invalid: dict[str, str]


def dateline(url: str, *words: str, stdin: str = "", **environment: str) -> Result:
    """Run the command, its output piped."""
    said = {**SETTINGS, "DATELINE_REDIS_URL": url, "COLUMNS": "100", **environment}
    return CliRunner().invoke(app, list(words), input=stdin, env=said)


@pytest.fixture(scope="package")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """All seeds and all invalid entries sent and worked off."""
    with running(tmp_path_factory.mktemp("newsroom"), environment=SETTINGS) as (url, services):
        with redis.Redis.from_url(url) as server:
            invalid = send_invalid(server)
            said = dateline(url, "send", str(SEEDS / "articles.jsonl"), "--json")
            assert said.exit_code == 0, said.stderr

            def done() -> bool:
                services.mend()
                return caught_up(server, NAMES, ["all"])

            wait_for(done, "the seeds to be published")
        yield Newsroom(url, json.loads(said.stdout), invalid)


@pytest.fixture
def run(newsroom: Newsroom) -> Run:
    """The command on the newsroom."""
    return lambda *words, **options: dateline(newsroom.url, *words, **options)


@pytest.fixture
def server(newsroom: Newsroom) -> Iterator[redis.Redis]:
    """A connection to the newsroom's server."""
    with redis.Redis.from_url(newsroom.url) as connection:
        yield connection


@pytest.fixture
def typed() -> Iterator[Run]:
    """The command as typed: `typed("show", story, url=…, width=80)`; the consoles are made anew."""

    def run(
        *words: str, url: str = "", stdin: str | None = None, width: int = 200, **environment: str
    ) -> Result:
        for console in (out, err):
            console.cache_clear()
        said = {"COLUMNS": str(width), "DATELINE_REDIS_URL": url, **environment}
        return CliRunner().invoke(app, list(words), input=stdin, env=said)

    yield run
    for console in (out, err):
        console.cache_clear()


@pytest.fixture(scope="package")
def bare_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded_server(tmp_path_factory.mktemp("bare")) as url:
        yield url


@pytest.fixture
def empty_server(bare_server: str) -> str:
    """A server without services and without data."""
    with redis.Redis.from_url(bare_server) as connection:
        connection.flushall()
        connection.config_set("maxmemory", 0)
    return bare_server


def stories(url: str) -> list[dict[str, Any]]:
    """The latest records, as JSON; the largest story (rare earths, in the seeds) first."""
    with redis.Redis.from_url(url, decode_responses=True) as connection:
        ids: Any = connection.zrange(NAMES.index, 0, -1)
        found = [json.loads(str(connection.get(NAMES.story(one)))) for one in ids]
    return sorted(found, key=lambda one: -int(one["article_count"]))


def settled(url: str) -> None:
    """Wait until everything sent is accepted, clustered and published."""
    with redis.Redis.from_url(url) as connection:
        wait_for(lambda: caught_up(connection, NAMES, ["all"]), "the stages to catch up")


def send_invalid(server: redis.Redis) -> dict[str, str]:
    """XADD the invalid seeds; entry id → the code that each must get."""
    codes: dict[str, str] = {}
    for line in (SEEDS / "invalid.jsonl").read_text("utf-8").splitlines():
        one = json.loads(line)
        fields: dict[Any, Any] = dict(one.get("entry", {}))
        fields |= {name: base64.b64decode(value) for name, value in one.get("entry_base64", {}).items()}
        if fields:  # the server itself refuses an entry of no field
            codes[str(server.xadd(NAMES.raw, fields).decode())] = one["code"]  # type: ignore[union-attr]  # redis-py types sync and async as one
    return codes


def lines(path: Path) -> list[Any]:
    """A JSON Lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
