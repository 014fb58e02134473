"""Stories become other groups of the same articles: which keep their ids, by which moves, splits, merges.

A story's id goes where most of its articles go; of several that meet, the one that a merge would keep.
A group that no id goes to is split off the story that it has most articles of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dateline.changes import Membership, StoryChange
from services.cluster.assign import found_story
from services.cluster.changes import Draft, change, merge, move_all
from services.cluster.review import keeper
from services.cluster.state import State, schedule, touch
from services.cluster.story import Node, Story

Part = dict[str, list[Node]]  # of a group, its articles by the story they are in


@dataclass(frozen=True)
class Plan:
    """Groups of articles; of each those it was split from; its story on trial; why each article is there."""

    groups: list[list[Node]]
    apart: list[set[int]]
    names: Mapping[str, int]
    why: Mapping[str, Membership]


@dataclass
class Deed:
    """What is being carried out."""

    state: State
    plan: Plan
    targets: list[Story] = field(default_factory=list)
    why: dict[str, Membership] = field(default_factory=dict)
    said: list[StoryChange] = field(default_factory=list)


def regroup(state: State, stories: list[Story], plan: Plan) -> list[StoryChange]:
    """Make the stories what the plan says; nothing is told where they are that already."""
    parts = [_part(group) for group in plan.groups]
    heirs = {story.story_id: _most(story, parts) for story in stories}
    keepers = [
        _keeper(state, [one for one in stories if heirs[one.story_id] == at]) for at in range(len(parts))
    ]
    deed = Deed(state, plan)
    for part, kept in zip(parts, keepers, strict=True):
        deed.targets.append(kept or _founded(state, stories, part))
    deed.why = {name: _named(deed, why) for name, why in plan.why.items()}
    for part, kept, target in zip(parts, keepers, deed.targets, strict=True):
        if kept is None:
            _split_off(deed, part, target)
    for at, part in enumerate(parts):
        for source_id, nodes in part.items():
            source = state.stories[source_id]
            if heirs[source_id] != at and nodes[0].story_id == source_id:
                _move(deed, nodes, source, deed.targets[at], ("article_reassigned",))
    for story in stories:
        target = deed.targets[heirs[story.story_id]]
        if target is not story:
            deed.said += merge(state, target, story, evidence=deed.why, at_rest=True)
    tried = {story.birth for story in stories}
    for target, apart in zip(deed.targets, plan.apart, strict=True):
        from_outside = set(target.apart) - tried
        target.apart = tuple(sorted(from_outside | {deed.targets[each].birth for each in apart}))
        touch(state, target)
    return deed.said


def _part(group: list[Node]) -> Part:
    found: Part = {}
    for node in group:
        found.setdefault(node.story_id, []).append(node)
    return found


def _most(story: Story, parts: list[Part]) -> int:
    """The group that a story's id goes to: most of its articles, the first of several."""
    return max(range(len(parts)), key=lambda at: (len(parts[at].get(story.story_id, ())), -at))


def _keeper(state: State, stories: list[Story]) -> Story | None:
    if not stories:
        return None
    kept = stories[0]
    for other in stories[1:]:
        kept, _ = keeper(state, kept, other)
    return kept


def _founded(state: State, stories: list[Story], part: Part) -> Story:
    """A new story, as still as the one that it is split off."""
    source = _source(stories, part)
    new = found_story(state)
    new.status, new.changed = source.status, source.changed
    schedule(state, new)
    return new


def _source(stories: list[Story], part: Part) -> Story:
    return max(stories, key=lambda one: (len(part.get(one.story_id, ())), -one.birth))


def _named(deed: Deed, why: Membership) -> Membership:
    """Evidence in which the next best story has its real name."""
    if why.runner_up is None or why.runner_up.story_id in deed.state.stories:
        return why
    at = deed.plan.names.get(why.runner_up.story_id)
    other = None if at is None else why.runner_up.model_copy(update={"story_id": deed.targets[at].story_id})
    return why.model_copy(update={"runner_up": other})


def _split_off(deed: Deed, part: Part, new: Story) -> None:
    stories = [deed.state.stories[each] for each in part]
    source = _source(stories, part)
    _move(deed, part[source.story_id], source, new, ("split",))


def _move(deed: Deed, nodes: list[Node], source: Story, target: Story, reasons: tuple[str, ...]) -> None:
    """Move articles; to a story that is new, this is a split."""
    state, founded = deed.state, not target.members
    leaving = Draft(reasons, split_into=(target.story_id,) if founded else ())
    gaining = Draft(
        ("created", *reasons) if founded else reasons, split_from=source.story_id if founded else None
    )
    move_all(state, nodes, source, target, (leaving, gaining), deed.why)
    deed.said += [change(state, source, leaving), change(state, target, gaining)]
