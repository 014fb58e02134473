"""A feed document: RSS, Atom or JSON Feed, read into plain items. Nothing is fetched, no entity expanded."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urljoin

import feedparser  # type: ignore[import-untyped]  # ships no types
from pydantic import BaseModel

from dateline.opml import feeds_of

MOST_ITEMS = 500
_ENTITIES = re.compile(rb"<!ENTITY|<\0!\0E\0N\0T\0I\0T\0Y", re.IGNORECASE)
_WHITE = b" \t\r\n\xef\xbb\xbf"


class NotAFeed(ValueError):
    """A document is no feed; the message says what it is."""


class Item(BaseModel):
    """One item as the feed has it: markup and all."""

    guid: str = ""
    url: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    published: str = ""
    updated: str = ""
    authors: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    image_url: str = ""
    source_name: str = ""  # <source>: whom the item was taken from
    source_url: str = ""

    @property
    def key(self) -> str:
        """What tells this item from the feed's others, short."""
        return _short(self.guid or self.url or self.title)

    @property
    def digest(self) -> str:
        """Changes when anything of the item does."""
        return _short(self.model_dump_json())


class Document(BaseModel):
    """A feed's own facts and its items, in its order."""

    title: str = ""
    language: str = ""
    ttl_seconds: int = 0  # the publisher's wish: not more often than this
    items: tuple[Item, ...] = ()


def is_list(body: bytes) -> bool:
    """Whether a document is a list of feeds (OPML), by its beginning."""
    return b"<opml" in body[:2000].lower()


def read_list(body: bytes) -> list[str]:
    """The addresses in a list of feeds.

    Raises:
        NotAFeed: it cannot be read, or names none.
    """
    try:
        return feeds_of(body)
    except ValueError as error:
        raise NotAFeed(f"the document is a list of feeds (OPML) that {error}") from error


def read_document(body: bytes, headers: Mapping[str, str], base: str) -> Document:
    """Read a feed document; relative links are resolved against `base`.

    Raises:
        NotAFeed: it is empty, a web page, declares entities, or is nothing that can be read.
    """
    start = body.lstrip(_WHITE)
    if not start:
        raise NotAFeed("the document is empty")
    if _ENTITIES.search(body):
        raise NotAFeed("the document declares entities, which are not expanded here")
    if start.startswith(b"{"):
        return _json_feed(body, base)
    return _xml_feed(body, headers, base)


def _xml_feed(body: bytes, headers: Mapping[str, str], base: str) -> Document:
    said = {"content-location": base}
    if "content-type" in headers:
        said["content-type"] = headers["content-type"]
    # A stream, never a string: a string that looks like an address would be opened.
    try:
        parsed = feedparser.parse(
            io.BytesIO(body), response_headers=said, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # whatever a document does to the parser, it is the document's fault
        raise NotAFeed(f"the document cannot be read: {type(error).__name__}: {error}"[:200]) from error
    if not parsed.get("version") and not parsed.entries:
        page = b"<html" in body[:2000].lower() or b"<!doctype html" in body[:200].lower()
        raise NotAFeed("the document is a web page, not a feed" if page else "the document is no RSS or Atom")
    feed = parsed.feed
    return Document(
        title=_text(feed.get("title")),
        language=_text(feed.get("language")),
        ttl_seconds=_minutes(feed.get("ttl")),
        items=tuple(_xml_item(entry, base) for entry in parsed.entries[:MOST_ITEMS]),
    )


def _xml_item(entry: Any, base: str) -> Item:
    contents = [_text(one.get("value")) for one in entry.get("content") or ()]
    source = entry.get("source") or {}
    return Item(
        guid=_text(entry.get("id")),
        url=_link(entry.get("link") or _text(entry.get("id")), base),
        title=_text(entry.get("title")),
        summary=_text(entry.get("summary")),
        content=max(contents, key=len, default=""),
        published=_text(entry.get("published")),
        updated=_text(dict.get(entry, "updated")),  # its own get() would take `published` for it
        authors=_names(one.get("name") for one in entry.get("authors") or ()),
        subjects=_names(one.get("term") for one in entry.get("tags") or ()),
        image_url=_link(_image(entry), base),
        source_name=_text(source.get("title")),
        source_url=_link(source.get("href") or source.get("link"), base),
    )


def _image(entry: Any) -> str:
    media = [*(entry.get("media_content") or ()), *(entry.get("media_thumbnail") or ())]
    for one in media:
        kind = one.get("medium") or str(one.get("type") or "image").split("/", maxsplit=1)[0]
        if one.get("url") and kind == "image":
            return str(one["url"])
    enclosed = (one for one in entry.get("enclosures") or () if str(one.get("type")).startswith("image/"))
    return next((str(one.get("href") or "") for one in enclosed), "")


def _json_feed(body: bytes, base: str) -> Document:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org)."""
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotAFeed(f"the document is no JSON: {error}"[:200]) from error
    if not str(feed.get("version") or "").startswith("https://jsonfeed.org/") or not isinstance(
        feed.get("items"), list
    ):
        raise NotAFeed("the document is JSON, but no JSON Feed")
    items = [one for one in feed["items"][:MOST_ITEMS] if isinstance(one, dict)]
    return Document(
        title=_text(feed.get("title")),
        language=_text(feed.get("language")),
        items=tuple(_json_item(one, base) for one in items),
    )


def _json_item(one: Mapping[str, Any], base: str) -> Item:
    authors = one.get("authors") if isinstance(one.get("authors"), list) else [one.get("author")]
    return Item(
        guid=_text(one.get("id")),
        url=_link(one.get("url") or one.get("external_url"), base),
        title=_text(one.get("title")),
        summary=_text(one.get("summary")),
        content=_text(one.get("content_html")) or _text(one.get("content_text")),
        published=_text(one.get("date_published")),
        updated=_text(one.get("date_modified")),
        authors=_names(each.get("name") for each in authors or () if isinstance(each, dict)),
        subjects=_names(one.get("tags") if isinstance(one.get("tags"), list) else ()),
        image_url=_link(one.get("image") or one.get("banner_image"), base),
    )


def _link(value: Any, base: str) -> str:
    """An absolute http(s) address, or nothing."""
    text = _text(value)
    if not text or any(ord(char) < 33 for char in text):
        return ""
    try:
        absolute = urljoin(base, text)
    except ValueError:
        return ""
    return absolute if absolute.startswith(("http://", "https://")) else ""


def _names(values: Iterable[Any] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for value in values or () if (name := _text(value)[:200])))[:20]


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _minutes(value: Any) -> int:
    text = _text(value)
    return int(text) * 60 if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
