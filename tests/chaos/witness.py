"""The witness reads the public streams while the run goes on, and the public keys at its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tests.chaos.history import LIVE, History, Outcome, Sent, Version, digest, digest_latest

RAW, CONTROL, PUBLISHED = "articles.raw", "articles.control", "stories.published"
OUTCOMES, LETTERS = "{articles.raw}.outcomes", "{articles.raw}.dead"
CONTROL_OUTCOMES, CONTROL_LETTERS = "{articles.control}.outcomes", "{articles.control}.dead"
READ = (RAW, OUTCOMES, LETTERS, PUBLISHED, CONTROL_OUTCOMES, CONTROL_LETTERS)
REFUSED_ACT = "act_refused"
PAGE = 500
AT_ONCE = 50  # events are large; raw entries must be seen before a full server trims them
MARK = "chaos"  # a field that is not an article's: the number of the message


@dataclass
class Witness:
    """What has been seen so far, and where in each stream the reading stands.

    `raw`: the sender's entries and their numbers. `polled`: those of the feeds service and their URLs.
    """

    redis: Redis
    at: dict[str, str] = field(default_factory=lambda: dict.fromkeys(READ, "0-0"))
    outcomes: list[Outcome] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    acts: list[Outcome] = field(default_factory=list)
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    raw: dict[str, int] = field(default_factory=dict)
    polled: dict[str, str] = field(default_factory=dict)
    settled_at: dict[str, float] = field(default_factory=dict)
    events: list[Version] = field(default_factory=list)
    stories: dict[str, Version] = field(default_factory=dict)
    deleted_at: list[int] = field(default_factory=list)

    async def read(self) -> int:
        """Read what is new in every stream; how many entries that was."""
        async with self.reading:
            return await self._read()

    async def _read(self) -> int:
        reply: Any = await self.redis.xread(dict(self.at), count=AT_ONCE)
        chunks = reply.items() if isinstance(reply, dict) else reply
        count = 0
        for stream, found in chunks or ():
            entries = found[0] if isinstance(reply, dict) else found
            for entry_id, fields in entries:
                self.note(stream, entry_id, fields)
            count += len(entries)
        return count

    async def watch(self) -> None:
        """Read for ever; the server may go away and come back."""
        while True:
            try:
                await asyncio.sleep(0 if await self.read() else 0.1)
            except (RedisError, OSError):
                await asyncio.sleep(0.1)

    def note(self, stream: str, entry_id: str, fields: Mapping[str, str]) -> None:
        self.at[stream] = entry_id
        if stream == RAW and MARK in fields:
            self.raw[entry_id] = int(fields[MARK])
        elif stream == RAW:
            self.polled[entry_id] = fields["url"]
        elif stream == PUBLISHED:
            event = digest(entry_id, fields)
            self.events.append(event)
            self.stories[event.story] = event
        elif stream in (LETTERS, CONTROL_LETTERS):
            if stream == LETTERS:
                self.letters.append(fields["entry_id"])
        else:
            said = Outcome(
                fields["entry_id"],
                fields["outcome"],
                fields["article_id"],
                int(entry_id.split("-", maxsplit=1)[0]),
            )
            (self.outcomes if stream == OUTCOMES else self.acts).append(said)
            self.settled_at.setdefault(said.entry_id, time.monotonic())

    async def take(self, stream: str) -> None:
        """Read the rest of a stream and delete it, in one transaction: nothing slips between."""
        async with self.reading, self.redis.pipeline(transaction=True) as pipe:
            pipe.xrange(stream, min=f"({self.at[stream]}")
            pipe.delete(stream)
            entries, _ = await pipe.execute()
            for entry_id, fields in entries:
                self.note(stream, entry_id, fields)
            self.deleted_at.append(len(self.events))

    async def read_again(self) -> None:
        """Entries, outcomes and dead letters anew: a server that lost some lets others take their place."""
        self.raw, self.polled, self.outcomes, self.letters = {}, {}, [], []
        for stream in (RAW, OUTCOMES, LETTERS):
            for entry_id, fields in await self.redis.xrange(stream):
                self.note(stream, entry_id, fields)

    async def standing(self) -> frozenset[tuple[str, int]]:
        """The events that stand on their stream now: (event id, epoch)."""
        entries = await self.redis.xrange(PUBLISHED)
        return frozenset((fields["id"], int(fields["epoch"])) for _, fields in entries)

    def live(self) -> dict[str, frozenset[str]]:
        """Living stories that are not closed, and their articles, as last seen."""
        return {
            story: version.articles
            for story, version in self.stories.items()
            if version.status in LIVE - {"closed"}
        }

    async def history(self, sent: list[Sent]) -> History:
        """The whole run for the referee, with the public keys as they are now."""
        while await self.read():
            pass
        index = await self.redis.zrange("stories.index", 0, -1, withscores=True)
        latest: dict[str, Version | None] = {}
        names = sorted(self.stories.keys() | {story for story, _ in index})
        for start in range(0, len(names), PAGE):
            some = names[start : start + PAGE]
            values = await self.redis.mget([f"story:{story}" for story in some])
            latest |= {
                story: digest_latest(value) if value else None
                for story, value in zip(some, values, strict=True)
            }
        return History(
            sent=sent,
            outcomes=self.outcomes,
            letters=self.letters,
            later_letters=await self._later_letters(),
            events=self.events,
            index={story: int(score) for story, score in index},
            latest=latest,
        )

    async def _later_letters(self) -> list[str]:
        """Dead letters of the stages behind ingest. Only editors' acts that are refused are due there."""
        found = []
        for stream in ("articles:{all}", "stories:{all}"):
            for _, fields in await self.redis.xrange(f"{stream}.dead"):
                if fields["code"] != REFUSED_ACT:
                    found.append(f"{stream} {fields['entry_id']} {fields['code']}: {fields['reason'][:200]}")
        return found
