"""The lease on a shard: who may write, renewed in the background, with a fence number."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from redis.asyncio import Redis

from dateline.metrics import LEASE
from dateline.stage import faults, scripts
from dateline.stage.workers import gone


@dataclass
class Lease:
    """One process's claim to one shard of one stage."""

    redis: Redis
    key: str
    ledger: str
    holder: str
    seconds: float
    stage: str
    shard: str
    fence: str = ""
    orphaned: bool = False
    good_until: float = 0.0

    def __post_init__(self) -> None:
        LEASE.labels(self.stage, self.shard).set_function(lambda: float(self.held))

    @property
    def held(self) -> bool:
        """Whether it is sure that nobody else may have taken it."""
        return time.monotonic() < self.good_until

    async def take(self) -> bool:
        """Take the lease if it is free, ours, or a dead process's who has not renewed it; True when held.

        `orphaned` says afterwards that its holder has died and that it soon can be taken.
        """
        holder = await self._ask("take")
        self.orphaned = holder != self.holder and gone(holder)
        if self.orphaned:
            holder = await self._ask("take", dead=holder)
            self.orphaned = holder != self.holder
        return holder == self.holder

    async def renew(self) -> bool:
        return await self._ask("renew") == self.holder

    async def _ask(self, act: str, dead: str = "") -> str:
        """Who holds it then."""
        asked = time.monotonic()
        given: list[scripts.Argument] = [self.holder, int(self.seconds * 1000), act, dead]
        found, fence = await scripts.run(self.redis, "lease", [self.key, self.ledger], given)
        holder: str = found.decode()
        if holder == self.holder:
            self.fence, self.good_until = fence.decode(), asked + self.seconds
        return holder

    async def keep(self) -> bool:
        """Whether the shard is still ours, asked anew when the time is up.

        A process that computed for long may find its lease expired and free: it goes on if nobody else
        has taken it in between, which the fence says.
        """
        if self.held or await self.renew():
            return True
        before = int(self.fence or 0)
        return await self.take() and int(self.fence) == before + 1

    async def release(self) -> None:
        """Give it up, so that a standby need not wait for its end."""
        with contextlib.suppress(Exception):
            await scripts.run(self.redis, "lease", [self.key, self.ledger], [self.holder, 0, "release", ""])
        self.good_until = 0.0

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Renew in the background while inside."""
        task = asyncio.create_task(self._renew_for_ever())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _renew_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.seconds / 3)
            try:
                await self.renew()
            except Exception as error:
                if not faults.is_infrastructure(error):
                    raise
