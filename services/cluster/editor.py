"""An editor's word: move, merge, split, pin, block, note. It is final against the machine's second looks.

Acts that name what is not held (any more) change nothing: an act is a wish about a moment that may have passed.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dateline.articles import ControlAct
from dateline.stories import StoryChange
from services.cluster.assign import found_story
from services.cluster.changes import Draft, change, drop_story, merge, move_all
from services.cluster.state import State, stir, touch
from services.cluster.story import Node, Story

Act = Callable[[State, dict[str, Any]], list[StoryChange]]


def edit(state: State, act: ControlAct) -> list[StoryChange]:
    """Carry out an act; unknown acts change nothing.

    Raises:
        ValueError: the act lacks a field or names it wrongly; the message says which.
    """
    carry_out = ACTS.get(act.act)
    return carry_out(state, act.body) if carry_out else []


def _move(state: State, body: dict[str, Any]) -> list[StoryChange]:
    node, target = _article(state, body), _story(state, _text(body, "to_story_id"))
    if node is None or target is None or not node.story_id or node.story_id == target.story_id:
        return []
    source = state.stories[node.story_id]
    if "closed" in (source.status, target.status):
        return []
    leaving, gaining = Draft(("article_reassigned", "editor")), Draft(("article_reassigned", "editor"))
    node.pinned = True
    move_all(state, [node], source, target, (leaving, gaining))
    stir(state, target)
    said = [change(state, source, leaving), change(state, target, gaining)]
    if not source.members:
        drop_story(state, source)
    return said


def _merge(state: State, body: dict[str, Any]) -> list[StoryChange]:
    winner, loser = _story(state, _text(body, "winner")), _story(state, _text(body, "loser"))
    if winner is None or loser is None or winner is loser or "closed" in (winner.status, loser.status):
        return []
    winner.pinned = True
    return merge(state, winner, loser, ("merged", "editor"))


def _split(state: State, body: dict[str, Any]) -> list[StoryChange]:
    story = _story(state, _text(body, "story_id"))
    groups = body.get("groups")
    if not isinstance(groups, list) or not all(isinstance(group, list) for group in groups):
        raise ValueError("groups: a list of lists of article ids is needed")
    if story is None or story.status == "closed":
        return []
    parts = [[state.articles[each] for each in group if each in story.members] for group in groups]
    return split(state, story, [part for part in parts if part], ("split", "editor"), pinned=True)


def split(
    state: State, story: Story, parts: list[list[Node]], reasons: tuple[str, ...], pinned: bool = False
) -> list[StoryChange]:
    """Divide a story: the largest part (with what no part names) keeps the id, each other is founded anew."""
    named = {node.article_id for part in parts for node in part}
    rest = [state.articles[each] for each in story.members if each not in named]
    if rest:
        parts = [rest, *parts]
    if len(parts) < 2:
        return []
    keeper = max(range(len(parts)), key=lambda at: (len(parts[at]), -at))
    leaving = Draft(reasons)
    said: list[StoryChange] = []
    story.pinned = story.pinned or pinned
    for at, part in enumerate(parts):
        if at == keeper:
            continue
        new = found_story(state)
        new.pinned = pinned
        gaining = Draft(("created", *reasons), split_from=story.story_id)
        move_all(state, part, story, new, (leaving, gaining))
        stir(state, new)
        leaving.split_into = (*leaving.split_into, new.story_id)
        said.append(change(state, new, gaining))
    stir(state, story)
    return [change(state, story, leaving), *said]


def _pin(state: State, body: dict[str, Any]) -> list[StoryChange]:
    node = _article(state, body)
    if node is not None:
        node.pinned = bool(body.get("pinned", True))
        touch(state, node=node)
    return []


def _block(state: State, body: dict[str, Any]) -> list[StoryChange]:
    node, barred = _article(state, body), _text(body, "story_id")
    if node is None:
        return []
    node.blocked = tuple(sorted({*node.blocked, barred}))
    touch(state, node=node)
    if (
        node.story_id != barred
        or state.stories[barred].status == "closed"
        or len(state.stories[barred].members) < 2
    ):
        return []
    return split(state, state.stories[barred], [[node]], ("split", "editor"))


def _note(state: State, body: dict[str, Any]) -> list[StoryChange]:
    story = _story(state, _text(body, "story_id"))
    return [change(state, story, Draft(("editor",)))] if story is not None else []


def _article(state: State, body: dict[str, Any]) -> Node | None:
    return state.articles.get(_text(body, "article_id"))


def _story(state: State, story_id: str) -> Story | None:
    return state.stories.get(story_id)


def _text(body: dict[str, Any], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{field}: needed, as text")
    return value


ACTS: dict[str, Act] = {
    "force_reassign": _move, "move": _move,
    "force_merge": _merge, "merge": _merge,
    "force_split": _split, "split": _split,
    "pin": _pin, "block": _block, "note": _note,
}  # fmt: skip
