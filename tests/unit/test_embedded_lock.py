"""A directory of a server that is gone: what it left behind is waited for; one that runs is named."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dateline.embedded import LOCK, EmbeddedError, _lock


def held(directory: Path, pid: int) -> int:
    """The lock as a server of this process number holds it."""
    (directory / LOCK).write_text(str(pid))
    lock = os.open(directory / LOCK, os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def test_the_child_of_a_server_that_was_killed_is_waited_for(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    child = held(tmp_path, gone.pid)
    ending = threading.Timer(0.2, os.close, [child])
    ending.start()
    os.close(_lock(tmp_path))
    ending.join()


def test_a_server_that_runs_is_named(tmp_path: Path) -> None:
    lock = held(tmp_path, os.getpid())
    with pytest.raises(EmbeddedError, match=f"process {os.getpid()}"):
        _lock(tmp_path)
    os.close(lock)
