"""The pages that people read: the front page and the page of a story."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dateline.stories import StoryRecord
from services.web import front_view, notices, reading, story_view
from services.web.context import Door, door_of, etag_of, unchanged
from services.web.diffs import Difference, difference
from services.web.filters import NAMES, BadFilter, Filter, read_filter
from services.web.linked_data import json_ld
from services.web.paging import SORTS, BadCursor, Sort
from services.web.pictures import bias_bar
from services.web.problems import Problem
from services.web.rendering import page
from services.web.rows import GONE
from services.web.share_card import share_card
from services.web.wording import plural

router = APIRouter(include_in_schema=False)

CARDS = 24
VERSIONS_SHOWN = 8
RELATED_SHOWN = 6
LEAD_POINTS = 3
CHOICES_SECONDS = 30.0
STORY_ID_LENGTH = 120


@router.get("/", response_class=HTMLResponse)
def front(request: Request) -> Response:
    """Stories in an order, filtered, a page at a time."""
    door, live = door_of(request), _live_address(request)
    query = {name: request.query_params.get(name, "").strip() for name in NAMES}
    asked = request.query_params.get("sort", "relevance" if query["q"] else "newest")
    sort: Sort = next((one for one in SORTS if one == asked), "newest")
    if sort == "relevance" and not query["q"]:
        sort = "newest"
    cursor = request.query_params.get("cursor")
    try:
        wanted = read_filter({name: [value] for name, value in query.items() if value})
        found, problem = reading.stories(door.store, wanted, sort, cursor, CARDS), ""
    except (BadFilter, BadCursor) as error:
        wanted, found, problem = Filter(), reading.Page([], None), str(error)
    set_now = {name: value for name, value in query.items() if value} | {"sort": sort}
    tabs = [("relevance", "Best match"), *front_view.TABS] if query["q"] else list(front_view.TABS)
    feed = urlencode({name: value for name, value in query.items() if value})
    return page(
        request, door, "front.html", status=422 if problem else 200, here="front", query=query, sort=sort,
        tabs=tabs, titles=front_view.TITLES, sums=reading.sums(door.store), choices=_choices(request, door),
        filtered=bool(wanted),
        narrowed=wanted != Filter(q=wanted.q), first_page=cursor is None,
        cards=_cards(door, found.cards, lead=cursor is None),
        next=found.cursor, problem=problem, link=lambda **changes: front_view.address(set_now, **changes),
        feed_query=f"?{feed}" if feed else "", live=f"{live}&{feed}" if feed else live,
    )  # fmt: skip  # a row of values


def _cards(door: Door, found: list[dict[str, Any]], *, lead: bool) -> list[dict[str, Any]]:
    """Cards as they are shown; the first page opens with a large one that has key points."""
    cards = list(map(front_view.shown, front_view.with_lead(found) if lead else found))
    newest = reading.latest(door.store, cards[0]["story_id"]) if lead and cards else None
    if newest is not None:
        cards[0]["brief"] = [point.text for point in newest.record.key_points[:LEAD_POINTS]]
    return cards


def _live_address(request: Request) -> str:
    """Where a page hears what comes. Asked for before the page is made: nothing is missed in between."""
    heard = request.app.state.ring.messages
    since = heard[-1].entry_id if heard else None
    return "/v1/events?form=brief" + (f"&last_event_id={since}" if since else "")


def _choices(request: Request, door: Door) -> dict[str, list[tuple[str, str, int]]]:
    """The filters' values, counted at most twice a minute."""
    kept = getattr(request.app.state, "choices", None)
    if kept is None or time.monotonic() - kept[0] > CHOICES_SECONDS:
        kept = (time.monotonic(), front_view.choices(reading.choices(door.store)))
        request.app.state.choices = kept
    found: dict[str, list[tuple[str, str, int]]] = kept[1]
    return found


@router.get("/story/{story_id}", response_class=HTMLResponse)
def story(request: Request, story_id: str, version: int | None = None) -> Response:
    """A story's page; the address of a merged one leads to the story that it lives on in."""
    door, live = door_of(request), _live_address(request)
    newest = reading.latest(door.store, story_id) if len(story_id) <= STORY_ID_LENGTH else None
    found = newest
    if newest is not None and version is not None and version != newest.version:
        found = reading.at_version(door.store, story_id, version) if 0 < version < 2**53 else None
    if newest is None or found is None:
        return page(
            request, door, "missing.html", status=404, story_id=story_id[:STORY_ID_LENGTH], version=version
        )
    record = found.record
    if version is None and record.merged_into:
        onward = f"/story/{record.merged_into}?" + urlencode({"from": story_id})
        return RedirectResponse(onward, status_code=302)
    return page(request, door, "story.html", live=live, **_story_values(request, door, record, newest))


@router.get("/card.png")
def front_card(request: Request) -> Response:
    """The picture for a shared link to the front page."""
    door = door_of(request)
    sums = reading.sums(door.store)
    said = f"{plural(sums['stories'], 'story', 'stories')} from {plural(sums['articles'], 'article')}"
    title = door.settings.web_title
    return _picture(request, (said,), lambda: share_card(title, said, "Who reports what, side by side"))


@router.get("/story/{story_id}/card.png")
def story_card(request: Request, story_id: str) -> Response:
    """The picture for a shared link to a story, of its newest version."""
    door = door_of(request)
    newest = reading.latest(door.store, story_id) if len(story_id) <= STORY_ID_LENGTH else None
    if newest is None:
        raise Problem(404, "no_such_story", "there is no such story, or it is no longer kept")
    record = newest.record
    bias = record.coverage.bias
    bar = tuple(bias_bar(bias.grouped)) if bias.rated else ()
    headline = record.headline.text if record.headline else ""
    facts = story_view.share_facts(record)
    title = door.settings.web_title
    made_of, instead = (newest.epoch, newest.version), story_view.share_instead(record)
    return _picture(request, made_of, lambda: share_card(title, headline, facts, bar, instead))


def _picture(request: Request, made_of: tuple[object, ...], draw: Callable[[], bytes]) -> Response:
    tag = etag_of(*made_of)
    headers = {"etag": tag, "cache-control": "public, max-age=300"}
    if unchanged(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(draw(), media_type="image/png", headers=headers)


def _story_values(
    request: Request, door: Door, record: StoryRecord, newest: reading.Version
) -> dict[str, Any]:
    wanted = {name: request.query_params.get(name, "")[:40] for name in story_view.FACETS}
    grouping = request.query_params.get("group", "")
    grouping = grouping if grouping in story_view.FACETS else ""
    articles = story_view.chosen(record.articles, wanted)
    url = f"{door.public_url}/story/{record.story_id}"
    most = reading.HISTORY_MOST if request.query_params.get("history") == "all" else VERSIONS_SHOWN
    versions = reading.history(door.store, record.story_id, most + 1)
    records = [one.record for one in versions]
    past = [one for one in records if one.version <= record.version] or [record]
    others = reading.headlines(door.store, _named_stories(record))
    event = next((place.name for place in record.places if place.role == "event"), "")
    lead_in = record.summary.dateline.text if record.summary else ""
    starts = bool(record.summary and lead_in and record.summary.text.startswith(lead_in))
    came_from = request.query_params.get("from", "")
    return {
        "record": record,
        "headline": story_view.title(record),
        "url": url,
        "place": event,
        "lead_in": lead_in if starts else "",
        "share": story_view.share_text(record),
        "json_ld": json_ld(record, url, door.settings.web_title),
        "coverage": record.coverage,
        "view": story_view.coverage(record),
        "notices": notices.notices(record, notices.retracted(past)),
        "facets": story_view.facets(record.articles, wanted),
        "wanted": wanted,
        "grouping": grouping,
        "facet_link": lambda name, value: _facet_link(
            record.story_id, wanted | {"group": grouping}, name, value
        ),
        "shown": story_view.under_headings(story_view.grouped(record, articles, fold=not grouping), grouping),
        "shown_count": len(articles),
        "held": {one.article_id: one for one in record.articles},
        "cited": lambda point: story_view.cited(record, point),
        "others": others,
        "related": [others[one.story_id] for one in record.related if one.story_id in others][:RELATED_SHOWN],
        "history": _history(versions, records, most),
        "history_more": len(versions) > most,
        "old": record.version != newest.version,
        "newest": newest.version,
        "came_from": came_from if came_from in {one.story_id for one in record.merged_from} else "",
    }


def _named_stories(record: StoryRecord) -> list[str]:
    found = [one.story_id for one in record.related]
    found += [one.story_id for one in (*record.merged_from, *record.split_into)]
    found += [record.split_from.story_id] if record.split_from else []
    for article in record.articles:
        if article.membership and article.membership.runner_up:
            found.append(article.membership.runner_up.story_id)
    return list(dict.fromkeys(found))[:200]


def _facet_link(story_id: str, wanted: dict[str, str], name: str, value: str) -> str:
    query = {key: one for key, one in (wanted | {name: value}).items() if one}
    return f"/story/{story_id}" + (f"?{urlencode(query)}" if query else "") + "#articles"


def _history(versions: list[reading.Version], records: list[StoryRecord], most: int) -> list[dict[str, Any]]:
    """The newest versions with their difference to the one before, the newest first."""
    found = []
    for at, record in enumerate(records[:most]):
        before = records[at + 1] if at + 1 < len(records) else None
        live = before is not None and record.status not in GONE
        found.append(
            {
                "version": record.version,
                "moment": datetime.fromisoformat(versions[at].time)
                if versions[at].time
                else record.updated_at,
                "statement": _statement(record),
                "difference": difference(before, record) if before is not None and live else Difference(),
            }
        )
    return found


def _statement(record: StoryRecord) -> str:
    if record.status == "merged":
        return "Merged into another story."
    return record.change.statement or ", ".join(one.replace("_", " ") for one in record.change.reasons)
