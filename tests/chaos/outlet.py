"""An outlet whose feed, on loopback, grows and changes; it sends nothing, the feeds service polls it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.chaos.stack import Stack
from tests.chaos.traffic import Piece, seed_articles, told

FIRST_EDITION = 1_000_000  # far from the sender's: no article is of both
SHOWN = 60
PERIOD_SECONDS = 3.0
CHANGE_SHARE = 0.2


@dataclass
class Outlet:
    """What the feed shows, and all it ever showed: each article must reach articles.raw at least once."""

    stack: Stack
    rng: random.Random
    shown: list[Piece] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    writing: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    server: asyncio.Server | None = None
    address: str = ""

    async def start(self) -> None:
        """Open the feed, and add it as an operator does."""
        self.server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/feed.json"
        await asyncio.to_thread(feeds, self.stack, "add", self.address)
        self.tasks.append(asyncio.create_task(self._write()))

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.server is not None:
            self.server.close()

    def lacks(self, polled: Iterable[str]) -> bool:
        """Whether something that the feed showed has not come in."""
        return not self.written <= set(polled)

    async def call(self) -> None:
        """`dateline feeds now`: what a killed poller had claimed is due at once, not in minutes.

        A server that may lose what it acknowledged may have lost the feed: it is added again.
        """
        await asyncio.to_thread(feeds, self.stack, "add", self.address)
        await asyncio.to_thread(feeds, self.stack, "now")

    async def _write(self) -> None:
        articles = pieces(self.rng)
        while True:
            await self.writing.wait()
            if self.shown and self.rng.random() < CHANGE_SHARE:
                at = self.rng.randrange(len(self.shown))
                self.shown[at] = changed(self.shown[at], self.rng)
            self.shown = [*self.shown, next(articles)][-SHOWN:]
            self.written.add(self.shown[-1].name)
            await asyncio.sleep(PERIOD_SECONDS)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Every path but robots.txt is the feed."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            found = b"robots.txt" not in head.split(b"\r\n", 1)[0]
            body = document(self.shown) if found else b""
            said = f"HTTP/1.1 {'200 OK' if found else '404 Not Found'}\r\ncontent-length: {len(body)}\r\n"
            writer.write(f"{said}content-type: application/feed+json\r\nconnection: close\r\n\r\n".encode())
            writer.write(body)
            await writer.drain()
        writer.close()


def pieces(rng: random.Random) -> Iterator[Piece]:
    """Articles without end, edition by edition."""
    base = seed_articles()
    for edition in itertools.count(FIRST_EDITION):
        for article in rng.sample(base, len(base)):
            body = told(article, edition, edition)
            yield Piece(body["url"], body, None)


def changed(piece: Piece, rng: random.Random) -> Piece:
    """The article with another sentence."""
    text = f"{piece.body.get('text', '')} Update {rng.randrange(10**9)}."
    return replace(piece, body={**piece.body, "text": text})


def document(shown: list[Piece]) -> bytes:
    """A JSON Feed, newest first."""
    items = [
        {
            "id": one.name,
            "url": one.name,
            "title": one.body["title"],
            "content_text": one.body.get("text", ""),
        }
        for one in reversed(shown)
    ]
    head = {"version": "https://jsonfeed.org/version/1.1", "title": "The Polled Outlet"}
    return json.dumps({**head, "items": items}, ensure_ascii=False).encode()


def feeds(stack: Stack, *words: str) -> None:
    """`dateline feeds …`, as often as the server needs to come back."""
    command = [str(Path(sys.executable).with_name("dateline")), "feeds", *words]
    environment = {**stack.environment_of("feeds"), "DATELINE_REDIS_URL": stack.door.url}
    for _ in range(10):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
    raise AssertionError(f"dateline feeds {' '.join(words)}: {done.stdout}{done.stderr}")
