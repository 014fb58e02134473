"""Entries that somebody deleted before the stage had read them: said loudly, once."""

from __future__ import annotations

import structlog

from dateline.metrics import DELETED
from dateline.stage.health import Loop

log = structlog.get_logger()


def tell(stream: str, missing: int, loop: Loop) -> None:
    """Log, count and show what is newly found missing (below 0: the stream as a whole was deleted)."""
    if missing < 0:
        log.error("the stream was deleted and made anew; what was unread in it is lost", stream=stream)
    if missing > 0:
        DELETED.labels(stream).inc(missing)
        loop.deleted += missing
        log.error("entries deleted before they were read", stream=stream, count=missing)
