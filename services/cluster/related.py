"""Stories of two languages about one event: linked by what survives translation, never made one.

Each story's places, numbers and names (`names.mark_of`, of its articles' heaviest words) are weighed by how
few live stories have them. A link holds until its score has fallen clearly below what made it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from dateline.changes import StoryChange
from services.cluster.changes import Draft, change
from services.cluster.names import count, is_figure, marks_of
from services.cluster.state import State, touch
from services.cluster.story import Node, Story, days_between

Links = tuple[tuple[str, float], ...]
Weights = dict[str, float]
SMOOTHING = 20  # stories added to the live ones, so that a young stream knows what is rare


def relate(state: State, said: Iterable[StoryChange]) -> list[StoryChange]:
    """The links that changes made, moved or cut: a change for each story whose links are others now."""
    if len(state.marks.languages) < 2 and not state.marks.linked:
        return []
    _fill(state)
    before: dict[str, Links] = {}
    for story_id in dict.fromkeys(each.story_id for each in said if each.joined or each.left or each.revised):
        story = state.stories.get(story_id)
        if story is not None and story.status != "closed":
            _link(state, story, before)
    for gone in [each for each in state.marks.linked if each not in state.stories]:
        for other_id in sorted(state.marks.linked.pop(gone)):
            _note(state, other_id, gone, 0.0, before)
    changed = [state.stories[each] for each, links in before.items() if state.stories[each].related != links]
    return [change(state, story, Draft(("related",), related=True)) for story in changed]


def relation(state: State, one: Story, other: Story) -> tuple[float, bool]:
    """How much of what two stories name they have in common (0 to 1), and whether that makes a link."""
    parameters = state.parameters
    left, right = _weights(state, one), _weights(state, other)
    common = left.keys() & right.keys()
    if language_of(state, one) == language_of(state, other) or not common:
        return 0.0, False
    product = sum(left[mark] * right[mark] for mark in sorted(common))
    score = round(product / math.sqrt(_square(left) * _square(right)), 3)
    by_figure = any(map(is_figure, common)) and len(common) >= parameters.figure_marks
    by_names = len(common) >= parameters.related_marks
    near = days_between(one, other) <= parameters.related_days
    needed = parameters.figure_from if by_figure else parameters.related_from if by_names else 2.0
    return score, near and score >= needed * (parameters.related_keep if _linked(one, other) else 1.0)


def language_of(state: State, story: Story) -> str:
    """The language of most of a story's latest articles; empty where it holds reprints alone."""
    counts = Counter(node.language for node in _latest(state, story))
    return min(counts, key=lambda each: (-counts[each], each), default="")


def _link(state: State, story: Story, before: dict[str, Links]) -> None:
    held = dict(story.related)
    for other_id in dict.fromkeys([*held, *_sharing(state, story)]):
        other = state.stories.get(other_id)
        if other is None or other.status == "closed":
            continue
        score, holds = relation(state, story, other)
        if not holds:
            score = 0.0
        if abs(score - held.get(other_id, 0.0)) >= (state.parameters.related_step if holds else 1e-9):
            _note(state, story.story_id, other_id, score, before)
            _note(state, other_id, story.story_id, score, before)


def _sharing(state: State, story: Story) -> list[str]:
    """Stories that name most of what this one names and few others do."""
    found: Counter[int] = Counter()
    for mark in sorted(_named(state, story)):
        holders = state.marks.holders[mark]
        if len(holders) <= state.parameters.related_holders:
            found.update(holders.keys())
    found.pop(story.birth, None)
    best = sorted(
        (-shared, birth) for birth, shared in found.items() if shared >= state.parameters.figure_marks
    )
    language = language_of(state, story)
    stories = (state.stories[state.by_birth[birth]] for _, birth in best)
    others = [each.story_id for each in stories if language_of(state, each) != language]
    return others[: state.parameters.related_stories]


def _note(state: State, story_id: str, other_id: str, score: float, before: dict[str, Links]) -> None:
    """Set one side of a link; 0 cuts it."""
    story = state.stories.get(story_id)
    if story is None:
        return
    before.setdefault(story_id, story.related)
    links = dict(story.related) | {other_id: score}
    story.related = tuple(sorted((each, value) for each, value in links.items() if value))
    if story.related:
        state.marks.linked[story_id] = {each for each, _ in story.related}
    else:
        state.marks.linked.pop(story_id, None)
    touch(state, story)


def _weights(state: State, story: Story) -> Weights:
    """What a story names, weighed by how many of its articles do and how few stories."""
    stories, named = len(state.by_birth) + SMOOTHING, _named(state, story)
    articles = len(_latest(state, story))
    return {
        mark: math.sqrt(times / articles) * math.log(stories / len(state.marks.holders[mark]))
        for mark, times in sorted(named.items())
    }


def _named(state: State, story: Story) -> Counter[str]:
    return Counter(mark for node in _latest(state, story) for mark in marks_of(node.words))


def _latest(state: State, story: Story) -> list[Node]:
    nodes = [state.articles[each] for each in reversed(story.members)]
    return [node for node in nodes if node.copy_of is None][: state.parameters.related_members]


def _square(weights: Weights) -> float:
    return sum(weight * weight for weight in weights.values())


def _linked(one: Story, other: Story) -> bool:
    return any(each == other.story_id for each, _ in one.related)


def _fill(state: State) -> None:
    """Count what all live stories name, once there is a second language."""
    if state.marks.filled:
        return
    state.marks.filled = True
    for story_id in state.by_birth.values():
        story = state.stories[story_id]
        for node in (state.articles[each] for each in story.members):
            if node.copy_of is None:
                count(state.marks, story.birth, node.words, 1)
