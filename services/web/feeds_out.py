"""Stories as Atom (RFC 4287) and JSON Feed 1.1: one entry a story, updated in place. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as Xml

ATOM = "http://www.w3.org/2005/Atom"
# What XML 1.0 cannot say, not even escaped.
_UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
EPOCH = "1970-01-01T00:00:00Z"

Card = Mapping[str, Any]


def entry_id(card: Card) -> str:
    """An entry's id: the same for every version."""
    return f"urn:dateline:story:{card['story_id']}"


def described(card: Card) -> str:
    """The text of an entry: the summary, counts, and who reports it."""
    counts = f"{card['article_count']} articles from {card['publisher_count']} sources"
    said = [card["summary"], f"{counts}.", f"{card['bias']['statement']}." if card["bias"]["rated"] else ""]
    return " ".join(filter(None, said))


def newest(cards: Sequence[Card]) -> str:
    """When the newest of these stories changed."""
    return max((card["updated_at"] for card in cards), default=EPOCH)


def atom(cards: Sequence[Card], title: str, site: str, self_url: str) -> bytes:
    """An Atom feed."""
    Xml.register_namespace("", ATOM)
    feed = Xml.Element(f"{{{ATOM}}}feed")
    _add(feed, "id", self_url)
    _add(feed, "title", title)
    _add(feed, "updated", newest(cards))
    _add(feed, "link", rel="self", href=self_url, type="application/atom+xml")
    _add(feed, "link", rel="alternate", href=f"{site}/", type="text/html")
    _add(_add(feed, "author"), "name", title)
    for card in cards:
        _add_entry(feed, card, site)
    made: bytes = Xml.tostring(feed, encoding="utf-8", xml_declaration=True)
    return made


def _add_entry(feed: Xml.Element, card: Card, site: str) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", entry_id(card))
    _add(entry, "title", card["headline"] or card["story_id"])
    _add(entry, "updated", card["updated_at"])
    _add(entry, "published", card["created_at"])
    _add(entry, "link", rel="alternate", href=f"{site}/story/{card['story_id']}", type="text/html")
    _add(entry, "summary", described(card))
    for topic in card["topics"]:
        _add(entry, "category", term=topic["id"], label=topic["label"])


def _add(parent: Xml.Element, name: str, text: str | None = None, **attributes: str) -> Xml.Element:
    clean = {key: _UNSAYABLE.sub("", value) for key, value in attributes.items()}
    made = Xml.SubElement(parent, f"{{{ATOM}}}{name}", clean)
    if text is not None:
        made.text = _UNSAYABLE.sub("", text)
    return made


def json_feed(cards: Sequence[Card], title: str, site: str, self_url: str) -> bytes:
    """A JSON Feed."""
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "home_page_url": f"{site}/",
        "feed_url": self_url,
        "items": [_item(card, site) for card in cards],
    }
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _item(card: Card, site: str) -> dict[str, Any]:
    found = {
        "id": entry_id(card),
        "url": f"{site}/story/{card['story_id']}",
        "title": card["headline"] or card["story_id"],
        "content_text": described(card),
        "date_published": card["created_at"],
        "date_modified": card["updated_at"],
        "language": card["language"],
        "tags": [topic["label"] for topic in card["topics"]],
        "_dateline": {"story_id": card["story_id"], "version": card["version"], "status": card["status"]},
    }
    return {name: value for name, value in found.items() if value is not None}
