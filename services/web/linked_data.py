"""schema.org JSON-LD of a story, for machines that read pages."""

from __future__ import annotations

import json
from typing import Any

from dateline.stories import RecordArticle, StoryRecord
from services.web.rows import said
from services.web.wording import web_address

MOST_LISTED = 30


def json_ld(record: StoryRecord, url: str, site: str) -> str:
    """The text of a script element of type application/ld+json: nothing in it can end the element."""
    body = {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "@id": url,
        "url": url,
        "name": record.headline.text if record.headline else record.story_id,
        "description": record.summary.text if record.summary else None,
        "inLanguage": record.language,
        "datePublished": said(record.first_published_at),
        "dateModified": said(record.last_published_at),
        "isPartOf": {"@type": "WebSite", "name": site},
        "contentLocation": [_place(one) for one in record.places if one.role == "event"],
        "keywords": [topic.label for topic in record.topics],
        "mainEntity": {
            "@type": "ItemList",
            "numberOfItems": record.article_count,
            "itemListElement": [
                {"@type": "ListItem", "position": at, "item": _article(one)}
                for at, one in enumerate(record.articles[:MOST_LISTED], 1)
            ],
        },
    }
    text = json.dumps({name: value for name, value in body.items() if value}, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _place(place: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"@type": "Place", "name": place.name}
    if place.lat is not None and place.lon is not None:
        found["geo"] = {"@type": "GeoCoordinates", "latitude": place.lat, "longitude": place.lon}
    return found


def _article(one: RecordArticle) -> dict[str, Any]:
    found = {
        "@type": "NewsArticle",
        "headline": one.title,
        "url": web_address(one.url),
        "datePublished": said(one.published_at),
        "inLanguage": one.language,
        "isAccessibleForFree": None if one.paywalled is None else not one.paywalled,
        "publisher": {"@type": "NewsMediaOrganization", "name": one.publisher.name or one.publisher.id},
    }
    return {name: value for name, value in found.items() if value is not None}
