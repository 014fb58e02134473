"""Ratings: several raters, look-up by host."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dateline.articles import Publisher
from services.publish.ratings import empty_ratings, load_rows, towards_zero


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
