"""The seeds through the real cleaning, clusterer and desk in one process: no server, no clock."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

from dateline.articles import Article, LogEntry
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


def records_of(order: Sequence[Prepared]) -> list[StoryRecord]:
    """The final record of every living story after these articles in this order, a second apart."""
    state = clusterer.new_state("all", clusterer.DEFAULT)
    desk, rules = Desk(epoch=1), Rules(Names(), "all", 1, 3600.0, "0" * 12)
    for number, (article, prepared) in enumerate(order):
        arrived = NOW + number * 1000
        entry = LogEntry(entry_id=f"{arrived}-0", kind="article", arrived=arrived, article=article)
        for change in clusterer.apply(state, entry, prepared).changes:
            apply_change(desk, rules, change, now=0.0)
    for story in sorted(desk.dirty):
        publish(desk, rules, desk.drafts[story])
    return [record for record in desk.records.values() if record.articles]
