"""A private server behind a proxy, and the services as real processes, started again when they die."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from dateline.embedded import Server, free_port
from tests.chaos import servers
from tests.chaos.proxy import Proxy

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "DATELINE_PUBLISH_SETTLE_SECONDS": "0",
    "DATELINE_PUBLISH_MIN_PUBLISHERS": "1",
    "DATELINE_LEASE_SECONDS": "1.5",
    "DATELINE_CLAIM_IDLE_SECONDS": "2",
    "DATELINE_TICK_SECONDS": "5",
    "DATELINE_TRIM_SECONDS": "2",
    "DATELINE_LOG_FORMAT": "json",
}
WEB_SETTINGS = {
    "DATELINE_WEB_PRIVATE_TARGETS": "true",
    "DATELINE_WEB_READS_PER_MINUTE": "0",
    "DATELINE_WEB_WRITES_PER_MINUTE": "0",
}
FEEDS_SETTINGS = {
    "DATELINE_FEEDS_LEAST_SECONDS": "1",
    "DATELINE_FEEDS_MOST_SECONDS": "1",
    "DATELINE_FEEDS_ALLOW_PRIVATE": "true",
}
WORKERS = ("ingest.1", "ingest.2", "cluster.1", "cluster.2", "publish.1", "publish.2")


@dataclass
class Stack:
    """Everything that runs. Services come through `proxy`, the harness through `door` (without tricks)."""

    directory: Path
    server: Server
    proxy: Proxy
    door: Proxy
    redis: Redis
    environment: Mapping[str, str]
    options: Mapping[str, str]
    codes: dict[str, Path] = field(default_factory=dict)
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    restarts: int = 0
    kills: int = 0
    preload: dict[str, str] = field(default_factory=dict)
    engine: str = servers.EMBEDDED
    web_port: int = field(default_factory=free_port)

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def web_data(self) -> Path:
        return self.directory / "web"

    def environment_of(self, service: str, code: Path = ROOT) -> dict[str, str]:
        """The environment of a service's process."""
        found = {key: value for key, value in os.environ.items() if not key.startswith("DATELINE_")}
        found |= {"PYTHONPATH": str(code), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        found |= {**self.environment, "DATELINE_REDIS_URL": self.proxy.url}
        found.pop("PYTHONDONTWRITEBYTECODE", None)  # a process that starts a hundred times compiles once
        found["PYTHONPYCACHEPREFIX"] = str(self.directory.parent / "pycache")
        if service == "web":
            web = {"DATELINE_WEB_PORT": str(self.web_port), "DATELINE_WEB_DATA": str(self.web_data)}
            found |= {**WEB_SETTINGS, **web}
        return found | (FEEDS_SETTINGS if service == "feeds" else {})

    def start(self, name: str) -> None:
        """Start a worker: the service before the dot, of the code in `codes` (else this checkout)."""
        code = self.codes.get(name, ROOT)
        service = name.split(".", maxsplit=1)[0]
        with (self.directory / f"{name}.log").open("ab") as log:
            self.workers[name] = subprocess.Popen(
                [sys.executable, "-m", f"services.{service}"],
                cwd=code,
                env=self.environment_of(service, code),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def signal(self, name: str, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.workers[name].send_signal(number)

    def kill(self, name: str) -> None:
        """kill -9, and start again at once (the keeper does)."""
        self.signal(name, signal.SIGKILL)
        self.workers[name].wait()
        self.kills += 1

    def drop(self, name: str) -> None:
        """End a worker for good, as `--scale` down does."""
        process = self.workers.pop(name)
        process.terminate()
        self._reap(process)

    @staticmethod
    def _reap(process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    async def keep(self) -> None:
        """Start again whatever has died, for ever."""
        while True:
            for name, process in list(self.workers.items()):
                if process.poll() is not None:
                    self.restarts += 1
                    self.start(name)
            await asyncio.sleep(0.1)

    async def restart_server(self, kill: bool = True, port: int | None = None) -> None:
        """End the server (kill -9, or SIGTERM) and start it on the same data and port."""
        self.server.process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        await asyncio.to_thread(self.server.process.wait)
        await self.start_server(port or self.server.port)

    async def start_server(self, port: int) -> None:
        with _environment(self.preload):
            self.server = await asyncio.to_thread(
                servers.start, self.engine, self.server.directory, port, self.options
            )
        await self.answer()

    async def power_cut(self, lost_bytes: int) -> int:
        """End the server as a power cut does under everysec: the end of its log never reached the disk.

        (kill -9 alone loses nothing: what was written lies in the kernel's cache.) Returns the bytes cut off.
        """
        self.server.process.kill()
        await asyncio.to_thread(self.server.process.wait)
        logs = sorted((self.server.directory / "appendonlydir").glob("*.incr.aof"))
        size = logs[-1].stat().st_size
        cut = min(lost_bytes, size)
        os.truncate(logs[-1], size - cut)
        await self.start_server(self.server.port)
        return cut

    async def fail_over(self, lag_seconds: float) -> None:
        """A replica that is some way behind becomes the primary; the old one is gone."""
        old = self.server
        directory = old.directory.parent / f"server-{time.monotonic_ns()}"
        replica = await asyncio.to_thread(servers.start, self.engine, directory, None, self.options)
        async with client(replica.url) as there:
            await there.replicaof("127.0.0.1", old.port)  # type: ignore[no-untyped-call]  # untyped in redis-py
            while (await there.info("replication"))["master_link_status"] != "up":  # noqa: ASYNC110  # another process's state: nothing signals it
                await asyncio.sleep(0.05)
            replica.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(lag_seconds)
            old.process.kill()
            await asyncio.to_thread(old.process.wait)
            replica.process.send_signal(signal.SIGCONT)
            await there.replicaof("NO", "ONE")  # type: ignore[no-untyped-call]  # untyped in redis-py
        self.server = replica
        self.proxy.upstream = self.door.upstream = replica.port
        await self.answer()

    async def answer(self, seconds: float = 20) -> None:
        """Wait until the server answers the harness."""
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(RedisError, OSError):
                if await self.redis.ping():
                    return
            assert time.monotonic() < deadline, "the server does not answer"
            await asyncio.sleep(0.05)

    async def close(self) -> None:
        for name in list(self.workers):
            self.signal(name, signal.SIGCONT)
            self.workers[name].terminate()
        for process in self.workers.values():
            await asyncio.to_thread(self._reap, process)


@contextlib.contextmanager
def _environment(extra: Mapping[str, str]):  # type: ignore[no-untyped-def]  # a generator of nothing
    """The process's environment with some more, for a child that is started inside."""
    before = {name: os.environ.get(name) for name in extra}
    os.environ.update(extra)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def client(url: str) -> Redis:
    """A connection of the harness: answers decoded, also what is no text."""
    found: Redis = Redis.from_url(
        url, decode_responses=True, encoding_errors="replace", socket_timeout=20, protocol=2
    )
    return found


@asynccontextmanager
async def stack(
    directory: Path,
    *,
    workers: tuple[str, ...] = WORKERS,
    fsync: str = "always",
    options: Mapping[str, str] | None = None,
    engine: str = servers.EMBEDDED,
    web: bool = False,
    **settings: str,
) -> AsyncIterator[Stack]:
    """A running stack; ended with the block. `web`: with the HTTP door and the feeds service."""
    wanted = {"appendfsync": fsync, **(options or {})}
    server = await asyncio.to_thread(servers.start, engine, directory / "server", None, wanted)
    proxy = Proxy(server.port)
    await proxy.start()
    door = Proxy(server.port)
    await door.start()
    redis = client(door.url)
    built = Stack(directory, server, proxy, door, redis, {**SETTINGS, **settings}, wanted, engine=engine)
    for name in (*workers, *(("web.1", "feeds.1") if web else ())):
        built.start(name)
    keeper = asyncio.create_task(built.keep())
    try:
        yield built
    finally:
        keeper.cancel()
        await built.close()
        await proxy.stop()
        await redis.aclose()
        await door.stop()
        built.server.process.kill()
        built.server.process.wait()
