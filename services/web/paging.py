"""Cursors: where a list or the changes feed goes on, as short opaque text."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Literal

Sort = Literal["newest", "covered", "blindspots", "relevance"]
SORTS: tuple[Sort, ...] = ("newest", "covered", "blindspots", "relevance")


class BadCursor(ValueError):
    """A cursor is not one of ours; start again without it."""

    def __init__(self) -> None:
        super().__init__("cursor: not one that this list has given; leave it out to start at the beginning")


def pack(values: list[Any]) -> str:
    """A cursor of JSON values."""
    said = json.dumps(values, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def unpack(cursor: str, *kinds: type) -> list[Any]:
    """The values of a cursor, checked to be of these kinds.

    Raises:
        BadCursor: it is not one of ours.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        raise BadCursor from None
    sound = (
        isinstance(values, list)
        and len(values) == len(kinds)
        and all(type(value) is kind for value, kind in zip(values, kinds, strict=True))
        and all(abs(value) < 2**63 for value in values if isinstance(value, int))
    )
    if not sound:
        raise BadCursor
    found: list[Any] = values
    return found


@dataclass(frozen=True, slots=True)
class ChangesCursor:
    """Where a reader of the changes feed stands.

    `generation` names the index it was given by. `n`: everything up to there is known. `row`: above
    zero while the reader still pages through what was held when it began (up to `n`); its last row.
    """

    generation: str
    n: int
    row: int = 0
    whole: bool = False

    def text(self) -> str:
        return pack([self.generation, self.n, self.row, self.whole])


def read_changes_cursor(cursor: str) -> ChangesCursor:
    """Parse a cursor of the changes feed; raises BadCursor."""
    generation, n, row, whole = unpack(cursor, str, int, int, bool)
    if n < 0 or row < 0:
        raise BadCursor
    return ChangesCursor(generation, n, row, whole)
