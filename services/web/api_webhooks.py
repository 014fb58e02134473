"""``/v1/webhooks``: register endpoints, look at their deliveries, ping, replay. Administration."""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from dateline import outbound
from services.web import endpoints, outbox, webhooks
from services.web.context import Door, door_of
from services.web.endpoints import Endpoint
from services.web.filters import NAMES, BadFilter, Filter, read_filter
from services.web.keep import KeepError
from services.web.problems import Problem
from services.web.signing import key_of

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

EndpointId = Annotated[str, Path(pattern=r"^wh_[0-9a-f]{16}$")]


class Given(BaseModel):
    """Base of what is sent here: a misspelt field is an error."""

    model_config = ConfigDict(extra="forbid")


class NewWebhook(Given):
    """An endpoint to register. `filter` has the names and forms of the lists' filters."""

    url: str = Field(max_length=2_048, description="Where events are POSTed.")
    secret: str | None = Field(None, description="whsec_…; without it one is made and shown once.")
    filter: dict[str, str | int | list[str]] = Field(default_factory=dict)
    note: str = Field("", max_length=500)


class WebhookChange(Given):
    """What to change. A new secret: both sign until the next change of it."""

    url: str | None = Field(None, max_length=2_048)
    secret: str | None = Field(None, description="whsec_…, or `new` to have one made.")
    filter: dict[str, str | int | list[str]] | None = None
    note: str | None = Field(None, max_length=500)
    enabled: bool | None = None


class Replay(Given):
    """Which deliveries to send again: these, or all that failed."""

    delivery_ids: list[int] = Field(default_factory=list, max_length=1_000)
    failed: bool = False


def _shown(one: Endpoint, *, secret: str = "") -> dict[str, Any]:
    facts = {
        "webhook_id": one.endpoint_id,
        "url": one.url,
        "filter": one.wanted.facts(),
        "note": one.note,
        "enabled": one.enabled,
        "created_ms": one.created_ms,
        "failures": one.failures,
        "open_until_ms": one.open_until_ms or None,
        "rotating": bool(one.old_secret),
    }
    return facts | ({"secret": secret} if secret else {})


def _found(door: Door, endpoint_id: str) -> Endpoint:
    one = endpoints.endpoint(door.keep, endpoint_id)
    if one is None:
        raise Problem(404, "no_such_webhook", f"there is no webhook {endpoint_id}")
    return one


async def _checked_url(door: Door, url: str) -> str:
    """Refuse what would be refused at sending, now, where somebody reads it."""
    try:
        outbound.check_url(url)
        if not door.settings.web_private_targets:
            await outbound.check_host(url)
    except outbound.AddressRefused as error:
        said = f"url: {error}; DATELINE_WEB_PRIVATE_TARGETS=true allows private addresses"
        raise Problem(422, "bad_url", said) from error
    return url


def _filter(given: dict[str, Any]) -> Filter:
    unknown = sorted(given.keys() - set(NAMES))
    if unknown:
        raise Problem(422, "bad_filter", f"filter: {unknown[0][:40]!r} is none of {', '.join(NAMES)}")
    values = {name: value if isinstance(value, list) else [str(value)] for name, value in given.items()}
    try:
        return read_filter(values)
    except BadFilter as error:
        raise Problem(422, "bad_filter", f"filter: {error}") from error


def _secret(given: str) -> str:
    try:
        key_of(given)
    except ValueError as error:
        raise Problem(422, "bad_secret", str(error)) from error
    return given


@router.get("")
def list_webhooks(request: Request) -> dict[str, Any]:
    """All endpoints with the state of their circuits, and deliveries by state."""
    keep = door_of(request).keep
    return {"webhooks": [_shown(one) for one in endpoints.endpoints(keep)], "deliveries": outbox.counts(keep)}


@router.post("", status_code=201)
async def register(request: Request, given: NewWebhook) -> Response:
    """Register an endpoint: from now on it gets every event that fits. The secret is shown once."""
    door = door_of(request)
    url, wanted = await _checked_url(door, given.url), _filter(given.filter)
    secret = _secret(given.secret) if given.secret else endpoints.new_secret()
    try:
        one = await run_in_threadpool(endpoints.add_endpoint, door.keep, url, secret, wanted, given.note)
    except KeepError as error:
        raise Problem(409, "too_many", str(error)) from error
    headers = {"location": f"/v1/webhooks/{one.endpoint_id}"}
    return JSONResponse(_shown(one, secret=secret), status_code=201, headers=headers)


@router.get("/{webhook_id}")
def show(request: Request, webhook_id: EndpointId) -> dict[str, Any]:
    """One endpoint."""
    return _shown(_found(door_of(request), webhook_id))


@router.patch("/{webhook_id}")
async def change(request: Request, webhook_id: EndpointId, given: WebhookChange) -> dict[str, Any]:
    """Change an endpoint; switching it on closes its circuit."""
    door = door_of(request)
    one = _found(door, webhook_id)
    changes: dict[str, Any] = {}
    shown = ""
    if given.url is not None:
        changes["url"] = await _checked_url(door, given.url)
    if given.secret is not None:
        shown = endpoints.new_secret() if given.secret == "new" else _secret(given.secret)
        changes |= {"secret": shown, "old_secret": one.secret}
    if given.filter is not None:
        changes["filter"] = endpoints.filter_json(_filter(given.filter))
    changes |= {name: value for name in ("note", "enabled") if (value := getattr(given, name)) is not None}
    if changes:
        await run_in_threadpool(endpoints.change_endpoint, door.keep, webhook_id, **changes)
    return _shown(_found(door, webhook_id), secret=shown)


@router.delete("/{webhook_id}", status_code=204)
def delete(request: Request, webhook_id: EndpointId) -> Response:
    """Forget an endpoint and its log."""
    door = door_of(request)
    _found(door, webhook_id)
    endpoints.delete_endpoint(door.keep, webhook_id)
    return Response(status_code=204)


@router.post("/{webhook_id}/ping")
async def ping(request: Request, webhook_id: EndpointId) -> dict[str, Any]:
    """Send a test message now and say what came back; nothing is retried."""
    door = door_of(request)
    one = _found(door, webhook_id)
    message_id = f"ping_{secrets.token_hex(8)}"
    async with outbound.client(allow_private=door.settings.web_private_targets) as client:
        status, error = await webhooks.post(client, one, message_id, webhooks.ping_body(webhook_id))
    return {"message_id": message_id, "status": status, "ok": not error, "error": error or None}


@router.get("/{webhook_id}/deliveries")
def deliveries(
    request: Request,
    webhook_id: EndpointId,
    state: Literal["", "pending", "delivered", "failed"] = "",
    before: Annotated[int, Query(ge=1, le=2**53, description="Older than this delivery id.")] = 2**53,
) -> dict[str, Any]:
    """The delivery log: every attempt with its status, error and duration, the newest delivery first."""
    door = door_of(request)
    _found(door, webhook_id)
    found = outbox.log_of(door.keep, webhook_id, state, before)
    more = found[-1]["delivery_id"] if len(found) == outbox.DELIVERIES_SHOWN else None
    return {"deliveries": found, "next_before": more}


@router.post("/{webhook_id}/replay", status_code=202)
def replay(request: Request, webhook_id: EndpointId, given: Replay) -> dict[str, Any]:
    """Send deliveries again, with the same ids."""
    door = door_of(request)
    _found(door, webhook_id)
    if not given.failed and not given.delivery_ids:
        raise Problem(422, "nothing_named", "name delivery_ids, or failed: true for all that failed")
    if any(not 0 < one < 2**53 for one in given.delivery_ids):
        raise Problem(422, "bad_parameter", "delivery_ids: a delivery id is a positive number")
    return {"queued": outbox.replay(door.keep, webhook_id, given.delivery_ids, failed=given.failed)}
