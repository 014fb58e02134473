"""Records and incoming events for the door's tests: fictional, small, whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from dateline.stories import StoryRecord
from services.web.applying import Incoming

NOON = datetime(2025, 7, 18, 12, 0, tzinfo=UTC)


def story_id(number: int) -> str:
    return f"s-all-1752800000000-{number}-0"


def article(number: int, publisher: str | dict[str, Any] = "wire.example", **more: Any) -> dict[str, Any]:
    """An article of a record; its publisher by domain, or whole."""
    whole = publisher if isinstance(publisher, dict) else {"id": publisher, "domain": publisher}
    return {
        "article_id": f"a-{number:024x}",
        "url": f"https://www.{whole['id']}/{number}",
        "title": f"Article {number} of {whole['id']}",
        "publisher": whole,
        "published_at": NOON.isoformat(),
        **more,
    }


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
    }  # fmt: skip  # a table
    return StoryRecord.model_validate(fields | given)


def incoming(one: StoryRecord, at: int | None = None, kind: str = "", epoch: int = 1) -> Incoming:
    """What the follower makes of an event with this record, at this millisecond of the stream."""
    said = kind or ("created" if one.version == 1 else "updated")
    return Incoming(
        one.story_id, epoch, said, "/dateline/default/all", f"{at or 0:020d}", one.updated_at.isoformat(),
        one, one.model_dump_json().encode(), None if at is None else (at, 0),
    )  # fmt: skip  # a row of values


LEFT = {
    "id": "herald.example",
    "name": "The Herald",
    "bias": "lean_left",
    "factuality": "high",
    "country": "PT",
}
RIGHT = {
    "id": "post.example",
    "name": "The Post",
    "bias": "right",
    "factuality": "mixed",
    "country": "ES",
}
COVERAGE = {
    "bias": {
        "counts": {"lean_left": 1, "right": 1},
        "grouped": {"left": 1, "center": 0, "right": 1},
        "rated": 2,
        "unrated": 1,
        "statement": "50% of the sources are Left",
    },
    "factuality": {"counts": {"high": 1, "mixed": 1}, "rated": 2, "unrated": 1, "statement": "50%"},
    "ownership": {"counts": {"independent": 2}, "statement": "Owners known: 2 of 3"},
    "countries": {"PT": 2, "ES": 1},
    "blindspot": {"side": "right", "rule": "at least 5 rated"},
    "ratings": {"name": "Test ratings", "licence": "none"},
    "first_publisher": {"id": "wire.example", "name": "Wire"},
    "timeline": [
        {"bucket_start": f"2025-07-18T{hour:02}:00:00Z", "articles": 2, "publishers": 1}
        for hour in (8, 9, 12)
    ],
}


def rich(number: int = 50, version: int = 2, **given: Any) -> StoryRecord:
    """A record that uses every part of the page: citations, evidence, a reprint, a correction, coverage."""
    first, second, third = number * 10, number * 10 + 1, number * 10 + 2
    ids = [article(one)["article_id"] for one in (first, second, third)]
    why = {
        "score": 0.71,
        "threshold": 0.42,
        "nearest_article_ids": [ids[0]],
        "against": ["other place"],
        "shared_terms": [{"term": "bridge", "weight": 0.5}],
        "added_in_version": 1,
        "runner_up": {"story_id": story_id(1), "score": 0.31},
    }
    span = {"article_id": ids[0], "revision": 1, "field": "text", "start": 0, "end": 9, "quote": "It opened."}
    fields: dict[str, Any] = {
        "articles": [
            article(first, role="first", excerpt="It opened.", flags=["date_only"], authors=["A. Uthor"],
                    correction={"text": "The bridge is longer."}),
            article(second, publisher=LEFT, membership=why, paywalled=True, excerpt="A view."),
            article(third, publisher=RIGHT, membership=why, reprint_of=ids[0], role="reprint"),
        ],
        "key_points": [
            {"text": "The bridge opened.", "article_ids": ids, "publisher_count": 3, "spans": [span]}
        ],
        "quotes": [{"text": "At last.", "speaker": "The mayor", "article_id": ids[0]}],
        "topics": [{"id": "medtop:1", "label": "transport", "score": 1.0}],
        "places": [{"name": "Porto", "country": "PT", "role": "event"}],
        "coverage": COVERAGE,
        "change": {"reasons": ["articles_added"], "statement": "One article joined."},
        "related": [{"story_id": story_id(1), "score": 0.4}],
        "merged_from": [{"story_id": story_id(2)}], "split_into": [{"story_id": story_id(3)}],
        "article_count": 3, "publisher_count": 3, "independent_source_count": 2, "reprint_count": 1,
        "first_published_at": NOON.isoformat(), "last_published_at": NOON.isoformat(),
    }  # fmt: skip  # a table
    return record(number, version, **(fields | given))
