"""Why an article is where it is, in words a newsroom reads."""

from __future__ import annotations

import numpy as np

from dateline.changes import Membership, ScoredStory, SharedTerm
from services.cluster.decision import Verdict
from services.cluster.index import Index, products
from services.cluster.representation import Floats, Ints
from services.cluster.state import State
from services.cluster.story import UNIT, Node, Story

SHARED_TERMS = 8
NEAREST = 3


def shared_terms(node_words: dict[int, str], query: Floats, story: Story) -> tuple[SharedTerm, ...]:
    """The printed words that carry the similarity, with their share of it."""
    if not len(story.ids):
        return ()
    known = np.array(sorted(node_words), np.int32)
    places = np.minimum(np.searchsorted(story.ids, known), len(story.ids) - 1)
    parts = np.where(story.ids[places] == known, query[known] * story.sums[places], 0.0)
    total = float(query[story.ids] @ story.sums)
    order = np.lexsort((known, -parts))[:SHARED_TERMS]
    return tuple(
        SharedTerm(term=node_words[int(known[at])], weight=round(float(parts[at]) / total, 3))
        for at in order
        if parts[at] > 0
    )


def nearest(index: Index, state: State, rows: Ints, names: dict[int, str]) -> tuple[str, ...]:  # noqa: ARG001
    """The articles of a story most like the open query."""
    if not len(rows):
        return ()
    scores = products(index, rows)
    order = np.lexsort((index.serial[rows], -scores))[:NEAREST]
    return tuple(names[int(rows[at])] for at in order if scores[at] > 0)


def against(verdict: Verdict, story: Story, node: Node) -> tuple[str, ...]:  # noqa: ARG001
    """What spoke against the membership."""
    words: list[str] = []
    if verdict.best is not None and verdict.best.gap >= 1:
        words.append(f"{verdict.best.gap:.0f} days from the story's other articles")
    if verdict.cohort > 0.1:
        words.append(f"similar to other stories too ({verdict.cohort:.2f} on average)")
    languages = {node.language}
    if len(languages) > 1:
        words.append("another language")
    return tuple(words)


def membership(state: State, node: Node, story: Story, verdict: Verdict, query: Floats) -> Membership:
    """The evidence of a membership while the article's vector is the open query."""
    rows = {state.articles[each].row: each for each in list(story.members)[-200:]}
    rows.pop(-1, None)
    rows.pop(node.row, None)
    other = verdict.runner_up
    runner_up = None
    if other is not None and other.birth in state.by_birth:
        runner_up = ScoredStory(story_id=state.by_birth[other.birth], score=_unit(verdict.runner_up_score))
    return Membership(
        score=_unit(verdict.score),
        threshold=_unit(verdict.threshold),
        nearest_article_ids=nearest(state.index, state, np.array(sorted(rows), np.int64), rows),
        shared_terms=shared_terms(node.words, query, story),
        against=against(verdict, story, node),
        runner_up=runner_up,
    )


def copied(containment: float, threshold: float, origin: str) -> Membership:
    """The evidence of a reprint: how much of the text is the other's."""
    return Membership(score=_unit(containment), threshold=threshold, nearest_article_ids=(origin,))


def founder() -> Membership:
    """The evidence of a story's first article: there is nothing to compare it with."""
    return Membership(score=1.0, threshold=0.0)


def product_share(product: float) -> float:
    """A product of two articles as a similarity, 0 to 1."""
    return _unit(product / UNIT)


def _unit(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 6)
