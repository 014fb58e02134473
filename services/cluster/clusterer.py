"""The clusterer: a log entry in, changes to stories out. Deterministic in (state, entry)."""

from __future__ import annotations

from dataclasses import dataclass

from dateline.articles import Article, LogEntry
from dateline.changes import StoryChange
from services.cluster.assign import assign, new_node
from services.cluster.changes import Draft, change
from services.cluster.editor import ActRefused, edit
from services.cluster.lifecycle import advance
from services.cluster.parameters import DEFAULT, Parameters
from services.cluster.reconsider import reconsider
from services.cluster.related import relate
from services.cluster.representation import Prepared, prepare, prepare_batch
from services.cluster.rest import note_order, rest
from services.cluster.review import review
from services.cluster.revise import retract, revise
from services.cluster.state import State, Stored, Writes, load_state, new_state, take_writes, touch

__all__ = [
    "DEFAULT", "ActRefused", "Applied", "Parameters", "Prepared", "State", "Stored", "Writes",
    "apply", "load_state", "new_state", "prepare", "prepare_batch", "take_writes",
]  # fmt: skip  # a table


@dataclass(frozen=True)
class Applied:
    """What one step of an entry changed; not `done`: apply the same entry again."""

    changes: tuple[StoryChange, ...]
    done: bool = True


def apply(state: State, entry: LogEntry, prepared: Prepared | None = None) -> Applied:
    """Apply one step of a log entry: first what silence makes due, then the entry itself.

    Raises:
        ActRefused: an editor's act cannot be carried out. Nothing has changed then but the clock.
    """
    if state.position != entry.entry_id:
        state.position, state.ordinal = entry.entry_id, 0
        state.clock = max(state.clock, entry.arrived) + entry.advance
    touch(state)
    changes, complete = advance(state, rest)
    if not complete:
        return Applied((*changes, *relate(state, changes)), False)
    if entry.article is not None:
        changes += _article(state, entry.article, prepared)
    elif entry.retraction is not None:
        changes += retract(state, entry.retraction)
    elif entry.control is not None:
        changes += edit(state, entry.control)
    return Applied((*changes, *relate(state, changes)))


def _article(state: State, article: Article, prepared: Prepared | None) -> list[StoryChange]:
    ready = prepared or prepare(article, state.parameters)
    held = state.articles.get(article.article_id)
    if held is not None and held.story_id:
        return revise(state, article, ready)
    node, origin = new_node(state, ready, state.clock, held.revision + 1 if held else 1)
    assigned = assign(state, node, origin, article)
    reasons = ("created",) if assigned.founded else ("articles_added",)
    draft = Draft(("reopened", *reasons) if assigned.reopened else reasons, joined=[assigned.joined])
    said = [change(state, assigned.story, draft)]
    note_order(state, node, assigned.nearby)
    said += review(state, assigned.story, assigned.nearby)
    story = state.stories[node.story_id]  # a merge may have moved it
    return [*said, *reconsider(state, story, assigned.neighbours)]
