"""Why an article is where it is, in words a newsroom reads."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dateline.changes import Membership, ScoredStory, SharedTerm
from services.cluster.decision import Verdict
from services.cluster.names import facts_of, is_figure, is_place
from services.cluster.state import State
from services.cluster.story import Node, Story

SHARED_TERMS = 8
NEAREST = 3
NAMED = 3  # places or figures named of each side


def shared_terms(node: Node, story: Story) -> tuple[SharedTerm, ...]:
    """The printed words that the article shares with its story, with their part of what is shared."""
    vector = node.vector
    places = story.ids.searchsorted(vector.ids)
    parts = vector.weights * story.sums.take(places, mode="clip")
    parts *= story.ids.take(places, mode="clip") == vector.ids
    total = int(parts.sum())
    few = len(node.words)  # the heaviest terms, whose words are kept
    order = np.lexsort((vector.ids[:few], -parts[:few])).tolist()
    values = parts[:few].tolist()
    shared = [at for at in order if values[at] > 0 and node.words[at]][:SHARED_TERMS]
    return tuple(SharedTerm(term=node.words[at], weight=round(values[at] / total, 3)) for at in shared)


def against(verdict: Verdict) -> tuple[str, ...]:
    """What spoke against the membership: all that raised the bar or lowered the score."""
    words: list[str] = []
    if verdict.best is not None and verdict.best.gap >= 1:
        days = round(verdict.best.gap)
        words.append(f"{days} {'day' if days == 1 else 'days'} from the story's other articles")
    if verdict.best is not None and verdict.best.same_publisher:
        words.append("its publisher has an article in the story already")
    if verdict.cohort > 0.1:
        words.append(f"similar to other stories too ({verdict.cohort:.2f} on average)")
    return tuple(words)


def differing(state: State, node: Node, nearest: tuple[int, ...]) -> tuple[str, ...]:
    """Places and figures in which an article agrees with none of those nearest to it, as both print them."""
    mine, theirs = facts_of(node.words), dict[str, str]()
    for row in nearest if mine else ():
        for mark, word in facts_of(state.articles[state.index.names[row]].words).items():
            theirs.setdefault(mark, word)
    found: list[str] = []
    for kind, belongs in (("places", is_place), ("figures", is_figure)):
        ours = {mark: word for mark, word in mine.items() if belongs(mark)}
        given = {mark: word for mark, word in theirs.items() if belongs(mark)}
        if ours and given and not ours.keys() & given.keys():
            found.append(f"other {kind} than the articles nearest to it: {_few(ours)}, not {_few(given)}")
    return tuple(found)


def _few(words: Mapping[str, str]) -> str:
    return ", ".join(list(words.values())[:NAMED])


def membership(state: State, node: Node, story: Story, verdict: Verdict) -> Membership:
    """The evidence of an article's membership, before it is added."""
    other = verdict.runner_up
    runner_up = None
    if other is not None and other.birth in state.by_birth:
        runner_up = ScoredStory(story_id=state.by_birth[other.birth], score=_unit(verdict.runner_up_score))
    nearest = verdict.best.nearest if verdict.best is not None else ()
    return Membership(
        score=_unit(verdict.score),
        threshold=_unit(verdict.threshold),
        nearest_article_ids=tuple(state.index.names[row] for row in nearest[:NEAREST]),
        shared_terms=shared_terms(node, story),
        against=(*against(verdict), *differing(state, node, nearest)),
        runner_up=runner_up,
    )


def copied(containment: float, threshold: float, origin: str) -> Membership:
    """The evidence of a reprint: how much of the text is the other's."""
    return Membership(score=_unit(containment), threshold=threshold, nearest_article_ids=(origin,))


def founder() -> Membership:
    """The evidence of a story's first article: there is nothing to compare it with."""
    return Membership(score=1.0, threshold=0.0)


def _unit(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 6)
