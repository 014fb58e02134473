"""All that raised the bar or lowered the score is said in words."""

from __future__ import annotations

from dateline.articles import Article
from services.cluster.decision import Candidate, judge
from services.cluster.evidence import against
from services.cluster.parameters import DEFAULT
from tests.unit.cluster.newsroom import article, entries, play


def test_what_spoke_against_a_membership_is_named() -> None:
    best = Candidate(birth=1, base=0.9, size=3, gap=1.2, same_publisher=True)
    others = [Candidate(birth=2 + n, base=0.5, size=2, gap=0) for n in range(4)]

    verdict = judge([best, *others], DEFAULT)

    assert verdict.threshold > DEFAULT.threshold
    assert verdict.score < best.base
    assert against(verdict) == (
        "1 day from the story's other articles",
        "its publisher has an article in the story already",
        "similar to other stories too (0.50 on average)",
    )


def test_nothing_is_said_where_nothing_spoke_against() -> None:
    assert against(judge([Candidate(birth=1, base=0.9, size=3, gap=0)], DEFAULT)) == ()


def quake(name: str, where: str, magnitude: str) -> Article:
    words = "earthquake tremor rescuers rubble seismologists aftershocks"
    return article(
        name, f"Earthquake of magnitude {magnitude} strikes {where}", f"{where} {magnitude} {words}"
    )


def test_other_places_and_figures_are_said_as_they_are_printed() -> None:
    _, changes = play(entries([quake("a", "Lima", "6.7"), quake("b", "Manila", "5.4")]))

    member = changes[-1].joined[0].membership

    assert member.nearest_article_ids == ("a",)
    assert member.against == (
        "other places than the articles nearest to it: Manila, not Lima",
        "other figures than the articles nearest to it: 5.4, not 6.7",
    )


def test_the_same_place_in_another_spelling_speaks_not_against() -> None:
    _, changes = play(entries([quake("a", "Beijing", "6.7"), quake("b", "Peking", "6,7")]))

    member = changes[-1].joined[0].membership

    assert member.nearest_article_ids == ("a",)
    assert member.against == ()
    assert {"Earthquake", "rescuers"} & {each.term for each in member.shared_terms}
