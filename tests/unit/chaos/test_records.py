"""Records that contradict themselves are found, one for each way."""

from __future__ import annotations

import pytest

from tests.chaos.records import inconsistencies


def record(**changes):
    """A record of two articles, one a reprint of the other."""
    articles = [
        {"article_id": one, "reprint_of": other, "publisher": {"id": one}, "status": "usable"}
        for one, other in (("a", None), ("b", "a"))
    ]
    bias = {"counts": {"center": 1}, "grouped": {"center": 1}, "rated": 1, "unrated": 1}
    built = {
        "status": "developing", "merged_into": None, "articles": articles, "article_count": 2,
        "unique_article_count": 1, "reprint_count": 1, "publisher_count": 2, "independent_source_count": 1,
        "articles_truncated": 0, "languages": {"en": 2},
        "coverage": {"bias": bias, "timeline": [{"articles": 2}]},
    }  # fmt: skip  # a table
    return {**built, **changes}


def test_a_consistent_record_has_no_inconsistencies():
    assert list(inconsistencies(record())) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"article_count": 3},
        {"reprint_count": 0},
        {"unique_article_count": 2},
        {"publisher_count": 1},
        {"independent_source_count": 3},
        {"status": "withdrawn"},
        {"status": "merged"},
        {"merged_into": "B"},
        {"languages": {"en": 3}},
        {"articles": [], "article_count": 0},
    ],
)
def test_a_record_that_contradicts_itself(changes):
    assert list(inconsistencies(record(**changes)))


@pytest.mark.parametrize(
    ("field", "value"), [("reprint_of", "z"), ("status", "withheld"), ("article_id", "b")]
)
def test_an_article_that_contradicts_its_record(field, value):
    built = record()
    built["articles"][0][field] = value
    assert list(inconsistencies(built))
