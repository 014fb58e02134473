"""What subscribers of the HTTP door have received, as plain values, and what must be true of it.

A reader of ``/v1/changes`` misses nothing and gets no version twice; a webhook gets every event at least
once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.chaos.history import LIVE, History

BEHIND = 500  # events that the door may not have read yet when their stream is deleted


@dataclass(frozen=True, slots=True)
class Given:
    """One item of the changes feed; `beginning` counts how often the feed began anew (`reset`)."""

    beginning: int
    change: str
    story: str
    version: int


@dataclass
class Received:
    """`held`: the reader's mirror at the end. `delivered`: (event id, epoch) of every webhook, as it came.

    `arrived` holds each of these once. `deleted_at`: how many events there had been each time the stream was
    deleted.
    """

    held: dict[str, int] = field(default_factory=dict)
    given: list[Given] = field(default_factory=list)
    delivered: list[tuple[str, int]] = field(default_factory=list)
    deleted_at: list[int] = field(default_factory=list)
    arrived: set[tuple[str, int]] = field(default_factory=set)

    def note(self, webhook: tuple[str, int]) -> None:
        """A webhook has come."""
        self.delivered.append(webhook)
        self.arrived.add(webhook)


def missed(history: History, received: Received) -> Iterator[str]:
    """Stories that the mirror has wrong, and events that no webhook brought."""
    live = {
        story: record.version
        for story, record in history.latest.items()
        if record is not None and record.status in LIVE
    }
    for story in sorted(live.keys() | received.held.keys()):
        if live.get(story) != received.held.get(story):
            yield f"/v1/changes left {story} at {received.held.get(story)}, it is at {live.get(story)}"
    if history.lossy:
        return
    delivered = set(received.delivered)
    for number, event in enumerate(history.events):
        excused = any(at - BEHIND <= number < at for at in received.deleted_at)
        if (event.event_id, event.epoch) not in delivered and not excused:
            yield f"no webhook brought {event.event_id} of epoch {event.epoch}"


def doubled(history: History, received: Received) -> Iterator[str]:
    """Versions that a reader of the changes feed got again, or out of order.

    A server that lost some may give them out anew, under a higher epoch.
    """
    if history.lossy:
        return
    last: dict[tuple[int, str], int] = {}
    for one in received.given:
        before = last.get((one.beginning, one.story), 0)
        if one.change != "removed" and one.version <= before:
            yield f"/v1/changes gave {one.story}:{one.version} after {before}"
        last[one.beginning, one.story] = max(before, one.version)
