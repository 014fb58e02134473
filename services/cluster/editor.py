"""An editor's word: move, merge, split, pin, block, note. It is final against the machine's second looks.

What an act does is told in a note on the stories it touches. An act that names what is not held (any
more) is refused: it is a wish about a moment that has passed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dateline.articles import ControlAct, from_ms
from dateline.changes import EditorNote, StoryChange
from services.cluster.assign import found_story
from services.cluster.changes import Draft, change, drop_story, merge, move_all
from services.cluster.revise import remove_article
from services.cluster.state import State, stir, touch
from services.cluster.story import Node, Story

Act = Callable[[State, dict[str, Any]], list[StoryChange]]


class ActRefused(ValueError):
    """An act cannot be carried out; the message says why. Nothing has changed but the clock."""


def edit(state: State, act: ControlAct) -> list[StoryChange]:
    """Carry out an act; acts that are not an editor's change nothing.

    Raises:
        ActRefused: the act names what is not held, or lacks a field.
    """
    carry_out = ACTS.get(act.act)
    return carry_out(state, act.body) if carry_out else []


def _move(state: State, body: dict[str, Any]) -> list[StoryChange]:
    node, target = _article(state, body), _open_story(state, body, "to_story_id")
    source = _open(state.stories[node.story_id])
    if source is target:
        raise ActRefused(f"move: {node.article_id} is in {target.story_id} already; pin it to keep it there")
    note = _note_of(state, "move", body, node)
    leaving = Draft(("article_reassigned", "editor"), notes=note)
    gaining = Draft(("article_reassigned", "editor"), notes=note)
    node.pinned = True
    move_all(state, [node], source, target, (leaving, gaining))
    stir(state, target)
    said = [change(state, source, leaving), change(state, target, gaining)]
    if not source.members:
        drop_story(state, source)
    return said


def _merge(state: State, body: dict[str, Any]) -> list[StoryChange]:
    one, other = _open_story(state, body, "winner"), _open_story(state, body, "loser")
    if one is other:
        raise ActRefused(f"merge: {one.story_id} is named twice; name two stories")
    winner, loser = (one, other) if one.birth < other.birth else (other, one)
    winner.pinned = True
    return merge(state, winner, loser, ("merged", "editor"), _note_of(state, "merge", body))


def _split(state: State, body: dict[str, Any]) -> list[StoryChange]:
    story = _open_story(state, body, "story_id")
    groups = body.get("groups")
    if not isinstance(groups, list) or not all(isinstance(group, list) for group in groups):
        raise ActRefused("groups: a list of lists of article ids is needed")
    named = [each for group in groups for each in group]
    absent = [str(each) for each in named if each not in story.members]
    if absent or len(named) != len(set(named)):
        why = f"{absent[0][:80]} is not in {story.story_id}" if absent else "an article is named twice"
        raise ActRefused(f"groups: {why}")
    parts = [[state.articles[each] for each in group] for group in groups if group]
    note = _note_of(state, "split", body)
    said = split(state, story, parts, ("split", "editor"), pinned=True, notes=note)
    if not said:
        raise ActRefused(f"groups: they leave {story.story_id} whole; name some of its articles, not all")
    return said


def split(
    state: State,
    story: Story,
    parts: list[list[Node]],
    reasons: tuple[str, ...],
    pinned: bool = False,
    notes: tuple[EditorNote, ...] = (),
) -> list[StoryChange]:
    """Divide a story: the largest part (with what no part names) keeps the id, each other is founded anew."""
    named = {node.article_id for part in parts for node in part}
    rest = [state.articles[each] for each in story.members if each not in named]
    if rest:
        parts = [rest, *parts]
    if len(parts) < 2:
        return []
    keeper = max(range(len(parts)), key=lambda at: (len(parts[at]), -at))
    leaving = Draft(reasons, notes=notes)
    said: list[StoryChange] = []
    story.pinned = story.pinned or pinned
    for at, part in enumerate(parts):
        if at == keeper:
            continue
        new = found_story(state)
        new.pinned = pinned
        gaining = Draft(("created", *reasons), split_from=story.story_id, notes=notes)
        move_all(state, part, story, new, (leaving, gaining))
        stir(state, new)
        leaving.split_into = (*leaving.split_into, new.story_id)
        said.append(change(state, new, gaining))
    stir(state, story)
    return [change(state, story, leaving), *said]


def _pin(state: State, body: dict[str, Any]) -> list[StoryChange]:
    node = _article(state, body)
    node.pinned = bool(body.get("pinned", True))
    touch(state, node=node)
    note = _note_of(state, "pin" if node.pinned else "unpin", body, node)
    return [change(state, state.stories[node.story_id], Draft(("editor",), notes=note))]


def _block(state: State, body: dict[str, Any]) -> list[StoryChange]:
    node, barred = _article(state, body), _text(body, "story_id")
    node.blocked = tuple(sorted({*node.blocked, barred}))
    touch(state, node=node)
    story = state.stories[node.story_id]
    note = _note_of(state, "block", body, node)
    if node.story_id != barred:
        return [change(state, story, Draft(("editor",), notes=note))]
    _open(story)
    if len(story.members) < 2:
        raise ActRefused(f"block: {node.article_id} is all that {barred} has; retract it, or move it")
    return split(state, story, [[node]], ("split", "editor"), notes=note)


def _write(state: State, body: dict[str, Any]) -> list[StoryChange]:
    story = _story(state, _text(body, "story_id"))
    note = EditorNote(act="note", text=_text(body, "text"), at=from_ms(state.clock))
    return [change(state, story, Draft(("editor",), notes=(note,)))]


def _erase(state: State, body: dict[str, Any]) -> list[StoryChange]:
    """Take an article out and forget that it ever was; nothing where it is not held (it may be elsewhere)."""
    node = state.articles.get(_text(body, "article_id"))
    if node is None:
        return []
    said = remove_article(state, node, "article_erased") if node.story_id else []
    touch(state, node=state.articles.pop(node.article_id))
    return said


def _note_of(
    state: State, act: str, body: dict[str, Any], node: Node | None = None
) -> tuple[EditorNote, ...]:
    text, article_id = str(body.get("reason") or ""), node.article_id if node else None
    return (EditorNote(act=act, text=text, article_id=article_id, at=from_ms(state.clock)),)


def _article(state: State, body: dict[str, Any]) -> Node:
    article_id = _text(body, "article_id")
    node = state.articles.get(article_id)
    if node is None or not node.story_id:
        raise ActRefused(f"article_id: {article_id} is in no story of shard {state.shard}")
    return node


def _story(state: State, story_id: str) -> Story:
    story = state.stories.get(story_id)
    if story is None:
        raise ActRefused(f"{story_id} is no story here (any more); 'dateline show {story_id}' says more")
    return story


def _open_story(state: State, body: dict[str, Any], field: str) -> Story:
    return _open(_story(state, _text(body, field)))


def _open(story: Story) -> Story:
    if story.status == "closed":
        raise ActRefused(f"{story.story_id} is closed: its articles stay as they are")
    return story


def _text(body: dict[str, Any], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not value:
        raise ActRefused(f"{field}: needed, as text")
    return value


ACTS: dict[str, Act] = {
    "move": _move,
    "merge": _merge,
    "split": _split,
    "pin": _pin,
    "block": _block,
    "note": _write,
    "erase": _erase,
}
