"""The tutorial's commands, run as written: a user who copies them gets what the page says.

`make demo` and `dateline up` are tried by test_up, feeds by their own tests; here is all that follows.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dateline.embedded import running
from tests.conftest import ROOT

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks() -> list[str]:
    """The page's commands, but for those that start things (done here) and the address (known here)."""
    found = BLOCK.findall((ROOT / "docs" / "tutorial.md").read_text("utf-8"))
    return [one for one in found if "make demo" not in one and "PORT" not in one and "dateline up" not in one]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A directory in which `.venv/bin/dateline` is this one."""
    (tmp_path / ".venv").symlink_to(Path(sys.prefix), target_is_directory=True)
    return tmp_path


def test_the_commands_do_what_the_page_says(desk: Path) -> None:
    steps = blocks()
    assert len(steps) >= 4
    with running(desk / "data") as (url, _services):
        environment = {**os.environ, "DATELINE_REDIS_URL": url, "COLUMNS": "120"}
        said = [
            subprocess.run(
                ["bash", "-euo", "pipefail", "-c", step], cwd=desk, env=environment, capture_output=True,
                text=True, timeout=120, check=False,
            )
            for step in steps
        ]  # fmt: skip
    for step, one in zip(steps, said, strict=True):
        assert one.returncode == 0, f"{step}\n{one.stdout}{one.stderr}"
    text = "\n".join(one.stdout + one.stderr for one in said)
    for expected in (
        "2 articles sent", "accepted", " created ", "2 articles · 2 publishers", "against a threshold",
        "2 rows read", "Nothing is stuck.", "1 story the same, 0 different.",
    ):  # fmt: skip
        assert expected in text, text
