"""Servers with the users of `dateline access`: the embedded one, and redis:8 that speaks TLS only."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError
from typer.testing import CliRunner, Result

from dateline.cli import app
from dateline.embedded import SERVER_OPTIONS, start_server, stop_process
from tests.integration.access.certificates import make_certificates

START_SECONDS = 30.0
ACL_FILE = {"aclfile": "/access/acl/users.acl"}
TAKEN = "The server has taken the rules"
TLS = {
    "port": "0",
    "tls-port": "6379",
    "tls-auth-clients": "no",
    "tls-ca-cert-file": "/access/tls/ca.crt",
    "tls-cert-file": "/access/tls/redis.crt",
    "tls-key-file": "/access/tls/redis.key",
}


@dataclass
class Fort:
    """A server, and the folder of `dateline access make`. `ca`: the authority, where it speaks TLS."""

    folder: Path
    host: str = "127.0.0.1"
    port: int = 0
    ca: Path | None = None

    def url(self, user: str = "", password: str | None = None) -> str:
        """How a user comes in; none: without user and password."""
        scheme, query = ("rediss", f"?ssl_ca_certs={self.ca}") if self.ca else ("redis", "")
        said = (self.folder / user / "password").read_text() if user and password is None else password
        login = f"{user}:{said}@" if user else ""
        return f"{scheme}://{login}{self.host}:{self.port}/0{query}"

    def connect(self, user: str = "", password: str | None = None) -> Redis:
        return Redis.from_url(self.url(user, password), decode_responses=True)

    def typed(self, *words: str, user: str = "", **environment: str) -> Result:
        """The command, with the user's password in a file as services have it."""
        said = {"DATELINE_REDIS_URL": self.url(user, "").replace(":@", "@"), "COLUMNS": "200"}
        if user:
            said["DATELINE_REDIS_PASSWORD_FILE"] = str(self.folder / user / "password")
        return CliRunner().invoke(app, list(words), env={**said, **environment})

    def make(self, mode: str = "contract", **environment: str) -> Result:
        return self.typed(
            "access", "make", "--mode", mode, "--folder", str(self.folder), user="admin", **environment
        )


@pytest.fixture(scope="module", params=["embedded", "redis:8 with TLS"])
def fort(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fort]:
    """Its rules are those of the contract (what anybody may do without a password)."""
    folder = tmp_path_factory.mktemp("access")
    folder.chmod(0o755)  # the container's user reads the ACL file
    one = Fort(folder)
    assert one.make().exit_code == 0
    if request.param == "embedded":
        server = start_server(folder / "server", options={"aclfile": str(folder / "acl" / "users.acl")})
        one.port = server.port
        assert one.make().exit_code == 0  # who names no user gets their rights when the data is loaded
        yield one
        stop_process(server.process)
        return
    request.getfixturevalue("docker_engine")
    one.ca = make_certificates(folder / "tls")
    yield from _in_a_container(one)


def _in_a_container(one: Fort) -> Iterator[Fort]:
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415  # only with an engine

    options = {**SERVER_OPTIONS, **ACL_FILE, **TLS}
    command = ["redis-server", *(part for name, value in options.items() for part in (f"--{name}", value))]
    container = DockerContainer("redis:8").with_exposed_ports(6379).with_command(command)
    for part in ("acl", "tls"):
        container.with_volume_mapping(str(one.folder / part), f"/access/{part}", "ro")
    with container:
        one.port = int(container.get_exposed_port(6379))
        deadline = time.monotonic() + START_SECONDS
        while not _there(one):
            assert time.monotonic() < deadline, container.get_logs()
            time.sleep(0.05)
        assert one.make().exit_code == 0
        yield one


def _there(one: Fort) -> Any:
    try:
        with one.connect("probe", "any") as probe:
            return probe.ping()
    except (RedisError, OSError):
        return False
