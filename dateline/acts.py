"""Acts on ``articles.control``: what an editor or an operator may say, and the fields it takes.

An act is a wish about a moment: it enters the log and is carried out where the log has come to it. What
it names may be gone by then; cluster then refuses it, as a dead letter of ``articles:{S}`` that says why.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

ArticleId = Annotated[str, StringConstraints(pattern=r"^\S{1,64}$")]
StoryId = Annotated[str, StringConstraints(pattern=r"^s-\S{1,128}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Body(BaseModel):
    """What every editor's act may carry beside its own fields: the reason, in the editor's words."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    reason: Words | None = None


class Move(Body):
    """Put an article into a story, for good."""

    article_id: ArticleId
    to_story_id: StoryId


class Merge(Body):
    """Make two stories one, for good; the older keeps its id."""

    winner: StoryId
    loser: StoryId


class Split(Body):
    """Divide a story, for good: each group of articles becomes a story, the largest part keeps the id."""

    story_id: StoryId
    groups: list[Annotated[list[ArticleId], Field(min_length=1)]] = Field(min_length=1)


class Pin(Body):
    """Keep an article where it is, or (`pinned` false) leave it to the machine again."""

    article_id: ArticleId
    pinned: bool = True


class Block(Body):
    """Keep an article out of a story; it leaves if it is there."""

    article_id: ArticleId
    story_id: StoryId


class Note(Body):
    """Write a line into a story's record."""

    story_id: StoryId
    text: Words


class Erase(Body):
    """Remove every trace of an article from what the services hold."""

    article_id: ArticleId


EDITS: dict[str, type[Body]] = {
    "move": Move,
    "merge": Merge,
    "split": Split,
    "pin": Pin,
    "block": Block,
    "note": Note,
    "erase": Erase,
}
PASSED = ("ratings", "generated")
"""Acts whose body their reader checks: a ratings load comes in chunks, a generated text with its support."""


def check_act(act: str, body: Mapping[str, Any]) -> None:
    """Whether an act can be put into the log.

    Raises:
        ValueError: nobody knows such an act, or its body lacks a field or has a bad one; says which.
    """
    if act in PASSED:
        return
    if act not in EDITS:
        known = [*EDITS, *PASSED]
        near = difflib.get_close_matches(act, known, n=1)
        meant = f"did you mean {near[0]}?" if near else f"it must be one of {', '.join(known)}"
        raise ValueError(f"act: {act[:80]!r} is not known; {meant}")
    try:
        EDITS[act].model_validate(dict(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{act}: {where}: {first['msg'][:200]}") from error
