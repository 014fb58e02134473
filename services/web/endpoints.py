"""Webhook endpoints in ``keep.db``: where events are sent, under which secret, and what is wanted."""

from __future__ import annotations

import base64
import json
import secrets
import sqlite3
from dataclasses import dataclass
from typing import Any

from services.web.filters import Filter
from services.web.keep import Keep, KeepError, now_ms

MOST_ENDPOINTS = 500


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events are sent. `failures` in a row; `open_until_ms`: left alone until then."""

    endpoint_id: str
    url: str
    secret: str
    old_secret: str
    wanted: Filter
    note: str
    enabled: bool
    created_ms: int
    failures: int
    open_until_ms: int

    @property
    def secrets(self) -> list[str]:
        return [one for one in (self.secret, self.old_secret) if one]


def _endpoint(row: sqlite3.Row) -> Endpoint:
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(row[4]).items()
    }
    wanted = Filter(**given)
    return Endpoint(row[0], row[1], row[2], row[3], wanted, row[5], bool(row[6]), row[7], row[8], row[9])


_ENDPOINT = (
    "SELECT endpoint_id, url, secret, old_secret, filter, note, enabled, created_ms, failures, open_until_ms"
    " FROM endpoints"
)


def endpoints(keep: Keep) -> list[Endpoint]:
    """All endpoints, the oldest first."""
    return [_endpoint(row) for row in keep.rows(f"{_ENDPOINT} ORDER BY created_ms, endpoint_id")]


def endpoint(keep: Keep, endpoint_id: str) -> Endpoint | None:
    """One endpoint."""
    row = keep.row(f"{_ENDPOINT} WHERE endpoint_id = ?", (endpoint_id,))
    return _endpoint(row) if row else None


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def add_endpoint(keep: Keep, url: str, secret: str, wanted: Filter, note: str) -> Endpoint:
    """Register an endpoint; it gets the events from now on.

    Raises:
        KeepError: there are too many.
    """
    with keep.writing() as connection:
        if connection.execute("SELECT count(*) FROM endpoints").fetchone()[0] >= MOST_ENDPOINTS:
            raise KeepError(f"there are {MOST_ENDPOINTS} endpoints already; delete some")
        one = Endpoint(f"wh_{secrets.token_hex(8)}", url, secret, "", wanted, note, True, now_ms(), 0, 0)
        connection.execute(
            "INSERT INTO endpoints (endpoint_id, url, secret, filter, note, enabled, created_ms)"
            " VALUES (?, ?, ?, ?, ?, 1, ?)",
            (one.endpoint_id, url, secret, filter_json(wanted), note, one.created_ms),
        )
    return one


def filter_json(wanted: Filter) -> str:
    """A filter as it is kept."""
    return json.dumps(wanted.facts())


def change_endpoint(keep: Keep, endpoint_id: str, **changes: Any) -> None:
    """Set columns of an endpoint; enabling it closes its circuit too."""
    if changes.get("enabled"):
        changes |= {"failures": 0, "open_until_ms": 0}
    names = ", ".join(f"{name} = ?" for name in changes)
    with keep.writing() as connection:
        connection.execute(
            f"UPDATE endpoints SET {names} WHERE endpoint_id = ?",  # names are our own
            (*changes.values(), endpoint_id),
        )


def delete_endpoint(keep: Keep, endpoint_id: str) -> None:
    """Forget an endpoint, its deliveries and their log."""
    with keep.writing() as connection:
        mine = "SELECT delivery_id FROM deliveries WHERE endpoint_id = ?"
        connection.execute(f"DELETE FROM attempts WHERE delivery_id IN ({mine})", (endpoint_id,))
        connection.execute("DELETE FROM deliveries WHERE endpoint_id = ?", (endpoint_id,))
        connection.execute("DELETE FROM endpoints WHERE endpoint_id = ?", (endpoint_id,))
