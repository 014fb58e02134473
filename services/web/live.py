"""Live events: one ring of the last messages for all readers; a reader is a place in it.

A reader that falls out of the ring, or takes nothing for too long, is dropped: memory does not grow
with readers that are slow. With Last-Event-ID it goes on where it was, read from the index.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import anyio
import structlog
from prometheus_client import Counter, Gauge
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.web import reading, since
from services.web.context import Door
from services.web.events import attributes
from services.web.filters import Filter, facets, fits
from services.web.messages import Message, chunks, cloud_event, said, sse
from services.web.rows import card

log = structlog.get_logger()

RING_MESSAGES = 512
RING_BYTES = 32 * 2**20
READ_AT_ONCE = 20
STUCK_SECONDS = 60.0

READERS = Gauge("dateline_door_readers", "Event streams open now")
DROPPED = Counter(
    "dateline_door_dropped", "Event streams that were ended because the reader was slow", ["why"]
)


def message(one: reading.Version) -> Message:
    """An event encoded for readers."""
    record = one.record
    given = attributes(one)
    brief = {"kind": one.kind, "merged_into": record.merged_into, **card(record)}
    said_brief = json.dumps(brief, ensure_ascii=False, separators=(",", ":")).encode()
    return Message(
        one.n,
        one.entry_id,
        sse(one.kind, cloud_event(given, one.raw), one.entry_id),
        sse(one.kind, said_brief, one.entry_id),
        facets(record),
    )


@dataclass
class Ring:
    """The last messages in the order of the log. `lost`: up to this row they are in it no longer."""

    messages: deque[Message] = field(default_factory=deque)
    last: int = 0
    lost: int = 0
    size: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, messages: list[Message]) -> None:
        """Take up new messages, forget the oldest, wake the readers."""
        for one in messages:
            self.messages.append(one)
            self.size += one.size
            self.last = one.n
        while len(self.messages) > RING_MESSAGES or (self.size > RING_BYTES and len(self.messages) > 1):
            gone = self.messages.popleft()
            self.size -= gone.size
            self.lost = gone.n
        self.news.set()
        self.news = asyncio.Event()

    def after(self, n: int) -> list[Message]:
        """Messages after a row, the oldest first."""
        found: list[Message] = []
        for one in reversed(self.messages):
            if one.n <= n:
                break
            found.append(one)
        found.reverse()
        return found


def _after(door: Door, n: int) -> list[Message]:
    """The next messages behind a row of the log, read and encoded (in a thread)."""
    return [message(one) for one in since.events_after(door.store, n, READ_AT_ONCE)]


async def fill(door: Door, ring: Ring) -> None:
    """Keep the ring up with the index until the door closes."""
    ring.last = ring.lost = await asyncio.to_thread(door.store.head)
    while not door.stop.is_set():
        messages = await asyncio.to_thread(_after, door, ring.last)
        if messages:
            ring.add(messages)
            continue
        async with door.applied:
            try:
                await asyncio.wait_for(door.applied.wait(), 1.0)
            except TimeoutError:
                continue
    ring.news.set()


class Stream(Response):
    """One reader's event stream.

    `start`: the row after which it begins; None: where the reader asked to go on is no longer kept.
    """

    def __init__(self, door: Door, ring: Ring, wanted: Filter, *, brief: bool, start: int | None) -> None:
        super().__init__(media_type="text/event-stream")
        self.door, self.ring, self.wanted, self.brief, self.start = door, ring, wanted, brief, start

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Serve until the reader goes, is too slow, or the door closes."""
        READERS.inc()
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(_until_gone, receive, group.cancel_scope)
                await self._serve(send)
                group.cancel_scope.cancel()
        finally:
            READERS.dec()

    async def _serve(self, send: Send) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            async for data in self._data():
                for chunk in chunks(data):
                    with anyio.fail_after(STUCK_SECONDS):
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except TimeoutError:
            DROPPED.labels("stuck").inc()
            log.info("a reader took nothing for too long and was dropped", seconds=STUCK_SECONDS)
            raise anyio.get_cancelled_exc_class() from None
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _data(self) -> AsyncIterator[bytes]:
        yield b"retry: 3000\n\n"
        at = self.ring.last
        if self.start is None:
            yield said(
                "reset", reason="events after your Last-Event-ID are no longer kept; read /v1/changes anew"
            )
        else:
            at = self.start
            async for row, data in self._catch_up(at):
                at = row
                if data:
                    yield data
        while not self.door.stop.is_set():
            if at < self.ring.lost:
                DROPPED.labels("behind").inc()
                yield said(
                    "dropped", reason="you read more slowly than events come; go on with Last-Event-ID"
                )
                return
            news = self.ring.news  # before looking: what comes meanwhile sets it
            found = self.ring.after(at)
            for one in found:
                at = one.n
                if fits(self.wanted, one.facets):
                    yield one.brief if self.brief else one.whole
            if not found and not await _within(news, self.door.settings.web_heartbeat_seconds):
                yield b": alive\n\n"
        yield said("closing", reason="the door closes; come back with Last-Event-ID")

    async def _catch_up(self, at: int) -> AsyncIterator[tuple[int, bytes]]:
        """From the index, a few at a time, until the ring has what follows."""
        while at < self.ring.lost and not self.door.stop.is_set():
            messages = await asyncio.to_thread(_after, self.door, at)
            if not messages:
                yield self.ring.lost, b""
                return
            for one in messages:
                at = one.n
                wanted = fits(self.wanted, one.facets)
                yield at, ((one.brief if self.brief else one.whole) if wanted else b"")


async def _within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
