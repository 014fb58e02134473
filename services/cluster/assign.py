"""An article arrives: is it a copy, which story is nearest, is that near enough?"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np

from dateline.articles import Article
from dateline.changes import Joined, Membership
from services.cluster import evidence
from services.cluster.boilerplate import HABIT_REACH, SHARED_REACH, boilerplate, without
from services.cluster.copies import Found, Seen, look_up
from services.cluster.counted import counted
from services.cluster.decision import Candidate, Verdict, judge
from services.cluster.dense import NONE, agreement
from services.cluster.index import close_query, near_rows, open_query, products, sharing
from services.cluster.parameters import Parameters
from services.cluster.representation import Ints, Prepared, containment, first_words, weigh
from services.cluster.state import State, number, place, stir
from services.cluster.story import UNIT, Node, Story, gap_days


@dataclass(frozen=True)
class Assigned:
    """Where an article went: the story, whether it is new, the evidence, stories and articles near it."""

    story: Story
    founded: bool
    reopened: bool
    joined: Joined
    nearby: tuple[int, ...]
    neighbours: tuple[str, ...] = ()


Original = tuple[Node, float]


def new_node(state: State, prepared: Prepared, arrived: int, revision: int) -> tuple[Node, Original | None]:
    """An article made comparable with this moment's statistics, without what is boilerplate; its original.

    That is phrases that half of its publisher's articles have; and text that it has in common with an
    article whose title is about something else (a cookie notice, a bot wall, a teaser list).
    """
    seen = look_up(state.index.copies, prepared.shingles)
    usual = boilerplate(state.index, prepared.publisher, seen, state.parameters)
    node = _weighed(state, prepared, usual, HABIT_REACH, arrived, revision)
    original = find_original(state, seen, usual)
    if original is not None and not _about(prepared, original[0], state.parameters):
        repeated = np.isin(seen.shingles, original[0].shingles)
        usual = repeated if usual is None else usual | repeated
        again = _weighed(state, prepared, usual, SHARED_REACH, arrived, revision)
        node = replace(again, serial=node.serial, dense=NONE)  # it has read what is not its own
        original = find_original(state, seen, usual)
    return node, original


def _weighed(
    state: State, prepared: Prepared, usual: Found | None, reach: int, arrived: int, revision: int
) -> Node:
    said = prepared
    if usual is not None:
        said = without(prepared, prepared.shingles[usual], reach, state.parameters)
    vector = weigh(said, state.frequency, len(state.by_birth), state.parameters)
    return Node(
        prepared.article_id, revision, "", 0, vector, prepared.shingles, first_words(said, vector),
        prepared.published, arrived, prepared.publisher, prepared.language, prepared.expires,
        serial=number(state), counted=counted(said, vector), dense=prepared.dense,
    )  # fmt: skip  # a row of values


def _about(prepared: Prepared, original: Node, parameters: Parameters) -> bool:
    """Whether an article's title is about the article whose text it repeats.

    That the title stands in its own text proves nothing: a page may be its headline and a cookie notice.
    """
    if not len(prepared.title_ids):
        return True
    same = prepared.publisher and prepared.publisher == original.publisher
    needed = parameters.copy_title_own if same else parameters.copy_title
    return float(np.isin(prepared.title_ids, original.vector.ids).mean()) >= needed


def assign(state: State, node: Node, origin: Original | None, article: Article | None) -> Assigned:
    """Find the article's story, that of what it repeats if it does, or found one."""
    if origin is not None:
        reopened = state.stories[origin[0].story_id].status == "settled"
        story, member = _as_copy(state, node, *origin)
        return Assigned(story, False, reopened, _joined(node, article, member), ())
    open_query(state.index, node.vector)
    found = candidates(state, node)
    close_query(state.index, node.vector)
    verdict = judge(found, state.parameters)
    near = [each for each in found if each.base >= state.parameters.threshold]
    near.sort(key=lambda each: (-each.base, each.birth))
    nearby = tuple([each.birth for each in near])
    neighbours = tuple([state.index.names[row] for each in near for row in each.nearest])
    if verdict.joins and verdict.best is not None:
        story = state.stories[state.by_birth[verdict.best.birth]]
        member = evidence.membership(state, node, story, verdict)
        node.score = verdict.score
        reopened = story.status == "settled"
        join(state, story, node)
        return Assigned(story, False, reopened, _joined(node, article, member), nearby, neighbours)
    story = found_story(state)
    join(state, story, node)
    return Assigned(story, True, False, _joined(node, article, evidence.founder()), nearby, neighbours)


def look(state: State, node: Node, without: int) -> Verdict:
    """The verdict on a held article as if it arrived now and one story (by birth) were not there."""
    open_query(state.index, node.vector)
    found = [each for each in candidates(state, node) if each.birth != without]
    verdict = judge(found, state.parameters)
    close_query(state.index, node.vector)
    return verdict


def candidates(state: State, node: Node) -> list[Candidate]:
    """Stories of the articles most like this one, each with its members nearest to the open query."""
    parameters, index = state.parameters, state.index
    if len(node.vector.ids) < parameters.least_terms:
        return []
    rows = near_rows(index, node.vector, parameters.near_articles)
    if node.row >= 0:
        rows = rows[rows != node.row]  # one that is looked at again is no neighbour of itself
    found: list[Candidate] = []
    for birth, near in nearest_members(state, node, rows).items():
        story = state.stories[state.by_birth[birth]]
        if story.story_id in node.blocked or not story.own:
            continue
        found.append(candidate(state, node, story, near))
        if len(found) == parameters.candidate_stories:
            break
    return found


def candidate(state: State, node: Node, story: Story, near: list[tuple[int, int]]) -> Candidate:
    """A story as this article sees it; `near` are products and rows of its nearest members, best first."""
    few = min(state.parameters.near_members, story.own)
    nearest = near[:few]
    total = sum([product for product, _ in nearest])
    rows = tuple([row for _, row in nearest])
    publishers = state.index.publishers
    same = bool(node.publisher) and node.publisher in [publishers[row] for row in rows]
    gap = gap_days(node.published, node.arrived, story)
    return Candidate(story.birth, round(total / (few * UNIT), 6), story.own, gap, same, rows)


def nearest_members(state: State, node: Node, rows: Ints) -> dict[int, list[tuple[int, int]]]:
    """Story → (product with the node's open query, row) of its members among these rows, best first."""
    scores = products(state.index, rows)
    if len(node.dense):
        meant = agreement(node.dense, state.index.dense.take(rows, 0), state.parameters)
        scores += np.rint(meant * UNIT).astype(np.int64)
    order = np.lexsort((state.index.serial.take(rows), -scores))
    rows = rows.take(order)
    found: dict[int, list[tuple[int, int]]] = {}
    near = zip(scores.take(order).tolist(), rows.tolist(), strict=True)
    for birth, pair in zip(state.index.story.take(rows).tolist(), near, strict=True):
        if birth in found:
            found[birth].append(pair)
        else:
            found[birth] = [pair]
    return found


def direct(state: State, node: Node, stories: list[Story]) -> list[Candidate]:
    """Stories as an article sees them, their latest members read: what `candidates` finds by terms."""
    latest = [each for story in stories for each in list(story.members)[-state.parameters.near_articles :]]
    nodes = [state.articles[each] for each in latest]
    rows = [each.row for each in nodes if each.copy_of is None]
    open_query(state.index, node.vector)
    near = nearest_members(state, node, np.array(rows, np.int64))
    close_query(state.index, node.vector)
    return [candidate(state, node, story, near.get(story.birth, [])) for story in stories]


def find_original(state: State, seen: Seen, usual: Found | None) -> Original | None:
    """The article that these shingles, but the usual ones, repeat, by containment, and how much of it."""
    least = state.parameters.copy_min_shingles
    if seen.hits < least and not seen.spilt:
        return None
    told = None if usual is None else ~usual
    telling = seen.shingles if told is None else seen.shingles[told]
    if len(telling) < least:
        return None
    best: tuple[float, int, Node] | None = None
    for row, common in sharing(state.index, seen, told, least):
        other, serial = _node_of(state, row), int(state.index.serial[row])
        share = containment(telling, other.shingles, common) if other else 0.0
        if (
            other
            and share >= state.parameters.copy_containment
            and (best is None or (-share, serial) < (-best[0], best[1]))
        ):
            best = (share, serial, other)
    return (best[2], best[0]) if best else None


def found_story(state: State) -> Story:
    """A new, empty story, named after the log entry that caused it."""
    milliseconds, _, sequence = state.position.partition("-")
    story_id = f"s-{state.shard}-{milliseconds}-{sequence or 0}-{state.ordinal}"
    state.ordinal += 1
    story = Story(story_id, number(state), "developing", state.clock)
    state.stories[story_id] = story
    state.by_birth[story.birth] = story_id
    return story


def join(state: State, story: Story, node: Node) -> None:
    """Make the article a member and the story young again."""
    node.joined = number(state)
    state.articles[node.article_id] = node
    place(state, story, node)
    if node.expires is not None:
        heapq.heappush(state.expiring, (node.expires, node.article_id))
    stir(state, story)


def _as_copy(state: State, node: Node, original: Node, share: float) -> tuple[Story, Membership]:
    story = state.stories[original.story_id]
    node.copy_of = original.article_id
    node.score = share
    join(state, story, node)
    return story, evidence.copied(share, state.parameters.copy_containment, original.article_id)


def _joined(node: Node, article: Article | None, member: Membership) -> Joined:
    return Joined(
        article_id=node.article_id,
        revision=node.revision,
        article=article,
        membership=member,
        near_copy_of=node.copy_of,
    )


def _node_of(state: State, row: int) -> Node | None:
    return state.articles.get(state.index.names[row])
