"""``/v1/events``: story events as they come, as server-sent events."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from services.web import since
from services.web.api_stories import filtered
from services.web.context import Door, door_of, query_filter
from services.web.live import READERS, Ring, Stream
from services.web.problems import Problem

router = APIRouter(prefix="/v1", tags=["events"])

_ENTRY = re.compile(r"(\d{1,18})(?:-(\d{1,18}))?")
DESCRIBED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": (
            "Events named created, updated, merged, split, withdrawn, closed, with the position as id; "
            "and of the door itself: reset (go and read everything anew), dropped (too slow), closing."
        ),
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get("/events", responses=DESCRIBED, dependencies=[Depends(filtered)])
async def events(
    request: Request,
    form: Annotated[Literal["whole", "brief"], Query(description="brief: what lists show.")] = "whole",
    last_event_id: Annotated[
        str | None, Query(max_length=40, description="For clients that cannot set the header Last-Event-ID.")
    ] = None,
) -> Response:
    """Follow story events live. Without Last-Event-ID from now on; with it from right behind it."""
    door = door_of(request)
    wanted = query_filter(request.query_params, "form", "last_event_id")
    ring: Ring = request.app.state.ring
    if READERS._value.get() >= door.settings.web_max_readers:
        raise Problem(
            503,
            "too_many_readers",
            "too many event streams are open; come back later",
            headers={"retry-after": "30"},
        )
    given = request.headers.get("last-event-id") or last_event_id
    start = ring.last if not given else await run_in_threadpool(_start, door, given)
    return Stream(door, ring, wanted, brief=form == "brief", start=start)


def _start(door: Door, given: str) -> int | None:
    """The row after which a reader goes on; None: no longer kept, or of a stream that was lost."""
    match = _ENTRY.fullmatch(given.strip())
    if match is None:
        raise Problem(422, "bad_parameter", f"Last-Event-ID: {given[:40]!r} is not an id of this stream")
    entry = (int(match[1]), int(match[2] or 0))
    ahead = door.store.row("SELECT max(entry_ms) FROM versions")
    if ahead is None or ahead[0] is None or entry[0] > int(ahead[0]):
        return None
    return since.place_of_entry(door.store, entry)
