"""Counts: one definition each of articles, reprints, publishers and independent sources."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.articles import Publisher
from services.publish.counts import count
from services.publish.credits import credited_agency
from services.publish.ratings import empty_ratings, load_rows
from services.publish.reading import read
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

    assert count(members, empty_ratings()).reprint_of == {"a2": "a1"}


def test_a_copy_of_an_article_outside_the_story_is_no_reprint() -> None:
    assert count([member(article("a1"), near_copy_of="a99")], empty_ratings()).reprint_of == {}


def test_declared_syndication_by_original_url() -> None:
    origin = article("a1")
    copy = article("a2", original_url=origin.url)
    two = [
        member(article("a5", original_url="https://w.example/x")),
        member(article("a6", original_url="https://w.example/x")),
    ]

    assert count([member(origin), member(copy)], empty_ratings()).reprint_of == {"a2": "a1"}
    assert count(two, empty_ratings()).reprint_of == {"a6": "a5"}


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
    ("text", "authors", "agency"),
    [
        (f"LISBON, July 18 (Reuters) - {LEAD}", (), "reuters.com"),
        (f"LISBON (AP) — {LEAD}", (), "apnews.com"),
        (f"BERLIN (dpa) – {LEAD}", (), "dpa.com"),
        (f"Madrid, 18 jul (EFE).- {LEAD}", (), "efe.com"),
        (f"(ANSA) - LISBONA, 18 LUG - {LEAD}", (), "ansa.it"),
        (f"MOSCOW, July 18. /TASS/. {LEAD}", (), "tass.com"),
        (f"BEIJING, July 18 (Xinhua) -- {LEAD}", (), "news.cn"),
        (f"TOKYO, July 18 (Kyodo) - {LEAD}", (), "kyodonews.net"),
        (f"Kyodo News -- {LEAD}", (), "kyodonews.net"),
        (f"AFP\n{LEAD}", (), "afp.com"),
        (f"{LEAD} {LEAD} (AFP)", (), "afp.com"),
        (f"{LEAD} {LEAD} Source: ANI", (), "aninews.in"),
        (f"{LEAD} {LEAD} © 2025 The Associated Press. All rights reserved.", (), "apnews.com"),
        (f"{LEAD} {LEAD} (Reporting by A. Roe; Editing by B. Doe)", (), "reuters.com"),
        (LEAD, ("Agence France-Presse",), "afp.com"),
        (LEAD, ("Jane Roe", "Reuters"), None),
        (f"{LEAD} A survivor told AFP that it was dark.", (), None),
        (f"{LEAD} {LEAD} He was speaking to Reuters.", (), None),
        (f"LISBON – {LEAD}", (), None),
        (f"The AA - a motoring club - said so. {LEAD}", (), None),
    ],
)
def test_an_agency_is_the_source_when_the_whole_body_is_credited_to_it(
    text: str, authors: tuple[str, ...], agency: str | None
) -> None:
    one = article("a1", text=text, authors=authors)

    assert credited_agency(one, read(one).agency) == agency


def test_one_dispatch_of_an_agency_in_two_outlets_is_a_reprint_though_reworded() -> None:
    told = (
        "A passenger ferry carrying 140 people sank off the harbour on Friday after striking an unlit barge, "
        "the coast guard said. Fishing boats rescued dozens of survivors, and investigators opened an "
        "inquiry into the missing navigation lights."
    )
    mended = told.replace("sank off", "went down off").replace("Fishing boats", "Local trawlers")
    credited = [
        member(article("a1", domain="reuters.com", text=told)),
        member(article("a2", text=f"LISBON (Reuters) - {mended}")),
    ]
    own = [credited[0], member(article("a3", text=mended))]

    assert count(credited, empty_ratings()).reprint_of == {"a2": "a1"}
    assert count(own, empty_ratings()).reprint_of == {}


def test_a_declared_original_that_is_in_the_story_or_the_registry_is_the_same_source() -> None:
    members = [
        member(article("a1", publisher=Publisher(id="h.example", name="The Harbour Times"))),
        member(article("a2", original_publisher="Harbour Times")),
        member(article("a3", original_publisher="The Guardian")),
        member(article("a4", domain="theguardian.com")),
        member(article("a5", original_publisher="Nobody Knows Weekly")),
        member(article("a6", original_url="https://news.h.example/1")),
        member(article("a7", original_url="https://amp.theguardian.com/1")),
    ]

    assert count(members, empty_ratings()).independent_source_count == 3


def test_declared_syndication_needs_no_equal_spelling_of_the_address() -> None:
    origin = article("a1", url="https://h.example/ferry/")
    copy = article("a2", original_url="http://www.h.example/ferry?utm_source=x#top")

    assert count([member(origin), member(copy)], empty_ratings()).reprint_of == {"a2": "a1"}


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


LINK = st.tuples(st.integers(0, 5), st.sampled_from(["copy", "url", None]), st.integers(0, 11))


@given(st.lists(LINK, max_size=12))
def test_the_numbers_agree_whatever_copies_what(links: list[tuple[int, str | None, int]]) -> None:
    members = []
    for number, (outlet, link, target) in enumerate(links):
        given_fields = {
            "url": f"https://outlet{outlet}.example/{number}",
            "domain": f"outlet{outlet}.example",
        }
        if link == "url":
            given_fields["original_url"] = f"https://outlet{links[target % len(links)][0]}.example/{target}"
        copy = f"a{target}" if link == "copy" and target != number else None
        members.append(member(article(f"a{number}", **given_fields), near_copy_of=copy))
    found = count(members, empty_ratings())
    ids = {one.article.article_id: one.article for one in members}

    assert found.article_count == len(members) == found.unique_article_count + found.reprint_count
    assert found.reprint_count == len(found.reprint_of)
    assert found.publisher_count == len({one.publisher.id for one in ids.values()})
    assert found.independent_source_count == len(set(found.sources.values())) <= found.unique_article_count
    for reprint, origin in found.reprint_of.items():
        assert origin not in found.reprint_of
        assert (ids[origin].published_at, origin) < (ids[reprint].published_at, reprint)
        assert found.sources[reprint] == found.sources[origin]
