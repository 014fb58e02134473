"""One embedded server for these tests; the faults themselves are played on redis:8 elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
import redis

from tests.integration.conftest import embedded_server
from tests.integration.stage.conftest import Server


@pytest.fixture(scope="package")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded_server(tmp_path_factory.mktemp("guarantees")) as url:
        yield url


@pytest.fixture
def server(valkey: str) -> Iterator[Server]:
    """An empty server without a ceiling."""
    with contextlib.closing(redis.Redis.from_url(valkey, decode_responses=True)) as client:
        client.flushall()
        client.config_set("maxmemory", 0)
        yield Server(valkey, client)
