"""Services inside the test's own loop, made-up articles, and what came out."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import redis

from dateline.progress import caught_up
from dateline.settings import Settings
from dateline.stage.health import Health
from dateline.stage.service import Shell, connect
from dateline.stage.workers import worker_name
from services.cluster import app as cluster
from services.ingest import app as ingest
from services.publish import app as publish
from tests.unit.cluster.newsroom import EVENTS

STARTS = {"ingest": ingest.start, "cluster": cluster.start, "publish": publish.start}
ALL = ("ingest", "cluster", "publish")
DEADLINE = 40.0


def settings_for(url: str, **changes: Any) -> Settings:
    """Settings for tests: every change is published at once, nothing waits for long."""
    quick: dict[str, Any] = {
        "redis_url": url,
        "publish_settle_seconds": 0,
        "publish_min_publishers": 1,
        "lease_seconds": 1.0,
        "claim_idle_seconds": 0.3,
        "tick_seconds": 3600,
        "trim_seconds": 0.3,
        "max_attempts": 3,
    }
    return Settings(**{**quick, **changes})


class Worker:
    """One service as tasks of the test's loop."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.shell = Shell(settings, connect(settings), Health(name), asyncio.Event(), worker_name())
        self.shell.tasks = STARTS[name](self.shell)

    async def kill(self) -> None:
        """Stop where it stands: no clean-up, no release. What it has sent may still be carried out."""
        for task in self.shell.tasks:
            task.cancel()
        await asyncio.gather(*self.shell.tasks, return_exceptions=True)
        await self.shell.redis.aclose()

    async def stop(self) -> None:
        """Stop in order; raises what a task has died of."""
        self.shell.stop.set()
        await asyncio.wait_for(asyncio.gather(*self.shell.tasks), DEADLINE)
        await self.shell.redis.aclose()


class House:
    """Workers by name, started and killed by the test."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.workers: dict[str, Worker] = {}

    def start(self, *names: str, **changes: Any) -> None:
        for name in names:
            settings = self.settings.model_copy(update=changes)
            self.workers[name] = Worker(name.partition(".")[0], settings)

    async def kill(self, *names: str) -> None:
        for name in names:
            await self.workers.pop(name).kill()

    async def stop(self, *names: str) -> None:
        for name in names or tuple(self.workers):
            await self.workers.pop(name).stop()


@asynccontextmanager
async def house(settings: Settings, *names: str) -> AsyncIterator[House]:
    """Services that run while inside and stop in order."""
    built = House(settings)
    built.start(*names)
    try:
        yield built
    except BaseException:
        for name in tuple(built.workers):
            await built.kill(name)
        raise
    await built.stop()


async def until(condition: Callable[[], object], what: str = "", seconds: float = DEADLINE) -> Any:
    """Wait for a condition; returns what it said."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (said := condition()):
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"did not come true in {seconds} s: {what or condition}")
        await asyncio.sleep(0.01)
    return said


def wait_for(condition: Callable[[], object], seconds: float = DEADLINE) -> None:
    """`until` for a test without a loop."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not come true in {seconds} s: {condition}"
        time.sleep(0.02)


async def done(client: redis.Redis, settings: Settings, sent: int | None = None) -> None:
    """Wait until all that was sent has an outcome and is published."""

    def finished() -> bool:
        enough = sent is None or len(outcomes(client, settings)) >= sent
        return enough and caught_up(client, settings.names, settings.shard_map)

    await until(finished, "all sent entries processed")


def raw(event: str, number: int, **fields: Any) -> dict[str, Any]:
    """A raw article on an event by outlet `number`: same words, another order."""
    words = EVENTS[event].split()
    turned = words[number % 5 :] + words[: number % 5]
    article = {
        "title": " ".join(words[:6]),
        "text": f"{' '.join(turned)}. " * 3,
        "url": f"https://outlet{number}.example/{event}/{number}",
        "published_at": "2025-07-18T10:00:00Z",
        "language": "en",
    }
    return {**article, **fields}


SIX = [raw(event, number) for number in range(2) for event in ("quake", "trial", "match")]


def send(client: redis.Redis, settings: Settings, *articles: Mapping[str, Any], **options: Any) -> list[str]:
    """Send raw articles; the entry ids."""
    stream = settings.names.raw
    pipe = client.pipeline(transaction=False)
    for article in articles:
        pipe.xadd(stream, {"article": json.dumps(article, ensure_ascii=False)}, **options)
    return list(pipe.execute())


def act(client: redis.Redis, settings: Settings, name: str, **body: Any) -> str:
    """Send a control act."""
    return str(client.xadd(settings.names.control, {"act": name, "body": json.dumps(body)}))


def outcomes(client: redis.Redis, settings: Settings) -> list[dict[str, str]]:
    return [fields for _, fields in client.xrange(settings.names.outcomes)]  # type: ignore[union-attr]  # redis-py types sync and async as one


def outcome_of(client: redis.Redis, settings: Settings) -> dict[str, str]:
    """Outcome by entry id; fails where an entry has two."""
    said = outcomes(client, settings)
    counts = Counter(one["entry_id"] for one in said)
    assert not [entry for entry, count in counts.items() if count > 1], "an entry has two outcomes"
    return {one["entry_id"]: one["outcome"] for one in said}


def dead(client: redis.Redis, settings: Settings, stream: str) -> list[dict[str, str]]:
    return [fields for _, fields in client.xrange(settings.names.dead(stream))]  # type: ignore[union-attr]  # redis-py types sync and async as one


def log(client: redis.Redis, settings: Settings, shard: str = "all") -> list[dict[str, str]]:
    """The entries of a shard's log of articles."""
    return [fields for _, fields in client.xrange(settings.names.articles(shard))]  # type: ignore[union-attr]  # redis-py types sync and async as one


def events(client: redis.Redis, settings: Settings) -> list[dict[str, Any]]:
    """Story events in order, `data` parsed."""
    entries: Any = client.xrange(settings.names.published)
    return [{**fields, "data": json.loads(fields["data"])} for _, fields in entries]


def kinds(found: Sequence[Mapping[str, Any]]) -> list[str]:
    return [event["type"].split(".")[2] for event in found]


def live(client: redis.Redis, settings: Settings) -> dict[str, list[str]]:
    """Living stories and their articles, as the index and story:<id> say."""
    found = {}
    for story_id in client.zrange(settings.names.index, 0, -1):  # type: ignore[union-attr]  # redis-py types sync and async as one
        record = json.loads(client.get(settings.names.story(story_id)))  # type: ignore[arg-type]  # redis-py types sync and async as one
        found[story_id] = sorted(article["article_id"] for article in record["articles"])
    return found


def partition(client: redis.Redis, settings: Settings) -> list[list[str]]:
    """The living stories as sets of addresses, whatever their names."""
    found = []
    for story_id in client.zrange(settings.names.index, 0, -1):  # type: ignore[union-attr]  # redis-py types sync and async as one
        record = json.loads(client.get(settings.names.story(story_id)))  # type: ignore[arg-type]  # redis-py types sync and async as one
        found.append(sorted(article["url"] or article["article_id"] for article in record["articles"]))
    return sorted(found)


def check_numbers(found: Sequence[Mapping[str, Any]]) -> None:
    """Versions of each story and sequences of each source are gap-free and never twice."""
    versions: dict[str, int] = {}
    sequences: dict[str, int] = {}
    for event in found:
        story, source = event["subject"], event["source"]
        assert event["data"]["version"] == versions.get(story, 0) + 1, f"{story}: {event['id']}"
        assert int(event["sequence"]) == sequences.get(source, 0) + 1, f"{source}: {event['sequence']}"
        assert event["id"] == f"{story}:{event['data']['version']}"
        versions[story], sequences[source] = event["data"]["version"], int(event["sequence"])
