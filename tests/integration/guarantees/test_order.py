"""Guarantee 4: input in another order converges. Measured over 50 orders of the seeds."""

from __future__ import annotations

import itertools
import random
import statistics
from collections import defaultdict

from dateline.evaluation.metrics import compare
from dateline.stories import StoryRecord
from services.cluster.parameters import HOUR
from tests.integration.guarantees.pressroom import Prepared, records_of, seeds

ORDERS = 50
LATE_SECONDS, LATE_AGREEMENT = 2 * 3600, 0.98
AGREEMENT, LEAST = 0.99, 0.98  # of two orders, at rest: on average, and of the two that differ most
AT_REST = 30 * HOUR  # more than it takes stories to settle
COUNTS = (
    "article_count",
    "unique_article_count",
    "reprint_count",
    "publisher_count",
    "independent_source_count",
    "languages",
)


def late(number: int) -> list[Prepared]:
    """The seeds as they were published, each up to two hours late."""
    rng = random.Random(number)
    return sorted(seeds(), key=lambda one: one[0].published_at.timestamp() + rng.uniform(0, LATE_SECONDS))


def test_what_comes_up_to_two_hours_late_hardly_matters() -> None:
    first, *others = (partition(records_of(late(number))) for number in range(ORDERS // 2))
    agreement = [compare(first, other).f1 for other in others]
    print(f"B-cubed F1 with the first: {statistics.fmean(agreement):.4f}, least {min(agreement):.4f}")
    assert statistics.fmean(agreement) >= LATE_AGREEMENT


def partition(records: list[StoryRecord]) -> dict[str, str]:
    return {article.article_id: record.story_id for record in records for article in record.articles}


def told(record: StoryRecord) -> tuple[object, ...]:
    """What must be equal where the membership is: counts and coverage (all seeds are dated)."""
    return (*(getattr(record, name) for name in COUNTS), record.coverage)


def test_fifty_orders_of_the_seeds_agree() -> None:
    orders = [random.Random(number).sample(seeds(), len(seeds())) for number in range(ORDERS)]
    runs = [records_of(order, AT_REST) for order in orders]
    assert all(len(partition(run)) == len(seeds()) for run in runs), "an article is in no story"
    by_members: dict[frozenset[str], list[StoryRecord]] = defaultdict(list)
    for record in itertools.chain(*runs):
        by_members[frozenset(article.article_id for article in record.articles)].append(record)
    differing = [
        same[0].headline and same[0].headline.text
        for same in by_members.values()
        if any(told(record) != told(same[0]) for record in same)
    ]
    assert not differing, "equal members, other counts or coverage"
    first, *others = (partition(run) for run in runs)
    agreement = [compare(first, other).f1 for other in others]
    print(f"B-cubed F1 with the first: {statistics.fmean(agreement):.4f}, least {min(agreement):.4f}")
    assert statistics.fmean(agreement) >= AGREEMENT
    assert min(agreement) >= LEAST
