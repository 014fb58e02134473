"""Following ``stories.published``: read, apply with the position, and mend what was missed.

Without a position it starts at the stream's beginning. When events were missed (trimmed, lost, or the
position is of another server) the latest records are read from ``stories.index`` and ``story:<id>``.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from dateline.client.events import Before, Place, Tracker, place_of
from dateline.stage.entries import START, Entry, bounded, mean_size, of_stream, read_count, split_id
from dateline.stage.health import Loop
from dateline.stories import StoryRecord
from dateline.streams import Names
from services.web.applying import Incoming
from services.web.store import Store

log = structlog.get_logger()

READ_AT_ONCE = 50
READ_BYTES = 8 * 2**20  # of JSON; parsed it takes ten times as much
BLOCK_MS = 1_000
PAGE = 200
RECONCILE_SECONDS = 600.0
WAITS = (0.1, 0.5, 1.0, 2.0, 5.0)


class Latest(NamedTuple):
    """A story whose latest record is to be read; its size in bytes."""

    story_id: str
    size: int


@dataclass
class Follower:
    """Where the door stands on the stream; the committed state is the store's."""

    redis: Redis
    names: Names
    store: Store
    loop: Loop
    applied: asyncio.Condition = field(default_factory=asyncio.Condition)
    position: str = START
    tracker: Tracker = field(default_factory=Tracker)
    reconcile_due: float = 0.0
    mean_size: float = READ_BYTES  # nothing is known yet: the first is read alone

    def load(self) -> None:
        """Take up the committed position."""
        self.position = self.store.meta("position", START)
        places = json.loads(self.store.meta("places", "{}"))
        self.tracker = Tracker({source: (one[0], one[1]) for source, one in places.items()})

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until asked to stop; a server that is away is waited for."""
        self.load()
        failures = 0
        while not stop.is_set():
            try:
                await self.turn()
                failures = 0
            except (RedisError, OSError) as error:
                self.loop.failed(f"waiting for the server: {error}")
                failures += 1
                if failures == 2:
                    log.warning("waiting for the server", error=str(error))
                self.load()
                await asyncio.sleep(WAITS[min(failures, len(WAITS)) - 1])

    async def turn(self) -> None:
        """Read and apply once; reconcile when it is due and the stream is read to its end."""
        read = await self._read_on()
        self.loop.turn()
        if read:
            return
        last = await self._last_id()
        if split_id(last) < split_id(self.position):
            log.warning("stories.published was lost or set back; reading it from its beginning")
            self.position, self.reconcile_due = START, 0.0
            await asyncio.to_thread(self.store.apply, [], {"position": START})
        elif time.monotonic() >= self.reconcile_due:
            await self.reconcile()
        self.loop.batch()

    async def _read_on(self) -> bool:
        """Read once and apply; whether there was anything."""
        entries = await self._read()
        for batch in bounded(entries, READ_AT_ONCE, READ_BYTES):
            await self._apply(batch)
        return bool(entries)

    async def _catch_up(self) -> None:
        """Read up to where the stream ends now."""
        last = split_id(await self._last_id())
        while split_id(self.position) < last and await self._read_on():
            self.loop.turn()

    async def _read(self) -> list[Entry]:
        wait = BLOCK_MS if time.monotonic() < self.reconcile_due else 1
        count = read_count(READ_AT_ONCE, READ_BYTES, self.mean_size)
        reply = await self.redis.xread({self.names.published: self.position}, count=count, block=wait)
        entries = of_stream(reply)
        self.mean_size = mean_size(self.mean_size, entries)
        return entries

    async def _last_id(self) -> str:
        if not await self.redis.exists(self.names.published):
            return START
        info: Any = await self.redis.xinfo_stream(self.names.published)
        last = info["last-generated-id"]
        return last.decode() if isinstance(last, bytes) else str(last)

    async def _apply(self, entries: Sequence[Entry]) -> None:
        batch = await asyncio.to_thread(self._batch, entries)
        places = {source: list(place) for source, place in self.tracker.last.items()}
        meta = {"position": entries[-1].entry_id, "places": json.dumps(places)}
        await asyncio.to_thread(self.store.apply, batch, meta)
        self.position = entries[-1].entry_id
        self.loop.batch()
        await self._tell()

    async def _tell(self) -> None:
        async with self.applied:
            self.applied.notify_all()

    def _batch(self, entries: Sequence[Entry]) -> list[Incoming]:
        """Parsed in a thread: readers are served meanwhile."""
        return [one for entry in entries if (one := self._incoming(entry)) is not None]

    def _incoming(self, entry: Entry) -> Incoming | None:
        """An entry as what is applied; None (and a reconciliation) where it cannot be read."""
        try:
            source, place = place_of(entry.fields)
            one = read_entry(entry, place)
        except ValueError as error:
            reason = str(error).splitlines()[0]
            log.warning("an entry of stories.published cannot be read", entry=entry.entry_id, reason=reason)
            self.reconcile_due = 0.0
            return None
        verdict = self.tracker.note(source, place, self.tracker.last.get(source, Before.NOTHING))
        if verdict.notice:
            log.info("events were missed; the latest records are read again", notice=verdict.notice)
            self.reconcile_due = 0.0
        return one

    async def reconcile(self) -> None:
        """Bring every story up to its latest record; forget those that are no longer kept."""
        rows = await asyncio.to_thread(
            self.store.rows, "SELECT story_id, epoch, version FROM stories WHERE live = 1"
        )
        held = {row[0]: (row[1], row[2]) for row in rows}
        listed: set[str] = set()
        start = 0
        while ids := await self._index(start):
            listed.update(ids)
            await self._fetch(ids, held)
            start += len(ids)
            self.loop.turn()
        await self._part(sorted(held.keys() - listed), held)
        self.reconcile_due = time.monotonic() + RECONCILE_SECONDS

    async def _index(self, start: int) -> list[str]:
        found: Any = await self.redis.zrange(self.names.index, start, start + PAGE - 1)
        return [member.decode() for member in found]

    async def _fetch(self, ids: Sequence[str], held: dict[str, Place]) -> set[str]:
        """Apply the latest records of these stories where they are newer; the ids that have none."""
        pipe = self.redis.pipeline(transaction=False)
        for one in ids:
            pipe.strlen(self.names.story(one))
        latest = [Latest(*each) for each in zip(ids, await pipe.execute(), strict=True)]
        gone: set[str] = set()
        for part in bounded(latest, PAGE, READ_BYTES):
            gone |= await self._fetch_part([one.story_id for one in part], held)
        return gone

    async def _fetch_part(self, ids: Sequence[str], held: dict[str, Place]) -> set[str]:
        values: Any = await self.redis.mget([self.names.story(one) for one in ids])
        await self._catch_up()  # a record is set behind its event: applied first, it would make that one late
        batch = []
        for story_id, value in zip(ids, values, strict=True):
            one = read_latest(story_id, value, self.names) if value is not None else None
            if one is not None and (one.epoch, one.version) > held.get(story_id, (-1, -1)):
                batch.append(one)
        if batch:
            await asyncio.to_thread(self.store.apply, batch)
            await self._tell()
        return {story_id for story_id, value in zip(ids, values, strict=True) if value is None}

    async def _part(self, ids: Sequence[str], held: dict[str, Place]) -> None:
        """Stories that the index lists no longer: merged, withdrawn, or expired."""
        for at in range(0, len(ids), PAGE):
            part = ids[at : at + PAGE]
            expired = await self._fetch(part, held)
            if expired:
                await asyncio.to_thread(self.store.expire, sorted(expired))
                await self._tell()


def read_entry(entry: Entry, place: Place) -> Incoming:
    """An entry of ``stories.published``.

    Raises:
        ValueError: it is no story event (pydantic's ValidationError included).
    """
    fields = {name: entry.fields.get(name.encode(), b"").decode() for name in ("type", "source", "time")}
    raw = entry.fields.get(b"data", b"")
    record = StoryRecord.model_validate_json(raw)
    parts = fields["type"].split(".")
    if len(parts) < 3:
        raise ValueError(f"type: {fields['type']!r} is no story event's")
    return Incoming(
        record.story_id, place[0], parts[2], fields["source"], entry.fields[b"sequence"].decode(),
        fields["time"], record, raw, split_id(entry.entry_id),
    )  # fmt: skip  # a row of values


_KINDS = {"merged": "merged", "withdrawn": "withdrawn", "closed": "closed"}


def read_latest(story_id: str, value: bytes, names: Names) -> Incoming | None:
    """The value of ``story:<id>`` as what is applied; None where it cannot be read."""
    try:
        body = json.loads(value)
        sequence, epoch = str(body.pop("sequence")), int(body.pop("epoch"))
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        record = StoryRecord.model_validate_json(raw)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("a record cannot be read", story=story_id, reason=str(error).splitlines()[0])
        return None
    kind = _KINDS.get(record.status, "created" if record.version == 1 else "updated")
    return Incoming(
        story_id,
        epoch,
        kind,
        names.source(shard_of(story_id)),
        sequence,
        record.updated_at.isoformat(),
        record,
        raw,
    )


def shard_of(story_id: str) -> str:
    """The shard that a story id names."""
    parts = story_id.split("-")
    return parts[1] if len(parts) > 2 else "all"
