"""What is kept of a record beside the record: the card that lists show, filter values, words to find.

Filter values are folded (NFKC, casefold), so that `Place=PERÚ` finds `Perú`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from dateline.stories import StoryRecord

GONE = frozenset({"merged", "withdrawn"})
MOST_TIMELINE = 48

# Scripts written without spaces: each character is a word of its own, a query is a phrase of them.
_UNSPACED = re.compile(r"([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")


def folded(value: str) -> str:
    """A value as filters compare it."""
    return unicodedata.normalize("NFKC", value).casefold().strip()


def tags(record: StoryRecord) -> set[tuple[str, str]]:
    """(kind, folded value) of everything a filter can ask a story for."""
    return {(kind, folded(value)) for kind, value in _tags(record) if value and value.strip()}


def _tags(record: StoryRecord) -> Iterator[tuple[str, str | None]]:
    for language in record.languages:
        yield "language", language
        yield "language", language.partition("-")[0]
    for topic in record.topics:
        yield from (("topic", topic.id), ("topic", topic.label))
    for country in record.coverage.countries:
        yield "country", country
    for place in record.places:
        yield from (("place", place.name), ("place", place.country))
    if record.summary:
        yield "place", record.summary.dateline.place
    for article in record.articles:
        publisher = article.publisher
        yield from (
            ("publisher", publisher.id),
            ("publisher", publisher.domain),
            ("publisher", publisher.name),
        )


def spaced(text: str) -> str:
    """A text with every character of an unspaced script standing alone."""
    return _UNSPACED.sub(r" \1 ", text)


def words(record: StoryRecord) -> tuple[str, str]:
    """(headline, everything else) that text search looks through."""
    rest = [record.summary.text if record.summary else ""]
    rest += [point.text for point in record.key_points]
    rest += [place.name for place in record.places]
    rest += [entity.name for entity in record.entities]
    rest += [topic.label for topic in record.topics]
    rest += [article.title for article in record.articles]
    return spaced(record.headline.text if record.headline else ""), spaced("\n".join(rest))


def card(record: StoryRecord) -> dict[str, Any]:
    """What lists and feeds show of a story: the record without its articles and evidence."""
    coverage = record.coverage
    return {
        "story_id": record.story_id,
        "version": record.version,
        "status": record.status,
        "headline": record.headline.text if record.headline else "",
        "summary": record.summary.text if record.summary else "",
        "dateline": record.summary.dateline.model_dump() if record.summary else None,
        "language": record.language,
        "languages": record.languages,
        "article_count": record.article_count,
        "unique_article_count": record.unique_article_count,
        "reprint_count": record.reprint_count,
        "publisher_count": record.publisher_count,
        "independent_source_count": record.independent_source_count,
        "bias": {
            "grouped": coverage.bias.grouped,
            "rated": coverage.bias.rated,
            "unrated": coverage.bias.unrated,
            "statement": coverage.bias.statement,
        },
        "blindspot": coverage.blindspot.side,
        "countries": coverage.countries,
        "topics": [{"id": topic.id, "label": topic.label} for topic in record.topics],
        "places": [place.model_dump(include={"name", "country", "role"}) for place in record.places[:5]],
        "timeline": [
            [said(bucket.bucket_start), bucket.articles] for bucket in coverage.timeline[-MOST_TIMELINE:]
        ],
        "importance": record.importance.score,
        "change": {
            "reasons": list(record.change.reasons),
            "significance": record.change.significance,
            "statement": record.change.statement,
        },
        "first_published_at": said(record.first_published_at),
        "last_published_at": said(record.last_published_at),
        "created_at": said(record.created_at),
        "updated_at": said(record.updated_at),
    }


def said(moment: datetime | None) -> str | None:
    """A time as RFC 3339, as records have it."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None
