"""Real servers for integration tests: the embedded Valkey, and redis:8 where there is an engine.

A test that asks for `server_url` (or for anything built on it) runs once on each, on an empty database.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from dateline.embedded import SERVER_OPTIONS, answers, start_server, stop_process
from dateline.settings import Settings

START_SECONDS = 30.0


@contextmanager
def embedded_server(directory: Path) -> Iterator[str]:
    """The server that `dateline up` uses."""
    server = start_server(directory)
    try:
        yield server.url
    finally:
        stop_process(server.process)


@contextmanager
def redis_container(image: str) -> Iterator[str]:
    """The server that docker-compose.yml uses, with the same options."""
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415  # only with an engine

    options = [part for name, value in SERVER_OPTIONS.items() for part in (f"--{name}", value or '""')]
    with (
        DockerContainer(image).with_exposed_ports(6379).with_command(["redis-server", *options]) as container
    ):
        url = f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}/0"
        deadline = time.monotonic() + START_SECONDS
        while not answers(url):
            assert time.monotonic() < deadline, f"{image} did not answer within {START_SECONDS} s"
            time.sleep(0.05)
        yield url


@pytest.fixture(scope="session", params=["embedded", "redis:8"])
def running_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that runs for the whole session. Tests take `server_url`."""
    if request.param == "embedded":
        with embedded_server(tmp_path_factory.mktemp("server")) as url:
            yield url
        return
    request.getfixturevalue("docker_engine")
    with redis_container(request.param) as url:
        yield url


@pytest.fixture
def server_url(running_server: str) -> str:
    """The address of a server whose databases are empty."""
    with Redis.from_url(running_server) as client:
        client.flushall()
        client.script_flush()
    return running_server


@pytest.fixture
async def redis(server_url: str) -> AsyncIterator[AsyncRedis]:
    """A connection to the server, as the services have it: bytes out, RESP2."""
    async with AsyncRedis.from_url(server_url, protocol=2) as client:
        yield client


@pytest.fixture
def make_settings(server_url: str) -> Callable[..., Settings]:
    """Settings for this server with times that suit tests; any of them can be given."""
    quick = {
        "redis_url": server_url,
        "lease_seconds": 1.0,
        "claim_idle_seconds": 1.0,
        "publish_settle_seconds": 0.0,
        "publish_min_publishers": 1,
    }
    return lambda **given: Settings(**{**quick, **given})
