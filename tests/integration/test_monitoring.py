"""Metrics against what the streams say, and against what dashboard and alerts ask for."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from dateline.embedded import Services, free_port, start_server, stop_process
from dateline.progress import caught_up
from dateline.streams import Names
from tests.integration.test_runbooks import TITLES
from tests.integration.test_up import wait_for
from tests.integration.watched import expressions

NAMES = Names()
SERVICES = ("ingest", "cluster", "publish", "web", "feeds")
QUICK = {
    "DATELINE_PUBLISH_MIN_PUBLISHERS": "1",
    "DATELINE_PUBLISH_SETTLE_SECONDS": "0.1",
    "DATELINE_LEASE_SECONDS": "2",
    "DATELINE_TRIM_SECONDS": "0.5",
    "DATELINE_TICK_SECONDS": "3600",
    "DATELINE_WEB_PORT": "0",
}


class Room:
    """Services with ports that are known, and their server."""

    def __init__(self, folder: Path) -> None:
        self.server = start_server(folder / "server")
        self.ports = {name: free_port() for name in SERVICES}
        said = {**QUICK, "DATELINE_REDIS_URL": self.server.url, "DATELINE_WEB_DATA": str(folder / "web")}
        self.services = Services(said, folder / "logs")
        self.services.own = {name: {"DATELINE_HTTP_PORT": str(port)} for name, port in self.ports.items()}
        for name in SERVICES:
            self.services.start(name)

    def printed(self, service: str, path: str = "/metrics") -> str:
        return httpx.get(f"http://127.0.0.1:{self.ports[service]}{path}", follow_redirects=True).text

    def value(self, service: str, name: str, **labels: str) -> float:
        """The sum of a metric's samples with these labels."""
        return sum(
            sample.value
            for family in text_string_to_metric_families(self.printed(service))
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def by(self, service: str, name: str, label: str) -> dict[str, float]:
        """A metric's samples that are not 0, by a label."""
        found: Counter[str] = Counter()
        for family in text_string_to_metric_families(self.printed(service)):
            for sample in family.samples:
                if sample.name == name and sample.value:
                    found[sample.labels[label]] += sample.value  # type: ignore[assignment]  # whole numbers
        return dict(found)

    def stop(self) -> None:
        self.services.stop()
        stop_process(self.server.process)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Five articles, one of them twice, garbage and an editor's note, all done."""
    one = Room(tmp_path_factory.mktemp("monitoring"))
    try:
        with Redis.from_url(one.server.url) as redis:
            for number, title in [*enumerate(TITLES), (0, TITLES[0])]:
                redis.xadd(NAMES.raw, {"title": title, "url": f"https://outlet{number}.example/1"})
            redis.xadd(NAMES.raw, {"title": "No address"})
            redis.xadd(NAMES.raw, {"url": "https://untitled.example/1"})
            wait_for(lambda: caught_up(redis, NAMES, ["all"]) and redis.xlen(NAMES.outcomes) == 8, "the end")
        for name in SERVICES:
            wait_for(lambda name=name: _answers(one, name), f"{name} to be ready")
        yield one
    finally:
        one.stop()


def _answers(room: Room, name: str) -> bool:
    try:
        return bool(json.loads(room.printed(name, "/ready"))["ready"])
    except httpx.TransportError:
        return False


@pytest.fixture
def redis(room: Room) -> Iterator[Redis]:
    with Redis.from_url(room.server.url, decode_responses=True) as connection:
        yield connection


def test_outcomes_are_counted_by_reason(room: Room, redis: Redis) -> None:
    outcomes: Any = redis.xrange(NAMES.outcomes)
    said = Counter(fields["outcome"] for _, fields in outcomes)
    assert room.by("ingest", "dateline_outcomes_total", "outcome") == said
    reasons = room.by("ingest", "dateline_outcomes_total", "reason")
    assert reasons["missing_title"] == 1 and reasons["same identity and same content"] == 1


def test_dead_letters_are_counted_and_those_that_wait(room: Room, redis: Redis) -> None:
    letters: Any = redis.xrange(NAMES.dead(NAMES.raw))
    assert room.by("ingest", "dateline_dead_letters_total", "code") == Counter(
        fields["code"] for _, fields in letters
    )
    held = {"stage": "ingest", "stream": NAMES.raw}
    wait_for(lambda: room.value("ingest", "dateline_dead_letters_held", **held) == 2, "the dead letters")


def test_what_was_applied_decided_and_published(room: Room, redis: Redis) -> None:
    applied = "dateline_entries_applied_total"
    assert room.value("cluster", applied, stage="cluster") == redis.xlen(NAMES.articles("all")) == 5
    assert room.value("publish", applied, stage="publish") == redis.xlen(NAMES.stories("all")) == 5
    changes: Any = redis.xrange(NAMES.stories("all"))
    reasons = Counter(
        reason for _, fields in changes for reason in json.loads(fields["data"]).get("reasons", ())
    )
    assert room.by("cluster", "dateline_decisions_total", "reason") == reasons != {}
    assert room.value("cluster", "dateline_live_stories", shard="all") == 5
    events: Any = redis.xrange(NAMES.published)
    kinds = Counter(fields["type"].split(".")[2] for _, fields in events)
    assert room.by("publish", "dateline_story_events_total", "type") == kinds != {}
    assert room.value("publish", "dateline_publish_delay_seconds_count") == 5
    assert 0.1 <= room.value("publish", "dateline_publish_delay_seconds_sum") / 5 < 30
    for stage in ("ingest", "cluster", "publish"):
        assert room.value(stage, "dateline_batch_seconds_count", stage=stage) >= 1
        assert room.value(stage, "dateline_batch_seconds_sum", stage=stage) > 0


def test_every_service_says_how_it_is(room: Room) -> None:
    for name in SERVICES:
        for metric, path in (("dateline_alive", "/health"), ("dateline_ready", "/ready")):
            report = json.loads(room.printed(name, path))
            assert room.value(name, metric, stage=name) == report[metric.removeprefix("dateline_")] == 1


def test_who_holds_the_lease(room: Room, redis: Redis) -> None:
    for stage in ("cluster", "publish"):
        assert room.value(stage, "dateline_lease_held", stage=stage, shard="all") == 1
        assert redis.exists(NAMES.of_shard(stage, "all", "lease"))


def test_lag_is_true_while_ingest_stands_still(room: Room, redis: Redis) -> None:
    """Its key is refused it: it is alive, not ready, and what it cannot finish is told."""
    where, log = {"stage": "ingest", "stream": NAMES.raw}, NAMES.articles("all")
    wait_for(lambda: room.value("ingest", "dateline_lag_entries", **where) == 0, "no lag")
    redis.rename(log, "put.aside")
    redis.set(log, "not a stream")
    try:
        redis.xadd(NAMES.raw, {"title": "One more", "url": "https://late.example/1"})
        wait_for(lambda: room.value("ingest", "dateline_lag_entries", **where) == 1, "the lag")
        wait_for(lambda: room.value("ingest", "dateline_lag_seconds", **where) > 1, "its age")
        assert json.loads(room.printed("ingest", "/health"))["ready"] is False
        assert room.value("ingest", "dateline_ready") == 0
        assert room.value("ingest", "dateline_alive") == 1
    finally:
        redis.delete(log)
        redis.rename("put.aside", log)
    wait_for(lambda: room.value("ingest", "dateline_lag_entries", **where) == 0, "ingest to go on")
    assert room.value("ingest", "dateline_lag_seconds", **where) == 0


def test_memory_is_what_the_server_says(room: Room, redis: Redis) -> None:
    redis.config_set("maxmemory", 10**9)
    try:
        for stage in ("ingest", "cluster", "publish"):
            wait_for(
                lambda stage=stage: room.value(stage, "dateline_server_memory_ceiling_bytes") == 10**9,
                "the ceiling",
            )
            used = room.value(stage, "dateline_server_memory_used_bytes")
            assert used == pytest.approx(int(redis.info("memory")["used_memory"]), rel=0.3)
    finally:
        redis.config_set("maxmemory", 0)


def test_every_name_that_is_watched_is_printed(room: Room) -> None:
    types = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)
    printed: set[str] = set()
    for name in SERVICES:
        for metric, kind in types.findall(room.printed(name)):
            printed.add(metric)
            if kind == "histogram":
                printed |= {f"{metric}{end}" for end in ("_bucket", "_sum", "_count")}
    watched = {
        (where, name)
        for where, query in expressions().items()
        for name in re.findall(r"\b(?:dateline|process)_[a-z_]+\b", query)
    }
    assert len(watched) > 30
    assert {one for one in watched if one[1] not in printed} == set()
