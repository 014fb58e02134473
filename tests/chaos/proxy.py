"""A TCP proxy between services and server that breaks connections where it hurts.

Tricks wait in a queue; the next script call that passes falls for the first. It relays everything else.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

Trick = Literal["drop_reply", "cut_request", "delay", "half_open"]
CHUNK = 256 * 1024
DELAY_SECONDS = 1.5
HALF_OPEN_SECONDS = 4.0


@dataclass
class Proxy:
    """Listens on a free port of loopback and relays to `upstream` (which may change: a failover)."""

    upstream: int
    tricks: deque[Trick] = field(default_factory=deque)
    played: dict[str, int] = field(default_factory=dict)
    port: int = 0
    server: asyncio.Server | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self.server is not None
        self.server.close()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        except OSError:
            writer.close()
            self.tasks.discard(task)
            return
        link = Link(self, (reader, writer), (up_reader, up_writer))
        try:
            await link.run()
        except asyncio.CancelledError:
            pass
        finally:
            link.close()
            self.tasks.discard(task)


@dataclass
class Link:
    """One client's connection and its connection to the server."""

    proxy: Proxy
    client: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    server: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    dropping: bool = False

    async def run(self) -> None:
        """Relay both ways until either side ends."""
        ways = [asyncio.create_task(self._requests()), asyncio.create_task(self._replies())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    def close(self) -> None:
        for _, writer in (self.client, self.server):
            with contextlib.suppress(OSError, RuntimeError):
                writer.transport.abort()

    async def _requests(self) -> None:
        while data := await self.client[0].read(CHUNK):
            if self.proxy.tricks and b"EVAL" in data[:64]:
                data = await self._play(data)
            self.server[1].write(data)
            await self.server[1].drain()
            if not data:
                return

    async def _play(self, data: bytes) -> bytes:
        """Play the next trick on a script call; what is then still to be sent (nothing: cut off)."""
        trick = self.proxy.tricks.popleft()
        self.proxy.played[trick] = self.proxy.played.get(trick, 0) + 1
        if trick == "drop_reply":
            self.dropping = True
        elif trick == "delay":
            await asyncio.sleep(DELAY_SECONDS)
        elif trick == "cut_request":
            self.server[1].write(data[: len(data) // 2])
            await self.server[1].drain()
            return b""
        else:  # half open: both sides stay connected, and nothing passes for a while
            await asyncio.sleep(HALF_OPEN_SECONDS)
            return b""
        return data

    async def _replies(self) -> None:
        while data := await self.server[0].read(CHUNK):
            if self.dropping:
                return
            self.client[1].write(data)
            await self.client[1].drain()
