"""All that raised the bar or lowered the score is said in words."""

from __future__ import annotations

from services.cluster.decision import Candidate, judge
from services.cluster.evidence import against
from services.cluster.parameters import DEFAULT


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
