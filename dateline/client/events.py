"""Story events as a subscriber gets them, and how holes in their sequence are noticed.

Sequences are free of gaps per (source, epoch). `Event.notice` is not empty when events are missing
before this one, or may be; then the subscriber reads again what it holds (`client.story(id)`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from dateline.stories import StoryEvent, StoryRecord


class Event(StoryEvent):
    """A story event, with its place in the stream and what the subscription noticed before it.

    `entry_id`: where to go on (``since=event.entry_id``). `missed`: events of its source that are
    missing right before it, 0 where the number cannot be known. `duplicate`: it may have been
    handled before. `notice`: why what the subscriber holds may be outdated; empty when all is well.
    """

    entry_id: str
    missed: int = 0
    duplicate: bool = False
    notice: str = ""

    @property
    def resync(self) -> bool:
        """Whether to read again what is held: events were missed, or may have been."""
        return bool(self.notice)


class Before(Enum):
    """What is known of a source before its first event, when it is not a sequence."""

    ANYTHING = "the subscription starts now; what was before does not matter"
    NOTHING = "the stream begins here, and was asked for from its beginning"
    UNKNOWN = "the entries before the position are trimmed"


Place = tuple[int, int]
"""(epoch, sequence) of an event."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an event's place says: how many are missing before it, whether it was seen, and in words."""

    missed: int = 0
    duplicate: bool = False
    notice: str = ""


@dataclass
class Tracker:
    """The last place seen of each source."""

    last: dict[str, Place] = field(default_factory=dict)

    def follows(self, source: str, place: Place) -> bool:
        """Whether a place is right behind the last one seen."""
        known = self.last.get(source)
        return known is not None and known == (place[0], place[1] - 1)

    def note(self, source: str, place: Place, before: Place | Before) -> Verdict:
        """Judge an event by what came before it, and remember it."""
        verdict = judge(source, place, before)
        if not verdict.duplicate:
            self.last[source] = place
        return verdict


def judge(source: str, place: Place, before: Place | Before) -> Verdict:
    """Compare an event's (epoch, sequence) with what came before it in its source."""
    epoch, sequence = place
    if isinstance(before, Before):
        return _first_seen(source, sequence, before)
    last_epoch, last_sequence = before
    if epoch < last_epoch or (epoch == last_epoch and sequence <= last_sequence):
        return Verdict(duplicate=True)
    if epoch > last_epoch:
        return Verdict(notice=f"{source}: epoch {epoch} after {last_epoch}: the server may have lost events")
    missed = sequence - last_sequence - 1
    return Verdict(missed, notice=f"{source}: {missed} missing before sequence {sequence}" if missed else "")


def _first_seen(source: str, sequence: int, before: Before) -> Verdict:
    if before is Before.ANYTHING or sequence == 1:
        return Verdict()
    if before is Before.NOTHING:
        return Verdict(sequence - 1, notice=f"{source}: the first {sequence - 1} events are trimmed")
    return Verdict(notice=f"{source}: what was before sequence {sequence} is trimmed, perhaps unread")


def place_of(fields: Mapping[bytes, bytes]) -> tuple[str, Place]:
    """Source and (epoch, sequence) of an entry of ``stories.published``.

    Raises:
        ValueError: it is not a story event.
    """
    try:
        return fields[b"source"].decode(), (int(fields[b"epoch"]), int(fields[b"sequence"]))
    except KeyError as error:
        raise ValueError(f"{error} is missing") from error


def read_event(entry_id: str, fields: Mapping[bytes, bytes], verdict: Verdict) -> Event:
    """Parse an entry of ``stories.published``.

    Raises:
        ValueError: it is not a story event (pydantic's ValidationError included).
    """
    given = {name.decode(): value.decode() for name, value in fields.items() if name != b"data"}
    given |= {"entry_id": entry_id}
    record = StoryRecord.model_validate_json(fields.get(b"data", b""))
    noticed = {"missed": verdict.missed, "duplicate": verdict.duplicate, "notice": verdict.notice}
    return Event.model_validate(given | noticed | {"data": record})
