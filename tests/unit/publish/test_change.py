"""Change: what a version did to the one before."""

from __future__ import annotations

from dateline.changes import Left
from services.publish.drafts import Fold
from services.publish.ratings import load_rows
from tests.unit.publish.press import draft, ferry, record


def test_first_version_adds_everything_and_is_major() -> None:
    change = record(ferry(fold=Fold(reasons=["created"], added=["a2", "a1", "a3", "a4"]))).change

    assert change.articles_added == ("a1", "a2", "a3", "a4")
    assert change.significance == "major"
    assert change.fields_changed == ()
    assert change.statement == "First version: 4 articles, 4 publishers."


def test_an_article_that_came_and_went_appears_nowhere() -> None:
    before = record(ferry(since=1))
    fold = Fold(added=["a9"], removed=[Left(article_id="a9", reason="retracted")], revised=["a9"])
    change = record(ferry(since=1, fold=fold), previous=before, version=2).change

    assert (change.articles_added, change.articles_removed, change.articles_revised) == ((), (), ())
    assert change.significance == "none"


def test_an_article_that_went_and_came_back_was_never_removed() -> None:
    before = record(ferry(since=1))
    fold = Fold(added=["a2"], removed=[Left(article_id="a2", reason="withheld")])
    change = record(ferry(since=1, fold=fold), previous=before, version=2).change

    assert (change.articles_added, change.articles_removed) == ((), ())


def test_a_removed_article_says_where_it_went() -> None:
    before = record(ferry(since=1))
    fold = Fold(removed=[Left(article_id="a3", reason="split", to_story_id="s-2")])
    change = record(ferry("a1", "a2", "a4", since=1, fold=fold), previous=before, version=2).change

    assert [(gone.article_id, gone.to_story_id) for gone in change.articles_removed] == [("a3", "s-2")]
    assert "1 article removed" in change.statement
    assert {"/article_count", "/articles", "/coverage/bias"} <= set(change.fields_changed)


def test_settling_alone_is_of_no_significance() -> None:
    before = record(ferry(since=1))
    change = record(
        ferry(since=1, status="settled", fold=Fold(reasons=["settled"])), previous=before, version=2
    ).change

    assert change.fields_changed == ("/status",)
    assert change.significance == "none"
    assert change.statement == "Story settled."


def test_a_reader_is_told_of_a_new_article() -> None:
    old = list(ferry("a1", "a2", "a3", since=1).members.values())
    before = record(draft(*old))
    now = draft(*old, *ferry("a4").members.values(), fold=Fold(reasons=["joined"], added=["a4"]))
    change = record(now, previous=before, version=2).change

    assert change.articles_added == ("a4",)
    assert change.statement.startswith("1 article added")
    assert "/headline/text" not in change.fields_changed
    assert change.significance == "minor"


def test_the_bias_distribution_changes_with_rated_sources_only() -> None:
    old = list(ferry("a1", "a2", since=1).members.values())
    now = draft(*old, *ferry("a3").members.values(), fold=Fold(reasons=["joined"], added=["a3"]))
    known = load_rows([{"domain": "outlet3.example", "bias": "left"}])
    unrated = record(now, previous=record(draft(*old)), version=2).change
    rated = record(now, previous=record(draft(*old), ratings=known), ratings=known, version=2).change

    assert "/coverage/bias" in unrated.fields_changed
    assert "bias distribution" not in unrated.statement
    assert "bias distribution changed" in rated.statement
