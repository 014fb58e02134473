"""The door's index in SQLite: what is held, what was applied, and the position, in one transaction.

Deleted or of another schema version it is made again from the stream and the latest records.
"""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dateline.articles import to_ms
from dateline.stories import StoryRecord
from services.web.erasure import erased_by, holds
from services.web.rows import GONE, card, tags, words
from services.web.schema import INDEX, INDEX_VERSION

log = logging.getLogger("dateline.web")

BUSY_SECONDS = 10.0


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


class Store:
    """The index file. One writer at a time; every thread reads on a connection of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._writer = _opened(path)
        self.generation = self.meta("generation")

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            self._writer.close()
            for reader in self._readers:
                reader.close()

    # --- reading --------------------------------------------------------------------------------

    @property
    def reader(self) -> sqlite3.Connection:
        """This thread's connection for reading."""
        if not hasattr(self._local, "connection"):
            connection = _connected(self.path)
            connection.execute("PRAGMA query_only = 1")
            self._local.connection = connection
            self._readers.append(connection)
        found: sqlite3.Connection = self._local.connection
        return found

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self.reader.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row of a query."""
        found: sqlite3.Row | None = self.reader.execute(sql, parameters).fetchone()
        return found

    def meta(self, name: str, default: str = "") -> str:
        """A value of the table `meta`, as last committed."""
        row = self.row("SELECT value FROM meta WHERE name = ?", (name,))
        return str(row[0]) if row else default

    def head(self) -> int:
        """`n` of the last row applied, 0 before the first."""
        row = self.row("SELECT max(n) FROM versions")
        return int(row[0] or 0) if row else 0

    # --- writing --------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: everything in the block is committed together, or nothing."""
        with self._lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    def apply(self, batch: Sequence[Incoming], meta: dict[str, str] | None = None) -> int:
        """Apply records and set meta values (the position) together; how many rows were new."""
        with self.writing() as connection:
            new = sum(_apply(connection, one) for one in batch)
            _set_meta(connection, meta or {})
            return new

    def expire(self, story_ids: Sequence[str]) -> None:
        """Remove stories whose records are no longer kept."""
        with self.writing() as connection:
            for story_id in story_ids:
                held = _held(connection, story_id)
                if held is not None and held.live:
                    _note_expired(connection, held)

    def prune(self, older_than_ms: int, most: int = 5_000) -> int:
        """Drop old versions that no story stands on, at most `most`; how many went."""
        with self.writing() as connection:
            old = connection.execute(
                "SELECT n FROM versions WHERE stored_ms < ?"
                " AND n NOT IN (SELECT n FROM stories WHERE live = 1) ORDER BY n LIMIT ?",
                (older_than_ms, most),
            ).fetchall()
            if old:
                numbers = [(row[0],) for row in old]
                connection.executemany("DELETE FROM versions WHERE n = ?", numbers)
                gone = "SELECT row FROM stories WHERE live = 0 AND n NOT IN (SELECT n FROM versions)"
                for table in ("tags", "articles"):
                    connection.execute(f"DELETE FROM {table} WHERE row IN ({gone})")
                connection.execute(f"DELETE FROM words WHERE rowid IN ({gone})")
                connection.execute(f"DELETE FROM stories WHERE row IN ({gone})")
                _set_meta(connection, {"floor": str(old[-1][0])})
            return len(old)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def _opened(path: Path) -> sqlite3.Connection:
    """The writer's connection, on a file with our tables."""
    connection = _connected(path)
    try:
        known = connection.execute("PRAGMA user_version").fetchone()[0]
        if known not in (0, INDEX_VERSION):
            raise sqlite3.DatabaseError(f"schema version {known}, this is {INDEX_VERSION}")
    except sqlite3.DatabaseError as error:
        log.warning("%s is made anew: %s", path, error)
        connection.close()
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        connection, known = _connected(path), 0
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if known == 0:
        connection.executescript(
            f"BEGIN; {INDEX} PRAGMA user_version = {INDEX_VERSION};"
            f" INSERT INTO meta VALUES ('generation', '{secrets.token_hex(4)}'); COMMIT;"
        )
    return connection


def _set_meta(connection: sqlite3.Connection, meta: dict[str, str]) -> None:
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(meta.items()))


def _held(connection: sqlite3.Connection, story_id: str) -> Held | None:
    row = connection.execute(
        "SELECT row, story_id, epoch, version, live, n FROM stories WHERE story_id = ?", (story_id,)
    ).fetchone()
    return Held(row[0], row[1], row[2], row[3], bool(row[4]), row[5]) if row else None


def _apply(connection: sqlite3.Connection, one: Incoming) -> bool:
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
    held = _held(connection, one.story_id)
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
    )  # fmt: skip
    return int(cursor.lastrowid or 0)


def _note_expired(connection: sqlite3.Connection, held: Held) -> None:
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
    )  # fmt: skip
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
