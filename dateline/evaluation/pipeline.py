"""A labelled set through the real services on a private server: what subscribers would have got."""

from __future__ import annotations

import contextlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from dateline.changes import StoryChange
from dateline.embedded import Services, running
from dateline.evaluation.datasets import Labelled, sent
from dateline.progress import caught_up
from dateline.streams import Names

SENT_AT_ONCE = 200
QUIET_SECONDS = 2.5
ENVIRONMENT = {
    "DATELINE_PUBLISH_SETTLE_SECONDS": "1",
    "DATELINE_TICK_SECONDS": "1",
    "DATELINE_CLAIM_IDLE_SECONDS": "2",
    "DATELINE_LEASE_SECONDS": "2",
}


class Stuck(Exception):
    """The pipeline did not finish in time; the message says how far it came."""


@dataclass
class Run:
    """What came out: published stories of each article over time, the final story of each labelled one."""

    partition: dict[str, str]
    histories: dict[str, list[str]]
    outcomes: dict[str, int]
    seconds: float
    sent: int
    missing: list[str]
    doubled: list[str]
    kills: list[str] = field(default_factory=list)


Progress = Callable[[int, int], None]


def _silent(done: int, of: int) -> None:
    """No progress to show."""


def run(
    labelled: Labelled,
    data: Path,
    *,
    url: str | None = None,
    progress: Progress = _silent,
    kill: Sequence[str] = (),
    seconds: float = 1800.0,
) -> Run:
    """Send a set in its order through fresh services and collect every article's story.

    `kill` names services that get one SIGKILL each while articles are under way. Labelled articles
    must come out in exactly one live story, of which its record tells if it is public: others are
    `missing` or `doubled`.

    Raises:
        Stuck: it took longer than `seconds`.
    """
    with running(data, url=url, environment=ENVIRONMENT) as (address, services):
        client = redis.Redis.from_url(address, decode_responses=True)
        with contextlib.closing(client):
            started = time.monotonic()
            killed = _send(client, labelled, services, kill, progress)
            finished = _wait(client, len(labelled.records), services, started + seconds, progress)
            return _collect(client, labelled, finished - started, killed)


def _send(
    client: redis.Redis, labelled: Labelled, services: Services, kill: Sequence[str], progress: Progress
) -> list[str]:
    """Send all records, killing one service after the other on the way (not before it has work)."""
    records = labelled.records
    moments = {len(records) * (at + 1) // (len(kill) + 1): name for at, name in enumerate(kill)}
    killed = []
    for start in range(0, len(records), SENT_AT_ONCE):
        pipe = client.pipeline(transaction=False)
        for record in records[start : start + SENT_AT_ONCE]:
            pipe.xadd(Names().raw, {"article": json.dumps(sent(record), ensure_ascii=False)})
        pipe.execute()
        due = [at for at in moments if at <= start + SENT_AT_ONCE]
        for at in due:
            _until_outcomes(client, at, services)
            services.children[moments[at]].process.kill()
            killed.append(moments.pop(at))
        services.mend()
        progress(_done(client), len(records))
    return killed


def _until_outcomes(client: redis.Redis, count: int, services: Services) -> None:
    deadline = time.monotonic() + 120
    while _done(client) < count // 2 and time.monotonic() < deadline:
        services.mend()
        time.sleep(0.05)


def _done(client: redis.Redis) -> int:
    return int(client.xlen(Names().beside(Names().raw, "outcomes")))


def _wait(client: redis.Redis, sent: int, services: Services, deadline: float, progress: Progress) -> float:
    """Wait until all is published and still; returns when the last event came (monotonic seconds)."""
    seen, since = -1, time.monotonic()
    while True:
        services.mend()
        events = int(client.xlen(Names().published))
        now = time.monotonic()
        if events != seen:
            seen, since = events, now
        progress(_done(client), sent)
        if _done(client) >= sent and caught_up(client, Names(), ["all"]) and now - since > QUIET_SECONDS:
            return since
        if now > deadline:
            raise Stuck(f"{_done(client)} of {sent} entries have an outcome, {events} events; see the logs")
        time.sleep(0.1)


def _collect(client: redis.Redis, labelled: Labelled, seconds: float, killed: list[str]) -> Run:
    homes: dict[str, list[str]] = defaultdict(list)
    public = dict(_live_stories(client))
    for story_id, articles in (_unpublished(client, public.keys()) | public).items():
        for source_id in articles:
            homes[source_id].append(story_id)
    outcomes: dict[str, int] = defaultdict(int)
    for _, fields in _entries(client, Names().beside(Names().raw, "outcomes")):
        outcomes[fields["outcome"]] += 1
    wanted = labelled.truth
    return Run(
        partition={article: homes[article][0] for article in wanted if article in homes},
        histories=_histories(client),
        outcomes=dict(outcomes),
        seconds=seconds,
        sent=len(labelled.records),
        missing=[article for article in wanted if article not in homes],
        doubled=[article for article in wanted if len(homes.get(article, [])) > 1],
        kills=killed,
    )


def _live_stories(client: redis.Redis) -> Iterator[tuple[str, list[str]]]:
    stories: Any = client.zrange(Names().index, 0, -1)
    for story_id in stories:
        record = json.loads(client.get(Names().story(story_id)))  # type: ignore[arg-type]  # redis-py types sync and async as one
        yield story_id, [article["source_id"] for article in record["articles"]]


def _unpublished(client: redis.Redis, public: Collection[str]) -> dict[str, list[str]]:
    """The members (sender's ids) of live stories that have too few publishers to have a record."""
    members: dict[str, dict[str, None]] = defaultdict(dict)
    names: dict[str, str] = {}
    for _, fields in _entries(client, Names().stories("all")):
        if fields["kind"] != "change":
            continue
        change = StoryChange.model_validate_json(fields["data"])
        for left in change.left:
            members[change.story_id].pop(left.article_id, None)
        for joined in change.joined:
            members[change.story_id][joined.article_id] = None
            if joined.article is not None:
                names[joined.article_id] = joined.article.source_id or ""
    return {
        story_id: [names[each] for each in articles]
        for story_id, articles in members.items()
        if story_id not in public
    }


def _histories(client: redis.Redis) -> dict[str, list[str]]:
    """Per published article, labelled or not, the stories it was published in, in order of the events."""
    histories: dict[str, list[str]] = defaultdict(list)
    for _, fields in _entries(client, Names().published):
        record = json.loads(fields["data"])
        if record["status"] in ("merged", "withdrawn"):
            continue
        for article in record["articles"]:
            stories = histories[article["source_id"]]
            if record["story_id"] not in stories[-1:]:
                stories.append(record["story_id"])
    return histories


def _entries(client: redis.Redis, stream: str) -> Iterator[tuple[str, dict[str, str]]]:
    """All entries of a stream, page by page."""
    position = "-"
    while True:
        page: Any = client.xrange(stream, min=position, count=1000)
        if not page:
            return
        yield from page
        position = f"({page[-1][0]}"
