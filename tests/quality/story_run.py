"""Articles through the real services on a private server: events, latest records, and what they rest on."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from dateline.client import Client
from dateline.embedded import Services, running
from dateline.progress import caught_up
from dateline.streams import Names

Json = dict[str, Any]
SENT_AT_ONCE = 200
NAMES = Names()


@dataclass
class StoryRun:
    """What subscribers got and what it was made of.

    `articles` are the clean articles by (article_id, revision), `retracted` each retraction with the
    position in the log where it stands, `log` the ids of the entries that brought an article anew.
    """

    name: str
    events: list[Json]
    records: dict[str, Json]
    articles: dict[tuple[str, int], Json]
    retracted: list[tuple[str, str]]
    arrivals: dict[str, list[str]]
    changes: list[bytes]


def run_stories(
    name: str,
    records: Sequence[Mapping[str, Any]],
    data: Path,
    *,
    ratings: Sequence[Mapping[str, Any]] = (),
    settle: float = 1.0,
    progress: Callable[[int, int], None] | None = None,
    seconds: float = 540.0,
) -> StoryRun:
    """Send `records` in order through fresh services; every story is published, alone or not.

    Raises:
        TimeoutError: it was not all published within `seconds`.
    """
    environment = {
        "DATELINE_PUBLISH_MIN_PUBLISHERS": "1",
        "DATELINE_PUBLISH_SETTLE_SECONDS": str(settle),
        "DATELINE_LEASE_SECONDS": "2",
    }
    with running(data, environment=environment) as (url, services):
        if ratings:
            with Client(url) as sender:
                sender.load_ratings(ratings, name="The set's own labels")
        with contextlib.closing(redis.Redis.from_url(url)) as client:
            _send(client, records)
            _wait(client, services, len(records), progress, time.monotonic() + seconds)
            return _collect(name, client)


def _send(client: redis.Redis, records: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(records), SENT_AT_ONCE):
        pipe = client.pipeline(transaction=False)
        for record in records[start : start + SENT_AT_ONCE]:
            pipe.xadd(NAMES.raw, {"article": json.dumps(record, ensure_ascii=False)})
        pipe.execute()


def _wait(
    client: redis.Redis,
    services: Services,
    sent: int,
    progress: Callable[[int, int], None] | None,
    deadline: float,
) -> None:
    still = 0
    while still < 5:
        services.mend()
        done = int(client.xlen(NAMES.outcomes))
        if progress:
            progress(done, sent)
        still = still + 1 if done >= sent and caught_up(client, NAMES, ["all"]) else 0
        if time.monotonic() > deadline:
            raise TimeoutError(f"{done} of {sent} articles have an outcome, not all is published")
        time.sleep(0.1)


def _collect(name: str, client: redis.Redis) -> StoryRun:
    events = [json.loads(fields[b"data"]) for _, fields in _entries(client, NAMES.published)]
    story_ids = dict.fromkeys(event["story_id"] for event in events)
    records = {story: json.loads(client.get(NAMES.story(story))) for story in story_ids}  # type: ignore[arg-type]  # redis-py types sync and async as one
    changes = [
        fields[b"data"]
        for _, fields in _entries(client, NAMES.stories("all"))
        if fields.get(b"kind") == b"change"
    ]
    retracted, arrivals = _log(client)
    return StoryRun(name, events, records, _articles(changes), retracted, arrivals, changes)


def _entries(client: redis.Redis, stream: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
    found: Any = client.xrange(stream)
    return list(found)


def _articles(changes: Sequence[bytes]) -> dict[tuple[str, int], Json]:
    found: dict[tuple[str, int], Json] = {}
    for change in map(json.loads, changes):
        for one in (*change.get("joined", ()), *change.get("revised", ())):
            if one.get("article"):
                found[one["article_id"], one.get("revision", 1)] = one["article"]
    return found


def _log(client: redis.Redis) -> tuple[list[tuple[str, str]], dict[str, list[str]]]:
    retracted: list[tuple[str, str]] = []
    arrivals: dict[str, list[str]] = {}
    for entry_id, fields in _entries(client, NAMES.articles("all")):
        if fields[b"kind"] == b"retraction":
            retracted.append((json.loads(fields[b"data"])["article_id"], entry_id.decode()))
        elif fields[b"kind"] == b"article":
            article = json.loads(fields[b"data"])
            if article.get("status", "usable") == "usable":
                arrivals.setdefault(article["article_id"], []).append(entry_id.decode())
            else:
                retracted.append((article["article_id"], entry_id.decode()))
    return retracted, arrivals
