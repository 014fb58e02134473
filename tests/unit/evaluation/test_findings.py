"""Errors are found, ranked by what they cost, and shown with their evidence; no markup comes through."""

from __future__ import annotations

import pytest

from dateline.changes import Membership, SharedTerm
from dateline.evaluation.datasets import Labelled
from dateline.evaluation.findings import glued, torn
from dateline.evaluation.metrics import compare
from dateline.evaluation.report import Point, Section, curve, page

TRUTH = {"a": "flood", "b": "flood", "c": "flood", "d": "trial", "e": "trial", "f": "match"}
FOUND = {"a": "s1", "b": "s1", "c": "s2", "d": "s1", "e": "s3", "f": "s4", "x": "s1"}
WHY = {
    "b": Membership(
        score=0.4,
        threshold=0.2,
        shared_terms=(SharedTerm(term="Sarn<i>", weight=0.5),),
        against=("2 days apart",),
    )
}
SET = Labelled(
    "rivers",
    tuple({"id": item, "title": f"<b>{item}</b> & more", "publisher": f"{item}.example"} for item in FOUND),
    TRUTH,
)


def test_torn_stories_come_worst_first_with_their_parts_largest_first() -> None:
    flood, trial = torn(SET, FOUND, WHY)

    assert [(name, [one.record_id for one in articles]) for name, articles in flood.parts] == [
        ("s1", ["a", "b"]),
        ("s2", ["c"]),
    ]
    assert flood.lost == round(2 * (1 - 2 / 3) + 1 * (1 - 1 / 3), 3)
    assert (flood.name, trial.name, trial.lost) == ("flood", "trial", 1.0)


def test_glued_stories_leave_unlabelled_articles_out() -> None:
    (only,) = glued(SET, FOUND, WHY)

    assert only.name == "s1"
    assert [(name, [one.record_id for one in articles]) for name, articles in only.parts] == [
        ("flood", ["a", "b"]),
        ("trial", ["d"]),
    ]


def test_what_is_lost_is_what_b_cubed_misses() -> None:
    scores = compare(FOUND, TRUTH)

    missed = [sum(one.lost for one in found(SET, FOUND, WHY)) / len(TRUTH) for found in (torn, glued)]
    assert missed == pytest.approx([1 - scores.recall, 1 - scores.precision], abs=1e-3)


def test_the_page_shows_evidence_and_lets_no_markup_of_articles_through() -> None:
    scores = compare(FOUND, TRUTH)
    points = (Point(-0.02, scores), Point(0.0, scores), Point(0.02, scores))
    section = Section(
        "rivers", len(FOUND), scores, points, tuple(torn(SET, FOUND, WHY)), tuple(glued(SET, FOUND, WHY))
    )

    said = page([section])

    assert "&lt;b&gt;a&lt;/b&gt; &amp; more" in said
    assert "<b>a</b>" not in said
    assert "score 0.400, bar 0.200 · shares Sarn&lt;i&gt; · against: 2 days apart" in said
    assert said.count("<polyline") == 3
    assert "<script" not in said


def test_a_curve_of_equal_scores_is_drawn_inside_its_frame() -> None:
    perfect = compare(TRUTH, TRUTH)

    drawn = curve([Point(-0.1, perfect), Point(0.0, perfect), Point(0.1, perfect)])

    assert "nan" not in drawn
    assert "44.0,44.0" in drawn
