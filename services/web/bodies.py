"""What a request carries, read into articles one by one, each with its place; bad ones say why.

A bad article never costs the others: it is an item of the report with a code and a reason.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from dateline.client.errors import ArticleRefused
from dateline.client.new_article import ENTRY_BYTES, Fields, encode

JSON = frozenset({"application/json", "application/ld+json"})
LINES = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)
LINE_BYTES = 2 * ENTRY_BYTES  # an entry whose text is all escapes


@dataclass(frozen=True, slots=True)
class Item:
    """One article of a request: its stream fields, or why it cannot be sent."""

    index: int
    fields: Fields | None = None
    code: str = ""
    reason: str = ""


class BadBody(ValueError):
    """A body that is no JSON at all."""


def media_type(header: str) -> str:
    """The media type of a Content-Type header, without its parameters."""
    return header.partition(";")[0].strip().lower()


def is_json(media: str) -> bool:
    """Whether one JSON text is announced."""
    return media in JSON or (media.startswith("application/") and media.endswith("+json"))


def read_json(body: bytes) -> Any:
    """One JSON text.

    Raises:
        BadBody: it is none (NaN and Infinity are none).
    """
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
    except RecursionError:
        raise BadBody("the body is nested too deeply") from None
    except ValueError as error:
        raise BadBody(f"the body is not JSON in UTF-8: {error}") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def items_of(body: Any) -> Iterator[Item]:
    """The articles of a JSON body: an object, or an array of them."""
    for index, one in enumerate(body if isinstance(body, list) else [body]):
        yield item(index, one)


def item(index: int, article: Any) -> Item:
    """One article, encoded for the stream and its sizes checked."""
    try:
        return Item(index, encode(article, index))
    except ArticleRefused as error:
        return Item(index, code=error.code, reason=str(error).partition(": ")[2])


async def lines_of(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes | None]:
    """The lines of a stream as they come; None for one that is too long (its rest is passed over)."""
    rest, skipping = bytearray(), False
    async for chunk in chunks:
        *whole, last = chunk.split(b"\n")
        for part in whole:
            rest += part
            yield None if skipping or len(rest) > LINE_BYTES else bytes(rest)
            rest, skipping = bytearray(), False
        rest += last
        if len(rest) > LINE_BYTES:
            rest, skipping = bytearray(), True
    if rest or skipping:
        yield None if skipping else bytes(rest)


def line_item(index: int, line: bytes | None) -> Item:
    """One line of NDJSON as an article."""
    if line is None:
        return Item(
            index, code="too_large", reason=f"the line has more than {LINE_BYTES:,} bytes; shorten it"
        )
    try:
        return item(index, read_json(line))
    except BadBody as error:
        return Item(index, code="bad_json", reason=str(error).replace("the body", "the line"))
