"""An editor's word: what each act does, what it leaves in the record, and what is refused."""

from __future__ import annotations

import pytest

from dateline.articles import Article, ControlAct, Retraction
from dateline.changes import StoryChange
from services.cluster.editor import ActRefused
from tests.unit.cluster.newsroom import START, entries, play, report

QUAKE, TRIAL = f"s-all-{START}-0-0", f"s-all-{START + 1000}-0-0"


def act(name: str, **body: object) -> ControlAct:
    return ControlAct(act=name, body=body)


def after(*acts: ControlAct | Retraction | Article | int, reports: int = 3) -> list[StoryChange]:
    """What the acts change after so many reports of a quake, with one of a trial behind the first."""
    first = [report("quake", 0), report("trial", 0), *(report("quake", n) for n in range(1, reports))]
    _, before = play(entries(first))
    _, changes = play(entries([*first, *acts]))
    return changes[len(before) :]


def test_a_moved_article_is_noted_on_both_sides_and_stays() -> None:
    left, gained, again = after(
        act("move", article_id="quake-1", to_story_id=TRIAL, reason="a hoax"), report("quake", 1, seed=9)
    )

    assert (left.story_id, gained.story_id) == (QUAKE, TRIAL)
    assert "editor" in left.reasons
    assert "editor" in gained.reasons
    assert [(one.act, one.text, one.article_id) for one in gained.notes] == [("move", "a hoax", "quake-1")]
    assert again.story_id == TRIAL  # a revision that belongs to the quake again: the editor's word holds
    assert [revised.article_id for revised in again.revised] == ["quake-1"]


def test_the_older_story_wins_a_merge_whatever_the_editor_calls_it() -> None:
    winner, loser = after(act("merge", winner=TRIAL, loser=QUAKE))

    assert (winner.story_id, winner.merged_from) == (QUAKE, (TRIAL,))
    assert (loser.story_id, loser.merged_into) == (TRIAL, QUAKE)
    assert winner.notes[0].act == "merge"


def test_a_blocked_article_leaves_and_does_not_come_back() -> None:
    kept, alone, again = after(act("block", article_id="quake-2", story_id=QUAKE), report("quake", 2, seed=9))

    assert [one.article_id for one in kept.left] == ["quake-2"]
    assert alone.split_from == QUAKE
    assert again.story_id == alone.story_id


def test_pins_and_notes_are_told_to_the_record() -> None:
    pinned, noted = after(
        act("pin", article_id="quake-0"), act("note", story_id=QUAKE, text="Denied by the ministry.")
    )

    assert (pinned.reasons, pinned.notes[0].act) == (("editor",), "pin")
    assert (noted.reasons, noted.notes[0].text) == (("editor",), "Denied by the ministry.")


def test_an_erased_article_leaves_no_trace_and_comes_back_as_new() -> None:
    gone, new = after(act("erase", article_id="quake-1"), report("quake", 1))

    assert [(one.article_id, one.reason) for one in gone.left] == [("quake-1", "article_erased")]
    assert (new.joined[0].article_id, new.joined[0].revision) == ("quake-1", 1)


def test_erasing_what_is_not_held_changes_nothing() -> None:
    assert after(act("erase", article_id="nobody")) == []


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (act("move", article_id="nobody", to_story_id=QUAKE), "nobody is in no story"),
        (act("move", article_id="quake-0", to_story_id="s-all-9-9-9"), "s-all-9-9-9 is no story here"),
        (act("move", article_id="quake-0", to_story_id=QUAKE), "already"),
        (act("merge", winner=QUAKE, loser=QUAKE), "twice"),
        (act("split", story_id=QUAKE, groups=[["trial-0"]]), "trial-0 is not in"),
        (act("split", story_id=QUAKE, groups=[["quake-0"], ["quake-0"]]), "twice"),
        (act("split", story_id=QUAKE, groups=[["quake-0", "quake-1", "quake-2"]]), "whole"),
        (act("block", article_id="trial-0", story_id=TRIAL), "is all that"),
        (act("note", story_id="s-all-9-9-9", text="x"), "no story here"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(refused: ControlAct, why: str) -> None:
    with pytest.raises(ActRefused, match=why):
        after(refused)


def test_closed_stories_are_left_as_they_are() -> None:
    with pytest.raises(ActRefused, match="is closed"):
        after(20 * 86_400_000, act("move", article_id="quake-0", to_story_id=TRIAL))
