"""docs/send.md as its reader uses it: every command and program in it is run, every table is complete."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as blocking

from dateline import Client
from dateline.client.outcomes import OUTCOMES
from services.ingest.dead_letters import CODES
from services.ingest.flags import FLAGS
from services.ingest.forms import FIELDS
from tests.integration.client.conftest import Running
from tests.integration.client.test_examples import run
from tests.integration.conftest import embedded_server
from tests.integration.stage.house import ALL

DOCS = Path(__file__).resolve().parents[3] / "docs"
SEND = (DOCS / "send.md").read_text("utf-8")
STAGES_CODES = {"unexpected_error", "poison"}


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def table(page: str, heading: str) -> dict[str, str]:
    """First and second column of the table whose first column is headed so."""
    _, _, rest = page.partition(f"| {heading} |")
    rows = re.findall(r"^\| (`.*?) \| (.*) \|$", rest.split("\n\n")[0], re.MULTILINE)
    assert rows, heading
    return {name.strip("`"): words for name, words in rows}


def test_every_outcome_code_flag_and_field_is_explained():
    assert tuple(table(SEND, "outcome")) == OUTCOMES
    codes = table(SEND, "code")
    assert {name: codes[name] for name in codes.keys() - STAGES_CODES} == CODES
    assert table(SEND, "flag") == FLAGS
    _, _, rest = SEND.partition("| field |")
    assert set(re.findall(r"`(\w+)`", rest.split("\n\n")[0])) >= FIELDS


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with embedded_server(tmp_path) as found, Running(found, ALL):
        yield found


def test_its_commands_and_programs(url: str, tmp_path: Path):
    with blocking.Redis.from_url(url, decode_responses=True) as server, Client(url) as client:
        since = client.outcome_position()
        for number, program in enumerate(blocks(SEND, "python")):
            path = tmp_path / f"program{number}.py"
            path.write_text(program.replace("redis://127.0.0.1:6379/0", url), "utf-8")
            run(url, sys.executable, str(path))
        commands = [
            command for block in blocks(SEND, "sh") for command in block.replace("\\\n", " ").splitlines()
        ]
        for command in commands:
            word, *arguments = shlex.split(command)
            assert word == "redis-cli"
            server.execute_command(*arguments)
        found: list[str] = []
        while len(found) < 4:
            outcomes = client.outcomes(since, wait=10)
            assert outcomes, found
            found += [outcome.outcome for outcome in outcomes]
            since = outcomes[-1].position
    assert found == ["accepted", "duplicate", "revision", "retracted"]
