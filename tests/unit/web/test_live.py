"""Readers of live events that are slow are dropped, and told why."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.types import Message as AsgiMessage

from services.web import live
from services.web.context import Door
from services.web.filters import Filter, facets
from services.web.live import RING_MESSAGES, Ring, Stream
from services.web.messages import Message, sse
from tests.unit.web.desk import record

A_FEW = 100  # more than a reader has taken up before it finds that it is held


class Reader:
    """A reader of a stream that takes nothing while `held`; `told` is all it was sent."""

    def __init__(self) -> None:
        self.told = b""
        self.ready = asyncio.Event()
        self.ready.set()

    async def send(self, message: AsgiMessage) -> None:
        await self.ready.wait()
        self.told += message.get("body", b"")

    async def receive(self) -> AsgiMessage:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def until(self, words: bytes) -> None:
        async with asyncio.timeout(10):
            while words not in self.told:  # noqa: ASYNC110  # a stream has no event of its own
                await asyncio.sleep(0.001)


def event(number: int) -> Message:
    body = sse("created", b'{"number": %d}' % number, f"{number}-0")
    return Message(number, f"{number}-0", body, body, facets(record()))


def stream(ring: Ring) -> Stream:
    door = SimpleNamespace(stop=asyncio.Event(), settings=SimpleNamespace(web_heartbeat_seconds=30.0))
    return Stream(cast(Door, door), ring, Filter(), brief=False, start=ring.last)


def reading(ring: Ring, reader: Reader) -> asyncio.Task[None]:
    scope: Any = {"type": "http"}
    return asyncio.create_task(stream(ring)(scope, reader.receive, reader.send))


async def test_a_reader_that_falls_out_of_the_ring_is_told_and_dropped() -> None:
    ring, reader = Ring(), Reader()
    task = reading(ring, reader)
    await reader.until(b"retry:")
    await asyncio.sleep(0)
    ring.add([event(1)])
    await reader.until(b'"number": 1}')
    before = live.DROPPED.labels("behind")._value.get()
    reader.ready.clear()
    for number in range(2, RING_MESSAGES + A_FEW):
        ring.add([event(number)])
        await asyncio.sleep(0)
    reader.ready.set()
    await asyncio.wait_for(task, 10)
    *_, last = reader.told.strip().split(b"\n\n")
    assert last.startswith(b"event: dropped\n")
    assert b"go on with Last-Event-ID" in last
    assert live.DROPPED.labels("behind")._value.get() == before + 1
    assert len(ring.messages) == RING_MESSAGES


async def test_a_reader_that_takes_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "STUCK_SECONDS", 0.02)
    ring, reader = Ring(), Reader()
    task = reading(ring, reader)
    await reader.until(b"retry:")
    before = live.DROPPED.labels("stuck")._value.get()
    reader.ready.clear()
    ring.add([event(1)])
    await asyncio.wait([task], timeout=10)
    assert task.cancelled()
    assert live.DROPPED.labels("stuck")._value.get() == before + 1
    assert b"number" not in reader.told


async def test_others_go_on_while_one_is_dropped() -> None:
    ring, slow, quick = Ring(), Reader(), Reader()
    tasks = [reading(ring, slow), reading(ring, quick)]
    await slow.until(b"retry:")
    await quick.until(b"retry:")
    slow.ready.clear()
    for number in range(1, RING_MESSAGES + A_FEW):
        ring.add([event(number)])
        await quick.until(b'"number": %d}' % number)
    slow.ready.set()
    await asyncio.wait_for(tasks[0], 10)
    assert b"event: dropped" in slow.told
    assert b"event: dropped" not in quick.told
    tasks[1].cancel()
