"""A subscription to ``stories.published``: where it stands, and the plans that move it on."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from redis.exceptions import ResponseError

from dateline.client.events import Before, Event, Place, Tracker, Verdict, place_of, read_event
from dateline.client.plans import BLOCK_SECONDS, Plan, good, last_id, text
from dateline.stage.entries import START, Entry, of_stream, read_entries, split_id
from dateline.streams import Names

log = logging.getLogger("dateline.client")

Gaps = Literal["mark", "raise"]
Since = str | datetime

READ_ALONE = 50
READ_IN_GROUP = 10
LOOKED_BACK = 10
MOST_LOOKED_BACK = 500
MOST_HANDED_BACK = 1_000


def position(since: Since, last: str) -> str:
    """The entry id that `since` means: "new", "all", an entry id, or a time (ISO 8601 or datetime; UTC
    where it has no zone).

    Raises:
        ValueError: it is none of these.
    """
    if since == "new":
        return last
    if since in ("all", "0"):
        return START
    if isinstance(since, str):
        milliseconds, _, sequence = since.partition("-")
        if milliseconds.isdigit() and (not sequence or sequence.isdigit()):
            return since if sequence else f"{since}-0"
    moment = since if isinstance(since, datetime) else _moment(since)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    before = max(0, round(moment.timestamp() * 1000) - 1)
    return f"{before}-{2**63 - 1}" if before else START


def _moment(since: str) -> datetime:
    try:
        return datetime.fromisoformat(since)
    except ValueError:
        raise ValueError(f"since: {since!r} is none of new, all, an entry id, an ISO 8601 time") from None


def consumer_name() -> str:
    """host + pid + random: no two subscribers share a name."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


@dataclass
class Subscription:
    """Where a subscriber stands. Without a group it keeps its own position; with one the server does."""

    names: Names
    group: str | None
    since: Since
    consumer: str = field(default_factory=consumer_name)
    claim_after: float = 300.0
    cursor: str = START
    from_new: bool = False
    from_start: bool = False
    tracker: Tracker = field(default_factory=Tracker)
    claim_due: float = 0.0
    restarted: bool = False

    @property
    def stream(self) -> str:
        return self.names.published

    # --- plans ----------------------------------------------------------------------------------

    def open(self) -> Plan[None]:
        """Find the position; with a group, create it there unless it exists."""
        last = (yield from last_id(self.stream)) if self.since == "new" else START
        self.cursor = position(self.since, last)
        self.from_start = self.cursor == START
        self.from_new = self.since == "new"
        if self.group is not None and (yield from self._create_group(self.cursor)):
            self.from_new = self.from_start = False

    def _create_group(self, at: str) -> Plan[bool]:
        """Create the group; True if it was there."""
        (reply,) = yield [("XGROUP CREATE", self.stream, self.group, at, "MKSTREAM")]
        if isinstance(reply, ResponseError) and "BUSYGROUP" in str(reply):
            return True
        good(reply)
        return False

    def poll(self) -> Plan[list[Event]]:
        """The next events, waiting a second at most; entries that are no events are passed over."""
        if self.group is None:
            return (yield from self._poll_alone())
        if time.monotonic() >= self.claim_due:
            claimed = yield from self._claim()
            if claimed:
                return claimed
        (reply,) = yield [self._read_group(">")]
        if isinstance(reply, ResponseError) and "NOGROUP" in str(reply):
            yield from self._restart()
            return []
        return (yield from self._events(of_stream(good(reply))))

    def _read_group(self, at: str) -> tuple[Any, ...]:
        wait = int(BLOCK_SECONDS * 1000)
        command = ("XREADGROUP", "GROUP", self.group, self.consumer, "COUNT", READ_IN_GROUP, "BLOCK", wait)
        return (*command, "STREAMS", self.stream, at)

    def _poll_alone(self) -> Plan[list[Event]]:
        wait = int(BLOCK_SECONDS * 1000)
        (reply,) = yield [("XREAD", "COUNT", READ_ALONE, "BLOCK", wait, "STREAMS", self.stream, self.cursor)]
        entries = of_stream(good(reply))
        if not entries:
            last = yield from last_id(self.stream)
            if split_id(last) < split_id(self.cursor):
                yield from self._restart()
            return []
        events = yield from self._events(entries)
        self.cursor = entries[-1].entry_id
        return events

    def _restart(self) -> Plan[None]:
        """The stream was lost or set back behind our position: from its beginning, with a notice."""
        log.warning("%s was lost or set back; reading it from its beginning", self.stream)
        self.cursor, self.restarted = START, True
        self.from_new = self.from_start = False
        if self.group is not None:
            yield from self._create_group(START)

    def acknowledge(self, event: Event) -> Plan[None]:
        """Say that an event is handled (only with a group)."""
        if self.group is not None:
            (reply,) = yield [("XACK", self.stream, self.group, event.entry_id)]
            good(reply)

    def close(self) -> Plan[None]:
        """Take the consumer's name away; what was read and not handled is for the next who asks, at once."""
        if self.group is None:
            return
        (pending,) = yield [("XPENDING", self.stream, self.group, "-", "+", MOST_HANDED_BACK, self.consumer)]
        ids = [text(entry_id) for entry_id, *_ in good(pending)]
        if ids:
            idle = ("IDLE", int(self.claim_after * 1000), "JUSTID")
            yield [("XCLAIM", self.stream, self.group, self.consumer, 0, *ids, *idle)]
            return
        yield [("XGROUP DELCONSUMER", self.stream, self.group, self.consumer)]

    def _claim(self) -> Plan[list[Event]]:
        """Take over what a subscriber of the group read and never acknowledged."""
        idle = int(self.claim_after * 1000)
        command = ("XAUTOCLAIM", self.stream, self.group, self.consumer, idle, START, "COUNT", READ_IN_GROUP)
        (reply,) = yield [command]
        if isinstance(reply, ResponseError) and "NOGROUP" in str(reply):
            return []
        entries = read_entries(good(reply)[1])
        self.claim_due = time.monotonic() + (0 if entries else min(self.claim_after / 2, 30))
        found = [self._event(entry, Verdict(duplicate=True)) for entry in entries]
        return [event for event in found if event is not None]

    # --- what the entries say ---------------------------------------------------------------------

    def _events(self, entries: Sequence[Entry]) -> Plan[list[Event]]:
        events: list[Event] = []
        for entry in entries:
            try:
                source, place = place_of(entry.fields)
            except ValueError as error:
                log.warning("%s %s is no story event: %s", self.stream, entry.entry_id, error)
                yield from self._acknowledge_id(entry.entry_id)
                continue
            before = yield from self._before(entry.entry_id, source, place)
            seen = self.tracker.last.get(source)
            event = self._event(entry, self.verdict(source, place, before))
            if event is not None:
                events.append(event)
                continue
            # Unreadable: it stays missing, so that the next event of its source says so.
            self.tracker.last[source] = seen or (place[0], place[1] - 1)
            yield from self._acknowledge_id(entry.entry_id)
        return events

    def verdict(self, source: str, place: Place, before: Place | Before) -> Verdict:
        """Judge an event and remember it; after a restart what came before is not known."""
        if self.restarted and source not in self.tracker.last:
            self.tracker.last[source] = place
            return Verdict(notice=f"{source}: the stream was lost or set back; some events may be missing")
        return self.tracker.note(source, place, before)

    def _acknowledge_id(self, entry_id: str) -> Plan[None]:
        if self.group is not None:
            yield [("XACK", self.stream, self.group, entry_id)]

    def _event(self, entry: Entry, verdict: Verdict) -> Event | None:
        try:
            event = read_event(entry.entry_id, entry.fields, verdict)
        except ValueError as error:
            log.warning("%s %s cannot be read: %s", self.stream, entry.entry_id, str(error).splitlines()[0])
            return None
        if event.notice:
            log.warning("%s", event.notice)
        return event

    def _before(self, entry_id: str, source: str, place: Place) -> Plan[Place | Before]:
        """What came before an event in its source: remembered, or found in the stream.

        In a group others read what lies between, so only the stream itself can tell.
        """
        known = self.tracker.last.get(source)
        if known is not None and (self.group is None or self.tracker.follows(source, place)):
            return known
        if known is None and self.from_new:
            return Before.ANYTHING
        found = yield from self._look_back(entry_id, source)
        if found is None:
            return Before.NOTHING if self.from_start and known is None else Before.UNKNOWN
        return found

    def _look_back(self, entry_id: str, source: str) -> Plan[Place | None]:
        at, seen = entry_id, 0
        while seen < MOST_LOOKED_BACK:
            (reply,) = yield [("XREVRANGE", self.stream, f"({at}", "-", "COUNT", LOOKED_BACK)]
            entries = read_entries(good(reply))
            for entry in entries:
                if entry.fields.get(b"source", b"").decode("utf-8", "replace") == source:
                    return place_of(entry.fields)[1]
            if len(entries) < LOOKED_BACK:
                return None
            at, seen = text(entries[-1].entry_id), seen + len(entries)
        return None


__all__ = ["Gaps", "Since", "Subscription", "consumer_name", "position"]
