"""A version that only says that a story has been silent is the version before in a new frame."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dateline.changes import Membership, ScoredStory
from dateline.stories import StoryRecord
from services.publish import record as records
from services.publish.drafts import Draft, Fold
from tests.unit.publish.press import FRIDAY, article, draft, member, record

TEXT = "LISBON (Reuters) - A ferry with forty people on board sank off Lisbon harbour on Friday, police said."


def told(*, published: bool = False) -> tuple[Draft, StoryRecord]:
    """A story of three articles and its first version."""
    near = Membership(
        score=0.5,
        threshold=0.3,
        nearest_article_ids=("a-1",),
        runner_up=ScoredStory(story_id="s-9", score=0.2),
    )
    some = [member(article(f"a-{at}", text=TEXT), membership=near) for at in (1, 2, 3)]
    one = draft(*some, fold=Fold(reasons=["created"], added=["a-1", "a-2", "a-3"]))
    first = record(one, published=lambda _: published)
    one.version, one.fold = 1, Fold(reasons=["settled"])
    for each in one.members.values():
        each.added_in_version = 1
    one.status, one.updated_at = "settled", FRIDAY + timedelta(days=2)
    return one, first


@pytest.mark.parametrize("published", [True, False])
def test_it_says_byte_for_byte_what_composing_anew_says(
    monkeypatch: pytest.MonkeyPatch, *, published: bool
) -> None:
    one, first = told()
    short = record(one, previous=first, version=2, published=lambda _: published)
    monkeypatch.setattr(records, "_only_silent", lambda *_: False)
    for each in one.members.values():
        each.listed = None
    whole = record(one, previous=first, version=2, published=lambda _: published)
    assert short.model_dump_json() == whole.model_dump_json()
    assert short.status == "settled" and short.change.reasons == ("settled",)
    assert short.articles[0].membership is not None and short.articles[0].membership.runner_up is not None
    assert short.articles[0].membership.runner_up.unpublished is not published


@pytest.mark.parametrize(
    "fold",
    [
        Fold(reasons=["settled", "ratings_changed"]),
        Fold(reasons=["settled"], revised=["a-1"]),
        Fold(reasons=["settled"], added=["a-3"]),
    ],
)
def test_anything_else_is_composed_anew(monkeypatch: pytest.MonkeyPatch, fold: Fold) -> None:
    one, first = told()
    one.fold = fold
    monkeypatch.setattr(records, "_restated", lambda *_: pytest.fail("not composed anew"))
    assert record(one, previous=first, version=2).article_count == 3


def test_another_version_of_the_code_composes_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    one, first = told()
    other = first.provenance.model_copy(update={"pipeline_version": "0.1"})
    monkeypatch.setattr(records, "_restated", lambda *_: pytest.fail("not composed anew"))
    older = first.model_copy(update={"provenance": other})
    assert record(one, previous=older, version=2).article_count == 3


def test_an_entry_is_taken_over_as_long_as_it_holds() -> None:
    one, first = told()
    one.fold = Fold(reasons=["articles_removed"])
    del one.members["a-1"]
    second = record(one, previous=first, version=2)
    entries = {entry.article_id: entry for entry in second.articles}
    assert entries["a-2"].role == "first"
    assert entries["a-2"].membership is not None and entries["a-2"].membership.nearest_article_ids == ()
    one.version = 2
    third = record(one, previous=second, version=3)
    assert all(now is before for now, before in zip(third.articles, second.articles, strict=True))
