"""What is the door's own and cannot be made again: tokens, webhooks and their log. Back it up.

A copy is kept up to an hour old, the last one of each of seven days: in `backups/` beside it, or where
DATELINE_WEB_BACKUPS says.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.web.tokens import Scope, Token, digest, fits, token_id, written

KEEP_VERSION = 1
BACKUPS = 7
COPY_SECONDS = 3_600

TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tokens (
  token_id TEXT PRIMARY KEY, name TEXT NOT NULL, scope TEXT NOT NULL, digest TEXT NOT NULL,
  created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE endpoints (
  endpoint_id TEXT PRIMARY KEY, url TEXT NOT NULL, secret TEXT NOT NULL, old_secret TEXT NOT NULL DEFAULT '',
  filter TEXT NOT NULL, note TEXT NOT NULL, enabled INTEGER NOT NULL, created_ms INTEGER NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0, open_until_ms INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE deliveries (
  delivery_id INTEGER PRIMARY KEY AUTOINCREMENT, endpoint_id TEXT NOT NULL, event_id TEXT NOT NULL,
  key TEXT NOT NULL, story_id TEXT NOT NULL, body BLOB NOT NULL, state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, due_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL,
  done_ms INTEGER, UNIQUE (endpoint_id, key)
);
CREATE INDEX deliveries_due ON deliveries (endpoint_id, state, due_ms);
CREATE INDEX deliveries_order ON deliveries (endpoint_id, story_id, delivery_id) WHERE state = 'pending';
CREATE TABLE attempts (
  delivery_id INTEGER NOT NULL, number INTEGER NOT NULL, at_ms INTEGER NOT NULL, took_ms INTEGER NOT NULL,
  status INTEGER, error TEXT NOT NULL, PRIMARY KEY (delivery_id, number)
) WITHOUT ROWID;
"""


class KeepError(Exception):
    """The file cannot be used, or a name in it is taken or missing; the message says what to do."""


class Keep:
    """The file ``keep.db``; safe to open from several processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, timeout=10.0, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        path.chmod(0o600)
        with self.writing() as connection:
            known = connection.execute("PRAGMA user_version").fetchone()[0]
            if known > KEEP_VERSION:
                raise KeepError(f"{path} is of a newer version ({known}); run the newer Dateline")
            if known == 0:
                for statement in filter(None, map(str.strip, TABLES.split(";"))):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {KEEP_VERSION}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: everything in the block is committed together, or nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row of a query."""
        with self._lock:
            found: sqlite3.Row | None = self._connection.execute(sql, parameters).fetchone()
            return found

    def back_up(self, folder: Path) -> Path | None:
        """Write today's copy, unless it is less than an hour old; its path. Only the last seven stay."""
        target = folder / f"keep-{datetime.now(UTC):%Y-%m-%d}.db"
        if target.exists() and time.time() - target.stat().st_mtime < COPY_SECONDS:
            return None
        self.copy_to(target)
        for old in copies(folder)[:-BACKUPS]:
            old.unlink()
        return target

    def copy_to(self, target: Path) -> None:
        """Write a whole copy; a copy that is there is replaced at once, never half. Nobody waits for it."""
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(target.name + ".part")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(0o600)
        source, copy = sqlite3.connect(self.path), sqlite3.connect(unfinished)
        try:
            source.backup(copy)
        finally:
            copy.close()
            source.close()
        unfinished.rename(target)

    # --- tokens ---------------------------------------------------------------------------------

    def tokens(self) -> list[Token]:
        """All tokens that were not revoked, by name."""
        return [Token(*row) for row in self.rows("SELECT * FROM tokens ORDER BY name, created_ms")]

    def bearer(self, token: str) -> Token | None:
        """The kept token that this one is, if it is valid."""
        asked = token_id(token)
        row = self.row("SELECT * FROM tokens WHERE token_id = ?", (asked,)) if asked else None
        kept = Token(*row) if row else None
        return kept if kept and fits(token, kept) and kept.valid(now_ms()) else None

    def stands(self, token_id: str) -> bool:
        """Whether a token was neither revoked nor has ended."""
        row = self.row("SELECT * FROM tokens WHERE token_id = ?", (token_id,))
        return row is not None and Token(*row).valid(now_ms())

    def add_token(self, name: str, scope: Scope, days: float = 0) -> str:
        """Make a token; the only time that it is seen whole.

        Raises:
            KeepError: there is a token of that name.
        """
        with self.writing() as connection:
            if connection.execute("SELECT 1 FROM tokens WHERE name = ?", (name,)).fetchone():
                raise KeepError(f"there is a token {name!r}; rotate or revoke it, or choose another name")
            return _add(connection, name, scope, days)

    def rotate_token(self, name: str, hours: float, days: float = 0) -> str:
        """Make a new secret for a name; the old ones end after some hours.

        Raises:
            KeepError: there is no token of that name.
        """
        with self.writing() as connection:
            row = connection.execute("SELECT scope FROM tokens WHERE name = ?", (name,)).fetchone()
            if row is None:
                raise KeepError(f"there is no token {name!r}; 'dateline token list' shows them")
            end = now_ms() + int(hours * 3_600_000)
            connection.execute(
                "UPDATE tokens SET expires_ms = ? WHERE name = ? AND (expires_ms = 0 OR expires_ms > ?)",
                (end, name, end),
            )
            return _add(connection, name, row[0], days)

    def revoke_token(self, name: str) -> int:
        """Drop every token of a name; how many there were."""
        with self.writing() as connection:
            return connection.execute("DELETE FROM tokens WHERE name = ?", (name,)).rowcount


def copies(folder: Path) -> list[Path]:
    """The copies in a folder, the oldest first."""
    return sorted(folder.glob("keep-*.db"))


def _add(connection: sqlite3.Connection, name: str, scope: str, days: float) -> str:
    token = written(secrets.token_hex(4), secrets.token_urlsafe(32))
    created = now_ms()
    expires = created + int(days * 86_400_000) if days else 0
    connection.execute(
        "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?)",
        (token_id(token), name, scope, digest(token), created, expires),
    )
    return token


def now_ms() -> int:
    """The wall clock, Unix epoch milliseconds."""
    return time.time_ns() // 1_000_000
