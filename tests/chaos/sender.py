"""The sender: messages onto articles.raw and acts onto articles.control, whatever the server does."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from redis.exceptions import RedisError

from tests.chaos import acts
from tests.chaos.history import Sent
from tests.chaos.received import BEHIND
from tests.chaos.stack import Stack
from tests.chaos.traffic import Message
from tests.chaos.witness import CONTROL, MARK, RAW, Witness

BATCH = 20
ORDERED = {"cluster": "articles:{all}", "publish": "stories:{all}"}
PATIENCE_SECONDS = 5.0  # what a server has lost never comes out


@dataclass
class Sender:
    """Numbers every message; what an entry means is looked up by the number it carries.

    `acknowledged`: when each entry's id came back; `numbers`: which message it is.
    """

    stack: Stack
    witness: Witness
    rng: random.Random
    window: int = 400
    acts_share: float = 0.04
    messages: list[Message] = field(default_factory=list)
    acknowledged: dict[str, float] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    acts: int = 0
    until: float = float("inf")
    lag: int = 0
    asked: float = 0.0
    door: Callable[[], int] = lambda: 0  # how many events the door has still to pass on

    async def send(self, messages: Iterator[Message]) -> None:
        """Send all, never far ahead of what has come out, at the door too, and no more when it is late."""
        while time.monotonic() < self.until and (batch := list(islice(messages, BATCH))):
            patience = time.monotonic() + PATIENCE_SECONDS
            while self.ahead() > self.window and time.monotonic() < patience:  # noqa: ASYNC110  # another process's state: nothing signals it
                await asyncio.sleep(0.02)  # the witness counts; nobody signals
            while await self.far_ahead() and time.monotonic() < self.until:  # noqa: ASYNC110  # another process's state: nothing signals it
                await asyncio.sleep(0.2)
            start = len(self.messages)
            self.messages += batch
            await self._add(batch, start)
            if self.rng.random() < self.acts_share * BATCH:
                await self.act()

    def ahead(self) -> int:
        """Entries without an outcome (those of the feeds service are few)."""
        return len(self.acknowledged) + len(self.witness.polled) - len(self.witness.outcomes)

    async def far_ahead(self) -> bool:
        """Whether a stage or the door has to catch up first."""
        return await self.behind() > self.window or self.door() > BEHIND // 2

    async def behind(self) -> int:
        """How many entries cluster or publish, whichever is slower, has still to apply."""
        if time.monotonic() >= self.asked + 0.5:
            with contextlib.suppress(RedisError, OSError):
                self.lag = max([await self.lag_of(stage) for stage in ORDERED])
                self.asked = time.monotonic()
        return self.lag

    async def lag_of(self, stage: str) -> int:
        """How many entries an ordered stage has still to apply."""
        stream = ORDERED[stage]
        if not await self.stack.redis.exists(stream):
            return 0
        added = (await self.stack.redis.xinfo_stream(stream))["entries-added"]
        said = await self.stack.redis.hmget(f"{stage}:{{all}}:ledger", ["applied", "base"])
        return int(added) - int(said[0] or 0) - int(said[1] or 0)

    async def _add(self, batch: list[Message], start: int) -> None:
        """Add a batch; where the answer is lost it is sent again, and then those are duplicates."""
        while True:
            try:
                async with self.stack.redis.pipeline(transaction=True) as pipe:
                    for number, message in enumerate(batch, start):
                        pipe.xadd(RAW, {**message.fields, MARK: str(number)})
                    entries = await pipe.execute()
                self.numbers |= zip(entries, range(start, start + len(batch)), strict=True)
                self.acknowledged |= dict.fromkeys(entries, time.monotonic())
                return
            except (RedisError, OSError):
                self.refused += 1
                await asyncio.sleep(0.2)

    async def act(self) -> None:
        """Do one thing that an operator does."""
        for one in acts.choose(self.rng, self.witness.live(), self.acts):
            while True:
                try:
                    await self.stack.redis.xadd(CONTROL, one)  # type: ignore[arg-type]  # str is a subtype
                    self.acts += 1
                    break
                except (RedisError, OSError):
                    await asyncio.sleep(0.2)

    def sent(self, entries: dict[str, int]) -> list[Sent]:
        """What was sent, of the entries that were seen on the stream."""
        return [
            Sent(entry_id, message.article, message.sense, order=message.order)
            for entry_id, number in entries.items()
            for message in [self.messages[number]]
        ]
