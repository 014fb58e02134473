"""Second looks: young decisions are taken again as evidence arrives, with hysteresis.

A story that grew looks at the small ones beside it: what was founded before there was anything to join
joins now. What an editor placed stays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from dateline.changes import StoryChange
from services.cluster.assign import direct, look
from services.cluster.changes import merge
from services.cluster.decision import Candidate, Verdict, bar
from services.cluster.divide import Matrix, Places, divide, nearest_mean
from services.cluster.editor import split
from services.cluster.index import close_query, open_query, products
from services.cluster.parameters import Parameters
from services.cluster.representation import Ints
from services.cluster.state import State
from services.cluster.story import UNIT, Node, Story, cohesion, days_between


@dataclass(frozen=True)
class Looks:
    """What was found since the state last changed: verdicts by article, stories by article and birth."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    seen: dict[tuple[str, int], Candidate] = field(default_factory=dict)


def review(state: State, story: Story, nearby: tuple[int, ...]) -> list[StoryChange]:
    """Merge the story with small ones near the article that just joined it, where they now clearly belong."""
    changes = split_in_two(state, story) if nearby else []  # a reprint changes nothing
    if changes:
        return changes
    looked, looks = 0, first_looks(state, story, nearby)
    for birth in nearby:
        other_id = state.by_birth.get(birth)
        if other_id is None or birth == story.birth or looked == state.parameters.review_stories:
            continue
        looked += 1
        other = state.stories[other_id]
        small, large = (
            (other, story) if (other.own, -other.birth) < (story.own, -story.birth) else (story, other)
        )
        if may_merge(state, small, large, looks):
            winner, loser = keeper(state, story, other)
            changes += merge(state, winner, loser)
            story = winner
            looks = Looks()
    return changes


def first_looks(state: State, story: Story, nearby: tuple[int, ...]) -> Looks:
    """A story of one article and those near it, seen in one go: what most reviews ask."""
    looks = Looks()
    if story.own == 1 and nearby:
        (node,) = (state.articles[each] for each in story.members if state.articles[each].copy_of is None)
        others = [state.stories[state.by_birth[each]] for each in nearby[: state.parameters.review_stories]]
        for found in direct(state, node, others):
            looks.seen[node.article_id, found.birth] = found
    return looks


def split_in_two(state: State, story: Story) -> list[StoryChange]:
    """Split a story that has turned out to be two; the other members go with the part nearer to them."""
    parameters = state.parameters
    if story.own not in parameters.split_sizes or story.pinned:
        return []
    nodes = [state.articles[each] for each in story.members if state.articles[each].copy_of is None]
    if any(node.pinned for node in nodes):
        return []
    known = sample(nodes, parameters.split_sample)
    similar = similarities(state, known)
    parts = divide(similar, np.array([len(node.vector.ids) for node in known]), parameters)
    if parts is None:
        return []
    if len(nodes) < parameters.split_large:
        one, other = (similar[:, part].mean(axis=1).round(6) for part in parts)
    else:
        one, other = nearness(state, nodes, known, parts)
    leaving = [node for at, node in enumerate(nodes) if other[at] > one[at]]
    reprints = [state.articles[copy] for node in leaving for copy in state.copies.get(node.article_id, {})]
    moved = [*leaving, *(each for each in reprints if each.story_id == story.story_id)]
    said = split(state, story, [moved], ("split",))
    for change in said[1:]:
        new = state.stories[change.story_id]
        new.apart = (*story.apart, story.birth)
        story.apart = (*story.apart, new.birth)
    return said


def sample(nodes: list[Node], most: int) -> list[Node]:
    """So many members of a large story: half of them the newest, the others evenly from before."""
    if len(nodes) <= most:
        return nodes
    ordered = sorted(nodes, key=lambda each: each.serial)
    few = most // 2
    older = ordered[:-few]
    return [*(older[at * len(older) // few] for at in range(few)), *ordered[-few:]]


def nearness(
    state: State, nodes: list[Node], known: list[Node], parts: tuple[Places, Places]
) -> tuple[Matrix, Matrix]:
    """How near each member is to the nearest of either part, itself left out: its score at each."""
    rows = np.array([node.row for node in known], np.int64)
    found: tuple[list[float], list[float]] = ([], [])
    for node in nodes:
        similar = row_of(state, node, rows)
        for part, scores in zip(parts, found, strict=True):
            others = similar[part[rows[part] != node.row]]
            scores.append(float(nearest_mean(others[None], state.parameters.near_members)[0]))
    return np.array(found[0]), np.array(found[1])


def similarities(state: State, nodes: list[Node]) -> Matrix:
    """Similarity of each member to each."""
    rows = np.array([node.row for node in nodes], np.int64)
    return np.array([row_of(state, node, rows) for node in nodes])


def row_of(state: State, node: Node, rows: Ints) -> Matrix:
    """Similarity of an article to those in these rows of the index."""
    open_query(state.index, node.vector)
    similar: Matrix = products(state.index, rows) / UNIT
    close_query(state.index, node.vector)
    return similar


def may_merge(state: State, small: Story, large: Story, looks: Looks) -> bool:
    """Whether two stories have turned out one: all of a small one would join, or two large ones are alike."""
    if (
        not small.own
        or small.pinned
        or large.pinned
        or small.birth in large.apart
        or large.birth in small.apart
    ):
        return False
    if separated(state, small, large):
        return False
    if small.own >= state.parameters.merge_from:
        return alike(small, large, state.parameters)
    return all(_would_join(state, each, small, large, looks) for each in small.members)


def keeper(state: State, one: Story, other: Story) -> tuple[Story, Story]:
    """Of two stories that merge, the one that keeps its id and the other: public before not, then older."""
    first, second = sorted((one, other), key=lambda each: (not public(state, each), each.birth))
    return first, second


def public(state: State, story: Story) -> bool:
    """Whether a story has the publishers that make it public. Reprints count; no publisher counts as one."""
    found: set[str] = set()
    for each in story.members:
        found.add(state.articles[each].publisher)
        if len(found) >= state.parameters.public_from:
            return True
    return False


def alike(one: Story, other: Story, parameters: Parameters) -> bool:
    """Whether the members of two stories are nearly as similar across as they are within.

    A share, not a score: it means the same for titles and for texts, in a dense field and in a sparse one.
    """
    _, left, right = np.intersect1d(one.ids, other.ids, assume_unique=True, return_indices=True)
    across = float(one.sums[left] @ other.sums[right]) / (UNIT * one.own * other.own)
    within = math.sqrt(max(0.0, (cohesion(one) or 0.0) * (cohesion(other) or 0.0)))
    needed = parameters.merge_ratio + parameters.merge_gap * math.log1p(days_between(one, other))
    return round(across, 6) >= round(within * needed, 6)


def _would_join(state: State, article_id: str, small: Story, large: Story, looks: Looks) -> bool:
    node = state.articles[article_id]
    if node.copy_of is not None:
        return True
    margin = state.parameters.merge_margin * moved(state, small, large)
    seen = looks.seen.get((article_id, large.birth)) or direct(state, node, [large])[0]
    if _out_of_reach(seen, margin, state.parameters):
        return False
    verdict = looks.verdicts.get(article_id)
    if verdict is None:
        verdict = looks.verdicts[article_id] = look(state, node, small.birth)
    best = verdict.best
    return best is not None and best.birth == large.birth and verdict.score >= verdict.threshold + margin


def moved(state: State, small: Story, large: Story) -> float:
    """Articles that would change their story, each of them more than once where readers know it.

    That is a small one's; or those of a large one that is public, if the small one is older and public too.
    """
    _, loser = keeper(state, small, large)
    if loser is large and public(state, large):
        return large.own * state.parameters.merge_public
    return small.own * (state.parameters.merge_public if public(state, small) else 1.0)


def _out_of_reach(seen: Candidate, margin: float, parameters: Parameters) -> bool:
    """Whether no look could find the story near enough: with all members read and no cohort it is too far."""
    if seen.size > parameters.near_articles:
        return seen.base < parameters.threshold + margin
    return seen.base < bar(seen._replace(same_publisher=False), parameters) + margin


def separated(state: State, one: Story, other: Story) -> bool:
    """Whether an editor keeps an article of one out of the other, or put one where it is."""
    small, large = (one, other) if len(one.members) <= len(other.members) else (other, one)
    if len(small.members) > 64:
        return False
    nodes = [state.articles[each] for each in small.members]
    return any(node.pinned or large.story_id in node.blocked for node in nodes)
