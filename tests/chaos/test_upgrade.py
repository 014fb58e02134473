"""Rolling upgrade: services of an earlier commit beside this one's, then this one's alone.

The commit is that of the last tag, else the one before this; UPGRADE_FROM names another.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from tests.chaos import referee
from tests.chaos.run import Plan, Report, cast, play
from tests.chaos.stack import ROOT, stack
from tests.chaos.traffic import traffic

SERVICES = ("ingest", "cluster", "publish")


def git(*arguments: str) -> bytes | None:
    """What git says in this checkout; None: it cannot."""
    try:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """The services' code at an earlier commit."""
    tag = git("describe", "--tags", "--abbrev=0", "HEAD~1")
    revision = os.environ.get("UPGRADE_FROM") or (tag.decode().strip() if tag else "HEAD~1")
    packed = git("archive", revision, "dateline", "services")
    if packed is None:
        pytest.skip(f"no earlier commit to upgrade from: {revision} is not in a git checkout here")
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(tmp_path / "earlier", filter="data")
    state = Path("services", "cluster", "state.py")
    if schema(tmp_path / "earlier" / state) != schema(ROOT / state):
        pytest.skip(f"{revision} keeps another state, which this version refuses: rebuilt from the log")
    return tmp_path / "earlier"


def schema(file: Path) -> str:
    """The line that says which state the code reads and writes."""
    return next(line for line in file.read_text().splitlines() if line.startswith("SCHEMA"))


async def test_services_of_two_versions_side_by_side(tmp_path: Path, earlier: Path) -> None:
    messages, report = traffic(9, 10_000), Report(Plan(9, 0, {}))
    async with stack(tmp_path / "stack", workers=()) as built:
        old, new = ([f"{service}.{which}" for service in SERVICES] for which in ("old", "new"))
        built.codes = dict.fromkeys(old, earlier)
        players = cast(built, 9, window=20)
        for name in old:
            built.start(name)
        await play(players, itertools.islice(messages, 40), 40, [], report)
        for name in new:
            built.start(name)
        await play(players, itertools.islice(messages, 60), 60, ["kill_several", "kill_cluster"], report)
        for name in old:
            await asyncio.to_thread(built.drop, name)
        await play(players, itertools.islice(messages, 40), 40, ["kill_publish"], report)
        for name in old:
            built.start(name)
        await play(players, itertools.islice(messages, 40), 40, ["two_writers", "kill_several"], report)
        players.watching.cancel()
        assert [*report.findings, *referee.judge(await players.history())] == []
