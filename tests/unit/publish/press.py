"""Fictional articles and stories for the tests of publish."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from dateline.articles import Article, Publisher
from dateline.changes import Membership, ScoredStory
from dateline.stories import Provenance, StoryRecord
from services.publish.drafts import Draft, Member
from services.publish.ratings import Ratings, empty_ratings
from services.publish.record import compose
from services.publish.scope import RecordLimits

FRIDAY = datetime(2025, 7, 18, 9, 0, tzinfo=UTC)
PROVENANCE = Provenance(pipeline_version="1.0.0", config_hash="abc", input_position="5-0")


def article(
    article_id: str, title: str = "Ferry sinks off Lisbon harbour", text: str = "", **given: Any
) -> Article:
    """An article of a publisher of its own, published an hour after the one before by its number."""
    number = int("".join(filter(str.isdigit, article_id)) or 0)
    moment = given.pop("at", FRIDAY + timedelta(hours=number))
    domain = given.pop("domain", f"outlet{number}.example")
    fields: dict[str, Any] = {
        "article_id": article_id,
        "title": title,
        "text": text,
        "url": f"https://{domain}/{article_id}",
        "published_at": moment,
        "published_at_source": "given",
        "received_at": moment,
        "language": "en",
        "publisher": Publisher(id=domain, domain=domain, name=given.pop("name", None))
        if domain
        else Publisher(),
    }
    return Article(**(fields | given))


def member(one: Article, **given: Any) -> Member:
    """A member with plain evidence."""
    fields: dict[str, Any] = {"article": one, "membership": Membership(score=0.61234567, threshold=0.3)}
    return Member(**(fields | given))


def draft(*members: Member, **given: Any) -> Draft:
    """A draft of some members in the order given."""
    fields: dict[str, Any] = {
        "story_id": "s-1",
        "members": {one.article.article_id: one for one in members},
        "created_at": FRIDAY,
        "updated_at": FRIDAY + timedelta(hours=5),
        "position": "5-0",
    }
    return Draft(**(fields | given))


def record(
    of: Draft,
    *,
    ratings: Ratings | None = None,
    previous: StoryRecord | None = None,
    published: Callable[[str], bool] = lambda _: True,
    version: int = 1,
    limits: RecordLimits | None = None,
) -> StoryRecord:
    """The record of a draft."""
    return compose(
        of,
        ratings=ratings or empty_ratings(),
        previous=previous,
        published=published,
        version=version,
        provenance=PROVENANCE,
        limits=limits or RecordLimits(),
    )


FERRY = {
    "a1": (
        "Ferry sinks off Lisbon harbour, 12 dead",
        (
            "LISBON, July 18 (Reuters) - A passenger ferry sank off Lisbon harbour on Friday after "
            "striking a barge, the coast guard said. Twelve people were killed and dozens were rescued "
            "by fishing boats, officials said. The ferry Estrela had been carrying 140 passengers to "
            "Cacilhas when it hit an unlit barge. Investigators have opened an inquiry into the barge's "
            "missing navigation lights."
        ),
    ),
    "a2": (
        "Passenger ferry sinks off Lisbon harbour after striking barge",
        (
            "A passenger ferry sank off Lisbon harbour on Friday after it struck a barge, Portugal's "
            "coast guard said. Rescue teams pulled dozens of passengers from the water with the help of "
            "fishing boats. Investigators have opened an inquiry into why the barge carried no "
            "navigation lights. “The barge was invisible to the ferry's captain in the morning fog,” "
            "said coast guard chief Rui Almeida."
        ),
    ),
    "a3": (
        "What we know about the Lisbon ferry disaster",
        (
            "Here's what to know. The ferry Estrela was carrying 140 passengers across the Tagus river "
            "to Cacilhas. Investigators opened an inquiry into the barge and its missing navigation "
            "lights. Portugal's prime minister Ana Correia declared three days of national mourning on "
            "Friday."
        ),
    ),
    "a4": (
        "Portugal declares mourning as Lisbon ferry toll rises to 15 dead",
        (
            "Portugal's prime minister Ana Correia declared three days of national mourning after the "
            "ferry disaster. At least 15 people were killed when the passenger ferry sank off Lisbon "
            "harbour on Friday. The ferry's owner, Tejo Lines, suspended all crossings to Cacilhas."
        ),
    ),
}


def ferry(*wanted: str, since: int | None = None, **given: Any) -> Draft:
    """The story of a ferry as four outlets tell it, or of some of the four, members since a version."""
    chosen = wanted or tuple(FERRY)
    names = {"a1": "Harbour Times", "a2": "Coastal Post", "a3": "The Beacon", "a4": "Tagus Daily"}
    return draft(
        *(member(article(one, *FERRY[one], name=names[one]), added_in_version=since) for one in chosen),
        **given,
    )


OTHER = ScoredStory(story_id="s-9", score=0.123456)
