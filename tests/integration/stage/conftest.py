"""The servers of the folder above, as these tests use them; and servers that a test may stop."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from dateline.embedded import SERVER_OPTIONS, answers, free_port, start_server, stop_process
from tests.integration.conftest import START_SECONDS
from tests.integration.stage.house import wait_for


@dataclass
class Server:
    """A server's address and a client that reads text."""

    url: str
    client: redis.Redis


@dataclass
class Stoppable(Server):
    """A server that the test stops and starts again, with its data, at the same address."""

    stop: Callable[[], None]
    start: Callable[[], None]


@pytest.fixture
def server(server_url: str) -> Iterator[Server]:
    """Both servers, one after the other, empty."""
    with contextlib.closing(redis.Redis.from_url(server_url, decode_responses=True)) as client:
        client.config_set("maxmemory", 0)
        yield Server(server_url, client)


@pytest.fixture
def exact_trimming(server: Server) -> Iterator[None]:
    """Streams in nodes of one entry: trimming by whole nodes leaves nothing over."""
    usual: Any = server.client.config_get("stream-node-max-entries")
    server.client.config_set("stream-node-max-entries", 1)
    yield
    server.client.config_set("stream-node-max-entries", usual["stream-node-max-entries"])


@pytest.fixture(params=["embedded", "redis:8"])
def stoppable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stoppable]:
    """A server of this test's own."""
    if request.param == "embedded":
        opened = stoppable_valkey(tmp_path)
    else:
        request.getfixturevalue("docker_engine")
        opened = stoppable_container(request.param)
    with opened as found:
        yield found


@contextlib.contextmanager
def stoppable_valkey(directory: Path) -> Iterator[Stoppable]:
    running = start_server(directory)

    def start() -> None:
        running.process = start_server(directory, running.port).process

    try:
        with contextlib.closing(redis.Redis.from_url(running.url, decode_responses=True)) as client:
            yield Stoppable(running.url, client, lambda: stop_process(running.process), start)
    finally:
        stop_process(running.process)


@contextlib.contextmanager
def stoppable_container(image: str) -> Iterator[Stoppable]:
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415  # only where there is an engine

    options = [part for name, value in SERVER_OPTIONS.items() for part in (f"--{name}", value or '""')]
    port = free_port()
    container: Any = DockerContainer(image).with_bind_ports(6379, port)
    with container.with_command(["redis-server", *options]):
        url = f"redis://127.0.0.1:{port}/0"
        wrapped = container.get_wrapped_container()

        def start() -> None:
            wrapped.start()
            wait_for(lambda: answers(url), START_SECONDS)

        wait_for(lambda: answers(url), START_SECONDS)
        with contextlib.closing(redis.Redis.from_url(url, decode_responses=True)) as client:
            yield Stoppable(url, client, lambda: wrapped.stop(timeout=10), start)
