"""The measures themselves: what counts as the same word, and what a bound is."""

from __future__ import annotations

import pytest

from tests.quality.record_measures import baselines, bound, content, found_share, redundancy, told_within


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("talks", "talk"),
        ("Zelensky's", "Zelensky"),
        ("São", "SAO"),
        ("two", "2"),
        ("suspending", "suspends"),
        ("U.S.", "United States"),
        ("American", "US"),
        ("French", "France"),
        ("Britain", "UK"),
    ],
)
def test_words_that_a_reader_takes_for_the_same(one: str, other: str) -> None:
    assert content(one) == content(other) != set()


@pytest.mark.parametrize(("one", "other"), [("us", "US"), ("polish", "Poland"), ("top", "senior")])
def test_words_that_are_not_the_same(one: str, other: str) -> None:
    assert not content(one) & content(other)


def test_a_record_cannot_say_more_than_its_bound() -> None:
    rows = [
        {"title": "Ferry sinks off Lisbon", "text": "A ferry with 140 aboard sank on Friday near Cacilhas."},
        {
            "title": "Barge hit by ferry",
            "text": "Divers searched the Tagus for missing passengers.",
        },
    ]
    gold = content("Ferry with 140 passengers sinks off Lisbon")

    head, whole = bound(rows, gold)
    assert 0.7 < head <= whole <= 1
    assert all(head >= first and whole >= second for first, second in baselines(rows, gold, 3).values())
    assert found_share(gold, "Ferry sinks") == pytest.approx(2 / 5)


def test_key_points_that_say_the_same_are_redundant() -> None:
    assert redundancy(["Ferry sank off Lisbon", "The ferry sank off Lisbon on Friday"]) == 1
    assert redundancy(["Ferry sank off Lisbon", "Divers search wreck"]) == 0


def test_a_label_that_is_the_smaller_part_of_our_story_is_told_within_it() -> None:
    records = [{"story_id": "s-1", "articles": [{"source_id": one} for one in ("a", "b", "c")]}]

    assert told_within(records, {"a": "one", "b": "one", "c": "other"}) == {"other"}
