"""Versions: when a story is published, which event a fold becomes, and what an event carries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dateline.stories import EventKind, StoryRecord
from dateline.streams import Names
from services.publish.drafts import Draft, publishers

PIPELINE_VERSION = "1"
SCHEMA_URI = "https://dateline.example/schemas/story-record/v1.json"
LARGE_STORY = 100
LONGEST_WAIT = 5.0


def publishable(draft: Draft, min_publishers: int) -> bool:
    """Whether a story may be published: once published always; tombstones only of published ones."""
    if draft.awaits:
        return False
    if draft.version > 0:
        return True
    if draft.status in ("merged", "withdrawn") or not draft.members:
        return False
    return draft.must_publish or len(publishers(draft.members.values())) >= min_publishers


def event_kind(draft: Draft) -> EventKind:
    """The one event of a fold, the first that applies."""
    if draft.version == 0:
        return "created"
    if draft.status == "merged":
        return "merged"
    if draft.status == "withdrawn":
        return "withdrawn"
    if "split" in draft.fold.reasons and draft.split_into:
        return "split"
    if "closed" in draft.fold.reasons and draft.status == "closed":
        return "closed"
    return "updated"


def settle_wait(articles: int, settle_seconds: float) -> float:
    """Seconds a story must be still; above 100 articles the wait grows with size."""
    return settle_seconds * max(1.0, articles / LARGE_STORY)


def due_at(first_change: float, last_change: float, wait: float) -> float:
    """When a changed story is published: still for `wait`, or changing for five times that."""
    return min(last_change + wait, first_change + LONGEST_WAIT * wait)


def changed(record: StoryRecord) -> bool:
    """Whether a version says anything new: a fold that undid itself is no version."""
    return record.version == 1 or bool(record.change.fields_changed)


def event_fields(
    record: StoryRecord, kind: EventKind, *, names: Names, shard: str, sequence: int, epoch: int
) -> dict[str, str]:
    """The stream fields of a story event: CloudEvents 1.0 attributes and `data`."""
    return {
        "specversion": "1.0",
        "id": f"{record.story_id}:{record.version}",
        "source": names.source(shard),
        "type": f"dateline.story.{kind}.v1",
        "subject": record.story_id,
        "time": rfc3339(record.updated_at),
        "datacontenttype": "application/json",
        "dataschema": SCHEMA_URI,
        "sequence": f"{sequence:020d}",
        "epoch": str(epoch),
        "data": record.model_dump_json(),
    }


def resent_kind(record: StoryRecord) -> EventKind:
    """The event under which a stored record is sent again."""
    kinds: dict[str, EventKind] = {"merged": "merged", "withdrawn": "withdrawn", "closed": "closed"}
    return kinds.get(record.status, "created" if record.version == 1 else "updated")


def latest_json(data: str, sequence: str, epoch: int) -> str:
    """The value of ``story:<id>``: where it stands, then the record's own fields.

    Sequence and epoch come first so that a script can compare without parsing the whole record.
    """
    return f'{{"sequence":"{sequence}","epoch":{epoch},{data[1:]}'


def next_epoch(old: int, lost_possible: bool, now_seconds: int) -> int:
    """The epoch in force: raised when acknowledged writes may have been lost, never lowered."""
    return max(old + 1, now_seconds) if lost_possible or old == 0 else old


def rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


Published = Callable[[str], bool]
