"""The CloudEvents attributes of an event that the index holds."""

from __future__ import annotations

from typing import Any

from services.web.reading import Version

TYPE = "dateline.story.{kind}.v1"
SCHEMA = "https://dateline.example/schemas/story-record/v1.json"


def attributes(one: Version) -> dict[str, Any]:
    """As on ``stories.published``; a record that was read without its event gets an equal one."""
    return {
        "specversion": "1.0",
        "id": f"{one.story_id}:{one.version}",
        "source": one.source,
        "type": TYPE.format(kind=one.kind),
        "subject": one.story_id,
        "time": one.time,
        "datacontenttype": "application/json",
        "dataschema": SCHEMA,
        "sequence": one.sequence,
        "epoch": one.epoch,
    }
