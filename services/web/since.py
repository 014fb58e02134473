"""What came since a place in the log of the index: the changes feed, and events for readers and webhooks."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any

from services.web.paging import ChangesCursor
from services.web.reading import VERSION, Version, version_of
from services.web.store import Store


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened after a cursor: one entry a story, the last of this page."""

    items: list[dict[str, Any]]
    cursor: str
    more: bool
    reset: bool


def changes(store: Store, cursor: ChangesCursor | None, limit: int) -> Changes:
    """Changes since a cursor. Without one, or with one that is too old, from the beginning (`reset`)."""
    floor = int(store.meta("floor", "0"))
    known = cursor is not None and cursor.generation == store.generation and cursor.n <= store.head()
    if cursor is None or not known or (cursor.n < floor and not cursor.whole):
        return _held_page(store, ChangesCursor(store.generation, store.head(), 0, True), limit, reset=True)
    if cursor.whole:
        return _held_page(store, cursor, limit, reset=False)
    return _logged_page(store, cursor, limit)


def _held_page(store: Store, cursor: ChangesCursor, limit: int, *, reset: bool) -> Changes:
    """What is held, row by row. What changes meanwhile is left to the log that follows."""
    rows = store.rows(
        "SELECT row, story_id, version FROM stories WHERE live = 1 AND row > ? AND n <= ?"
        " ORDER BY row LIMIT ?",
        (cursor.row, cursor.n, limit + 1),
    )
    items = [{"change": "added", "story_id": row[1], "version": row[2]} for row in rows[:limit]]
    if len(rows) > limit:
        onward = ChangesCursor(store.generation, cursor.n, rows[limit - 1][0], True)
        return Changes(items, onward.text(), True, reset)
    onward = ChangesCursor(store.generation, cursor.n)
    return Changes(items, onward.text(), store.head() > cursor.n, reset)


def _logged_page(store: Store, cursor: ChangesCursor, limit: int) -> Changes:
    rows = store.rows(
        "SELECT n, effect, story_id, version, kind FROM versions WHERE n > ? ORDER BY n LIMIT ?",
        (cursor.n, limit + 1),
    )
    page = rows[:limit]
    found: dict[str, dict[str, Any]] = {}
    for n, effect, story_id, version, kind in page:
        if effect in ("none", "late"):
            continue
        before = found.pop(story_id, None)
        change = "added" if before and before["change"] == "added" and effect == "changed" else effect
        item = {"change": change, "story_id": story_id, "version": version}
        if change == "removed":
            item |= {"reason": kind, "replaced_by": _replaced_by(store, n) if kind == "merged" else None}
        found[story_id] = item
    last = page[-1][0] if page else cursor.n
    onward = ChangesCursor(store.generation, last)
    return Changes(list(found.values()), onward.text(), len(rows) > limit, False)


def _replaced_by(store: Store, n: int) -> str | None:
    row = store.row("SELECT record FROM versions WHERE n = ?", (n,))
    merged_into = json.loads(zlib.decompress(row[0])).get("merged_into") if row else None
    return str(merged_into) if merged_into else None


_LIVE = "effect != 'late' AND kind != 'expired'"


def events_after(store: Store, n: int, limit: int) -> list[Version]:
    """Events after a row of the log, in its order."""
    return [
        version_of(row)
        for row in store.rows(f"{VERSION} WHERE n > ? AND {_LIVE} ORDER BY n LIMIT ?", (n, limit))
    ]


def place_of_entry(store: Store, entry: tuple[int, int]) -> int | None:
    """The row of the log after which a reader that has seen `entry` goes on; None: it is too old."""
    row = store.row(
        "SELECT max(n) FROM versions WHERE entry_ms IS NOT NULL AND (entry_ms, entry_seq) <= (?, ?)", entry
    )
    if row is not None and row[0] is not None:
        return int(row[0])
    if int(store.meta("floor", "0")) > 0:
        return None
    return 0
