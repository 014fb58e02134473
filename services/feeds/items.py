"""From a feed's item to a raw article, and which items of a document need to be sent."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from dateline.feeds import Feed
from services.feeds.document import Document, Item

TITLE_CHARACTERS = 1_000
URL_CHARACTERS = 2_048
TEXT_CHARACTERS = 200_000
SUMMARY_CHARACTERS = 20_000
BEGINNING_CHARACTERS = 120

_MARKUP = re.compile(r"<[^>]*>")


def to_send(feed: Feed, document: Document) -> list[Item]:
    """Items that are new or changed since the last document, oldest first (feeds list the newest first).

    Only an item without a word is none.
    """
    found = [item for item in document.items if feed.seen.get(item.key) != item.digest]
    return [item for item in reversed(found) if title_of(item)]


def title_of(item: Item) -> str:
    """An item's title; RSS 2.0 allows items without one: then how its text begins."""
    if item.title:
        return item.title[:TITLE_CHARACTERS]
    words = unescape(_MARKUP.sub(" ", (item.summary or item.content)[:SUMMARY_CHARACTERS])).split()
    text = " ".join(words)
    if len(text) <= BEGINNING_CHARACTERS:
        return text
    beginning = text[:BEGINNING_CHARACTERS]
    return f"{beginning.rpartition(' ')[0] or beginning} …"


def raw_article(feed: Feed, document: Document, item: Item, full_text: str = "") -> dict[str, Any]:
    """The article of an item; its identity is its URL, or its guid where it has none."""
    article: dict[str, Any] = {
        "title": title_of(item),
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
