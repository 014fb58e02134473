"""The composition root: the follower, the HTTP server, and the housekeeping, in one process."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
import uvicorn
from starlette.types import ASGIApp

from dateline.settings import Settings
from dateline.stage.service import Shell
from services.web import outbox, webhooks
from services.web.context import Door
from services.web.door import build
from services.web.flow import Flow, sample
from services.web.follow import Follower
from services.web.keep import Keep, copies, now_ms
from services.web.live import Ring, fill
from services.web.store import Store

log = structlog.get_logger()

HOUSEKEEPING_SECONDS = 60.0
CLOSING_SECONDS = 5


class Server(uvicorn.Server):
    """uvicorn without signal handlers: the service's shell has them."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def start(shell: Shell) -> list[asyncio.Task[None]]:
    """Start the door's tasks; each ends when the shell says stop."""
    settings = shell.settings
    data = Path(settings.web_data)
    _say_if_lost(settings)
    store, keep = Store(data / "index.db"), Keep(data / "keep.db")
    loop = shell.health.loop(settings.names.published)
    loop.role = "reading"
    follower = Follower(shell.redis, settings.names, store, loop)
    door = Door(settings, shell.redis, store, keep, follower.applied, shell.stop, shell.health)
    ring, flow = Ring(), Flow()
    tasks = {
        "live": fill(door, ring),
        "follow": follower.run(shell.stop),
        "flow": sample(door, flow),
        "serve": serve(shell, door, build(door, ring, flow)),
        "queue webhooks": webhooks.fill(door),
        "send webhooks": webhooks.send(door),
        "housekeeping": keep_house(shell, door),
    }
    return [asyncio.create_task(task, name=name) for name, task in tasks.items()]


def _backups(settings: Settings) -> Path:
    return Path(settings.web_backups) if settings.web_backups else Path(settings.web_data) / "backups"


def _say_if_lost(settings: Settings) -> None:
    """A door that starts with nothing where it once had something says what it could go on with."""
    keep, found = Path(settings.web_data) / "keep.db", copies(_backups(settings))
    if found and not keep.exists():
        log.warning(
            "tokens and webhooks are gone; to have them back stop the door and put the copy in their place",
            file=str(keep),
            copy=str(found[-1]),
        )


def _copy_keep(door: Door) -> None:
    """A disk that is full or away costs the copy, not the door."""
    try:
        door.keep.back_up(_backups(door.settings))
    except (OSError, sqlite3.Error) as error:
        log.error("keep.db could not be copied", folder=str(_backups(door.settings)), error=str(error))


async def serve(shell: Shell, door: Door, app: ASGIApp) -> None:
    """Serve HTTP until asked to stop; open event streams are told and closed."""
    settings = shell.settings
    config = uvicorn.Config(
        app, host=settings.web_host, port=settings.web_port, log_level="warning", access_log=False,
        server_header=False, proxy_headers=False, timeout_graceful_shutdown=CLOSING_SECONDS, lifespan="off",
    )  # fmt: skip  # a row of values
    server = Server(config)
    log.info("door", url=f"http://{settings.web_host}:{settings.web_port}/", data=settings.web_data)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(shell.stop.wait())
    await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    async with door.applied:
        door.applied.notify_all()
    stopping.cancel()
    await serving


async def keep_house(shell: Shell, door: Door) -> None:
    """Drop what is old, a bit at a time; copy what cannot be made again."""
    while not shell.stop.is_set():
        oldest = now_ms() - shell.settings.web_keep_seconds * 1_000
        while await asyncio.to_thread(door.store.prune, oldest):
            pass  # a bit at a time: the follower writes in between
        await asyncio.to_thread(outbox.forget_old, door.keep, oldest)
        await asyncio.to_thread(_copy_keep, door)
        try:
            await asyncio.wait_for(shell.stop.wait(), HOUSEKEEPING_SECONDS)
        except TimeoutError:
            continue
