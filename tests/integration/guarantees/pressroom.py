"""The seeds through the real cleaning, clusterer and desk in one process: no server, no clock."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache

from dateline.articles import Article, LogEntry
from dateline.changes import StoryChange
from dateline.stories import StoryRecord
from dateline.streams import Names
from services.cluster import clusterer
from services.ingest.clean import clean
from services.ingest.publishers import default_registry
from services.publish.desk import Desk
from services.publish.publishing import Rules, apply_change, publish
from tests.chaos.traffic import seed_articles

NOW = 1_753_900_000_000  # ms: all seeds have been published by then
Prepared = tuple[Article, clusterer.Prepared]


@lru_cache(maxsize=1)
def seeds() -> tuple[Prepared, ...]:
    """Every live article of the seeds, cleaned and prepared for comparison."""
    registry = default_registry()
    cleaned = [
        clean({b"article": json.dumps(dict(one)).encode()}, arrived=NOW, registry=registry)
        for one in seed_articles()
    ]
    articles = [one.article for one in cleaned]  # type: ignore[union-attr]  # the seeds are valid
    return tuple(zip(articles, clusterer.prepare_batch(articles, clusterer.DEFAULT), strict=True))


def log_of(order: Sequence[Prepared], quiet: int = 0) -> Iterator[tuple[LogEntry, clusterer.Prepared | None]]:
    """These articles in this order, a second apart, then so many ms in which nothing comes."""
    for number, (article, prepared) in enumerate(order):
        arrived = NOW + number * 1000
        yield (LogEntry(entry_id=f"{arrived}-0", kind="article", arrived=arrived, article=article), prepared)
    if quiet:
        arrived = NOW + len(order) * 1000 + quiet
        yield LogEntry(entry_id=f"{arrived}-0", kind="tick", arrived=arrived), None


def records_of(order: Sequence[Prepared], quiet: int = 0) -> list[StoryRecord]:
    """The final record of every living story after these articles, in this order, and then silence (ms)."""
    state = clusterer.new_state("all", clusterer.DEFAULT)
    desk, rules = Desk(epoch=1), Rules(Names(), "all", 1, 3600.0, "0" * 12)
    for entry, prepared in log_of(order, quiet):
        for change in changes_of(state, entry, prepared):
            apply_change(desk, rules, change, now=0.0)
    for story in sorted(desk.dirty):
        publish(desk, rules, desk.drafts[story])
    return [record for record in desk.records.values() if record.articles]


def changes_of(
    state: clusterer.State, entry: LogEntry, prepared: clusterer.Prepared | None
) -> Iterator[StoryChange]:
    """All steps of an entry."""
    done = False
    while not done:
        applied = clusterer.apply(state, entry, prepared)
        yield from applied.changes
        done = applied.done
