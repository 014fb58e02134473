"""Ratings: several raters, look-up by host."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dateline.articles import Publisher
from services.publish.coverage import coverage
from services.publish.ratings import empty_ratings, load_rows, towards_zero
from tests.unit.publish.press import article, member


@pytest.mark.parametrize(
    ("values", "mean"), [([-2, -1], -1), ([1, 2], 1), ([-1, 1], 0), ([3], 3), ([-3, -3, -2], -2)]
)
def test_the_average_is_rounded_towards_the_centre(values: list[int], mean: int) -> None:
    assert towards_zero(values) == mean


def test_raters_are_averaged_and_their_disagreement_kept() -> None:
    ratings = load_rows(
        [
            {"domain": "a.example", "bias": "left", "factuality": "very_high", "provider": "One"},
            {"domain": "www.a.example", "bias": "lean_left", "factuality": "high", "provider": "Two"},
        ]
    )
    outlet = ratings.look_up(Publisher(id="a.example"))

    assert outlet is not None
    assert outlet.bias == "lean_left"
    assert outlet.factuality == "high"
    assert outlet.disagreement == ("One: left", "Two: lean_left", "One: very_high", "Two: high")
    assert ratings.raters == ("One", "Two")


def test_the_longest_host_wins_then_its_parents() -> None:
    ratings = load_rows([{"domain": "go.example", "name": "Go"}, {"domain": "abc.go.example", "name": "ABC"}])

    def name(host: str) -> str | None:
        outlet = ratings.look_up(Publisher(id=host))
        return outlet.name if outlet else None

    assert name("abc.go.example") == "ABC"
    assert name("live.abc.go.example") == "ABC"
    assert name("news.go.example") == "Go"
    assert name("notgo.example") is None
    assert name("name:go.example") is None


def test_aliases_find_the_outlet_but_never_replace_one() -> None:
    ratings = load_rows(
        [
            {"domain": "new.example", "bias": "right", "aliases": ["old.example", "other.example"]},
            {"domain": "other.example", "bias": "left"},
        ]
    )
    old, other = (ratings.look_up(Publisher(domain=host)) for host in ("old.example", "other.example"))

    assert old is not None
    assert old.bias == "right"
    assert other is not None
    assert other.bias == "left"


def test_a_value_off_the_scale_is_refused() -> None:
    with pytest.raises(ValidationError):
        load_rows([{"domain": "a.example", "bias": "purple"}])


def test_empty_ratings_know_nobody() -> None:
    assert empty_ratings().look_up(Publisher(id="a.example")) is None


def test_a_rated_host_speaks_for_the_articles_under_it_though_its_publisher_is_the_domain() -> None:
    ratings = load_rows([{"domain": "news.un.example", "bias": "center"}])
    un = Publisher(id="un.example", domain="un.example", verified=True)
    members = [
        member(article("a1", url="https://www.un.example/1", publisher=un)),
        member(article("a2", url="https://news.un.example/2", publisher=un)),
        member(article("a3", url="https://news.un.example/3", publisher=Publisher(id="name:x", name="x"))),
    ]
    bias = coverage(members, ratings).bias

    assert (bias.rated, bias.unrated, bias.counts["center"]) == (1, 1, 1)


def test_the_registry_knows_a_host_better_than_a_load_knows_its_parent() -> None:
    ratings = load_rows([{"domain": "go.com", "bias": "left"}, {"domain": "bbc.com", "bias": "center"}])
    found = {host: ratings.look_up(Publisher(id=host)) for host in ("abcnews.go.com", "go.com", "bbc.co.uk")}

    assert {host: outlet.bias for host, outlet in found.items() if outlet} == {
        "abcnews.go.com": None,
        "go.com": "left",
        "bbc.co.uk": "center",
    }


def test_a_rater_that_names_two_hosts_of_an_outlet_has_a_word_for_each() -> None:
    """`bbc.com` is a further host of `bbc.co.uk`."""
    ratings = load_rows(
        [
            {"domain": "bbc.co.uk", "bias": "left", "provider": "One"},
            {"domain": "bbc.com", "provider": "One"},
            {"domain": "bbc.com", "bias": "right", "provider": "Two"},
        ]
    )
    found = [ratings.look_up(Publisher(id=host)) for host in ("bbc.co.uk", "bbc.com")]

    assert [outlet.bias for outlet in found if outlet] == ["center", "right"]
    assert next(outlet.raters[:2] for outlet in found if outlet) == ("One", "Two")


def test_a_host_that_is_named_as_unrated_does_not_take_its_parents_rating() -> None:
    ratings = load_rows(
        [
            {"domain": "un.example", "bias": "left", "provider": "One"},
            {"domain": "sport.un.example", "provider": "One"},
        ]
    )
    found = {
        h: ratings.look_up(Publisher(id="un.example"), f"https://{h}.un.example/") for h in ("sport", "news")
    }

    assert {host: outlet.bias for host, outlet in found.items() if outlet} == {"sport": None, "news": "left"}
