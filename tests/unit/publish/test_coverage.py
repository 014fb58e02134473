"""Coverage: shares over rated publishers, one vote each; blindspot; timeline."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dateline.stories import Coverage
from services.publish.coverage import coverage
from services.publish.ratings import empty_ratings, load_rows
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

    assert found.bias.statement == "Not rated: 9 of 9 sources"
    assert found.factuality.statement == "Not rated: 9 of 9 sources"
    assert found.bias.shares == {}
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
    assert found.factuality.statement == "100% of the sources are High Factuality"
    assert found.first_publisher is not None
    assert found.first_publisher.id == "outlet1.example"
