"""What cluster says of a story: one entry of ``stories:{S}``, and the values that records take over."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from dateline.articles import Article, ControlAct, Frozen

StoryStatus = Literal["developing", "settled", "closed", "merged", "withdrawn"]


class SharedTerm(Frozen):
    """A term an article shares with its story, and its part of the score."""

    term: str = Field(description="The word or phrase.")
    weight: float = Field(description="Its part of the score, 0 to 1.")


class StoryRef(Frozen):
    """Another story, as a record names it."""

    story_id: str = Field(description="Its id.")
    unpublished: bool = Field(False, description="Whether no event of it was ever sent.")


class ScoredStory(Frozen):
    """Another story with how near it is (0 to 1)."""

    story_id: str = Field(description="Its id.")
    score: float = Field(description="How near it is, 0 to 1.")
    unpublished: bool = Field(False, description="Whether no event of it was ever sent.")


class Membership(Frozen):
    """Why an article is in its story: the evidence for and against, in a reader's words."""

    score: float = Field(description="How near the article is to the story, 0 to 1.")
    threshold: float = Field(description="What the score had to reach.")
    nearest_article_ids: tuple[str, ...] = Field((), description="The articles it is nearest to, at most 3.")
    shared_terms: tuple[SharedTerm, ...] = Field(
        (), description="What it shares with the story, at most 8, the heaviest first."
    )
    against: tuple[str, ...] = Field((), description="What spoke against it, in words.")
    added_in_version: int | None = Field(None, description="The version it came in.")
    runner_up: ScoredStory | None = Field(None, description="The story that came second.")


class Joined(Frozen):
    """An article that joins a story: whole when new, by id when it moves from another story."""

    article_id: str
    revision: int = 1
    article: Article | None = None
    membership: Membership
    from_story_id: str | None = None
    near_copy_of: str | None = None


class Revised(Frozen):
    """A new revision of an article that stays in its story."""

    article_id: str
    revision: int
    article: Article
    membership: Membership | None = None
    near_copy_of: str | None = None


class Left(Frozen):
    """An article that leaves a story, and where it went (null: nowhere)."""

    article_id: str
    reason: str
    to_story_id: str | None = None


class EditorNote(Frozen):
    """An editor's act on a story: which, on what article, with what words, when (logical time)."""

    act: str = Field(description="move, merge, split, pin, block, note.")
    text: str = Field("", description="The editor's words.")
    article_id: str | None = Field(None, description="The article it is about.")
    at: datetime = Field(description="Logical time.")


class StoryChange(Frozen):
    """One change to one story, as cluster decided it; applied in the order of the stream.

    `position` is the id of the entry of ``articles:{S}`` that caused it, `logical_time` the
    shard's clock there. `related` is null where it did not change.
    """

    story_id: str
    position: str
    logical_time: datetime
    status: StoryStatus = "developing"
    reasons: tuple[str, ...] = ()
    joined: tuple[Joined, ...] = ()
    revised: tuple[Revised, ...] = ()
    left: tuple[Left, ...] = ()
    merged_into: str | None = None
    merged_from: tuple[str, ...] = ()
    split_from: str | None = None
    split_into: tuple[str, ...] = ()
    cohesion: float | None = None
    related: tuple[ScoredStory, ...] | None = None
    notes: tuple[EditorNote, ...] = ()


def change_fields(change: StoryChange) -> dict[str, str]:
    """The plain stream fields of a change on ``stories:{S}``."""
    data = change.model_dump_json(exclude_defaults=True)
    return {"kind": "change", "story_id": change.story_id, "data": data}


def act_fields(act: ControlAct, position: str, logical_time: datetime) -> dict[str, str]:
    """The plain stream fields of a control act that cluster passes on."""
    return {
        "kind": "act",
        "position": position,
        "logical_time": logical_time.isoformat(),
        "data": act.model_dump_json(),
    }
