"""Services on a server that the test may stop, and one place that says what is sent."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.integration.stage.conftest import Stoppable, stoppable_valkey
from tests.integration.stage.house import ALL, House, settings_for


class Running:
    """All services in a thread of their own, so that a test may use blocking calls."""

    def __init__(self, url: str, names: Sequence[str], **changes: Any) -> None:
        self.settings = settings_for(url, **changes)
        self._names = names
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    async def _run(self) -> None:
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        house = House(self.settings)
        house.start(*self._names)
        self._ready.set()
        await self._stop.wait()
        await house.stop()

    def __enter__(self) -> Running:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *error: object) -> None:
        assert self._loop is not None and self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(60)
        assert not self._thread.is_alive(), "the services did not stop"


@pytest.fixture
def services(server_url: str) -> Iterator[Running]:
    """All services on an empty server; a story needs one publisher and is published at once."""
    with Running(server_url, ALL) as running:
        yield running


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Stoppable]:
    """An embedded server of this test's own."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context(stoppable_valkey(tmp_path))
