"""The shell of a service: a FastStream application with health, readiness and metrics.

FastStream carries lifecycle (start, signals, stop), the connection and the ASGI routes; the reading
loops are ours (docs/decisions/0002).
"""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
import uvicorn
from faststream.asgi import AsgiFastStream, AsgiResponse, get
from faststream.redis import RedisBroker
from prometheus_client import make_asgi_app
from redis.asyncio import Redis

from dateline import logs, tracing
from dateline.metrics import ALIVE, READY
from dateline.settings import Settings, SettingsError, load_settings
from dateline.stage import backlog
from dateline.stage.connection import connect
from dateline.stage.health import Health
from dateline.stage.lease import Lease
from dateline.stage.memory import MemoryMark
from dateline.stage.workers import worker_name
from dateline.stage.writer import Work, Writer

log = structlog.get_logger()


@dataclass
class Shell:
    """What a service's tasks get: settings, the connection, health, and the sign to stop."""

    settings: Settings
    redis: Redis
    health: Health
    stop: asyncio.Event
    worker: str
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    failed: bool = False
    refused: SettingsError | None = None

    @property
    def shards(self) -> list[str]:
        """The shards this process may work on."""
        only = [name.strip() for name in self.settings.only_shards.split(",") if name.strip()]
        return [shard for shard in self.settings.shard_map if not only or shard in only]


Start = Callable[[Shell], list[asyncio.Task[None]]]


def writer_for(shell: Shell, work: Work, shard: str) -> Writer:
    """This process's writer of one shard."""
    names = shell.settings.names
    lease = Lease(
        redis=shell.redis,
        key=names.of_shard(work.stage, shard, "lease"),
        ledger=names.of_shard(work.stage, shard, "ledger"),
        holder=shell.worker,
        seconds=shell.settings.lease_seconds,
        stage=work.stage,
        shard=shard,
    )
    memory = MemoryMark(shell.redis, shell.settings.memory_soft_share)
    return Writer(shell.redis, shell.settings, names, shard, work, lease, shell.health, memory)


def main(stage: str, start: Start) -> None:
    """Run a service until SIGTERM or SIGINT. Exit code 1 when a task failed, 2 for bad settings."""
    try:
        settings = load_settings()
        tracing.set_up(stage, settings)
    except SettingsError as error:
        print(f"dateline {stage}: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    logs.set_up(stage, settings.log_format, settings.log_level)
    _collect_seldom()
    for sign in (signal.SIGTERM, signal.SIGINT):
        # uvicorn stops in order at these, and then raises them again: that is the end, and no failure.
        signal.signal(sign, lambda *_: sys.exit(0))
    try:
        shell = asyncio.run(serve(stage, settings, start))
    finally:
        tracing.close()
    if shell.refused is not None:
        print(f"dateline {stage}: {shell.refused}", file=sys.stderr)
        raise SystemExit(2) from shell.refused
    if shell.failed:
        raise SystemExit(1)


def _collect_seldom() -> None:
    """Look for cycles seldom: what services hold is much and has none, and looking costs a twentieth."""
    gc.freeze()
    gc.set_threshold(50_000)


async def serve(stage: str, settings: Settings, start: Start) -> Shell:
    """Serve until stopped; the shell says whether a task failed, or the settings were refused."""
    health = Health(stage, settings.stuck_after_seconds)
    shell = Shell(settings, connect(settings), health, asyncio.Event(), worker_name())
    broker = RedisBroker(settings.redis_url, logger=None)  # type: ignore[arg-type]  # None switches its log off

    async def up() -> None:
        measuring = backlog.keep(shell.redis, settings, stage, shell.shards, shell.stop)
        try:
            begun = start(shell)
        except SettingsError as error:  # not before here: what they name is loaded on this loop
            shell.refused, server.should_exit = error, True
            measuring.close()
            return
        shell.tasks = [*begun, asyncio.create_task(measuring, name="backlog")]
        for task in shell.tasks:
            task.add_done_callback(lambda done: _note_end(server, shell, done))

    async def down() -> None:
        shell.stop.set()
        await asyncio.gather(*shell.tasks, return_exceptions=True)
        await shell.redis.aclose()
        log.info("stopped")

    app = AsgiFastStream(
        broker,
        asgi_routes=[
            ("/health", _health_route(shell, "alive")),
            ("/ready", _health_route(shell, "ready")),
            ("/metrics", make_asgi_app()),
        ],
        logger=None,
        after_startup=[up],
        on_shutdown=[down],
    )
    ALIVE.labels(stage).set_function(lambda: float(health.alive()))
    READY.labels(stage).set_function(lambda: float(health.ready()))
    log.info("starting", worker=shell.worker, shards=settings.shards)
    # A server of our own: the one that FastStream starts for itself cannot be told to stop (its exit() does
    # nothing), and a service whose task has ended must.
    server = uvicorn.Server(
        uvicorn.Config(
            app, host=settings.http_host, port=settings.http_port, log_level="warning", access_log=False
        )
    )
    await server.serve()
    return shell


def _note_end(server: uvicorn.Server, shell: Shell, task: asyncio.Task[None]) -> None:
    """A task that ends before it was asked to takes the service down, with an exit code."""
    if shell.stop.is_set() and (task.cancelled() or task.exception() is None):
        return
    error = None if task.cancelled() else task.exception()
    shell.failed = shell.health.stopped = True
    said = f": {error}" if error is not None and logs.may_be_printed(error) else ""
    log.critical("task ended", error=f"{type(error).__name__}{said}", exc_info=error)
    server.should_exit = True


def _health_route(shell: Shell, wanted: str):  # type: ignore[no-untyped-def]  # FastStream's decorator types it
    @get
    async def health(scope):  # type: ignore[no-untyped-def]  # noqa: ARG001  # faststream's `get` takes any callable; it passes the scope
        report = shell.health.report()
        code = 200 if report[wanted] else 503
        body = json.dumps(report).encode()
        return AsgiResponse(body, status_code=code, headers={"content-type": "application/json"})

    return health
