"""The client as a type checker sees it in somebody else's program: no plugin, no settings of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

PROGRAM = """
from typing import assert_type
from dateline import AsyncClient, Client, NewArticle
from dateline.client import Sent

with Client() as client:
    assert_type(client.send(NewArticle(title="Ferry sinks", id="1"), wait=True), Sent)
    assert_type(client.send([{"title": "Ferry sinks", "id": "1"}]), list[Sent])
    for event in client.subscribe(group="desk", since="all"):
        assert_type(event.missed, int)
        assert_type(event.data.article_count, int)
    NewArticle(titel="Ferry sinks")  # type: ignore[call-arg]  # misspelt

async def heard(client: AsyncClient) -> list[str]:
    return [event.kind async for event in client.subscribe()]
"""


def test_a_users_program_and_the_example_are_checked(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    checked = subprocess.run(
        [
            sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}",
            str(program), str(ROOT / "examples" / "with_client.py"),
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip  # a row of values
    assert checked.returncode == 0, checked.stdout + checked.stderr
