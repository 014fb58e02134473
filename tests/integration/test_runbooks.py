"""The runbooks (docs/runbooks), step by step, on private servers with real services."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from typer.testing import CliRunner, Result

from dateline.cli import app
from dateline.embedded import Server, Services, start_server, stop_process
from dateline.progress import caught_up
from dateline.streams import Names
from tests.integration.test_up import wait_for

NAMES = Names()
STAGES = ("ingest", "cluster", "publish")
QUICK = {
    "DATELINE_PUBLISH_MIN_PUBLISHERS": "1",
    "DATELINE_PUBLISH_SETTLE_SECONDS": "0",
    "DATELINE_LEASE_SECONDS": "1",
    "DATELINE_TRIM_SECONDS": "0.5",
}


def typed(url: str, *words: str, **environment: str) -> Result:
    said = {**QUICK, "DATELINE_REDIS_URL": url, "COLUMNS": "200", **environment}
    return CliRunner().invoke(app, list(words), env=said)


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    started = start_server(folder)
    try:
        yield started
    finally:
        stop_process(started.process)


@contextmanager
def services(url: str, logs: Path, **environment: str) -> Iterator[Services]:
    started = Services({**QUICK, "DATELINE_REDIS_URL": url, **environment}, logs)
    try:
        for stage in STAGES:
            started.start(stage)
        yield started
    finally:
        started.stop()


TITLES = (
    "Harbour strike ends after nine days",
    "Glacier lake floods a mountain valley",
    "Orchestra names its first woman conductor",
    "Tunnel under the fjord is dug through",
    "Library roof collapses under snow",
)


def send(url: str, *numbers: int) -> None:
    """Articles number 1 to 5, each of its own outlet and about its own event."""
    with Redis.from_url(url) as connection:
        for number in numbers:
            article = {"title": TITLES[number - 1], "url": f"https://outlet{number}.example/1"}
            connection.xadd("articles.raw", article)


def settled(url: str, names: Names = NAMES) -> None:
    with Redis.from_url(url) as connection:
        wait_for(lambda: caught_up(connection, names, ["all"]), "the stages to catch up")


def records(url: str, names: Names = NAMES) -> dict[str, Any]:
    """Story id → the ids of its articles."""
    with Redis.from_url(url, decode_responses=True) as connection:
        ids: Any = connection.zrange(names.index, 0, -1)
        found = {one: json.loads(str(connection.get(names.story(one)))) for one in ids}
    return {one: sorted(a["article_id"] for a in record["articles"]) for one, record in found.items()}


def articles(url: str) -> int:
    """How many articles the stories hold; none is in two."""
    held = [article for members in records(url).values() for article in members]
    assert len(held) == len(set(held))
    return len(held)


def test_a_stage_is_stuck(tmp_path: Path) -> None:
    """A writer that hangs is named, is killed, and a standby goes on."""
    with server(tmp_path / "s") as at, services(at.url, tmp_path / "logs") as running:
        send(at.url, 1)
        settled(at.url)
        hung = running.children["cluster"].process
        os.kill(hung.pid, signal.SIGSTOP)
        with Redis.from_url(at.url) as connection:
            wait_for(lambda: not connection.exists("cluster:{all}:lease"), "the end of the lease")
        send(at.url, 2)
        wait_for(lambda: typed(at.url, "status").exit_code == 1, "status to say so")
        assert "start 'python -m services.cluster'" in typed(at.url, "status").stdout

        running.start("cluster.standby")
        settled(at.url)
        assert typed(at.url, "status").exit_code == 0
        os.kill(hung.pid, signal.SIGCONT)
        send(at.url, 3)
        settled(at.url)
        assert articles(at.url) == 3


def test_redis_is_full(tmp_path: Path) -> None:
    """Senders are refused, status says so, and after more room everything goes on by itself."""
    with server(tmp_path / "s") as at, services(at.url, tmp_path / "logs") as running:
        send(at.url, 1)
        settled(at.url)
        with Redis.from_url(at.url) as connection:
            used = int(connection.info("memory")["used_memory"])
            connection.config_set("maxmemory", used)
        file = tmp_path / "more.json"
        file.write_text('{"title": "Bridge opens", "url": "https://b.example/1"}')
        refused = typed(at.url, "send", str(file))
        stuck = typed(at.url, "status")

        assert refused.exit_code == 1 and "repeating the command is safe" in refused.stderr
        assert stuck.exit_code == 1 and "raise maxmemory" in stuck.stdout
        with Redis.from_url(at.url) as connection:
            connection.config_set("maxmemory", used * 10)
        assert typed(at.url, "send", str(file)).exit_code == 0
        settled(at.url)
        assert (typed(at.url, "status").exit_code, running.mend()) == (0, [])


def test_the_volume_is_lost(tmp_path: Path) -> None:
    """The log imported into an empty server gives the same stories, and known articles are not doubled."""
    log = str(tmp_path / "log.jsonl.gz")
    with server(tmp_path / "old") as old, services(old.url, tmp_path / "logs"):
        send(old.url, 1, 2, 3)
        settled(old.url)
        before = records(old.url)
        assert typed(old.url, "export", "-o", log).exit_code == 0
    with server(tmp_path / "new") as new:
        assert typed(new.url, "import", log).exit_code == 0
        with services(new.url, tmp_path / "logs"):
            settled(new.url)
            assert records(new.url) == before
            send(new.url, 2, 3)
            send(new.url, 4)
            settled(new.url)
            after = records(new.url)
            assert {one: after.get(one) for one in before} == before
            assert articles(new.url) == 4
            assert typed(new.url, "status").exit_code == 0


def test_a_rolling_upgrade(tmp_path: Path) -> None:
    """New processes stand by, the old ones end, nothing is lost or doubled on the way."""
    with (
        server(tmp_path / "s") as at,
        services(at.url, tmp_path / "old") as old,
        services(at.url, tmp_path / "new") as new,
    ):
        send(at.url, 1, 2)
        for stage in reversed(STAGES):
            stop_process(old.children[stage].process)
            send(at.url, 3 + STAGES.index(stage))
        settled(at.url)
        assert articles(at.url) == 5
        assert {child.process.returncode for child in old.children.values()} <= {0, -signal.SIGTERM}
        assert all(child.process.poll() is None for child in new.children.values())
        with Redis.from_url(at.url, decode_responses=True) as connection:
            events: Any = connection.xrange("stories.published")
            sequences = [int(fields["sequence"]) for _, fields in events]
        assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))


def test_older_code_on_newer_state(tmp_path: Path) -> None:
    """It refuses to start and says what to do; the log gives the same stories in another namespace."""
    with server(tmp_path / "s") as at:
        with services(at.url, tmp_path / "logs"):
            send(at.url, 1, 2)
            settled(at.url)
        with Redis.from_url(at.url) as connection:
            connection.hset("cluster:{all}:ledger", "schema", "999")
        started = Services({**QUICK, "DATELINE_REDIS_URL": at.url}, tmp_path / "older")
        child = started.start("cluster")
        assert child.process.wait(60) != 0
        said = (tmp_path / "older" / "cluster.log").read_text()
        assert "Run the newer version" in said

        rebuilt = typed(at.url, "replay", "--into", "older", "--json")
        assert rebuilt.exit_code == 0, rebuilt.output
        assert records(at.url, Names("older")) == records(at.url)


def test_a_bigger_server(tmp_path: Path) -> None:
    """A replica is promoted while nobody writes: the same stories, and everything goes on."""
    with server(tmp_path / "old") as old, server(tmp_path / "new") as new:
        with services(old.url, tmp_path / "logs"):
            send(old.url, 1, 2)
            settled(old.url)
        with Redis.from_url(old.url) as here, Redis.from_url(new.url) as there:
            there.replicaof("127.0.0.1", old.port)
            wait_for(lambda: there.info("replication")["master_link_status"] == "up", "the link")
            assert here.wait(1, 5_000) == 1
            there.replicaof("NO", "ONE")
        assert records(new.url) == records(old.url) != {}
        with services(new.url, tmp_path / "logs2"):
            send(new.url, 3)
            settled(new.url)
            assert articles(new.url) == 3
            with Redis.from_url(new.url, decode_responses=True) as there:
                events: Any = there.xrange("stories.published")
            epochs = [int(fields["epoch"]) for _, fields in events]
            assert epochs[-1] > epochs[0]


@pytest.mark.parametrize("namespace", ["", "eu"])
def test_reset(tmp_path: Path, namespace: str) -> None:
    """After the runbook's commands nothing of the namespace is left, and sending starts anew."""
    names = Names(namespace)
    with server(tmp_path / "s") as at, Redis.from_url(at.url) as connection:
        article = {"title": "Bridge opens", "url": "https://b.example/1"}
        with services(at.url, tmp_path / "logs", DATELINE_NAMESPACE=namespace):
            connection.xadd(names.raw, article)
            settled(at.url, names)
        if namespace:
            connection.set("kept", "1")
            keys = [*connection.scan_iter(f"{namespace}:*"), *connection.scan_iter(f"{{{namespace}:*")]
            connection.delete(*keys)
            assert [*connection.scan_iter("*")] == [b"kept"]
        else:
            connection.flushdb()
        with services(at.url, tmp_path / "logs", DATELINE_NAMESPACE=namespace):
            connection.xadd(names.raw, article)
            settled(at.url, names)
            outcomes: Any = connection.xrange(names.outcomes)
            assert [fields[b"outcome"] for _, fields in outcomes] == [b"accepted"]
