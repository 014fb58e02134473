"""The calls of both clients as plans: what is checked, and in which order things happen."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dateline import tracing
from dateline.client import plans
from dateline.client.errors import DatelineError, ServerFull
from dateline.client.new_article import Fields, NewArticle, encode
from dateline.client.outcomes import Sent
from dateline.client.plans import Plan
from dateline.client.ratings import checked_rows, chunks, read_ratings
from dateline.streams import Names

Sendable = NewArticle | Mapping[str, Any]
WAIT_SECONDS = 30.0
MARK_ASKED_EVERY = 1.0


@dataclass
class Mark:
    """When the server's memory was last asked for; one call a second is enough."""

    share: float
    due: float = 0.0

    def check(self) -> Plan[None]:
        """Raises ServerFull above the soft mark."""
        if time.monotonic() < self.due:
            return
        full = yield from plans.fill_mark(self.share)
        if full:
            raise ServerFull(full)
        self.due = time.monotonic() + MARK_ASKED_EVERY


def send(names: Names, mark: Mark, articles: Sequence[Sendable], wait: bool | float) -> Plan[list[Sent]]:
    """All sizes first, then room, then the articles, then (if asked for) their outcomes."""
    trace = tracing.current()
    own = {tracing.FIELD: trace} if trace else {}
    encoded: list[Fields] = [{**encode(article, at), **own} for at, article in enumerate(articles)]
    if not encoded:
        return []
    yield from mark.check()
    seconds = WAIT_SECONDS if wait is True else float(wait)
    since = (yield from plans.last_id(names.outcomes)) if seconds > 0 else ""
    sent = yield from plans.send(names, encoded)
    return (yield from plans.await_outcomes(names, sent, since, seconds)) if seconds > 0 else sent


def control(names: Names, act: str, body: Mapping[str, Any]) -> Plan[str]:
    """One act; its body must be JSON."""
    if not act:
        raise DatelineError("act: is empty; name it (move, merge, split, pin, block, note, …)")
    try:
        said = json.dumps(body, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DatelineError(f"{act}: its body is not JSON ({error}); use strings, numbers, lists") from error
    return (yield from plans.control(names, act, said))


def load_ratings(
    names: Names, source: str | Path | Iterable[Mapping[str, Any]], name: str, version: str, licence: str
) -> Plan[int]:
    """All rows are checked before the first chunk is sent; the number of rows."""
    rows = read_ratings(Path(source)) if isinstance(source, str | Path) else checked_rows(source)
    for body in chunks(rows, name=name, version=version, licence=licence):
        yield from control(names, "ratings", body)
    return len(rows)
