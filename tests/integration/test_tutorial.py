"""The tutorial's commands, every block of it from its own text: who copies them gets what the page says."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.integration.feeds.bad_server import ANSWERS, answer, bad_server
from tests.integration.test_up import PATIENCE, wait_for

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
FEED_ADDRESS = "https://www.example.com/rss.xml"
FEED = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Strait Notes</title><item>'
    "<title>Ferry sinks in the Flores Sea, fifteen dead</title><link>/ferry</link><guid>1</guid>"
    "<description>A passenger ferry sank off Maumere in the Flores Sea on Sunday; 15 people died."
    "</description></item></channel></rss>"
)
SAYS = {
    "outlets import": ("2 rows read",),
    "dateline send": ("2 articles sent", "accepted"),
    "dateline watch": (" created ", "2 articles · 2 publishers", "against a threshold"),
    "feeds add": ("1 feed added", "Strait Notes"),
    "dateline replay": ("Nothing is stuck.", "1 story the same, 0 different."),
}
"""What the output of a block must hold, by a command that is in the block."""


def blocks() -> list[str]:
    """The page's commands, in its order."""
    return BLOCK.findall((ROOT / "docs" / "tutorial.md").read_text("utf-8"))


def run(block: str, place: Path, environment: dict[str, str]) -> str:
    """What a block says in a shell."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A directory in which `.venv/bin/dateline` is this one."""
    (tmp_path / ".venv").symlink_to(Path(sys.prefix), target_is_directory=True)
    return tmp_path


@contextmanager
def started(block: str, desk: Path, environment: dict[str, str]) -> Iterator[str]:
    """A block that runs until Ctrl-C, in a terminal of its own; what it says at first."""
    log = desk / "up.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {block}"], cwd=desk, env=environment, stdout=out, stderr=out
        )
    try:
        wait_for(lambda: "Ctrl-C" in log.read_text("utf-8"), "the first lines of dateline up")
        yield log.read_text("utf-8")
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0


def page(address: str) -> str:
    """A page, or nothing while the door is not there yet."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answered:
            return str(answered.read().decode())
    except OSError:
        return ""


def look(step: str, door: str) -> None:
    """Wait for what a step puts on the pages."""
    if "dateline send" in step:
        wait_for(lambda: "Flores" in page(door), "the story on the front page")
    if "feeds add" in step:
        stories = f"{door}v1/stories"
        wait_for(lambda: re.search(r'"article_count": ?3', page(stories)), "the feed's article in the story")


def test_make_demo() -> None:
    demo, *_ = blocks()
    assert demo.strip() == "make demo"
    said = run(demo, ROOT, {**os.environ, "COLUMNS": "160"})
    for expected in (
        "http://localhost:",
        "50% of the sources are Center",
        "17 Articles from 17 sources",
        "missing_title",
        "Go on",
    ):
        assert expected in said, said


def test_every_other_block_does_what_the_page_says(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ANSWERS, "/rss.xml", answer(FEED))
    _, up, address, *steps = blocks()
    ours = {**os.environ, "COLUMNS": "120", "DATELINE_FEEDS_ALLOW_PRIVATE": "true"}
    together = dict.fromkeys(SAYS, "")
    with bad_server() as (host, _), started(up, desk, ours) as greeting:
        server = re.search(r"redis://127\.0\.0\.1:(\d+)/0", greeting)
        door = re.search(r"http://localhost:[1-9]\d*/", greeting)
        assert server
        assert door
        export = address.replace("PORT", server[1])
        for step in steps:
            said = run(export + step.replace(FEED_ADDRESS, f"{host}/rss.xml"), desk, ours)
            together |= {command: together[command] + said for command in SAYS if command in step}
            look(step, door[0])
    for command, expected in SAYS.items():
        for words in expected:
            assert words in together[command], f"{command}: {words!r} not in\n{together[command]}"
