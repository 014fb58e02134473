"""Two subscribers of the HTTP door: one mirrors ``/v1/changes``, one takes webhooks."""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.chaos.history import Version
from tests.chaos.received import Given, Received
from tests.chaos.stack import Stack

EPOCH = re.compile(rb'"epoch":"?(\d+)')
PAGE = 500
LOOKED_AT = 2_000  # events, the newest, by which it is told how far the door is behind


@dataclass
class Subscriber:
    """Follows the door of a stack through all that is done to it."""

    stack: Stack
    client: httpx.AsyncClient
    received: Received = field(default_factory=Received)
    cursor: str = ""
    beginnings: int = 0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    server: asyncio.Server | None = None
    behind: bool = True

    async def start(self) -> None:
        """Register a webhook, and begin to follow."""
        self.server = await asyncio.start_server(self._receive, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        token = await asyncio.to_thread(new_token, self.stack)
        headers = {"authorization": f"Bearer {token}"}
        while True:
            with contextlib.suppress(httpx.TransportError):
                given = {"url": f"http://127.0.0.1:{port}/"}
                answer = await self.client.post("/v1/webhooks", json=given, headers=headers)
                assert answer.status_code == 201, answer.text
                break
            await asyncio.sleep(0.1)
        self.tasks.append(asyncio.create_task(self._follow()))

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.server is not None:
            self.server.close()
        await self.client.aclose()

    def lacks(self, events: Iterable[Version]) -> bool:
        """Whether something that stood on the stream has not reached both."""
        for task in self.tasks:
            if task.done():
                task.result()
        return self.behind or self.undelivered(events)

    def undelivered(self, events: Iterable[Version]) -> bool:
        """Whether a webhook for one of these is still to come."""
        arrived = self.received.arrived
        return any((event.event_id, event.epoch) not in arrived for event in events)

    def lag(self, events: Sequence[Version]) -> int:
        """How many webhooks for the last of these events are still to come."""
        recent = events[-LOOKED_AT:]
        return sum((event.event_id, event.epoch) not in self.received.arrived for event in recent)

    async def _follow(self) -> None:
        while True:
            try:
                await self.follow()
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            await asyncio.sleep(0 if self.behind else 0.1)

    async def follow(self) -> None:
        """One page of the changes feed."""
        params = {"limit": PAGE} | ({"cursor": self.cursor} if self.cursor else {})
        answer = await self.client.get("/v1/changes", params=params)
        if answer.status_code == 503:
            return
        assert answer.status_code == 200, answer.text
        page = answer.json()
        if page["reset"]:
            self.beginnings += 1
            self.received.held = {}
        for change in ("added", "changed", "removed"):
            for one in page[change]:
                self._note(change, one)
        self.behind = page["more"] or any(page[change] for change in ("added", "changed", "removed"))
        self.cursor = page["cursor"]

    def _note(self, change: str, one: dict[str, Any]) -> None:
        story, version = one["story_id"], one["version"]
        self.received.given.append(Given(self.beginnings, change, story, version))
        if change == "removed":
            self.received.held.pop(story, None)
        else:
            self.received.held[story] = version

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take webhooks off one connection until it is closed."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").casefold()
                said = dict(line.split(": ", 1) for line in head.splitlines()[1:] if ": " in line)
                body = await reader.readexactly(int(said["content-length"]))
                found = EPOCH.search(body[:2_000])
                assert found, body[:200]
                self.received.note((said["webhook-id"], int(found[1])))
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def subscriber(stack: Stack) -> Subscriber:
    """A subscriber of the stack's door."""
    return Subscriber(stack, httpx.AsyncClient(base_url=stack.web_url, timeout=10))


def new_token(stack: Stack) -> str:
    """A token for the door, as an operator makes one."""
    command = [str(Path(sys.executable).with_name("dateline")), "token", "add", "chaos", "--scope", "admin"]
    environment = stack.environment_of("web")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return re.findall(r"dl_\S+", done.stdout)[0]
