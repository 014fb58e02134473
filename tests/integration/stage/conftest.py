"""Both servers the project promises to run on, empty before each test."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from dateline import embedded

OPTIONS = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "save": ""}


@dataclass
class Server:
    """A running server: its address, a client of it, and how to restart it."""

    name: str
    url: str
    client: redis.Redis
    stop: Callable[[], None]
    start: Callable[[], None]


@contextlib.contextmanager
def embedded_valkey(directory: Path) -> Iterator[Server]:
    running = embedded.start_server(directory)

    def stop() -> None:
        embedded.stop_process(running.process)

    def start() -> None:
        running.process = embedded.start_server(directory, running.port).process

    with contextlib.closing(redis.Redis.from_url(running.url, decode_responses=True)) as client:
        yield Server("embedded", running.url, client, stop, start)
    stop()


def docker_missing() -> str | None:
    """Why there is no Docker engine, or None."""
    try:
        asked = subprocess.run(["docker", "info"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if asked.returncode == 0 else asked.stderr.decode()[:200].strip() or "docker info failed"


@contextlib.contextmanager
def redis_8() -> Iterator[Server]:
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415  # after the setting above

    port = embedded.free_port()
    options = " ".join(f"--{name} {value or chr(34) * 2}" for name, value in OPTIONS.items())
    container: Any = DockerContainer("redis:8").with_bind_ports(6379, port)
    with container.with_command(f"redis-server {options} --proto-max-bulk-len 4mb"):
        url = f"redis://127.0.0.1:{port}/0"
        wrapped = container.get_wrapped_container()

        def start() -> None:
            wrapped.start()
            _until_it_answers(url)

        _until_it_answers(url)
        with contextlib.closing(redis.Redis.from_url(url, decode_responses=True)) as client:
            yield Server("redis:8", url, client, lambda: wrapped.stop(timeout=10), start)


def _until_it_answers(url: str) -> None:
    deadline = time.monotonic() + 60
    while not embedded.answers(url):
        assert time.monotonic() < deadline, f"no server answers at {url}"
        time.sleep(0.05)


@pytest.fixture(scope="session", params=["embedded", "redis:8"])
def any_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if request.param == "embedded":
        with embedded_valkey(tmp_path_factory.mktemp("valkey")) as running:
            yield running
        return
    missing = docker_missing()
    if missing:
        if os.environ.get("TEST_REQUIRE_DOCKER") == "1":
            pytest.fail(f"redis:8 is required, but: {missing}")
        pytest.skip(f"redis:8 needs Docker: {missing}")
    with redis_8() as running:
        yield running


@pytest.fixture
def server(any_server: Server) -> Server:
    """Both servers, one after the other, empty."""
    any_server.client.flushall()
    any_server.client.config_set("maxmemory", 0)
    return any_server
