"""The door's index in SQLite: what is held, what was applied, and the position, in one transaction.

Deleted or of another schema version it is made again from the stream and the latest records.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.web.applying import Incoming, apply, held_story, note_expired
from services.web.schema import INDEX, INDEX_VERSION

log = logging.getLogger("dateline.web")

BUSY_SECONDS = 10.0


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
            new = sum(apply(connection, one) for one in batch)
            _set_meta(connection, meta or {})
            return new

    def expire(self, story_ids: Sequence[str]) -> None:
        """Remove stories whose records are no longer kept."""
        with self.writing() as connection:
            for story_id in story_ids:
                held = held_story(connection, story_id)
                if held is not None and held.live:
                    note_expired(connection, held)

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
