"""Webhook deliveries in ``keep.db``: who gets what, what is due, what became of it.

A delivery is queued in the same transaction that moves the webhooks' own position on, so that an event
is queued once whatever is killed; it is sent at least once, its key being the event's id.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.web.endpoints import endpoints
from services.web.erasure import rests_on
from services.web.filters import Facets, fits
from services.web.keep import Keep, now_ms
from services.web.retries import open_for, pause

DELIVERIES_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Queued:
    """An event for the queue: its key (event id and epoch), story, JSON and what filters ask.

    `erased`: articles that it says were erased; payloads of the story that hold them are not kept.
    """

    event_id: str
    key: str
    story_id: str
    body: bytes
    facets: Facets
    erased: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that is due."""

    delivery_id: int
    endpoint_id: str
    event_id: str
    body: bytes
    attempts: int


def position(keep: Keep) -> dict[str, Any]:
    """Up to where events are queued: generation and row of the index, and the entry of the stream."""
    row = keep.row("SELECT value FROM meta WHERE name = 'position'")
    found: dict[str, Any] = json.loads(row[0]) if row else {}
    return found


def queue(keep: Keep, events: Sequence[Queued], onward: dict[str, Any]) -> int:
    """Queue events for every endpoint they fit, and move the position on, together; how many."""
    chosen = [one for one in endpoints(keep) if one.enabled]
    moment = now_ms()
    rows = [
        (one.endpoint_id, event.event_id, event.key, event.story_id, event.body, "pending", moment, moment)
        for event in events
        for one in chosen
        if fits(one.wanted, event.facets)
    ]
    with keep.writing() as connection:
        for event in events:
            _erase(connection, event)
        connection.executemany(
            "INSERT OR IGNORE INTO deliveries (endpoint_id, event_id, key, story_id, body, state, due_ms,"
            " created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('position', ?)", (json.dumps(onward),))
    return len(rows)


def _erase(connection: sqlite3.Connection, event: Queued) -> None:
    """Delete what is queued or was sent of a story before, where it holds erased articles."""
    if not event.erased:
        return
    stored = connection.execute(
        "SELECT delivery_id, body FROM deliveries WHERE story_id = ? AND key != ?",
        (event.story_id, event.key),
    ).fetchall()
    gone = [(row[0],) for row in stored if rests_on(json.loads(row[1]).get("data") or {}, event.erased)]
    connection.executemany("DELETE FROM attempts WHERE delivery_id = ?", gone)
    connection.executemany("DELETE FROM deliveries WHERE delivery_id = ?", gone)


def due(keep: Keep, busy: Mapping[int, str], most: int, of_one: int) -> list[Delivery]:
    """Deliveries to send now, at most `most` and `of_one` for an endpoint, those under way counted.

    Of each endpoint and story only the oldest; none of an endpoint whose circuit is open. `busy`:
    deliveries under way and their endpoints. Every endpoint gets its turn, however much waits for others.
    """
    moment = now_ms()
    ready = keep.rows(
        "SELECT endpoint_id FROM endpoints WHERE enabled AND open_until_ms <= ? ORDER BY random()", (moment,)
    )
    found: list[Delivery] = []
    for (endpoint_id,) in ready:
        free = min(of_one - list(busy.values()).count(endpoint_id), most - len(busy) - len(found))
        if free > 0:
            found += _due_of(keep, endpoint_id, moment, list(busy), free)
    return found


def _due_of(keep: Keep, endpoint_id: str, moment: int, busy: Sequence[int], most: int) -> list[Delivery]:
    marks = ",".join("?" * len(busy))
    rows = keep.rows(
        "SELECT d.delivery_id, d.endpoint_id, d.event_id, d.body, d.attempts FROM deliveries d"
        " WHERE d.endpoint_id = ? AND d.state = 'pending' AND d.due_ms <= ?"
        f" AND d.delivery_id NOT IN ({marks})"
        " AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.state = 'pending'"
        "   AND o.endpoint_id = d.endpoint_id AND o.story_id = d.story_id AND o.delivery_id < d.delivery_id)"
        " ORDER BY d.due_ms, d.delivery_id LIMIT ?",
        (endpoint_id, moment, *busy, most),
    )
    return [Delivery(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def record(keep: Keep, one: Delivery, status: int | None, error: str, took_ms: int, chance: float) -> str:
    """Write down an attempt and what follows from it; the delivery's state then."""
    moment, number = now_ms(), one.attempts + 1
    good = status is not None and 200 <= status < 300
    wait = None if good else pause(number, chance)
    gone = status == 410
    state = "delivered" if good else "failed" if wait is None or gone else "pending"
    with keep.writing() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?, ?, ?)",
            (one.delivery_id, number, moment, took_ms, status, error[:500]),
        )
        connection.execute(
            "UPDATE deliveries SET state = ?, attempts = ?, due_ms = ?, done_ms = ? WHERE delivery_id = ?",
            (
                state,
                number,
                moment + int((wait or 0) * 1_000),
                None if state == "pending" else moment,
                one.delivery_id,
            ),
        )
        _circuit(connection, one.endpoint_id, good, moment)
        if gone:
            connection.execute("UPDATE endpoints SET enabled = 0 WHERE endpoint_id = ?", (one.endpoint_id,))
    return state


def _circuit(connection: sqlite3.Connection, endpoint_id: str, good: bool, moment: int) -> None:
    row = connection.execute(
        "SELECT failures FROM endpoints WHERE endpoint_id = ?", (endpoint_id,)
    ).fetchone()
    if row is None:
        return
    failures = 0 if good else row[0] + 1
    until = moment + int(open_for(failures) * 1_000) if open_for(failures) else 0
    connection.execute(
        "UPDATE endpoints SET failures = ?, open_until_ms = ? WHERE endpoint_id = ?",
        (failures, until, endpoint_id),
    )


def log_of(keep: Keep, endpoint_id: str, state: str, before: int) -> list[dict[str, Any]]:
    """Deliveries of an endpoint with their attempts, the newest first."""
    rows = keep.rows(
        "SELECT delivery_id, event_id, story_id, state, attempts, due_ms, created_ms, done_ms FROM deliveries"
        " WHERE endpoint_id = ? AND (? = '' OR state = ?) AND delivery_id < ?"
        " ORDER BY delivery_id DESC LIMIT ?",
        (endpoint_id, state, state, before, DELIVERIES_SHOWN),
    )
    found = [dict(row) | {"log": []} for row in rows]
    by_id = {one["delivery_id"]: one for one in found}
    marks = ",".join("?" * len(by_id))
    for row in keep.rows(
        "SELECT delivery_id, number, at_ms, took_ms, status, error FROM attempts"
        f" WHERE delivery_id IN ({marks})"
        " ORDER BY number",
        tuple(by_id),
    ):
        by_id[row[0]]["log"].append(
            {key: row[key] for key in ("number", "at_ms", "took_ms", "status", "error")}
        )
    return found


def replay(keep: Keep, endpoint_id: str, delivery_ids: Sequence[int], *, failed: bool) -> int:
    """Put deliveries back into the queue: these, or all failed ones; how many."""
    with keep.writing() as connection:
        which = "state = 'failed'" if failed else f"delivery_id IN ({','.join('?' * len(delivery_ids))})"
        return connection.execute(
            f"UPDATE deliveries SET state = 'pending', attempts = 0, due_ms = ?, done_ms = NULL"
            f" WHERE endpoint_id = ? AND state != 'pending' AND {which}",
            (now_ms(), endpoint_id, *(() if failed else delivery_ids)),
        ).rowcount


def forget_old(keep: Keep, before_ms: int) -> int:
    """Drop deliveries that were done before a moment, and their log; how many."""
    with keep.writing() as connection:
        old = "SELECT delivery_id FROM deliveries WHERE state != 'pending' AND done_ms < ?"
        connection.execute(f"DELETE FROM attempts WHERE delivery_id IN ({old})", (before_ms,))
        return connection.execute(
            "DELETE FROM deliveries WHERE state != 'pending' AND done_ms < ?", (before_ms,)
        ).rowcount


def counts(keep: Keep) -> dict[str, int]:
    """Deliveries by state."""
    return {row[0]: row[1] for row in keep.rows("SELECT state, count(*) FROM deliveries GROUP BY state")}
