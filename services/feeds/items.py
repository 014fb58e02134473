"""From a feed's item to a raw article, and which items of a document need to be sent."""

from __future__ import annotations

from typing import Any

from dateline.feeds import Feed
from services.feeds.document import Document, Item

TITLE_CHARACTERS = 1_000
URL_CHARACTERS = 2_048
TEXT_CHARACTERS = 200_000
SUMMARY_CHARACTERS = 20_000


def to_send(feed: Feed, document: Document) -> list[Item]:
    """Items that are new or changed since the last document, oldest first (feeds list the newest first)."""
    found = [item for item in document.items if feed.seen.get(item.key) != item.digest]
    return [item for item in reversed(found) if item.title and (item.url or item.guid)]


def raw_article(feed: Feed, document: Document, item: Item, full_text: str = "") -> dict[str, Any]:
    """The article of an item; its identity is its URL, or its guid where it has none."""
    article: dict[str, Any] = {
        "title": item.title[:TITLE_CHARACTERS],
        "text": (full_text or item.content)[:TEXT_CHARACTERS],
        "description": item.summary[:SUMMARY_CHARACTERS],
        "published_at": item.published or item.updated,
        "updated_at": item.updated,
        "language": document.language,
        "authors": list(item.authors),
        "subjects": list(item.subjects),
        "image_url": item.image_url[:URL_CHARACTERS],
        "original_publisher": item.source_name[:200],
    }
    if 0 < len(item.url) <= URL_CHARACTERS:
        article["url"] = item.url
    else:
        article["id"] = item.key
    name = feed.publisher or document.title
    if name:
        article["publisher"] = name[:200]
    return {key: value for key, value in article.items() if value}
