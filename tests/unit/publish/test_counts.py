"""Counts: one definition each of articles, reprints, publishers and independent sources."""

from __future__ import annotations

import pytest

from dateline.articles import Publisher
from services.publish.counts import count, credited_wire, reprints
from services.publish.ratings import empty_ratings, load_rows
from tests.unit.publish.press import article, member


def test_near_copies_collapse_into_the_earliest() -> None:
    members = [
        member(article("a3"), near_copy_of="a2"),
        member(article("a2"), near_copy_of="a1"),
        member(article("a1")),
    ]
    counts = count(members, empty_ratings())

    assert counts.reprint_of == {"a2": "a1", "a3": "a1"}
    assert (counts.article_count, counts.unique_article_count, counts.reprint_count) == (3, 1, 2)
    assert (counts.publisher_count, counts.independent_source_count) == (3, 1)


def test_origin_of_equal_times_is_the_lower_id() -> None:
    same = article("a1").published_at
    members = [member(article("a2", at=same), near_copy_of="a1"), member(article("a1", at=same))]

    assert reprints(members) == {"a2": "a1"}


def test_a_copy_of_an_article_outside_the_story_is_no_reprint() -> None:
    assert reprints([member(article("a1"), near_copy_of="a99")]) == {}


def test_declared_syndication_by_original_url() -> None:
    origin = article("a1")
    copy = article("a2", original_url=origin.url)
    two = [
        member(article("a5", original_url="https://w.example/x")),
        member(article("a6", original_url="https://w.example/x")),
    ]

    assert reprints([member(origin), member(copy)]) == {"a2": "a1"}
    assert reprints(two) == {"a6": "a5"}


def test_articles_without_publisher_count_as_one() -> None:
    members = [member(article(f"a{n}", publisher=Publisher())) for n in (1, 2)] + [member(article("a3"))]

    assert count(members, empty_ratings()).publisher_count == 2


def test_outlets_of_one_owner_are_one_source_unknown_owners_each_their_own() -> None:
    ratings = load_rows(
        [{"domain": "outlet1.example", "owner": "Big Co"}, {"domain": "outlet2.example", "owner": "big co"}]
    )
    members = [member(article(f"a{n}")) for n in (1, 2, 3, 4)]
    counts = count(members, ratings)

    assert counts.publisher_count == 4
    assert counts.independent_source_count == 3


LEAD = "A ferry carrying 140 passengers sank off the harbour on Friday, the coast guard said."


@pytest.mark.parametrize(
    ("text", "authors", "wire"),
    [
        (f"LISBON, July 18 (Reuters) - {LEAD}", (), "reuters"),
        (f"LISBON (AP) — {LEAD}", (), "ap"),
        (LEAD, ("Agence France-Presse",), "afp"),
        (LEAD, ("Jane Roe", "Reuters"), None),
        (f"{LEAD} A survivor told AFP that it was dark.", (), None),
    ],
)
def test_an_agency_is_the_source_when_the_whole_body_is_credited_to_it(
    text: str, authors: tuple[str, ...], wire: str | None
) -> None:
    assert credited_wire(article("a1", text=text, authors=authors)) == wire


def test_two_outlets_with_the_same_agency_story_are_one_source_though_not_reprints() -> None:
    members = [
        member(article("a1", text=f"LISBON (AP) — {LEAD}")),
        member(
            article(
                "a2", text="LISBON (AP) — Divers searched the wreck of a ferry off the harbour on Saturday."
            )
        ),
        member(article("a3", domain="apnews.com")),
    ]
    counts = count(members, empty_ratings())

    assert counts.reprint_count == 0
    assert counts.publisher_count == 3
    assert counts.independent_source_count == 1
