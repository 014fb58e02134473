"""What was sent and what came out, as plain values that the referee judges."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.chaos.records import inconsistencies

Sense = Literal["usable", "withheld", "canceled", "garbage"]
LIVE = frozenset({"developing", "settled", "closed"})


@dataclass(frozen=True, slots=True)
class Sent:
    """One raw entry and what its sender meant: which article (his own name for it) and what of it.

    `order` is the sender's own order of revisions (`updated_at`, ms) where all of an article's messages
    have one; None: the entry's id decides. `words` stands for the content: equal words, equal content.
    """

    entry_id: str
    article: str
    sense: Sense
    words: str = ""
    order: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    entry_id: str
    outcome: str
    article_id: str
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Removed:
    article_id: str
    to_story: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """One story event, digested: what the guarantees speak of, without the texts."""

    entry_id: str
    source: str
    sequence: int
    epoch: int
    event_id: str
    kind: str
    story: str
    version: int
    previous: int | None
    status: str
    articles: frozenset[str]
    added: frozenset[str]
    removed: tuple[Removed, ...]
    merged_into: str | None = None
    merged_from: tuple[tuple[str, bool], ...] = ()
    split_from: tuple[str, bool] | None = None
    split_into: tuple[tuple[str, bool], ...] = ()
    truncated: int = 0
    faults: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[int, int]:
        return self.epoch, self.sequence


@dataclass
class History:
    """All of a run. `reported` are ids that the system itself reported as lost (deleted unread).

    `latest` holds story:<id> as (epoch, sequence, digest), None where the key does not exist. `lossy`: the
    server was allowed to lose acknowledged writes (everysec, failover); then `sent` holds what it kept,
    and `standing` the (event id, epoch) of the events that are still on their stream.
    """

    sent: list[Sent] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    later_letters: list[str] = field(default_factory=list)
    events: list[Version] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)
    latest: dict[str, Version | None] = field(default_factory=dict)
    expired: frozenset[str] = frozenset()
    lossy: bool = False
    standing: frozenset[tuple[str, int]] = frozenset()


def digest(entry_id: str, fields: Mapping[str, str]) -> Version:
    """A story event as the stream has it."""
    record = json.loads(fields["data"])
    return _digest(
        record,
        entry_id=entry_id,
        source=fields["source"],
        place=(int(fields["epoch"]), int(fields["sequence"])),
        event_id=fields["id"],
        kind=fields["type"].split(".")[2],
    )


def digest_latest(value: str) -> Version:
    """The value of story:<id>."""
    record = json.loads(value)
    place = (int(record["epoch"]), int(record["sequence"]))
    name = f"{record['story_id']}:{record['version']}"
    return _digest(record, entry_id="", source="", place=place, event_id=name, kind="")


def _digest(
    record: Mapping[str, Any], *, entry_id: str, source: str, place: tuple[int, int], event_id: str, kind: str
) -> Version:
    change = record["change"]
    return Version(
        entry_id=entry_id,
        source=source,
        epoch=place[0],
        sequence=place[1],
        event_id=event_id,
        kind=kind,
        story=record["story_id"],
        version=record["version"],
        previous=record["previous_version"],
        status=record["status"],
        articles=frozenset(article["article_id"] for article in record["articles"]),
        added=frozenset(change["articles_added"]),
        removed=tuple(Removed(one["article_id"], one["to_story_id"]) for one in change["articles_removed"]),
        merged_into=record["merged_into"],
        merged_from=_named(record["merged_from"]),
        split_from=_named([record["split_from"]])[0] if record["split_from"] else None,
        split_into=_named(record["split_into"]),
        truncated=record["articles_truncated"],
        faults=tuple(inconsistencies(record)),
    )


def _named(refs: list[Mapping[str, Any]]) -> tuple[tuple[str, bool], ...]:
    """(story, whether it is said to be unpublished) of each reference."""
    return tuple((ref["story_id"], bool(ref["unpublished"])) for ref in refs)
