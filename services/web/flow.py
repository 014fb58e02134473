"""How fast entries flow, from the public counters of the streams and the services' /metrics."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families
from redis.exceptions import RedisError

from services.web.context import Door

SAMPLE_SECONDS = 2.0
SAMPLES = 150
RATE_SECONDS = 20.0
METRICS_SECONDS = 10.0
METRICS_BYTES = 2 * 2**20


@dataclass
class Flow:
    """Samples of how many entries each stream was ever given, and the last /metrics of the services."""

    samples: deque[tuple[float, dict[str, int]]] = field(default_factory=lambda: deque(maxlen=SAMPLES))
    services: list[dict[str, Any]] = field(default_factory=list)

    def rate(self, stream: str) -> float | None:
        """Entries a second lately; None before there are two samples."""
        if len(self.samples) < 2:
            return None
        now, last = self.samples[-1]
        then, first = next(
            (one for one in reversed(self.samples) if now - one[0] >= RATE_SECONDS), self.samples[0]
        )
        return max(0.0, (last.get(stream, 0) - first.get(stream, 0)) / max(now - then, 1e-9))

    def line(self, stream: str, points: int = 60) -> list[int]:
        """Entries in each interval between samples, the oldest first."""
        counts = [one.get(stream, 0) for _, one in list(self.samples)[-points - 1 :]]
        return [max(0, later - earlier) for earlier, later in pairwise(counts)]


async def sample(door: Door, flow: Flow) -> None:
    """Take samples until the door closes."""
    due = 0.0
    while not door.stop.is_set():
        with contextlib.suppress(RedisError, OSError):  # the page says that the server is away
            flow.samples.append((time.monotonic(), await _added(door)))
        if time.monotonic() >= due:
            flow.services = await _services(door)
            due = time.monotonic() + METRICS_SECONDS
        try:
            await asyncio.wait_for(door.stop.wait(), SAMPLE_SECONDS)
        except TimeoutError:
            continue


async def _added(door: Door) -> dict[str, int]:
    names = door.names
    streams = [names.raw, names.published]
    for shard in door.settings.shard_map:
        streams += [names.articles(shard), names.stories(shard)]
    found = {}
    for stream in streams:
        if await door.redis.exists(stream):
            info: Any = await door.redis.xinfo_stream(stream)
            found[stream] = int(info.get("entries-added", info["length"]))
    return found


async def _services(door: Door) -> list[dict[str, Any]]:
    urls = [url.strip() for url in door.settings.web_metrics_urls.split(",") if url.strip()]
    if not urls:
        return []
    # The operator's own addresses, from a setting: private ones are the rule here.
    async with httpx.AsyncClient(timeout=3.0, trust_env=False) as client:
        return [await _service(client, url) for url in urls]


async def _service(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    try:
        answer = await client.get(url, follow_redirects=True)
        answer.raise_for_status()
        return {"url": url, "fault": "", **read_metrics(answer.text[:METRICS_BYTES])}
    except (httpx.HTTPError, ValueError) as error:
        return {"url": url, "fault": f"does not answer: {error!r}"}


def read_metrics(text: str) -> dict[str, Any]:
    """What the page shows of a service's metrics. Raises ValueError where it is no such text."""
    sums: dict[str, float] = {}
    leases: list[str] = []
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            sums[one.name] = sums.get(one.name, 0.0) + one.value
            if one.name == "dateline_lease_held" and one.value:
                leases.append(_lease(one.labels))
    batches = sums.get("dateline_batch_seconds_count", 0.0)
    return {
        "batch_ms": 1000 * sums.get("dateline_batch_seconds_sum", 0.0) / batches if batches else None,
        "applied": sums.get("dateline_entries_applied_total") or sums.get("dateline_outcomes_total") or 0,
        "dead": sums.get("dateline_dead_letters_total", 0.0),
        "memory_mib": sums.get("process_resident_memory_bytes", 0.0) / 2**20,
        "leases": leases,
    }


def _lease(labels: Mapping[str, str]) -> str:
    return f"{labels.get('stage', '')} {labels.get('shard', '')}".strip()
