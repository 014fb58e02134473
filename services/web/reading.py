"""Reading the index: stories, versions, articles, as the API and the pages show them."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dateline.stories import StoryRecord
from services.web.filters import BadFilter, Filter, conditions, match_expression
from services.web.paging import BadCursor, Sort, pack, unpack
from services.web.store import Store

HISTORY_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some cards and the cursor of what follows; None: nothing does."""

    cards: list[dict[str, Any]]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a story: its record as JSON bytes, and where it stands in the stream."""

    n: int
    story_id: str
    version: int
    epoch: int
    kind: str
    source: str
    sequence: str
    time: str
    entry_id: str | None
    raw: bytes

    @property
    def record(self) -> StoryRecord:
        return StoryRecord.model_validate_json(self.raw)

    def latest_json(self) -> bytes:
        """The record with `sequence` and `epoch`: the JSON of ``story:<id>``."""
        tail = json.dumps({"sequence": self.sequence, "epoch": self.epoch}, separators=(",", ":")).encode()
        return self.raw.rstrip()[:-1] + b"," + tail[1:]


VERSION = (
    "SELECT n, story_id, version, epoch, kind, source, sequence, time, entry_ms, entry_seq, record"
    " FROM versions"
)


def version_of(row: sqlite3.Row) -> Version:
    entry = None if row[8] is None else f"{row[8]}-{row[9]}"
    return Version(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], entry, zlib.decompress(row[10])
    )


_ORDERS: Mapping[Sort, tuple[str, str]] = {
    "newest": ("updated_ms DESC, story_id DESC", "(updated_ms, story_id) < (?, ?)"),
    "covered": (
        "publishers DESC, updated_ms DESC, story_id DESC",
        "(publishers, updated_ms, story_id) < (?, ?, ?)",
    ),
    "blindspots": ("updated_ms DESC, story_id DESC", "(updated_ms, story_id) < (?, ?)"),
}


def stories(store: Store, wanted: Filter, sort: Sort, cursor: str | None, limit: int) -> Page:
    """Live stories that fit, in an order, a page at a time.

    Raises:
        BadCursor: the cursor is of another list.
        BadFilter: relevance is asked for without a text.
    """
    if sort == "relevance":
        return _relevant(store, wanted, cursor, limit)
    where, parameters = conditions(wanted)
    if sort == "blindspots":
        where.append("blindspot IS NOT NULL")
    if wanted.q:
        where.append("row IN (SELECT rowid FROM words WHERE words MATCH ?)")
        parameters.append(_expression(wanted))
    order, after = _ORDERS[sort]
    if cursor:
        parameters += _keys(sort, cursor)
        where.append(after)
    sql = f"SELECT card, publishers, updated_ms, story_id FROM stories WHERE live = 1{_and(where)}"
    rows = store.rows(f"{sql} ORDER BY {order} LIMIT ?", (*parameters, limit + 1))
    last = rows[limit - 1] if len(rows) > limit else None
    return Page([json.loads(row[0]) for row in rows[:limit]], _cursor(sort, last) if last else None)


def _and(where: list[str]) -> str:
    return "".join(f" AND {one}" for one in where)


def _expression(wanted: Filter) -> str:
    expression = match_expression(wanted.q)
    if not expression:
        raise BadFilter("q", f"{wanted.q[:40]!r} holds no word to look for")
    return expression


def _keys(sort: Sort, cursor: str) -> list[Any]:
    given, *keys = unpack(cursor, str, *([int] * (2 if sort == "covered" else 1)), str)
    if given != sort:
        raise BadCursor
    return keys


def _cursor(sort: Sort, row: sqlite3.Row) -> str:
    publishers, updated, story_id = row[1:4]
    return pack([sort, *([publishers] if sort == "covered" else []), updated, story_id])


def _relevant(store: Store, wanted: Filter, cursor: str | None, limit: int) -> Page:
    """By relevance: best match of headline (weight 10) and body; paged by count."""
    if not wanted.q:
        raise BadFilter("sort", "relevance needs a text to look for (q)")
    start = 0
    if cursor:
        given, start = unpack(cursor, str, int)
        if given != "relevance" or start < 0:
            raise BadCursor
    where, parameters = conditions(wanted)
    found = "words JOIN stories ON stories.row = words.rowid WHERE words MATCH ? AND live = 1"
    sql = f"SELECT card FROM {found}{_and(where)}"
    order = "ORDER BY bm25(words, 10.0, 1.0), updated_ms DESC, story_id LIMIT ? OFFSET ?"
    rows = store.rows(f"{sql} {order}", (_expression(wanted), *parameters, limit + 1, start))
    more = pack(["relevance", start + limit]) if len(rows) > limit else None
    return Page([json.loads(row[0]) for row in rows[:limit]], more)


# --- one story --------------------------------------------------------------------------------------


def latest(store: Store, story_id: str) -> Version | None:
    """The latest record of a story, also of one that is merged, withdrawn or expired but still kept."""
    row = store.row(
        f"{VERSION} WHERE story_id = ? AND effect NOT IN ('late') AND kind != 'expired'"
        " ORDER BY epoch DESC, version DESC LIMIT 1",
        (story_id,),
    )
    return version_of(row) if row else None


# After a raised epoch versions may go back: those above the latest were taken back.
_LATER = (
    "SELECT 1 FROM versions AS later WHERE later.story_id = one.story_id AND later.version = one.version"
    " AND later.epoch > one.epoch AND later.kind != 'expired'"
)
_VALID = "kind != 'expired' AND version <= (SELECT version FROM stories WHERE story_id = ?)"


def at_version(store: Store, story_id: str, version: int) -> Version | None:
    """One version of a story, if it is kept."""
    row = store.row(
        f"{VERSION} WHERE story_id = ? AND version = ? AND {_VALID} ORDER BY epoch DESC LIMIT 1",
        (story_id, version, story_id),
    )
    return version_of(row) if row else None


def history(store: Store, story_id: str, most: int = HISTORY_MOST) -> list[Version]:
    """Every version that is kept, the newest first; of a version that came twice the later epoch."""
    rows = store.rows(
        f"{VERSION} AS one WHERE story_id = ? AND {_VALID} AND NOT EXISTS ({_LATER})"
        " ORDER BY version DESC LIMIT ?",
        (story_id, story_id, most),
    )
    return [version_of(row) for row in rows]


def expired(store: Store, story_id: str) -> bool:
    """Whether a story is held no longer because its record was not kept upstream."""
    row = store.row("SELECT status FROM stories WHERE story_id = ?", (story_id,))
    return row is not None and row[0] == "expired"


def where_article_is(store: Store, article_id: str) -> list[Version]:
    """The live stories that list an article, the last changed first (one, but for a moment at a move)."""
    rows = store.rows(
        "SELECT story_id FROM stories"
        " WHERE live = 1 AND row IN (SELECT row FROM articles WHERE article_id = ?)"
        " ORDER BY n DESC",
        (article_id,),
    )
    found = (latest(store, row[0]) for row in rows)
    return [one for one in found if one is not None]


def headlines(store: Store, story_ids: list[str]) -> dict[str, dict[str, Any]]:
    """Cards of these stories (those that are held)."""
    if not story_ids:
        return {}
    marks = ",".join("?" * len(story_ids))
    rows = store.rows(f"SELECT story_id, card, live FROM stories WHERE story_id IN ({marks})", story_ids)
    return {row[0]: json.loads(row[1]) | {"live": bool(row[2])} for row in rows}


def sums(store: Store) -> dict[str, int]:
    """How many stories and articles there are, and how many stories are blind spots."""
    row = store.row(
        "SELECT count(*), coalesce(sum(articles), 0), count(blindspot) FROM stories WHERE live = 1"
    )
    assert row is not None
    return {"stories": row[0], "articles": row[1], "blindspots": row[2]}


def choices(store: Store, most: int = 40) -> dict[str, list[tuple[str, int]]]:
    """The values that filters may take and how many stories have them, the most first."""
    found = {}
    shapes = {
        "language": " AND value NOT LIKE '%-%'",
        "topic": " AND value NOT LIKE 'medtop:%'",
        "place": " AND length(value) > 2",  # names, not codes
        "country": "",
    }
    for kind, shape in shapes.items():
        rows = store.rows(
            f"SELECT value, count(*) AS stories FROM tags WHERE kind = ?{shape}"
            " GROUP BY value ORDER BY stories DESC, value LIMIT ?",
            (kind, most),
        )
        found[kind] = [(row[0], row[1]) for row in rows]
    return found
