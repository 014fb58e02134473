"""What silence does: stories settle, close and are forgotten, articles expire. All by logical time."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from dateline.changes import StoryChange
from services.cluster.changes import Draft, change, depart, drop_story
from services.cluster.state import State, due_time, forget_vectors, lighten, schedule, touch
from services.cluster.story import Story

AtRest = Callable[[State, Story], tuple[list[StoryChange], int]]  # changes, and acts that they cost


def advance(state: State, at_rest: AtRest) -> tuple[list[StoryChange], bool]:
    """Do what is due, at most `step_stories` acts; returns the changes and whether that was all."""
    changes: list[StoryChange] = []
    acts = 0
    while acts < state.parameters.step_stories:
        if state.expiring and state.expiring[0][0] <= state.clock:
            _, article_id = heapq.heappop(state.expiring)
            done = _expire(state, article_id)
        elif state.due and state.due[0][0] <= state.clock:
            moment, _, story_id = heapq.heappop(state.due)
            done = _next_life(state, story_id, moment)
            if done and done[0].status == "settled":
                second, cost = at_rest(state, state.stories[story_id])
                done += second
                acts += cost
        else:
            return changes, True
        changes += done
        acts += 1
    return changes, False


def _expire(state: State, article_id: str) -> list[StoryChange]:
    node = state.articles.get(article_id)
    if node is None:
        return []
    if not node.story_id:
        if node.arrived + state.parameters.forget_after <= state.clock:
            touch(state, node=state.articles.pop(article_id))
        return []
    if node.expires is None or node.expires > state.clock:
        return []
    return leave(state, article_id, "article_expired")


def leave(state: State, article_id: str, reason: str) -> list[StoryChange]:
    """Take a held article out of its story, with reason; a story that empties is withdrawn."""
    node = state.articles[article_id]
    draft = Draft((reason,))
    story = depart(state, node, draft, reason)
    said = change(state, story, draft)
    if not story.members:
        drop_story(state, story)
    node.pinned, node.blocked, node.copy_of = False, (), None
    lighten(node)
    node.arrived = state.clock  # from now on it is only a revision number, for so long
    heapq.heappush(state.expiring, (state.clock + state.parameters.forget_after, article_id))
    return [said]


def _next_life(state: State, story_id: str, moment: int) -> list[StoryChange]:
    story = state.stories.get(story_id)
    if story is None or due_time(state, story) != moment:
        return []
    if story.status == "closed":
        _forget(state, story)
        return []
    if story.status == "developing":
        story.status = "settled"
        reason = "settled"
    else:
        forget_vectors(state, story)
        story.status = "closed"
        reason = "closed"
    schedule(state, story)
    touch(state, story)
    return [change(state, story, Draft((reason,)))]


def _forget(state: State, story: Story) -> None:
    for article_id in story.members:
        touch(state, node=state.articles.pop(article_id))
    story.members.clear()
    drop_story(state, story)
