"""Events as server-sent events: their text, and what of a record goes into it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.web.filters import Facets

CHUNK_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    """One story event, encoded once for all readers: whole, and brief (for pages)."""

    n: int
    entry_id: str | None
    whole: bytes
    brief: bytes
    facets: Facets

    @property
    def size(self) -> int:
        return len(self.whole) + len(self.brief) + len(self.facets.said)


def sse(event: str, data: bytes, entry_id: str | None = None) -> bytes:
    """One server-sent event; `data` is JSON without line breaks."""
    head = f"event: {event}\n" + (f"id: {entry_id}\n" if entry_id else "")
    return head.encode() + b"data: " + data + b"\n\n"


def said(event: str, **facts: Any) -> bytes:
    """An event of the door's own: reset, dropped, closing."""
    return sse(event, json.dumps(facts, ensure_ascii=False).encode())


def cloud_event(attributes: Mapping[str, Any], raw: bytes) -> bytes:
    """CloudEvents 1.0 in structured JSON around a record that is JSON already."""
    head = json.dumps(dict(attributes), ensure_ascii=False, separators=(",", ":")).encode()
    return head[:-1] + b',"data":' + raw.strip().replace(b"\n", b" ") + b"}"


def chunks(data: bytes) -> Iterator[memoryview | bytes]:
    """Pieces small enough that a reader's buffer stays small whatever the event's size."""
    if len(data) <= CHUNK_BYTES:
        yield data
        return
    view = memoryview(data)
    for at in range(0, len(data), CHUNK_BYTES):
        yield view[at : at + CHUNK_BYTES]
