"""Sending webhooks: events into the queue, deliveries out of it, a few at a time for each endpoint."""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import Any

import httpx
import structlog
from prometheus_client import Counter

from dateline import outbound
from dateline.stage.entries import split_id
from services.web import endpoints, outbox, reading, since
from services.web.context import Door
from services.web.endpoints import Endpoint
from services.web.erasure import erased_by
from services.web.events import attributes
from services.web.filters import facets
from services.web.messages import cloud_event
from services.web.outbox import Delivery, Queued
from services.web.signing import headers

log = structlog.get_logger()

QUEUED_AT_ONCE = 50
SENT_AT_ONCE = 32
OF_ONE_ENDPOINT = 4
SECONDS = 15.0
IDLE_SECONDS = 0.5
ANSWER_BYTES = 64 * 1024

DELIVERIES = Counter("dateline_webhook_attempts", "Attempts to deliver a webhook", ["result"])


def queued(one: reading.Version) -> Queued:
    """An event of the index as it is queued."""
    event_id = f"{one.story_id}:{one.version}"
    body = cloud_event(attributes(one), one.raw)
    key = f"{event_id}@{one.epoch}"
    return Queued(event_id, key, one.story_id, body, facets(one.record), erased_by(one.record))


async def fill(door: Door) -> None:
    """Queue what the index gets, from where the queue stands, until the door closes."""
    while not door.stop.is_set():
        if await asyncio.to_thread(fill_once, door):
            continue
        async with door.applied:
            try:
                await asyncio.wait_for(door.applied.wait(), 1.0)
            except TimeoutError:
                continue


def fill_once(door: Door) -> bool:
    """Queue some events; False when there is nothing new."""
    known = outbox.position(door.keep)
    at = _row(door, known)
    versions = since.events_after(door.store, at, QUEUED_AT_ONCE)
    if not versions and known:
        return False
    last = versions[-1].n if versions else at
    entry = next((one.entry_id for one in reversed(versions) if one.entry_id), known.get("entry", "0-0"))
    onward = {"generation": door.store.generation, "n": last, "entry": entry}
    outbox.queue(door.keep, [queued(one) for one in versions] if known else [], onward)
    return bool(versions)


def _row(door: Door, known: dict[str, Any]) -> int:
    """The row of the index behind which the queue goes on; of an index made anew, found by the entry."""
    if not known:
        return door.store.head()
    if known["generation"] == door.store.generation:
        return int(known["n"])
    return since.place_of_entry(door.store, split_id(known["entry"])) or 0


async def send(door: Door) -> None:
    """Send what is due until the door closes."""
    busy: dict[asyncio.Task[None], Delivery] = {}
    async with outbound.client(allow_private=door.settings.web_private_targets, seconds=SECONDS) as client:
        while not door.stop.is_set():
            taken = {one.delivery_id: one.endpoint_id for one in busy.values()}
            for one in await asyncio.to_thread(outbox.due, door.keep, taken, SENT_AT_ONCE, OF_ONE_ENDPOINT):
                busy[asyncio.create_task(_deliver(door, client, one))] = one
            await _some_done(busy)
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)


async def _some_done(busy: dict[asyncio.Task[None], Delivery]) -> None:
    if not busy:
        await asyncio.sleep(IDLE_SECONDS)
        return
    done, _ = await asyncio.wait(busy, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        one = busy.pop(task)
        if task.exception() is not None:
            log.error(
                "a delivery could not be recorded", delivery=one.delivery_id, error=repr(task.exception())
            )


async def _deliver(door: Door, client: httpx.AsyncClient, one: Delivery) -> None:
    target = await asyncio.to_thread(endpoints.endpoint, door.keep, one.endpoint_id)
    if target is None:
        return
    started = time.monotonic()
    status, error = await post(client, target, one.event_id, one.body)
    took = round((time.monotonic() - started) * 1_000)
    chance = random.random()  # spreads retries, guards nothing
    state = await asyncio.to_thread(outbox.record, door.keep, one, status, error, took, chance)
    DELIVERIES.labels("delivered" if state == "delivered" else "failed").inc()
    if state == "failed":
        log.warning("a webhook was given up", endpoint=one.endpoint_id, event=one.event_id, error=error)


async def post(
    client: httpx.AsyncClient, target: Endpoint, event_id: str, body: bytes
) -> tuple[int | None, str]:
    """Send one message: the status of the answer, and what was wrong (empty: nothing).

    Redirects are not followed: the address that was registered is the one that gets events.
    """
    signed = headers(target.secrets, event_id, int(time.time()), body)
    try:
        async with (
            asyncio.timeout(SECONDS),
            client.stream("POST", target.url, content=body, headers=signed) as answer,
        ):
            async for _ in outbound.bounded(answer, ANSWER_BYTES):
                pass
    except TimeoutError:
        return None, f"no answer within {SECONDS:.0f} s"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return None, f"{type(error).__name__}: {error}"
    if 300 <= answer.status_code < 400:
        where = answer.headers.get("location", "nowhere")[:200]
        return answer.status_code, f"redirects to {where}; register that address"
    return answer.status_code, "" if answer.is_success else f"answered {answer.status_code}"


def ping_body(endpoint_id: str) -> bytes:
    """The test message."""
    return json.dumps({"type": "dateline.ping.v1", "endpoint_id": endpoint_id}).encode()
