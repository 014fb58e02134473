"""Coverage: shares over rated publishers, one vote each; blindspot; timeline."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.coverage import Bias, Coverage
from services.publish.coverage import coverage
from services.publish.ratings import BIAS_SCALE, empty_ratings, load_rows
from tests.unit.publish.press import FRIDAY, article, member


def covered(*biases: str | None, repeat_first: int = 0) -> Coverage:
    rows = [{"domain": f"outlet{n}.example", "bias": bias} for n, bias in enumerate(biases, 1)]
    members = [member(article(f"a{n}")) for n in range(1, len(biases) + 1)]
    members += [member(article(f"b{n + 50}", domain="outlet1.example")) for n in range(repeat_first)]
    return coverage(members, load_rows(rows))


def test_one_vote_a_publisher_over_rated_ones() -> None:
    bias = covered("center", "center", "left", "lean_right", None, repeat_first=5).bias

    assert (bias.rated, bias.unrated) == (4, 1)
    assert bias.grouped == {"left": 1, "center": 2, "right": 1}
    assert bias.shares == {"left": 0.25, "center": 0.5, "right": 0.25}
    assert bias.counts["lean_right"] == 1
    assert bias.statement == "50% of the sources are Center"
    assert bias.dominant is not None
    assert (bias.dominant.label, bias.dominant.share) == ("center", 0.5)


def test_a_tie_has_no_dominant_side() -> None:
    bias = covered("left", "right").bias

    assert bias.dominant is None
    assert bias.statement == "50% of the sources are Left, 50% Right"


def test_without_ratings_the_statements_say_so() -> None:
    found = coverage([member(article(f"a{n}")) for n in range(9)], empty_ratings())

    assert found.bias.statement == "Not rated: 9 of 9"
    assert found.factuality.statement == "Not rated: 9 of 9"
    assert found.bias.shares == {}
    assert found.statements == ("Not rated: 9 of 9",)
    assert found.blindspot.side is None
    assert found.blindspot.rule


@pytest.mark.parametrize(
    ("biases", "side"),
    [
        (("right", "right", "center", "center", "center", "center"), "left"),
        (("left", "lean_left", "center", "center", "far_left"), "right"),
        (("right", "right", "center", "center"), None),
        (("left", "right", "right", "center", "center"), None),
        (("right", "center", "center", "center", "center"), None),
    ],
)
def test_blindspot_needs_five_rated_one_side_under_a_fifth_the_other_three_tenths(
    biases: tuple[str, ...], side: str | None
) -> None:
    assert covered(*biases).blindspot.side == side


def test_the_timeline_is_hourly_then_daily() -> None:
    hours = [0, 0, 3]
    near = [member(article(f"a{n}", at=FRIDAY + timedelta(hours=h))) for n, h in enumerate(hours)]
    far = [*near, member(article("a9", at=FRIDAY + timedelta(hours=60)))]

    assert [(b.articles, b.publishers) for b in coverage(near, empty_ratings()).timeline] == [(2, 2), (1, 1)]
    daily = coverage(far, empty_ratings()).timeline
    assert [b.articles for b in daily] == [3, 1]
    assert all(b.bucket_start.hour == 0 for b in daily)


def test_owners_and_countries_by_publisher() -> None:
    ratings = load_rows(
        [
            {"domain": "outlet1.example", "owner_type": "public", "country": "PT", "factuality": "high"},
            {"domain": "outlet2.example", "owner_type": "private", "country": "PT"},
            {"domain": "outlet3.example", "owner_type": "private", "country": "ES"},
        ]
    )
    found = coverage([member(article(f"a{n}")) for n in (1, 2, 3, 4)], ratings)

    assert found.countries == {"PT": 2, "ES": 1}
    assert found.ownership.counts == {"private": 2, "public": 1}
    assert found.ownership.statement == "Owners known: 3 of 4 (most often private: 2)"
    assert found.factuality.statement == "100% of the sources are High Factuality"
    assert found.first_publisher is not None
    assert found.first_publisher.id == "outlet1.example"


def test_statements_say_in_words_what_is_missing() -> None:
    found = covered("left", "lean_left", "center", "center", "far_left", None, None)

    assert found.statements == (
        "60% of the sources are Left",
        "No rated source on the right",
        "Not rated: 2 of 7",
        "Blindspot on the right: 0% of the rated sources, against 60% on the left",
    )


def test_the_registry_says_what_it_knows_and_the_load_is_believed_first() -> None:
    members = [member(article("a1", domain="reuters.com")), member(article("a2", domain="breitbart.com"))]
    by_registry = coverage(members, empty_ratings())
    rows = [{"domain": "breitbart.com", "bias": "right", "factuality": "mixed", "provider": "Us"}]
    by_load = coverage(members, load_rows(rows, name="Ours", version="2", licence="CC0"))

    assert by_registry.bias.rated == 0
    assert by_registry.factuality.counts["high"] == by_registry.factuality.counts["very_low"] == 1
    assert by_registry.ratings.name == "Dateline outlet registry"
    assert by_registry.ratings.raters == ("Wikipedia, perennial sources (CC BY-SA 4.0)",)
    assert by_load.factuality.counts["mixed"] == by_load.factuality.counts["high"] == 1
    assert (by_load.ratings.name, by_load.ratings.version, by_load.ratings.licence) == ("Ours", "2", "CC0")
    assert by_load.ratings.raters == ("Us", "Wikipedia, perennial sources (CC BY-SA 4.0)")


def test_a_load_that_knows_none_of_the_outlets_is_not_named() -> None:
    found = coverage([member(article("a1"))], load_rows([{"domain": "x.example"}], name="Ours"))

    assert found.ratings.name is None


BIASES = st.sampled_from([None, *BIAS_SCALE])
VOTES = st.lists(st.tuples(BIASES, st.integers(1, 3)), min_size=1, max_size=25)


@given(VOTES)
def test_shares_are_one_vote_a_publisher_over_the_rated_whatever_the_articles(
    given_votes: list[tuple[Bias | None, int]],
) -> None:
    rows = [{"domain": f"o{n}.example", "bias": bias} for n, (bias, _) in enumerate(given_votes)]
    members = [
        member(article(f"a{n}x{copy}", domain=f"o{n}.example"))
        for n, (_, copies) in enumerate(given_votes)
        for copy in range(copies)
    ]
    bias = coverage(members, load_rows(rows)).bias
    votes = [vote for vote, _ in given_votes if vote]
    left, right = (sum(word in vote for vote in votes) for word in ("left", "right"))

    assert (bias.rated, bias.unrated) == (len(votes), len(given_votes) - len(votes))
    assert sum(bias.counts.values()) == sum(bias.grouped.values()) == len(votes)
    assert bias.grouped == {"left": left, "center": votes.count("center"), "right": right}
    if votes:
        assert abs(sum(bias.shares.values()) - 1) < 2e-6
        assert all(abs(bias.shares[side] - n / len(votes)) < 1e-6 for side, n in bias.grouped.items())
    else:
        assert bias.shares == {}
    assert (bias.dominant is None) == (list(bias.grouped.values()).count(max(bias.grouped.values())) > 1)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_the_blindspot_is_the_rule_and_never_on_both_sides(left: int, center: int, right: int) -> None:
    side = (
        covered(*["left"] * left, *["center"] * center, *["right"] * right).blindspot.side
        if (left + center + right)
        else None
    )
    total = left + center + right
    expected = None
    if total >= 5 and 5 * left < total and 10 * right >= 3 * total:
        expected = "left"
    if total >= 5 and 5 * right < total and 10 * left >= 3 * total:
        expected = "right"

    assert side == expected
