"""What applying one record does to the tables of the index. The caller's transaction holds it together."""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from dataclasses import dataclass

from dateline.articles import to_ms
from dateline.stories import StoryRecord
from services.web.erasure import erased_by, holds
from services.web.rows import GONE, card, tags, words


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record to apply: from an entry of the stream, or (no entry) from ``story:<id>``."""

    story_id: str
    epoch: int
    kind: str
    source: str
    sequence: str
    time: str
    record: StoryRecord
    raw: bytes
    entry: tuple[int, int] | None = None

    @property
    def version(self) -> int:
        return self.record.version


@dataclass(frozen=True, slots=True)
class Held:
    """A story as the index holds it."""

    row: int
    story_id: str
    epoch: int
    version: int
    live: bool
    n: int


def held_story(connection: sqlite3.Connection, story_id: str) -> Held | None:
    row = connection.execute(
        "SELECT row, story_id, epoch, version, live, n FROM stories WHERE story_id = ?", (story_id,)
    ).fetchone()
    return Held(row[0], row[1], row[2], row[3], bool(row[4]), row[5]) if row else None


def apply(connection: sqlite3.Connection, one: Incoming) -> bool:
    """Apply one record; False if it is held already."""
    known = connection.execute(
        "SELECT n, entry_ms FROM versions WHERE story_id = ? AND epoch = ? AND version = ?"
        " AND kind != 'expired'",
        (one.story_id, one.epoch, one.version),
    ).fetchone()
    if known:
        if known[1] is None and one.entry:
            connection.execute(
                "UPDATE versions SET entry_ms = ?, entry_seq = ? WHERE n = ?", (*one.entry, known[0])
            )
        return False
    held = held_story(connection, one.story_id)
    effect = "none" if _again(connection, held, one) else _effect(held, one)
    n = _note(connection, one, effect)
    if effect != "late":
        _hold(connection, held, one, n)
    _erase(connection, erased_by(one.record), one.story_id)
    return True


def _erase(connection: sqlite3.Connection, article_ids: frozenset[str], story_id: str) -> None:
    """Delete the versions of a story that rest on erased articles; what began with one begins later."""
    if not article_ids:
        return
    stored = connection.execute(
        "SELECT n, effect, record FROM versions WHERE story_id = ? ORDER BY n", (story_id,)
    ).fetchall()
    gone = [row for row in stored if holds(row[2], article_ids)]
    connection.executemany("DELETE FROM versions WHERE n = ?", [(row[0],) for row in gone])
    if any(row[1] == "added" for row in gone):
        connection.execute(
            "UPDATE versions SET effect = 'added' WHERE n = (SELECT min(n) FROM versions"
            " WHERE story_id = ? AND effect = 'changed')",
            (story_id,),
        )


def _again(connection: sqlite3.Connection, held: Held | None, one: Incoming) -> bool:
    """Whether it is what is held, sent anew under a raised epoch: for readers of changes nothing changed."""
    if held is None or not held.live or one.version != held.version:
        return False
    stored = connection.execute("SELECT record FROM versions WHERE n = ?", (held.n,)).fetchone()
    return stored is not None and zlib.decompress(stored[0]) == one.raw


def _effect(held: Held | None, one: Incoming) -> str:
    if held is not None and (one.epoch, one.version) <= (held.epoch, held.version):
        return "late"
    was_live = held is not None and held.live
    if one.record.status in GONE:
        return "removed" if was_live else "none"
    return "changed" if was_live else "added"


def _note(connection: sqlite3.Connection, one: Incoming, effect: str) -> int:
    ms, seq = one.entry or (None, None)
    cursor = connection.execute(
        "INSERT INTO versions (story_id, epoch, version, entry_ms, entry_seq, kind, source, sequence, time,"
        " effect, stored_ms, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            one.story_id, one.epoch, one.version, ms, seq, one.kind, one.source, one.sequence, one.time,
            effect, _now_ms(), zlib.compress(one.raw, 3),
        ),
    )  # fmt: skip  # a row of values
    return int(cursor.lastrowid or 0)


def note_expired(connection: sqlite3.Connection, held: Held) -> None:
    cursor = connection.execute(
        "INSERT INTO versions (story_id, epoch, version, kind, source, sequence, time, effect, stored_ms,"
        " record) VALUES (?, ?, ?, 'expired', '', '', '', 'removed', ?, x'')",
        (held.story_id, held.epoch, held.version, _now_ms()),
    )
    connection.execute(
        "UPDATE stories SET live = 0, status = 'expired', n = ? WHERE row = ?", (cursor.lastrowid, held.row)
    )
    _forget_details(connection, held.row)


def _hold(connection: sqlite3.Connection, held: Held | None, one: Incoming, n: int) -> None:
    record = one.record
    values = (
        n, one.epoch, one.version, int(record.status not in GONE), record.status, record.merged_into,
        to_ms(record.updated_at), record.publisher_count, record.article_count, record.importance.score,
        record.coverage.blindspot.side, json.dumps(card(record), ensure_ascii=False, separators=(",", ":")),
    )  # fmt: skip  # a row of values
    if held is None:
        columns = (
            "n, epoch, version, live, status, merged_into, updated_ms, publishers, articles, importance,"
            " blindspot, card, story_id"
        )
        marks = ", ".join("?" * 13)
        cursor = connection.execute(
            f"INSERT INTO stories ({columns}) VALUES ({marks})", (*values, one.story_id)
        )
        row = int(cursor.lastrowid or 0)
    else:
        row = held.row
        connection.execute(
            "UPDATE stories SET n = ?, epoch = ?, version = ?, live = ?, status = ?, merged_into = ?,"
            " updated_ms = ?, publishers = ?, articles = ?, importance = ?, blindspot = ?, card = ?"
            " WHERE row = ?",
            (*values, row),
        )
        _forget_details(connection, row)
    if record.status not in GONE:
        _hold_details(connection, row, record)


def _forget_details(connection: sqlite3.Connection, row: int) -> None:
    connection.execute("DELETE FROM tags WHERE row = ?", (row,))
    connection.execute("DELETE FROM articles WHERE row = ?", (row,))
    connection.execute("DELETE FROM words WHERE rowid = ?", (row,))


def _hold_details(connection: sqlite3.Connection, row: int, record: StoryRecord) -> None:
    connection.executemany(
        "INSERT INTO tags VALUES (?, ?, ?)", [(kind, value, row) for kind, value in tags(record)]
    )
    connection.executemany(
        "INSERT OR IGNORE INTO articles VALUES (?, ?)", [(one.article_id, row) for one in record.articles]
    )
    connection.execute("INSERT INTO words (rowid, headline, body) VALUES (?, ?, ?)", (row, *words(record)))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
