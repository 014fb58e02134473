"""Records and incoming events for the door's tests: fictional, small, whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from dateline.stories import StoryRecord
from services.web.store import Incoming

NOON = datetime(2025, 7, 18, 12, 0, tzinfo=UTC)


def story_id(number: int) -> str:
    return f"s-all-1752800000000-{number}-0"


def article(number: int, publisher: str = "wire.example", **more: Any) -> dict[str, Any]:
    return {
        "article_id": f"a-{number:024x}", "url": f"https://www.{publisher}/{number}",
        "title": f"Article {number} of {publisher}", "publisher": {"id": publisher, "domain": publisher},
        "published_at": NOON.isoformat(), **more,
    }  # fmt: skip


def record(number: int = 1, version: int = 1, **given: Any) -> StoryRecord:
    """A record; `given` replaces its fields."""
    moment = NOON + timedelta(minutes=number, seconds=version)
    fields: dict[str, Any] = {
        "story_id": story_id(number), "version": version, "status": "developing",
        "headline": {"text": f"Harbour bridge number {number} opens", "language": "en"},
        "summary": {
            "text": "PORTO, JUL 18 – A bridge opened.", "dateline": {"place": "PORTO", "country": "PT"},
        },
        "language": "en", "languages": {"en": 2}, "article_count": 2, "publisher_count": 2,
        "articles": [article(number * 10), article(number * 10 + 1, "herald.example")],
        "created_at": NOON.isoformat(), "updated_at": moment.isoformat(),
        "provenance": {"pipeline_version": "1", "config_hash": "0", "input_position": "0-0"},
    }  # fmt: skip
    return StoryRecord.model_validate(fields | given)


def incoming(one: StoryRecord, at: int | None = None, kind: str = "", epoch: int = 1) -> Incoming:
    """What the follower makes of an event with this record, at this millisecond of the stream."""
    said = kind or ("created" if one.version == 1 else "updated")
    return Incoming(
        one.story_id, epoch, said, "/dateline/default/all", f"{at or 0:020d}", one.updated_at.isoformat(),
        one, one.model_dump_json().encode(), None if at is None else (at, 0),
    )  # fmt: skip
