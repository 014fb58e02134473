"""Users of a server that restarts, loads or is replaced by a bigger one: no rule costs data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis import Redis
from redis.exceptions import BusyLoadingError
from redis.exceptions import ConnectionError as RedisConnectionError

from dateline.access import MODES
from dateline.embedded import free_port, start_server, stop_process
from tests.conftest import ROOT
from tests.integration.access.commands import (
    refused,
)
from tests.integration.access.conftest import TAKEN, Fort
from tests.integration.test_up import wait_for

FILLED = 4_000  # a server that loads looks at its clients after every 1,024 commands


@pytest.mark.parametrize("mode", MODES)
def test_a_restart_loses_nothing_whoever_may_do_what(tmp_path: Path, mode: str) -> None:
    """A server judges the transactions in its AOF by the rights of who names no user."""
    fort = Fort(tmp_path)
    fort.make(mode)
    for _ in range(2):
        with _started(fort):
            fort.make(mode)
            with fort.connect("operator") as operator:
                operator.pipeline(transaction=True).hset("h", "a", "b").incr("n").execute()
    with _started(fort), fort.connect("admin") as admin:
        assert (admin.get("n"), admin.hgetall("h")) == ("2", {"a": "b"})


def test_rights_given_while_a_server_loads_cost_no_data(docker_engine: None, tmp_path: Path) -> None:
    """It takes ACL SETUSER while it loads its AOF, and drops by it what comes then: both givers must wait."""
    fort = Fort(tmp_path, port=free_port())
    tmp_path.chmod(0o755)
    fort.make()
    (tmp_path / "keeper" / "password").chmod(0o444)  # the container's user is another
    with as_composed(fort) as container:
        with fort.connect("admin") as admin:
            pipe = admin.pipeline(transaction=False)
            for _ in range(FILLED):  # a script's writes are a transaction in the AOF
                pipe.eval("redis.call('INCR', KEYS[1]) redis.call('HSET', KEYS[2], 'a', 'b')", 2, "n", "h")
            pipe.execute()
        container.kill()
        container.start()
        wait_for(lambda: TAKEN in fort.make().stderr, "the server")
        with fort.connect("admin") as admin:
            assert admin.get("n") == str(FILLED)
        with fort.connect() as anybody:
            assert refused(anybody, "SET a b")


@contextmanager
def as_composed(fort: Fort) -> Iterator[Any]:
    """redis:8 started as docker-compose.yml does it, but slow to load (0.2 ms a command)."""
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415  # not everybody has an engine

    composed = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["redis"]
    words = ["redis-server", "--aclfile /access/acl/users.acl", "--appendonly yes", "--appendfsync always"]
    words += ["--save ''", "--key-load-delay 200"]
    container = DockerContainer("redis:8").with_bind_ports(6379, fort.port).with_command(words)
    container.with_kwargs(entrypoint=[part.replace("$$", "$") for part in composed["entrypoint"]])
    container.with_volume_mapping(str(fort.folder / "acl"), "/access/acl", "ro")
    container.with_volume_mapping(str(fort.folder / "keeper"), "/access/own", "ro")
    with container, fort.connect("probe", "any") as probe:
        wait_for(lambda: _pongs(probe), "the server")
        yield container.get_wrapped_container()


@contextmanager
def _started(fort: Fort) -> Iterator[None]:
    """The embedded server with the fort's ACL file, its data loaded."""
    options = {"aclfile": str(fort.folder / "acl" / "users.acl")}
    server = start_server(fort.folder / "server", options=options)
    fort.port = server.port
    try:
        with fort.connect("probe", "any") as probe:
            wait_for(lambda: _pongs(probe), "the data to be loaded")
        yield
    finally:
        stop_process(server.process)


def test_a_bigger_server_with_users(tmp_path: Path) -> None:
    """The runbook's steps where servers have users: the replica has the ACL file, and comes in as admin."""
    old, new = Fort(tmp_path), Fort(tmp_path)
    old.make()
    options = {"aclfile": str(tmp_path / "acl" / "users.acl")}
    with _started(old):
        larger = start_server(tmp_path / "larger", options=options)
        new.port = larger.port
        try:
            with old.connect("admin") as here, new.connect("admin") as there:
                here.set("n", "1")
                there.config_set("masteruser", "admin")
                there.config_set("masterauth", (tmp_path / "admin" / "password").read_text())
                there.replicaof("127.0.0.1", old.port)
                wait_for(lambda: there.info("replication")["master_link_status"] == "up", "the link")
                assert here.wait(1, 5_000) == 1
                there.replicaof("NO", "ONE")
                assert there.get("n") == "1"
        finally:
            stop_process(larger.process)


def _pongs(probe: Redis) -> bool:
    try:
        return bool(probe.ping())
    except (BusyLoadingError, RedisConnectionError):
        return False
