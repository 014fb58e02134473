"""Publishing: a change is folded in, and versions leave the desk in the order the contract demands.

Merges go out whole (winner, then tombstone), splits too (the part that keeps the id, then the new
ones); everything else when it has settled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dateline.changes import StoryChange
from dateline.stories import Provenance, StoryRecord
from dateline.streams import Names
from services.publish.desk import Desk
from services.publish.drafts import Draft, Generated, fold_change, new_draft
from services.publish.record import compose
from services.publish.versions import (
    PIPELINE_VERSION,
    changed,
    due_at,
    event_fields,
    event_kind,
    publishable,
    settle_wait,
)

ERASED = "article_erased"  # what the law asks for does not wait until the story is still


@dataclass(frozen=True, slots=True)
class Rules:
    """What settings say about publishing in one shard."""

    names: Names
    shard: str
    min_publishers: int
    settle_seconds: float
    config_hash: str

    @property
    def at_once(self) -> bool:
        return self.settle_seconds == 0


def apply_change(desk: Desk, rules: Rules, change: StoryChange, now: float) -> Draft:
    """Fold a change into its draft and publish what cannot wait.

    Raises:
        MissingArticle: the change moves or revises an article that is not held.
    """
    draft = desk.drafts.get(change.story_id) or new_draft(change)
    _hold_moving(desk, draft, change)
    fold_change(draft, change, desk.held)
    desk.drafts[change.story_id] = draft
    touched = [one.article_id for one in change.joined] + [one.article_id for one in change.revised]
    _touch(desk, rules, draft, touched, now)
    if change.merged_into is not None:
        _complete_merge(desk, rules, draft, change.merged_into)
    elif change.split_from is not None:
        _complete_split(desk, rules, draft, change.split_from)
    elif rules.at_once or ERASED in change.reasons:
        publish(desk, rules, draft)
    return draft


def _touch(desk: Desk, rules: Rules, draft: Draft, members: Iterable[str], now: float) -> None:
    desk.touch(draft, members, now)
    moment = due(desk, rules, draft.story_id)
    if moment is not None:
        desk.due.note(draft.story_id, moment)


def due(desk: Desk, rules: Rules, story_id: str) -> float | None:
    """When a story is due; None where nothing of it waits."""
    if story_id not in desk.dirty:
        return None
    first, last = desk.dirty[story_id]
    return due_at(first, last, settle_wait(desk.size(story_id), rules.settle_seconds))


def _hold_moving(desk: Desk, draft: Draft, change: StoryChange) -> None:
    """Keep at hand the members that leave this story or join it from another."""
    for left in change.left:
        if left.article_id in draft.members:
            # In a merge the winner has taken it already: what is held is the newer.
            held = desk.held.get(left.article_id)
            if held is None or left.to_story_id is None or held.story_id != left.to_story_id:
                desk.held[left.article_id] = draft.members[left.article_id]
            if left.to_story_id is None:
                desk.gone_members.add(left.article_id)
    for joined in change.joined:
        donor = desk.drafts.get(joined.from_story_id or "")
        if joined.article is None and donor is not None and joined.article_id in donor.members:
            desk.held[joined.article_id] = donor.members[joined.article_id]
    if any(desk.published(story) for story in change.merged_from):
        draft.must_publish = True


def _complete_merge(desk: Desk, rules: Rules, loser: Draft, winner_id: str) -> None:
    """The loser's change is the last of a merge: the winner's version, and right behind it the tombstone."""
    winner = desk.drafts.get(winner_id)
    if winner is not None and loser.story_id in winner.awaits:
        winner.awaits.remove(loser.story_id)
        desk.changed_drafts.add(winner_id)
    if loser.version == 0 and not rules.at_once:
        return
    if winner is not None and desk.is_dirty(winner_id):
        publish(desk, rules, winner)
    publish(desk, rules, loser)


def _complete_split(desk: Desk, rules: Rules, part: Draft, kept_id: str) -> None:
    """When the last part has come: the part that keeps the id, then the new ones in their order."""
    kept = desk.drafts.get(kept_id)
    if kept is None or part.story_id not in kept.awaits:
        if rules.at_once:
            publish(desk, rules, part)
        return
    kept.awaits.remove(part.story_id)
    desk.changed_drafts.add(kept_id)
    if kept.awaits or (kept.version == 0 and not rules.at_once):
        return
    publish(desk, rules, kept)
    for story in kept.split_into:
        if story in desk.drafts and desk.is_dirty(story):
            publish(desk, rules, desk.drafts[story])


def rerate(desk: Desk, rules: Rules, draft: Draft, now: float) -> None:
    """New ratings are in force: the story is due again."""
    _due_again(desk, rules, draft, "ratings_changed", now)


def rewrite(desk: Desk, rules: Rules, draft: Draft, text: Generated, now: float) -> None:
    """A generated text was accepted: the story is due again, and prints it if it still fits."""
    draft.generated = text
    _due_again(desk, rules, draft, "text_generated", now)


def _due_again(desk: Desk, rules: Rules, draft: Draft, reason: str, now: float) -> None:
    if draft.status in ("merged", "withdrawn"):
        return
    if reason not in draft.fold.reasons:
        draft.fold.reasons.append(reason)
    _touch(desk, rules, draft, (), now)
    if rules.at_once:
        publish(desk, rules, draft)


def publish(desk: Desk, rules: Rules, draft: Draft) -> str | None:
    """Compose the next version into the outbox, if the story may be published and says anything new."""
    if not publishable(draft, rules.min_publishers):
        if not draft.awaits:
            desk.dirty.pop(draft.story_id, None)
        return None
    record = _compose(desk, rules, draft)
    desk.dirty.pop(draft.story_id, None)
    if not changed(record):
        desk.settle_nothing_new(draft)
        return None
    kind = event_kind(draft)
    desk.sequence += 1
    event = event_fields(
        record, kind, names=rules.names, shard=rules.shard, sequence=desk.sequence, epoch=desk.epoch
    )
    desk.send(draft, record, event)
    return kind


def _compose(desk: Desk, rules: Rules, draft: Draft) -> StoryRecord:
    return compose(
        draft,
        ratings=desk.ratings,
        previous=desk.records.get(draft.story_id),
        published=lambda story: desk.published(story) or _about_to_be(desk, rules, story),
        version=draft.version + 1,
        provenance=Provenance(
            pipeline_version=PIPELINE_VERSION, config_hash=rules.config_hash, input_position=draft.position
        ),
    )


def _about_to_be(desk: Desk, rules: Rules, story_id: str) -> bool:
    """A part of a split that is published right behind."""
    draft = desk.drafts.get(story_id)
    return (
        draft is not None
        and draft.split_from is not None
        and desk.is_dirty(story_id)
        and publishable(draft, rules.min_publishers)
    )
