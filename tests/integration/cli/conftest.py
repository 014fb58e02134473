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
from dateline.embedded import running
from dateline.progress import caught_up
from dateline.streams import Names
from tests.conftest import ROOT
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


def send_invalid(server: redis.Redis) -> dict[str, str]:
    """XADD the invalid seeds; entry id → the code that each must get."""
    codes: dict[str, str] = {}
    for line in (SEEDS / "invalid.jsonl").read_text("utf-8").splitlines():
        one = json.loads(line)
        fields: dict[Any, Any] = dict(one.get("entry", {}))
        fields |= {name: base64.b64decode(value) for name, value in one.get("entry_base64", {}).items()}
        if fields:  # the server itself refuses an entry of no field
            codes[str(server.xadd(NAMES.raw, fields).decode())] = one["code"]  # type: ignore[union-attr]
    return codes


def lines(path: Path) -> list[Any]:
    """A JSON Lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
