"""Both servers are what the stages rely on: they persist, never evict, and run scripts when full."""

from __future__ import annotations

import pytest
from redis import Redis
from redis.exceptions import OutOfMemoryError

FILL = "x" * 1_000_000


@pytest.fixture
def client(server_url: str):
    with Redis.from_url(server_url, decode_responses=True, protocol=2) as connection:
        yield connection


def test_it_persists_and_never_evicts(client: Redis) -> None:
    wanted = {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "proto-max-bulk-len": str(4 * 2**20),
    }
    assert {name: client.config_get(name)[name] for name in wanted} == wanted


def test_a_full_server_refuses_senders_but_runs_the_scripts_that_drain_it(client: Redis) -> None:
    trim = "return redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)"
    empty = client.info("memory")["used_memory"]
    for _ in range(20):
        client.xadd("articles.raw", {"text": FILL})
    client.config_set("maxmemory", empty + 10_000_000)
    try:
        with pytest.raises(OutOfMemoryError):
            client.xadd("articles.raw", {"text": "one more"})
        with pytest.raises(OutOfMemoryError):
            client.eval(f"#!lua\n{trim}", 1, "articles.raw")
        assert client.eval(f"#!lua flags=allow-oom\n{trim}", 1, "articles.raw") == 20
        assert client.xadd("articles.raw", {"text": "room again"})
    finally:
        client.config_set("maxmemory", 0)
