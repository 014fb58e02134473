"""compose.tls.yml started for real, and on it the runbooks (docs/runbooks) as compose users follow them."""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError, OutOfMemoryError, RedisError

from tests.e2e.stack import Stack, run, running_stack
from tests.integration.access.certificates import make_certificates

SETTINGS = {
    "COMPOSE_FILE": "docker-compose.yml:compose.tls.yml",
    "DATELINE_PUBLISH_MIN_PUBLISHERS": "1",
    "DATELINE_PUBLISH_SETTLE_SECONDS": "0",
    "DATELINE_LEASE_SECONDS": "2",
    "DATELINE_TRIM_SECONDS": "1",
    "REDIS_APPENDFSYNC": "always",
}
STAGES = ("ingest", "cluster", "publish")
PATIENCE_SECONDS = 60.0
TITLES = (
    "Harbour strike ends after nine days",
    "Glacier lake floods a mountain valley",
    "Orchestra names its first woman conductor",
    "Tunnel under the fjord is dug through",
    "Library roof collapses under snow",
    "Ferry runs aground off the northern cape",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates, made with the commands of docs/secure.md."""
    return make_certificates(tmp_path_factory.mktemp("e2e") / "tls").parent


@pytest.fixture(scope="module")
def stack(docker_engine: None, folder: Path) -> Iterator[Stack]:
    with running_stack(**SETTINGS, TLS_FOLDER=str(folder)) as one:
        yield one


@pytest.fixture
def admin(stack: Stack, folder: Path) -> Iterator[Redis]:
    url = stack.url_of("admin").replace("redis://", "rediss://", 1)
    with Redis.from_url(url, ssl_ca_certs=str(folder / "ca.crt"), decode_responses=True) as connection:
        yield connection


@pytest.fixture
def anybody(stack: Stack, folder: Path) -> Iterator[Redis]:
    with at(stack, folder) as connection:
        yield connection


def at(stack: Stack, folder: Path) -> Redis:
    """One who names no user, over TLS."""
    found: Redis = Redis.from_url(
        f"rediss://127.0.0.1:{stack.port}/0", ssl_ca_certs=str(folder / "ca.crt"), decode_responses=True
    )
    return found


def send(connection: Redis, *numbers: int) -> None:
    """Articles of these numbers, each about its own event."""
    for number in numbers:
        fields = {"title": TITLES[number - 1], "url": f"https://outlet{number}.example/1"}
        connection.xadd("articles.raw", fields)  # type: ignore[arg-type]  # str is a subtype


def records(connection: Redis) -> dict[str, Any]:
    """Story id → the URLs of its articles."""
    found: dict[str, Any] = {}
    ids: Any = connection.zrange("stories.index", 0, -1)
    for story in ids:
        record = json.loads(str(connection.get(f"story:{story}")))
        found[story] = sorted(article["url"] for article in record["articles"])
    return found


def stories(connection: Redis, count: int) -> dict[str, Any]:
    """The records, as soon as there are so many."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            if len(found := records(connection)) == count:
                return found
        except RedisError:
            found = {}
        assert time.monotonic() < deadline, f"{len(found)} stories, not {count}: {found}"
        time.sleep(0.3)


def operator(stack: Stack, *words: str) -> str:
    return stack.compose("run", "--rm", "-T", "operator", *words)


def test_everything_speaks_tls_and_nothing_else(stack: Stack, folder: Path, anybody: Redis) -> None:
    with pytest.raises((RedisError, OSError)), Redis.from_url(stack.url) as plain:
        plain.ping()
    with (
        pytest.raises((RedisError, ssl.SSLError)),
        Redis.from_url(
            f"rediss://127.0.0.1:{stack.port}/0"  # an authority that it does not know
        ) as stranger,
    ):
        stranger.ping()
    send(anybody, 1, 2, 3)
    assert len(stories(anybody, 3)) == 3
    assert json.loads(operator(stack, "status", "--json"))["stuck"] is False


def test_after_a_restart_who_names_no_user_may_again_only_send_and_read(
    stack: Stack, admin: Redis, anybody: Redis
) -> None:
    """The rights come over TLS, too, when the data is loaded."""
    before = stories(anybody, 3)
    run(["docker", "kill", *stack.containers("redis")])
    run(["docker", "start", *stack.containers("redis")])
    stack.compose("up", "--detach", "--wait", "--no-recreate")
    assert stories(anybody, 3) == before
    with pytest.raises(NoPermissionError):
        anybody.flushall()
    refused = [one for one in admin.acl_log() if one["username"] != "default"]
    assert [
        f"{one['username']} {one['reason']} {one['object']} {one['client-info']}" for one in refused
    ] == []


def test_a_rolling_upgrade(stack: Stack, anybody: Redis) -> None:
    """Container by container, publish first, while articles come in."""
    for number, service in enumerate(reversed(STAGES), start=4):
        send(anybody, number)
        stack.compose("up", "--detach", "--wait", "--no-deps", "--force-recreate", service)
    assert len(stories(anybody, 6)) == 6
    events: Any = anybody.xrange("stories.published")
    sequences = [int(fields["sequence"]) for _, fields in events]
    assert sequences == list(range(1, len(sequences) + 1))


def test_a_bigger_server_on_this_machine(stack: Stack, admin: Redis, anybody: Redis) -> None:
    before = stories(anybody, 6)
    more = {**stack.settings, "REDIS_MAXMEMORY": "1536mb", "REDIS_MEMORY_LIMIT": "3g"}
    replace(stack, settings=more).compose("up", "--detach", "--wait", "--no-build")
    assert admin.config_get("maxmemory") == {"maxmemory": str(1536 * 2**20)}
    assert stories(anybody, 6) == before


def test_the_volume_is_lost(stack: Stack, folder: Path, anybody: Redis) -> None:
    """Rebuilt from an exported log, in the runbook's order, with the same ids."""
    before = stories(anybody, 6)
    (folder / "log.jsonl").write_text(operator(stack, "export"))
    (folder / "log.jsonl").chmod(0o644)
    stack.compose("rm", "--stop", "--force", "redis", *STAGES, "web")
    run(["docker", "volume", "rm", f"{stack.project}_redis"])
    stack.compose("up", "--detach", "--wait", "redis")
    assert records(anybody) == {}
    said = stack.compose(
        "run", "--rm", "-T", "-v", f"{folder}/log.jsonl:/log.jsonl:ro", "operator", "import", "/log.jsonl"
    )
    assert re.search(r"\d", said)
    stack.compose("up", "--detach", "--wait", "cluster", "publish")
    assert stories(anybody, 6) == before
    stack.compose("up", "--detach", "--wait")
    send(anybody, 2)
    time.sleep(1.0)
    assert stories(anybody, 6) == before, "what the log held is recognised"


def test_redis_is_full(stack: Stack, admin: Redis, anybody: Redis) -> None:
    """After the lost volume: a full server trims its logs whatever their age, and an export is short then."""
    used = int(admin.info("memory")["used_memory"])
    admin.config_set("maxmemory", used)
    with pytest.raises(OutOfMemoryError):
        send(anybody, 1)
    with pytest.raises(AssertionError, match="raise maxmemory"):
        operator(stack, "status")
    admin.config_set("maxmemory", 10 * used)
    send(anybody, 1)
    wait_for_status(stack)


def test_reset(stack: Stack, admin: Redis, anybody: Redis) -> None:
    stack.compose("stop", *STAGES, "web")
    admin.flushdb()
    stack.compose("start", *STAGES, "web")
    stack.compose("up", "--detach", "--wait", "--no-recreate")
    send(anybody, 3)
    assert list(stories(anybody, 1).values()) == [["https://outlet3.example/1"]]
    wait_for_status(stack)


def wait_for_status(stack: Stack) -> None:
    """`dateline status` ends with 0."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            operator(stack, "status")
            return
        except AssertionError:
            assert time.monotonic() < deadline
            time.sleep(1.0)
