"""What comes to publish on ``stories:{S}``: entries read as changes and acts."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel

from dateline.articles import ControlAct
from dateline.changes import StoryChange
from dateline.stage.entries import Entry

REASON_LENGTH = 500
Model = TypeVar("Model", bound=BaseModel)


class NotOurs(ValueError):
    """An entry is not one that cluster writes."""


def parse_change(entry: Entry) -> StoryChange:
    """A change to a story; raises NotOurs where it is none."""
    return _read(entry, StoryChange)


def parse_act(entry: Entry) -> ControlAct:
    """A control act that cluster passed on; raises NotOurs where it is none."""
    return _read(entry, ControlAct)


def _read(entry: Entry, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(entry.fields[b"data"])
    except (KeyError, ValueError) as error:
        raise NotOurs(f"data: {error}"[:REASON_LENGTH]) from error


def peek(entry: Entry) -> StoryChange | None:
    """The change, for gathering; what cannot be parsed is dealt with when it is applied."""
    try:
        return parse_change(entry) if entry.fields.get(b"kind") == b"change" else None
    except NotOurs:
        return None


def stories_of(change: StoryChange) -> set[str]:
    """The stories that a change names: those whose drafts it may touch."""
    named = {change.story_id, change.merged_into, change.split_from, *change.split_into, *change.merged_from}
    named |= {joined.from_story_id for joined in change.joined}
    return {story for story in named if story}
