"""How fast records are composed: ``python -m benchmarks.records``.

Stories of 4 KB articles, composed on one core as publish does it: an article is read when it comes, and
remembered; ratings stay in force; every version adds an article and is composed whole. In half of the
stories the articles repeat the story's facts in their own words, so that there is something to agree on and
key points come of it; in the other half (as `benchmarks.articles` makes them for load) sentences share
words alone. Printed are records a second for stories of 20 articles, and the growth of the cost with size:
the exponent of a power law through the times from 20 to 640 articles; 1 is linear.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.articles import COMMON_WORDS, STORY_WORDS, body, english, word
from dateline.articles import Article, Publisher
from dateline.changes import Membership
from dateline.stories import Provenance, StoryRecord
from services.publish.drafts import Draft, Fold, Member
from services.publish.ratings import Ratings, empty_ratings
from services.publish.record import compose

START = datetime(2025, 7, 18, 9, tzinfo=UTC)
PROVENANCE = Provenance(pipeline_version="1", config_hash="benchmark", input_position="1-0")
SIZES = (20, 40, 80, 160, 320, 640)
STORIES = 12
SECONDS = 3.0
FACTS, FACTS_AN_ARTICLE, FACT_WORDS = 12, 6, 16
REWORDED = 0.25  # of a fact's words


def draft(seed: int, size: int, agreeing: bool = True) -> Draft:
    """A story of `size` articles of as many outlets, all in English, none a reprint."""
    source = random.Random(seed)
    common = english(source, COMMON_WORDS)
    own = [word(source) for _ in range(STORY_WORDS // 3)] + source.sample(common, STORY_WORDS * 2 // 3)
    facts = [
        source.choices(own, k=FACT_WORDS // 2) + source.choices(common, k=FACT_WORDS // 2)
        for _ in range(FACTS)
    ]
    members = {}
    for at in range(size):
        article_id, moment = f"a-{seed:04}{at:020}", START + timedelta(minutes=at)
        told = _told(source, facts, common) + "\n\n" if agreeing else ""
        members[article_id] = Member(
            article=Article(
                article_id=article_id,
                url=f"https://outlet{at}.example/{seed}",
                title=" ".join(source.sample(own, 7)).capitalize(),
                text=told + body(source, own, common, 4096 - len(told)),
                published_at=moment,
                published_at_source="given",
                received_at=moment,
                language="en",
                publisher=Publisher(id=f"outlet{at}.example", domain=f"outlet{at}.example"),
            ),
            membership=Membership(score=0.6, threshold=0.3),
        )
    return Draft(story_id=f"s-{seed}", members=members, created_at=START, updated_at=START, position="1-0")


def _told(source: random.Random, facts: Sequence[Sequence[str]], common: Sequence[str]) -> str:
    """Some of the facts, a sentence each, some of their words replaced."""
    said = [
        " ".join(source.choice(common) if source.random() < REWORDED else each for each in fact)
        for fact in source.sample(facts, FACTS_AN_ARTICLE)
    ]
    return " ".join(f"{sentence.capitalize()}." for sentence in said)


def composed(one: Draft, ratings: Ratings, previous: StoryRecord | None = None) -> StoryRecord:
    return compose(
        one,
        ratings=ratings,
        previous=previous,
        published=lambda _: True,
        version=previous.version + 1 if previous else 1,
        provenance=PROVENANCE,
    )


class Growing:
    """A story without its last article, published, and that article: each version adds it anew."""

    def __init__(self, one: Draft, ratings: Ratings) -> None:
        self.draft, self.ratings = one, ratings
        self.last, self.added = one.members.popitem()
        composed(one, ratings)
        self.before = composed(one, ratings)
        for member in one.members.values():
            member.added_in_version = 1
        one.fold = Fold(reasons=["articles_added"], added=[self.last])
        self.next()

    def next(self) -> StoryRecord:
        """The next version."""
        self.draft.members[self.last] = self.added.model_copy()
        return composed(self.draft, self.ratings, self.before)


def records_per_second(size: int) -> float:
    """Records a CPU second for stories of `size` articles that have been read before."""
    ratings = empty_ratings()
    stories = [Growing(draft(seed, size, agreeing=seed % 2 == 0), ratings) for seed in range(STORIES)]
    started, done = time.process_time(), 0
    while time.process_time() - started < SECONDS:
        for story in stories:
            story.next()
        done += STORIES
    return done / (time.process_time() - started)


def seconds_by_size() -> dict[int, float]:
    """CPU seconds a record, by articles in the story."""
    found = {}
    for size in SIZES:
        story = Growing(draft(2, size), empty_ratings())
        rounds = max(3, 2000 // size)
        started = time.process_time()
        for _ in range(rounds):
            story.next()
        found[size] = (time.process_time() - started) / rounds
    return found


def cost_of_size(found: dict[int, float] | None = None) -> float:
    """The exponent of a power law through the cost by size; 1 is linear."""
    measured = found or seconds_by_size()
    slope, _ = np.polyfit(np.log(list(measured)), np.log(list(measured.values())), 1)
    return float(slope)


def main() -> None:
    console = Console(width=90)
    console.print(f"{records_per_second(20):,.0f} records a second of 20 articles, one core")
    found = seconds_by_size()
    table = Table("articles", "ms a record", "µs an article")
    for size, seconds in found.items():
        table.add_row(str(size), f"{1e3 * seconds:.2f}", f"{1e6 * seconds / size:.0f}")
    console.print(table)
    console.print(f"exponent {cost_of_size(found):.2f} (1 is linear)")


if __name__ == "__main__":
    main()
