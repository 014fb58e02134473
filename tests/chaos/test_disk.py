"""The disk under the server's log is full: nothing acknowledged is lost; with room again it goes on."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos import referee
from tests.chaos.run import Plan, Report, cast, play
from tests.chaos.stack import stack
from tests.chaos.traffic import traffic

SIZE = 24 * 2**20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MiB; mounting one needs root."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    directory = tmp_path / "disk"
    directory.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(directory)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield directory
    subprocess.run(["umount", "-l", str(directory)], check=True)


def fill(directory: Path) -> Path:
    """Leave no room at all."""
    file = directory / "filler"
    with file.open("wb", buffering=0) as filler:
        for size in (2**16, 2**10, 1):
            try:
                while True:
                    filler.write(b"x" * size)
            except OSError:
                continue
    return file


async def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    """Under appendfsync always the server ends rather than acknowledge what it cannot write."""
    messages = traffic(5, 10_000)
    async with stack(small_disk) as built:
        players = cast(built, 5, window=20)
        await play(players, itertools.islice(messages, 40), 40, [], Report(Plan(5, 40, {})))
        filler = await asyncio.to_thread(fill, small_disk)
        sending = asyncio.create_task(players.sender.send(itertools.islice(messages, 60)))
        ended = await asyncio.to_thread(built.server.process.wait, 30)
        filler.unlink()
        await built.start_server(built.server.port)
        await sending
        report = Report(Plan(5, 40, {}))
        await play(players, itertools.islice(messages, 20), 20, [], report)
        players.watching.cancel()
        findings = [*report.findings, *referee.judge(await players.history())]
        assert findings == []
        assert ended == 1, "a full disk ends the server"
        assert players.sender.acknowledged.keys() <= players.witness.raw.keys()
