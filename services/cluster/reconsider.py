"""Young decisions are taken again: does an article near the latest arrival belong with it, not where it is?

While a story is small, a member may have joined the nearest of what there was then. Once the story that it
belongs to has grown beside it, it moves, if its lead there is clear and it would join by a margin.
"""

from __future__ import annotations

import numpy as np

from dateline.changes import StoryChange
from services.cluster import evidence
from services.cluster.assign import direct, look
from services.cluster.index import close_query, open_query, products
from services.cluster.revise import reassign
from services.cluster.state import State
from services.cluster.story import UNIT, Node, Story


def reconsider(state: State, story: Story, neighbours: tuple[str, ...]) -> list[StoryChange]:
    """Move to a story that grew those of the arrival's neighbours (by id) that now clearly belong there."""
    if story.own < 2 or story.pinned:
        return []
    said: list[StoryChange] = []
    near = (state.articles[each] for each in dict.fromkeys(neighbours))
    young = [node for node in near if _may_move(state, node, story)][: state.parameters.review_stories]
    for node in young:
        home = state.stories[node.story_id]
        if home.own < 2:  # another has just left it
            continue
        lead = direct(state, node, [story])[0].base - similarity_at_home(state, node, home)
        if lead < state.parameters.young_margin:
            continue
        verdict = look(state, node, home.birth)
        needed = verdict.threshold + state.parameters.merge_margin
        if verdict.best is not None and verdict.best.birth == story.birth and verdict.score >= needed:
            member = evidence.membership(state, node, story, verdict)
            node.score = verdict.score
            said += reassign(state, node, home, story, ("article_reassigned",), member)
    return said


def _may_move(state: State, node: Node, story: Story) -> bool:
    """Whether its decision is young and the machine's own. One that stands alone is merged, not moved."""
    home = state.stories[node.story_id]
    if home is story or node.copy_of is not None or node.pinned or story.story_id in node.blocked:
        return False
    return 2 <= home.own <= state.parameters.review_members and not home.pinned


def similarity_at_home(state: State, node: Node, home: Story) -> float:
    """Mean similarity to the nearest other members of an article's own story, as a score has it."""
    others = [state.articles[each] for each in home.members if each != node.article_id]
    rows = np.array([each.row for each in others if each.copy_of is None], np.int64)
    open_query(state.index, node.vector)
    best = np.sort(products(state.index, rows))[::-1][: state.parameters.near_members]
    close_query(state.index, node.vector)
    return round(int(best.sum(dtype=np.int64)) / (max(1, len(best)) * UNIT), 6)
