"""What came out of order is decided once more at rest: as it was published, with today's word frequencies.

A decision rests on what had come before it, and an article's weights on the words of that moment. When all
stories near each other are still, and an article of theirs had come late, their articles are decided anew,
one after the other as they were published. What comes of it follows from which articles there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from dateline.changes import Membership, StoryChange
from services.cluster import evidence
from services.cluster.assign import candidates, found_story
from services.cluster.changes import drop_story
from services.cluster.counted import weigh_again
from services.cluster.decision import judge
from services.cluster.index import close_query, near_rows, open_query, products
from services.cluster.parameters import DAY
from services.cluster.reconsider import reconsider
from services.cluster.regroup import Plan, regroup
from services.cluster.representation import containment
from services.cluster.review import review
from services.cluster.state import State, displace, in_order, number, place, touch, unindex
from services.cluster.story import UNIT, Node, Story, published


class Rested(NamedTuple):
    """What came of a rest, and how many articles were looked at for it."""

    changes: list[StoryChange]
    looked: int


@dataclass
class Anew:
    """A decision on trial: its stories by birth, and why each article is where it is."""

    stories: dict[int, Story] = field(default_factory=dict)
    why: dict[str, Membership] = field(default_factory=dict)


def note_order(state: State, node: Node, nearby: Iterable[int]) -> None:
    """Remember that an article came out of order: one near it was published clearly later."""
    if node.published is None or node.copy_of is not None:
        return
    bound = node.published + state.parameters.rest_late
    for birth in nearby:
        near = state.stories.get(state.by_birth.get(birth, ""))
        if near is not None and near.last is not None and near.last > bound:
            disordered(state, state.stories[node.story_id])
            return


def disordered(state: State, story: Story) -> None:
    """This story is to be decided anew when it and those near it are at rest."""
    if not story.disordered:
        story.disordered = True
        touch(state, story)


def rest(state: State, story: Story) -> Rested:
    """A story has come to rest: decide what hangs together with it anew, once all of that is at rest."""
    if not story.disordered or not story.own or edited(state, story):
        return Rested([], 0)
    stories, looked = neighbourhood(state, story)
    if not stories:
        return Rested([], looked)
    for each in stories:
        each.disordered = False
        touch(state, each)
    plan = decide_anew(state, stories)
    return Rested(regroup(state, stories, plan) if plan is not None else [], 3 * looked)


def neighbourhood(state: State, story: Story) -> tuple[list[Story], int]:
    """The stories that hang together by an article near another's, the oldest first; and how many were asked.

    Empty where one of them is not at rest (its own rest will ask), where they are too many, and where there
    is nothing to decide.
    """
    found, looked = {story.birth: story}, 0
    waiting = [story]
    for each in waiting:
        looked += len(each.members)
        if looked > state.parameters.rest_articles:
            story.disordered = False
            return [], looked - len(each.members)
        for birth in near_stories(state, each):
            other = state.stories[state.by_birth[birth]]
            if birth in found or edited(state, other):
                continue
            if other.status == "developing":
                disordered(state, other)
                return [], looked
            found[birth] = other
            waiting.append(other)
    return sorted(waiting, key=lambda one: one.birth) if looked > 1 else [], looked


def near_stories(state: State, story: Story) -> dict[int, None]:
    """The births of stories with an article near enough to one of this story, for the days between them."""
    parameters, index = state.parameters, state.index
    found: dict[int, None] = {}
    for node in own(state, story):
        open_query(index, node.vector)
        rows = near_rows(index, node.vector, parameters.near_articles)
        scores = (products(index, rows) / UNIT).tolist()
        close_query(index, node.vector)
        for row, birth, score in zip(rows.tolist(), index.story.take(rows).tolist(), scores, strict=True):
            if birth != story.birth and score >= parameters.rest_threshold:
                gap = days(node, state.articles[index.names[row]])
                raised = parameters.gap_weight * gap / (gap + parameters.gap_days)
                if score >= parameters.rest_threshold + raised:
                    found[birth] = None
    return found


def days(one: Node, other: Node) -> float:
    """Days between two articles: by dates where both have one, else by arrival."""
    if one.published is not None and other.published is not None:
        return abs(one.published - other.published) / DAY
    return abs(one.arrived - other.arrived) / DAY


def own(state: State, story: Story) -> list[Node]:
    """A story's articles, reprints left out."""
    return [node for each in story.members if (node := state.articles[each]).copy_of is None]


def edited(state: State, story: Story) -> bool:
    """Whether an editor has had a word in a story: it stays as it is."""
    return story.pinned or any(
        state.articles[each].pinned or state.articles[each].blocked for each in story.members
    )


def decide_anew(state: State, stories: list[Story]) -> Plan | None:
    """How these stories' articles group now; the stories are left as they were, the weights are today's.

    None where an article would join a story that is none of these: then all stays.
    """
    held = on_trial(state, stories)
    homes = {node.article_id: (state.stories[node.story_id], node) for node in held}
    for node in held:
        displace(state, state.stories[node.story_id], node)
        unindex(state, node)
    for story in stories:
        del state.by_birth[story.birth]
    anew, nodes = Anew(), first_published(state, [replace(node) for node in sorted(held, key=published)])
    whole = all(decided(state, anew, node) for node in nodes)
    plan = planned(state, anew) if whole else None
    for node in nodes:
        if node.story_id:
            displace(state, state.stories[node.story_id], node)
    for one in anew.stories.values():
        drop_story(state, one)
        del state.dirty[0][one.story_id]
    for story in stories:
        state.by_birth[story.birth] = story.story_id
    for node in nodes:
        home, before = homes[node.article_id]
        take_home(state, home, before, node if whole else None)
    for story in stories:
        in_order(state, story)
    return plan


def on_trial(state: State, stories: list[Story]) -> list[Node]:
    """The articles of these stories, and the reprints of which the original is among them."""
    members = [state.articles[each] for story in stories for each in story.members]
    originals = {node.article_id for node in members if node.copy_of is None}
    return [node for node in members if (node.copy_of or node.article_id) in originals]


def first_published(state: State, nodes: list[Node]) -> list[Node]:
    """Of texts that repeat each other the one published first becomes the original, whichever came first."""
    families: dict[str, list[Node]] = {}
    for node in nodes:  # as published
        families.setdefault(node.copy_of or node.article_id, []).append(node)
    for name, family in families.items():
        if family[0].article_id != name:
            _new_originals(state, name, family)
    return nodes


def _new_originals(state: State, name: str, family: list[Node]) -> None:
    """An article and its reprints, as published: which of them are originals now, and what repeats which."""
    known = {node.article_id: node.score for node in family}
    originals: list[Node] = []
    for node in family:
        node.copy_of, shares = None, [0.0]
        for other in originals:
            pair = {node.article_id, other.article_id}
            shares.append(known[(pair - {name}).pop()] if name in pair else repeated(node, other))
        if max(shares) >= state.parameters.copy_containment:
            node.score = max(shares)
            node.copy_of = originals[shares.index(node.score) - 1].article_id
        else:
            originals.append(node)


def repeated(one: Node, other: Node) -> float:
    """How much of one text is in the other, by their shingles."""
    common = len(np.intersect1d(one.shingles, other.shingles, assume_unique=True))
    return containment(one.shingles, other.shingles, common)


def take_home(state: State, home: Story, before: Node, after: Node | None) -> None:
    """An article is a member of its story again, as the trial has made it, or (None) as it was before."""
    node = before if after is None else after
    if after is None:
        tried = state.articles[before.article_id]
        if tried is not before:
            unindex(state, tried)
        node.serial = number(state)
    node.joined = before.joined
    state.articles[node.article_id] = node
    place(state, home, node)


def decided(state: State, anew: Anew, node: Node) -> bool:
    """Decide an article as if it arrived now, on trial; False where it would join a story not on trial."""
    if node.copy_of is not None:
        _repeats(state, anew, node)
        return True
    again = weigh_again(
        node.vector, node.counted, node.words, state.frequency, len(state.by_birth), state.parameters
    )
    node.vector, node.counted, node.words = again
    open_query(state.index, node.vector)
    found = candidates(state, node)
    close_query(state.index, node.vector)
    verdict = judge(found, state.parameters)
    if verdict.joins and verdict.best is not None:
        if verdict.best.birth not in anew.stories:
            return False
        story = anew.stories[verdict.best.birth]
        anew.why[node.article_id] = evidence.membership(state, node, story, verdict)
        node.score = verdict.score
    else:
        story = found_story(state)
        anew.stories[story.birth] = story
        anew.why[node.article_id] = evidence.founder()
        node.score = 1.0
    node.serial = node.joined = number(state)
    state.articles[node.article_id] = node
    place(state, story, node)
    near = [each for each in found if each.base >= state.parameters.threshold and each.birth in anew.stories]
    near.sort(key=lambda each: (-each.base, each.birth))
    for said in review(state, story, tuple(each.birth for each in near)):
        if said.story_id in state.stories:
            split_off = state.stories[said.story_id]
            anew.stories[split_off.birth] = split_off
    neighbours = tuple(state.index.names[row] for each in near for row in each.nearest)
    reconsider(state, state.stories[node.story_id], neighbours)
    return True


def _repeats(state: State, anew: Anew, node: Node) -> None:
    """A reprint goes where its original is."""
    assert node.copy_of is not None
    anew.why[node.article_id] = evidence.copied(node.score, state.parameters.copy_containment, node.copy_of)
    node.serial = node.joined = number(state)
    state.articles[node.article_id] = node
    place(state, state.stories[state.articles[node.copy_of].story_id], node)


def planned(state: State, anew: Anew) -> Plan:
    """The outcome of a trial."""
    live = [one for one in anew.stories.values() if one.story_id in state.stories]
    places = {one.birth: at for at, one in enumerate(live)}
    return Plan(
        [[state.articles[each] for each in one.members] for one in live],
        [{places[birth] for birth in one.apart if birth in places} for one in live],
        {one.story_id: at for at, one in enumerate(live)},
        anew.why,
    )
