"""`dateline up` and `dateline demo` as a user runs them."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import redis

from dateline.embedded import answers

pytestmark = pytest.mark.integration

PATIENCE = 60.0


def wait_for(condition: Callable[[], object], what: str) -> object:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {PATIENCE:.0f} s in vain for {what}")


@contextmanager
def up(data: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`dateline up` in a process of its own; its address as it prints it."""
    said = data.parent / f"{data.name}.out"
    environment = {**os.environ, "DATELINE_PUBLISH_MIN_PUBLISHERS": "1", "COLUMNS": "200"}
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "dateline", "up", "--data", str(data), *options],
            stdout=out,
            stderr=out,
            env=environment,
        )
    try:
        address = wait_for(lambda: re.search(r"redis://[\w.:/]+", said.read_text()), "the address")
        assert isinstance(address, re.Match)
        yield process, address[0]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)


def children(process: subprocess.Popen[bytes]) -> dict[str, psutil.Process]:
    """The services of an `up`, by name."""
    found = {}
    for child in psutil.Process(process.pid).children():
        if child.status() == psutil.STATUS_ZOMBIE:
            continue
        if match := re.search(r"services\.(\w+)", " ".join(child.cmdline())):
            found[match[1]] = child
    return found


def send(client: redis.Redis, number: int) -> None:
    article = {"title": f"Harbour bridge number {number} opens", "url": f"https://a.example/{number}"}
    client.xadd("articles.raw", {"article": json.dumps(article)})


def test_a_service_that_dies_is_restarted_and_goes_on(tmp_path: Path) -> None:
    with up(tmp_path / "data") as (process, url):
        client = redis.Redis.from_url(url, decode_responses=True)
        send(client, 1)
        wait_for(lambda: client.zcard("stories.index") == 1, "the first story")
        before = children(process)
        assert set(before) == {"ingest", "cluster", "publish", "web"}
        for child in before.values():
            child.kill()
        wait_for(
            lambda: (
                set(children(process)) == set(before)
                and not {c.pid for c in children(process).values()} & {c.pid for c in before.values()}
            ),
            "the restart",
        )
        send(client, 2)
        wait_for(lambda: client.xlen("{articles.raw}.outcomes") == 2, "the second outcome")
        wait_for(lambda: client.xlen("stories.published") >= 2, "its event")


def test_a_server_that_dies_is_started_again_with_its_data(tmp_path: Path) -> None:
    with up(tmp_path / "data") as (process, url):
        client = redis.Redis.from_url(url, decode_responses=True)
        send(client, 1)
        wait_for(lambda: client.zcard("stories.index") == 1, "the first story")
        time.sleep(1.1)  # appendfsync everysec
        (server,) = [c for c in psutil.Process(process.pid).children() if "valkey" in c.name()]
        server.kill()
        wait_for(lambda: answers(url), "the server")
        assert client.zcard("stories.index") == 1
        send(client, 2)
        wait_for(lambda: client.xlen("{articles.raw}.outcomes") == 2, "the services go on")


def test_data_that_is_in_use_is_refused_in_words(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with up(data) as (process, _):
        (server,) = [c for c in psutil.Process(process.pid).children() if "valkey" in c.name()]
        refused = subprocess.run(
            [sys.executable, "-m", "dateline", "up", "--data", str(data)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "COLUMNS": "400"},
        )
        assert refused.returncode == 1
        assert f"is in use by a server that runs (process {server.pid})" in refused.stdout + refused.stderr


def test_ctrl_c_stops_everything_and_keeps_the_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with up(data) as (process, url):
        client = redis.Redis.from_url(url, decode_responses=True)
        send(client, 1)
        wait_for(lambda: client.zcard("stories.index") == 1, "the story")
        everything = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        assert not [child for child in everything if child.is_running() and child.status() != "zombie"]
    with up(data) as (_, url):
        client = redis.Redis.from_url(url, decode_responses=True)
        assert client.zcard("stories.index") == 1


def test_up_on_a_server_that_exists_and_on_one_that_does_not(tmp_path: Path) -> None:
    with (
        up(tmp_path / "first") as (_, url),
        up(tmp_path / "second", "--redis", url) as (process, same),
    ):
        assert same == url
        assert len(children(process)) == 4
        assert not [c for c in psutil.Process(process.pid).children() if "valkey" in c.name()]
    refused = subprocess.run(
        [sys.executable, "-m", "dateline", "up", "--redis", "redis://127.0.0.1:1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "No server answers at redis://127.0.0.1:1" in refused.stdout + refused.stderr


def read_soon(terminal: int) -> bytes:
    """What a terminal says next; a silent one fails the test instead of holding it up for ever."""
    ready, _, _ = select.select([terminal], [], [], PATIENCE)
    assert ready, f"the terminal said nothing for {PATIENCE:.0f} s"
    return os.read(terminal, 65_536)


def test_demo_on_a_terminal_ends_with_an_address_that_shows_its_stories() -> None:
    """As `make demo`: a terminal, the pages stay until Ctrl-C."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "dateline", "demo", "--stay"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "COLUMNS": "160", "TERM": "dumb"},
    )
    os.close(theirs)
    said = b""
    try:
        while b"until Ctrl-C:" not in said or b"http://localhost" not in said.rpartition(b"Ctrl-C:")[2]:
            said += read_soon(ours)
        address = re.findall(rb"http://localhost:\d+/", said)[-1].decode()
        with urllib.request.urlopen(address, timeout=10) as page:
            assert b"rare-earth smuggling" in page.read()
        process.send_signal(signal.SIGINT)
        while process.poll() is None:
            try:
                said += read_soon(ours)
            except OSError:
                break
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
