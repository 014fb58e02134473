"""The operations page: the flow as a picture, dead letters by reason, and (signed in) their replay."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlencode

import redis
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from dateline.cli.letters import STAGES, Choice, Letter, drop, letters, places, put_back, why_not
from dateline.cli.stages import Report, look
from dateline.client.connection import connect, shown_url
from services.web import outbox, wording
from services.web.context import Door, door_of
from services.web.flow import Flow
from services.web.problems import Problem
from services.web.rendering import page
from services.web.sessions import COOKIE, SESSION_SECONDS, Session, Sessions

router = APIRouter(include_in_schema=False)

LETTERS_COUNTED = 5_000
LETTERS_SHOWN = 50
FIELD_SHOWN = 2_000
FORM_BYTES = 65_536


@router.get("/operations", response_class=HTMLResponse)
def operations(request: Request) -> Response:
    """Rates, lag, pending, dead letters, leases and memory."""
    door = door_of(request)
    flow: Flow = request.app.state.flow
    report, dead, fault = _ask(door)
    return page(
        request, door, "operations.html", here="operations", report=report, dead=dead, fault=fault,
        stations=_stations(door, report, flow) if report else [], services=flow.services,
        readers=_readers(), deliveries=outbox.counts(door.keep), head=door.store.head(),
        position=door.store.meta("position", "0-0"),
    )  # fmt: skip  # a row of values


def _readers() -> int:
    from services.web.live import READERS  # noqa: PLC0415  # only for its count

    return int(READERS._value.get())


def _ask(door: Door) -> tuple[Report | None, list[tuple[str, str, int, str]], str]:
    """What the server says: the report, dead letters as (stage, code, count, a reason), or the fault."""
    try:
        with connect(door.settings.redis_url) as server:
            report = look(server, door.names, door.settings.shard_map, door.settings.memory_soft_share)
            return report, _dead(door, server), ""
    except (redis.RedisError, OSError) as error:
        return None, [], f"{shown_url(door.settings.redis_url)} does not answer: {error}"


def _dead(door: Door, server: redis.Redis) -> list[tuple[str, str, int, str]]:
    found: Counter[tuple[str, str]] = Counter()
    said: dict[tuple[str, str], str] = {}
    everything = letters(server, places(door.names, door.settings.shard_map), Choice())
    for one in islice(everything, LETTERS_COUNTED):
        key = (one.said("stage"), one.said("code"))
        found[key] += 1
        said[key] = one.said("reason")
    return [(stage, code, count, said[stage, code]) for (stage, code), count in found.most_common()]


def _stations(door: Door, report: Report, flow: Flow) -> list[dict[str, Any]]:
    """The streams in the order of the flow, each with its rate and who reads it."""
    names = door.names
    found = [_station(flow, names.raw, "Raw articles", report)]
    for shard in door.settings.shard_map:
        label = "" if len(door.settings.shard_map) == 1 else f" ({shard})"
        found.append(_station(flow, names.articles(shard), f"Clean articles{label}", report))
        found.append(_station(flow, names.stories(shard), f"Story changes{label}", report))
    return [*found, _station(flow, names.published, "Published", report)]


def _station(flow: Flow, stream: str, label: str, report: Report) -> dict[str, Any]:
    line = flow.line(stream)
    most = max(line, default=0)
    step = 120 / max(1, len(line) - 1)
    points = (
        " ".join(f"{at * step:.1f},{26 - 24 * one / most:.1f}" for at, one in enumerate(line)) if most else ""
    )
    reader = next((one for one in report.stages if one.stream == stream), None)
    return {"stream": stream, "label": label, "rate": flow.rate(stream), "points": points, "reader": reader}


# --- signing in -------------------------------------------------------------------------------------


@router.get("/sign-in", response_class=HTMLResponse)
def sign_in(request: Request) -> Response:
    """Where a token is given, to see more in the browser."""
    onward = _local(request.query_params.get("next", ""))
    return page(request, door_of(request), "sign_in.html", onward=onward, problem="")


@router.post("/sign-in", response_class=HTMLResponse)
async def signed_in(request: Request) -> Response:
    """A session for a token; its cookie is sent to this site only and no script can read it."""
    door = door_of(request)
    form = await _form(request)
    kept = await run_in_threadpool(door.keep.bearer, form.get("token", "").strip())
    onward = _local(form.get("next", ""))
    if kept is None:
        said = "This is no valid token. Make one with: dateline token add NAME --scope admin"
        return page(request, door, "sign_in.html", status=403, onward=onward, problem=said)
    sessions: Sessions = request.app.state.sessions
    answer = RedirectResponse(onward, status_code=303)
    secure = door.public_url.startswith("https://")
    answer.set_cookie(
        COOKIE,
        sessions.open(kept),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="strict",
        secure=secure,
    )
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session."""
    sessions: Sessions = request.app.state.sessions
    sessions.close(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


def _local(path: str) -> str:
    """A path of this site: never another site's address."""
    return (
        path
        if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
        else "/operations"
    )


async def _form(request: Request) -> dict[str, str]:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise Problem(415, "bad_content_type", "this takes a form of the page")
    body = await request.body()
    if len(body) > FORM_BYTES:
        raise Problem(413, "too_large", f"a form may carry {FORM_BYTES:,} bytes")
    given = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in given.items()}


# --- dead letters (the frame lets only an administrator in) ---------------------------------------


@router.get("/operations/dead", response_class=HTMLResponse)
def dead_letters(request: Request) -> Response:
    """Dead letters whole: reason, trace and fields as they were sent."""
    door = door_of(request)
    choice = _choice(dict(request.query_params))
    try:
        with connect(door.settings.redis_url) as server:
            found = list(
                islice(
                    letters(server, places(door.names, door.settings.shard_map), choice), LETTERS_SHOWN + 1
                )
            )
    except (redis.RedisError, OSError) as error:
        raise Problem(503, "server_away", f"the server does not answer: {error}") from error
    return page(
        request,
        door,
        "dead.html",
        here="operations",
        choice=choice,
        more=len(found) > LETTERS_SHOWN,
        letters=[_shown(one, door) for one in found[:LETTERS_SHOWN]],
        done=request.query_params.get("done", "")[:80],
    )


def _choice(given: dict[str, str]) -> Choice:
    stage = given.get("stage", "")
    ids = frozenset(filter(None, given.get("id", "").split(",")))
    return Choice(
        stage if stage in STAGES else "", given.get("code", "")[:80], given.get("reason", "")[:200], ids
    )


def _shown(letter: Letter, door: Door) -> dict[str, Any]:
    fields = {
        name.decode("utf-8", "backslashreplace"): value[:FIELD_SHOWN].decode("utf-8", "backslashreplace")
        + (f" … ({len(value):,} bytes)" if len(value) > FIELD_SHOWN else "")
        for name, value in letter.originals.items()
    }
    said = {
        name: letter.said(name)
        for name in ("stage", "code", "reason", "stream", "entry_id", "attempts", "trace")
    }
    return {**said, "letter_id": letter.letter_id, "fields": fields, "why_not": why_not(letter, door.names)}


@router.post("/operations/dead/{act}")
async def act(request: Request, act: str) -> Response:
    """Replay or drop one letter, or all of a stage and code."""
    door = door_of(request)
    session: Session | None = request.scope.get("session")
    form = await _form(request)
    if session is None or form.get("form_key") != session.form_key:
        raise Problem(403, "foreign_form", "this form is not of a page that you were shown; load it again")
    choice = _choice(form)
    if act not in ("replay", "drop") or choice.everything:
        raise Problem(422, "bad_parameter", "name a letter, or a stage and code, and replay or drop it")
    said = await run_in_threadpool(_do, door, act, choice)
    back = {"stage": choice.stage, "code": choice.code, "done": said}
    return RedirectResponse(f"/operations/dead?{urlencode(back)}", status_code=303)


def _do(door: Door, act: str, choice: Choice) -> str:
    done = refused = 0
    with connect(door.settings.redis_url) as server:
        for one in letters(server, places(door.names, door.settings.shard_map), choice):
            if act == "drop":
                drop(server, one)
            elif why_not(one, door.names):
                refused += 1
                continue
            else:
                put_back(server, one)
            done += 1
    verb = "replayed" if act == "replay" else "dropped"
    rest = f"; {refused} cannot be replayed" if refused else ""
    return f"{wording.plural(done, 'letter')} {verb}{rest}"
