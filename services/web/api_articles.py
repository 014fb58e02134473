"""``/v1/articles``: send, retract, and ask where an article went."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from dateline.client import plans
from dateline.client.new_article import NewArticle, encode
from dateline.client.outcomes import Sent
from dateline.stories import RecordArticle
from services.web import reading
from services.web.bodies import LINES as LINE_MEDIA
from services.web.bodies import BadBody, Item, is_json, items_of, line_item, lines_of, media_type, read_json
from services.web.context import Door, door_of, etag_of, unchanged
from services.web.problems import Problem

router = APIRouter(prefix="/v1/articles", tags=["articles"])

ARTICLE_ID = r"^a-[0-9a-f]{24}$"
SENT_AT_ONCE = 100
ArticleId = Annotated[str, Path(pattern=ARTICLE_ID, description="`a-` and 24 hexadecimal digits.")]


class ReportItem(BaseModel):
    """What became of one article of a request."""

    index: int = Field(description="Its place in the request, from 0.")
    status: str = Field(description="sent: it is on articles.raw; refused: it is not.")
    entry_id: str | None = Field(None, description="Its entry on articles.raw.")
    outcome: str | None = Field(None, description="With `wait`: accepted, revision, duplicate, rejected, …")
    article_id: str | None = None
    code: str | None = Field(None, description="Of a refused one: too_large, bad_json, not_an_object, …")
    reason: str | None = None


class Report(BaseModel):
    """What became of the articles of a request."""

    sent: int
    refused: int
    items: list[ReportItem]


class Evidence(BaseModel):
    """Which story an article is in, and why."""

    story_id: str
    story_version: int
    headline: str
    story_url: str
    article: RecordArticle


BODIES = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "anyOf": [
                        {"$ref": "#/components/schemas/NewArticle"},
                        {"type": "array", "items": {"$ref": "#/components/schemas/NewArticle"}},
                        {"type": "object", "description": "ninjs, schema.org, NewsAPI.org, Event Registry"},
                    ]
                },
            },
            "application/x-ndjson": {"schema": {"type": "string", "description": "One article a line."}},
        },
    }
}


@router.post("", status_code=202, response_model=Report, openapi_extra=BODIES)
async def send(
    request: Request,
    wait: Annotated[float, Query(ge=0, le=30, description="Seconds to wait for outcomes.")] = 0.0,
) -> Response:
    """Send one article, an array, or a stream of lines (NDJSON); a report says what became of each.

    Sending an article again is safe: ingest recognises what it has by identity and content.
    """
    door = door_of(request)
    since = await door.ask(plans.last_id(door.names.outcomes)) if wait > 0 else ""
    report: list[dict[str, Any]] = []
    try:
        async for part in _parts(_items(door, request)):
            report += await _pass_on(door, part)
    except Problem as problem:
        problem.body |= {"items": report}
        raise
    if wait > 0:
        await _add_outcomes(door, report, since, wait)
    refused = sum(one["status"] == "refused" for one in report)
    body = {"sent": len(report) - refused, "refused": refused, "items": report}
    if refused and refused == len(report):
        first = report[0]["reason"]
        raise Problem(422, report[0]["code"], f"none could be sent: {first}", **body)
    return JSONResponse(body, status_code=202)


async def _items(door: Door, request: Request) -> AsyncIterator[Item]:
    """The request's articles in order, no more than allowed."""
    media, most = media_type(request.headers.get("content-type", "")), door.settings.web_max_items
    if media in LINE_MEDIA:
        index = 0
        async for line in lines_of(request.stream()):
            if line is not None and not line.strip():
                continue
            _within(index, most)
            yield line_item(index, line)
            index += 1
        return
    if not is_json(media):
        raise Problem(
            415,
            "bad_content_type",
            f"Content-Type: {media[:80]!r} is neither application/json nor application/x-ndjson",
        )
    try:
        body = read_json(await request.body())
    except BadBody as error:
        raise Problem(400, "bad_json", str(error)) from error
    if isinstance(body, list) and not body:
        raise Problem(422, "empty", "the array holds no article")
    for one in items_of(body):
        _within(one.index, most)
        yield one


def _within(index: int, most: int) -> None:
    if index >= most:
        raise Problem(
            413,
            "too_many",
            f"a request may carry {most:,} articles; those before are sent, send the rest in another",
        )


async def _parts(items: AsyncIterator[Item]) -> AsyncIterator[list[Item]]:
    """Items in parts, so that a stream is read no faster than the server takes it."""
    part: list[Item] = []
    async for one in items:
        part.append(one)
        if len(part) >= SENT_AT_ONCE:
            yield part
            part = []
    if part:
        yield part


async def _pass_on(door: Door, part: Iterable[Item]) -> list[dict[str, Any]]:
    """Append what can be sent to ``articles.raw``; the report of all."""
    items = list(part)
    fields = [one.fields for one in items if one.fields is not None]
    if fields:
        await door.ask(door.mark.check())
    sent = iter(await door.ask(plans.send(door.names, fields)))
    return [
        {"index": one.index, "status": "refused", "code": one.code, "reason": one.reason}
        if one.fields is None
        else {"index": one.index, "status": "sent", "entry_id": next(sent).entry_id}
        for one in items
    ]


async def _add_outcomes(door: Door, report: list[dict[str, Any]], since: str, seconds: float) -> None:
    waiting = {one["entry_id"]: one for one in report if one["status"] == "sent"}
    sent = [Sent(entry_id) for entry_id in waiting]
    for one in await door.ask(plans.await_outcomes(door.names, sent, since, seconds)):
        if one.outcome is not None:
            waiting[one.entry_id] |= {
                "outcome": one.outcome,
                "article_id": one.article_id or None,
                "reason": one.reason or None,
            }


@router.delete("/{article_id}", status_code=202, response_model=Report)
async def retract(request: Request, article_id: ArticleId) -> Response:
    """Retract an article for good: it leaves its story, and a new version says so."""
    door = door_of(request)
    fields = encode(NewArticle(article_id=article_id, status="canceled"))
    (sent,) = await door.ask(plans.send(door.names, [fields]))
    items = [{"index": 0, "status": "sent", "entry_id": sent.entry_id, "article_id": article_id}]
    return JSONResponse({"sent": 1, "refused": 0, "items": items}, status_code=202)


@router.get("/{article_id}", response_model=Evidence)
def find(request: Request, article_id: ArticleId) -> Response:
    """Which story an article is in, and why: scores, shared terms, nearest articles, runner-up."""
    door = door_of(request)
    for found in reading.where_article_is(door.store, article_id):
        tag = etag_of(found.story_id, found.epoch, found.version)  # it may move to a story of equal version
        if unchanged(request, tag):
            return Response(status_code=304, headers={"etag": tag})
        record = found.record
        article = next((one for one in record.articles if one.article_id == article_id), None)
        if article is not None:
            body = {
                "story_id": found.story_id,
                "story_version": found.version,
                "headline": record.headline.text if record.headline else "",
                "story_url": f"{door.public_url}/v1/stories/{found.story_id}",
                "article": article.model_dump(mode="json"),
            }
            return JSONResponse(body, headers={"etag": tag})
    raise Problem(
        404,
        "no_such_article",
        f"no published story lists {article_id}; its story may wait for a second publisher, it may be "
        "retracted or a reprint beyond the record's limit, or it was never sent",
    )
