"""``/feeds``: stories as Atom and JSON Feed, with the filters of lists."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from services.web import feeds_out, reading
from services.web.api_stories import filtered
from services.web.context import door_of, etag_of, query_filter, unchanged
from services.web.filters import BadFilter
from services.web.problems import Problem

router = APIRouter(prefix="/feeds", tags=["feeds"])

MEDIA = {"atom": "application/atom+xml", "json": "application/feed+json"}
TITLES = {"newest": "", "covered": ": most covered", "blindspots": ": blind spots"}
DESCRIBED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A feed, one entry a story",
        "content": {
            MEDIA["atom"]: {"schema": {"type": "string"}},
            MEDIA["json"]: {"schema": {"type": "object"}},
        },
    }
}


@router.get("/stories.{form}", responses=DESCRIBED, dependencies=[Depends(filtered)])
def feed(
    request: Request,
    form: Annotated[Literal["atom", "json"], Path()],
    sort: Annotated[Literal["newest", "covered", "blindspots"], Query()] = "newest",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """One entry a story; a new version updates the entry in place (same id, later `updated`)."""
    door = door_of(request)
    wanted = query_filter(request.query_params, "sort", "limit")
    tag = etag_of(door.store.generation, door.store.head())
    if unchanged(request, tag):
        return Response(status_code=304, headers={"etag": tag})
    try:
        cards = reading.stories(door.store, wanted, sort, None, limit).cards
    except BadFilter as error:
        raise Problem(422, "bad_parameter", str(error)) from error
    title = door.settings.web_title + TITLES[sort]
    query = f"?{request.url.query}" if request.url.query else ""
    made = feeds_out.atom if form == "atom" else feeds_out.json_feed
    body = made(cards, title, door.public_url, f"{door.public_url}/feeds/stories.{form}{query}")
    return Response(body, media_type=MEDIA[form], headers={"etag": tag})
