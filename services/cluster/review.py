"""Second looks: young decisions are taken again as evidence arrives, with hysteresis.

A story that grew looks at the small ones beside it: what was founded before there was anything to join
joins now. What an editor placed stays.
"""

from __future__ import annotations

from dateline.stories import StoryChange
from services.cluster.changes import merge
from services.cluster.decision import bar, link
from services.cluster.state import State
from services.cluster.story import Story, cross, span_gap_days


def review(state: State, story: Story, nearby: tuple[int, ...]) -> list[StoryChange]:
    """Merge the story with small stories near the article that just joined it."""
    changes: list[StoryChange] = []
    for birth in nearby:
        other_id = state.by_birth.get(birth)
        if other_id is None or birth == story.birth:
            continue
        other = state.stories[other_id]
        if not may_merge(state, story, other):
            continue
        winner, loser = (story, other) if story.birth < other.birth else (other, story)
        changes += merge(state, winner, loser)
        story = winner
    return changes


def may_merge(state: State, one: Story, other: Story) -> bool:
    """Whether two stories are one: near enough by the bar of the larger and a margin."""
    parameters = state.parameters
    if min(one.own, other.own) > parameters.small_story or one.pinned or other.pinned:
        return False
    near = link(cross(one, other), (one.own, other.own), (one.square, other.square), parameters)
    needed = bar(max(one.own, other.own), span_gap_days(one, other), parameters) + parameters.merge_margin
    return near >= needed and not separated(state, one, other)


def separated(state: State, one: Story, other: Story) -> bool:
    """Whether an editor keeps an article of one out of the other, or put one where it is."""
    small, large = (one, other) if len(one.members) <= len(other.members) else (other, one)
    if len(small.members) > 64:
        return False
    nodes = [state.articles[each] for each in small.members]
    return any(node.pinned or large.story_id in node.blocked for node in nodes)
