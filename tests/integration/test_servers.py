"""Both servers are what the stages rely on: they persist, never evict, and run scripts when full."""

from __future__ import annotations

import pytest
from redis import Redis
from redis.exceptions import ResponseError

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
    used = client.info("memory")["used_memory"]
    client.config_set("maxmemory", used + 3_000_000)
    try:
        with pytest.raises(ResponseError, match="OOM"):
            for _ in range(20):
                client.xadd("articles.raw", {"text": FILL})
        with pytest.raises(ResponseError, match="OOM"):
            client.eval("#!lua\nreturn redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)", 1, "articles.raw")
        drain = "#!lua flags=allow-oom\nreturn redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)"
        assert client.eval(drain, 1, "articles.raw") > 0
        assert client.xadd("articles.raw", {"text": "room again"})
    finally:
        client.config_set("maxmemory", 0)
