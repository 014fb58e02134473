"""An article changes or goes: revisions stay unless they clearly belong elsewhere; a retraction takes all
traces, hands reprints to the earliest of them, and lets those be looked at again who came through it.
"""

from __future__ import annotations

import heapq

from dateline.articles import Article, Retraction
from dateline.changes import Membership, Revised, StoryChange
from services.cluster import evidence
from services.cluster.assign import candidates, found_story, new_node
from services.cluster.changes import Draft, change, drop_story, move_all
from services.cluster.decision import Verdict, judge
from services.cluster.index import close_query, open_query
from services.cluster.lifecycle import leave
from services.cluster.representation import Prepared
from services.cluster.state import State, displace, enter, number, place, stir, touch, unindex
from services.cluster.story import Node, Story


def revise(state: State, article: Article, prepared: Prepared) -> list[StoryChange]:
    """Apply a new revision of an article that is held."""
    held = state.articles[article.article_id]
    story = state.stories[held.story_id]
    if story.status == "closed":
        held.revision += 1
        held.expires = prepared.expires
        _queue_expiry(state, held)
        touch(state, node=held)
        revised = Revised(article_id=held.article_id, revision=held.revision, article=article)
        return [change(state, story, Draft(("article_revised",), revised=[revised]))]
    node = _replace(state, held, story, prepared)
    verdict, member = _look_again(state, node, story)
    _queue_expiry(state, node)
    stir(state, story)
    revised = Revised(
        article_id=node.article_id,
        revision=node.revision,
        article=article,
        membership=member,
        near_copy_of=node.copy_of,
    )
    reasons = ("article_revised", "correction") if article.correction else ("article_revised",)
    said = [change(state, story, Draft(reasons, revised=[revised]))]
    return said + _move_if_clear(state, node, story, verdict)


def _queue_expiry(state: State, node: Node) -> None:
    if node.expires is not None:
        heapq.heappush(state.expiring, (node.expires, node.article_id))


def retract(state: State, retraction: Retraction) -> list[StoryChange]:
    """Take a held article out; nothing where it is not held."""
    node = state.articles.get(retraction.article_id)
    if node is None or not node.story_id:
        return []
    reason = "article_withheld" if retraction.status == "withheld" else "article_retracted"
    return remove_article(state, node, reason)


def remove_article(state: State, node: Node, reason: str) -> list[StoryChange]:
    """Take an article out; its reprints get a new original, those who came through it another look."""
    story = state.stories[node.story_id]
    orphans = list(state.copies.get(node.article_id, {}))
    if orphans and story.status != "closed":
        _new_original(state, orphans)
    said = leave(state, node.article_id, reason)
    if story.status != "closed" and story.story_id in state.stories:
        said += _look_at_rest(state, story)
    return said


def _replace(state: State, held: Node, story: Story, prepared: Prepared) -> Node:
    """Swap an article's vector, dates and shingles for those of its new revision."""
    orphans = list(state.copies.get(held.article_id, {}))
    if orphans:
        _new_original(state, orphans)
    displace(state, story, held)
    unindex(state, held)
    node, original = new_node(state, prepared, held.arrived, held.revision + 1)
    node.pinned, node.blocked, node.joined, node.score = held.pinned, held.blocked, held.joined, held.score
    if original is not None and original[0].story_id == story.story_id:
        node.copy_of = original[0].article_id
    state.articles[node.article_id] = node
    place(state, story, node)
    story.members = dict.fromkeys(sorted(story.members, key=lambda each: state.articles[each].joined))
    return node


def _look_again(state: State, node: Node, story: Story) -> tuple[Verdict, Membership]:
    """The verdict on a member as if it were not there yet; it is put back."""
    displace(state, story, node)
    story.members = dict(story.members)
    open_query(state.index, node.vector)
    found = [each for each in candidates(state, node) if each.size]
    close_query(state.index, node.vector)
    verdict = judge(found, state.parameters)
    member = evidence.membership(state, node, story, verdict) if story.own else evidence.founder()
    place(state, story, node)
    story.members = dict.fromkeys(sorted(story.members, key=lambda each: state.articles[each].joined))
    return verdict, member


def _move_if_clear(state: State, node: Node, story: Story, verdict: Verdict) -> list[StoryChange]:
    """Reassign where another story is nearer by the hysteresis; reprints and pinned articles stay."""
    best = verdict.best
    if node.pinned or node.copy_of or best is None or best.birth == story.birth or not verdict.joins:
        return []
    target_id = state.by_birth.get(best.birth)
    own = verdict.runner_up if verdict.runner_up and verdict.runner_up.birth == story.birth else None
    lead = best.base - (own.base if own else 0.0)
    if target_id is None or lead < state.parameters.reassign_margin:
        return []
    return reassign(state, node, story, state.stories[target_id], ("article_reassigned",))


def reassign(
    state: State,
    node: Node,
    source: Story,
    target: Story,
    reasons: tuple[str, ...],
    member: Membership | None = None,
) -> list[StoryChange]:
    """Move one article (and its reprints): the losing story's change first, then the gaining one's."""
    leaving, gaining = Draft(reasons), Draft(reasons)
    reprints = [state.articles[each] for each in state.copies.get(node.article_id, {})]
    moved = [node, *(each for each in reprints if each.story_id == source.story_id and not each.pinned)]
    known = {node.article_id: member} if member else {}
    move_all(state, moved, source, target, (leaving, gaining), known)
    stir(state, target)
    said = [change(state, source, leaving), change(state, target, gaining)]
    if not source.members:
        drop_story(state, source)
    return said


def _new_original(state: State, orphans: list[str]) -> None:
    """The earliest reprint becomes the original of the others."""
    first, *others = sorted((state.articles[each] for each in orphans), key=lambda each: each.joined)
    home = state.stories[first.story_id]
    for node in (first, *others):
        where = state.stories[node.story_id]
        displace(state, where, node)
        node.copy_of = None if node is first else first.article_id
        node.story_id = where.story_id
        if node is first and home.status != "closed":
            unindex_copy(state, node)
        place(state, where, node)
        where.members = dict.fromkeys(sorted(where.members, key=lambda each: state.articles[each].joined))


def unindex_copy(state: State, node: Node) -> None:
    """Turn a reprint into an article that others can be near to."""
    row = node.row
    if row >= 0:
        state.index.story[row] = -1
        state.index.serial[row] = 0
        state.index.free.append(row)
    node.serial = number(state)
    enter(state, node, searchable=True)


def _look_at_rest(state: State, story: Story) -> list[StoryChange]:
    """Those who are left in a small story: does each still belong to the others?"""
    if story.pinned or not 2 <= story.own <= state.parameters.review_members:
        return []
    said: list[StoryChange] = []
    for article_id in list(story.members):
        node = state.articles[article_id]
        if node.copy_of or node.pinned or story.own < 2:
            continue
        verdict, _ = _look_again(state, node, story)
        if verdict.joins or verdict.score >= verdict.threshold - state.parameters.reassign_margin:
            said += _move_if_clear(state, node, story, verdict)
        else:
            said += reassign(state, node, story, found_story(state), ("split",))
    return said
