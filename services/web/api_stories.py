"""``/v1/stories`` and ``/v1/changes``: lists, stories, their history and their evidence."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from dateline.stories import Change, LatestStory, RecordArticle, StoryRecord
from services.web import reading, since
from services.web.context import Door, door_of, etag_of, only, query_filter, unchanged
from services.web.filters import BadFilter
from services.web.paging import BadCursor, Sort, read_changes_cursor
from services.web.problems import Problem

router = APIRouter(prefix="/v1", tags=["stories"])

StoryId = Annotated[str, Path(pattern=r"^s-[a-z0-9_]{1,32}(-[0-9]{1,20}){3}$", description="A story id.")]
Text = Annotated[list[str] | None, Query()]


class StoryList(BaseModel):
    """A page of stories; `next` is the cursor of the one after, null at the end."""

    stories: list[dict[str, Any]]
    next: str | None = None


class HistoryEntry(BaseModel):
    """One version: when, what kind of event, and what changed."""

    version: int
    kind: str
    time: str
    sequence: str
    entry_id: str | None = None
    headline: str
    article_count: int
    publisher_count: int
    change: Change


class History(BaseModel):
    """The versions of a story that are kept, the newest first."""

    story_id: str
    versions: list[HistoryEntry]


class Explanation(BaseModel):
    """Why each article is in the story."""

    story_id: str
    version: int
    cohesion: float | None = None
    articles: list[RecordArticle]


class ChangesPage(BaseModel):
    """What changed since a cursor. With `reset`, start over: drop what is held, then apply."""

    added: list[dict[str, Any]] = Field(description="Stories to hold from now on.")
    changed: list[dict[str, Any]] = Field(description="Stories of which there is a newer version.")
    removed: list[dict[str, Any]] = Field(description="Stories to drop; `replaced_by` after a merge.")
    cursor: str = Field(description="Ask with it next time; it comes with every answer.")
    more: bool = Field(description="Whether there is more right now.")
    reset: bool


def filtered(
    language: Text = None,
    topic: Text = None,
    publisher: Text = None,
    country: Text = None,
    place: Text = None,
    min_publishers: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    since: Annotated[str, Query(description="Changed since: an ISO 8601 time.")] = "",
    q: Annotated[str, Query(max_length=200, description='Text search: all words; "…" is a phrase.')] = "",
) -> None:
    """The filters, for the description of the API; the routes read them from the query."""


@router.get("/stories", response_model=StoryList, dependencies=[Depends(filtered)])
def stories(
    request: Request,
    sort: Annotated[Sort, Query(description="relevance only with q.")] = "newest",
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    include: Annotated[Literal["card", "record"], Query(description="record: whole records.")] = "card",
) -> Response:
    """Stories that are not merged, withdrawn or expired, a page at a time."""
    door = door_of(request)
    wanted = query_filter(request.query_params, "sort", "cursor", "limit", "include")
    tag = etag_of(door.store.generation, door.store.head())
    if unchanged(request, tag):
        return Response(status_code=304, headers={"etag": tag})
    try:
        page = reading.stories(door.store, wanted, sort, cursor, limit)
    except (BadCursor, BadFilter) as error:
        raise Problem(422, "bad_parameter", str(error)) from error
    found = page.cards if include == "card" else _records(door, page.cards)
    body = {"stories": [card | {"url": _url(door, card["story_id"])} for card in found], "next": page.cursor}
    return JSONResponse(body, headers={"etag": tag})


def _url(door: Door, story_id: str) -> str:
    return f"{door.public_url}/story/{story_id}"


def _records(door: Door, cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = (reading.latest(door.store, card["story_id"]) for card in cards)
    return [one.record.model_dump(mode="json") for one in found if one is not None]


@router.get("/stories/{story_id}", response_model=LatestStory | StoryRecord)
def story(
    request: Request,
    story_id: StoryId,
    version: Annotated[int | None, Query(ge=1, le=2**53, description="An earlier version.")] = None,
) -> Response:
    """A story's record. Of a merged story the last one: it names `merged_into`, and a Link leads there."""
    door = door_of(request)
    found = _found(door, story_id, version)
    tag = etag_of(found.epoch, found.version)
    headers = {"etag": tag, "cache-control": "no-cache"}
    merged_into = found.record.merged_into if b'"merged_into":"' in found.raw.replace(b" ", b"") else None
    if merged_into:
        headers["link"] = f'<{door.public_url}/v1/stories/{merged_into}>; rel="successor-version"'
    if unchanged(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(found.latest_json(), media_type="application/json", headers=headers)


def _found(door: Door, story_id: str, version: int | None = None) -> reading.Version:
    found = (
        reading.latest(door.store, story_id)
        if version is None
        else reading.at_version(door.store, story_id, version)
    )
    if found is None and version is not None and reading.latest(door.store, story_id):
        raise Problem(404, "no_such_version", f"{story_id} has no version {version}, or it is no longer kept")
    if found is None or (version is None and reading.expired(door.store, story_id)):
        raise Problem(404, "no_such_story", f"{story_id}: no such story is published, or it has expired")
    return found


@router.get("/stories/{story_id}/history", response_model=History)
def history(request: Request, story_id: StoryId) -> Response:
    """What changed from version to version, as far as it is kept."""
    door = door_of(request)
    found = _found(door, story_id)
    tag = etag_of(found.epoch, found.version, door.store.meta("floor", "0"))
    if unchanged(request, tag):
        return Response(status_code=304, headers={"etag": tag})
    versions = [_entry(one) for one in reading.history(door.store, story_id)]
    return JSONResponse({"story_id": story_id, "versions": versions}, headers={"etag": tag})


def _entry(one: reading.Version) -> dict[str, Any]:
    record = one.record
    return {
        "version": one.version,
        "kind": one.kind,
        "time": one.time,
        "sequence": one.sequence,
        "entry_id": one.entry_id,
        "headline": record.headline.text if record.headline else "",
        "article_count": record.article_count,
        "publisher_count": record.publisher_count,
        "change": record.change.model_dump(mode="json"),
    }


@router.get("/stories/{story_id}/explain", response_model=Explanation)
def explain(request: Request, story_id: StoryId) -> Response:
    """Why each article is in the story: score and threshold, shared terms, nearest articles, runner-up."""
    door = door_of(request)
    found = _found(door, story_id)
    tag = etag_of(found.epoch, found.version)
    if unchanged(request, tag):
        return Response(status_code=304, headers={"etag": tag})
    record = found.record
    body = {
        "story_id": story_id,
        "version": found.version,
        "cohesion": record.cohesion,
        "articles": [one.model_dump(mode="json") for one in record.articles],
    }
    return JSONResponse(body, headers={"etag": tag})


@router.get("/changes", response_model=ChangesPage)
def changes(
    request: Request,
    cursor: Annotated[
        str | None, Query(description="Of the last answer; without it: all that is held.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> Response:
    """What was added, changed and removed since: nothing is missed, no version comes twice."""
    door = door_of(request)
    only(request.query_params, "cursor", "limit")
    try:
        given = read_changes_cursor(cursor) if cursor else None
    except BadCursor as error:
        raise Problem(422, "bad_parameter", str(error)) from error
    found = since.changes(door.store, given, limit)
    body: dict[str, Any] = {"added": [], "changed": [], "removed": []}
    for item in found.items:
        change = item.pop("change")
        body[change].append(item | {"url": f"{door.public_url}/v1/stories/{item['story_id']}"})
    return JSONResponse(body | {"cursor": found.cursor, "more": found.more, "reset": found.reset})
