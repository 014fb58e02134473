"""The draft: what publish knows of a story between its versions, and how a change is folded in.

Pure values. A draft is all that `record.compose` needs; the fold gathers what has changed since
the last published version, so that several changes become one version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from dateline.articles import Article, Frozen
from dateline.changes import EditorNote, Joined, Left, Membership, ScoredStory, StoryChange, StoryStatus
from dateline.stories import RecordArticle
from services.publish.slim import slim, slim_membership

NOTES_KEPT = 50


class Member(BaseModel):
    """An article of a draft. `added_in_version` is null until the story's next version is out.

    `story_id` is the story it is in: a story that is forgotten takes only its own members along, for
    the same article may have come again meanwhile, as a new one. `listed` is its entry in the last version
    that was composed here; it is never stored.
    """

    article: Article
    story_id: str = ""
    revision: int = 1
    membership: Membership
    near_copy_of: str | None = None
    added_in_version: int | None = None
    listed: RecordArticle | None = Field(default=None, exclude=True, repr=False)


def slim_member(member: Member) -> Member:
    """The same member, its article and evidence made small for keeping."""
    slim(slim(member.article).publisher)
    slim_membership(member.membership)
    return slim(member)


class Fold(BaseModel):
    """What has happened to a story since its last published version."""

    reasons: list[str] = Field(default_factory=list)
    added: list[str] = Field(default_factory=list)
    removed: list[Left] = Field(default_factory=list)
    revised: list[str] = Field(default_factory=list)


class GeneratedText(Frozen):
    """A sentence of a language model and the articles it cites."""

    text: str
    article_ids: tuple[str, ...] = ()


class GeneratedPoint(Frozen):
    """A key point in a language model's words; `point` is the extractive one it was written from, from 0."""

    point: int = Field(ge=0)
    text: str


class Generated(Frozen):
    """The body of a `generated` act: a text that was accepted for a story.

    `basis` names the extractive words that it was written from; it is printed only in their place.
    `headline_was` is the extractive headline among them, `cites` are all articles they rest on: with any of
    these the text goes.
    """

    story_id: str
    basis: str
    model: str = ""
    headline_was: str = ""
    cites: tuple[str, ...] = ()
    headline: GeneratedText | None = None
    summary: GeneratedText | None = None
    key_points: tuple[GeneratedPoint, ...] = ()


class Draft(BaseModel):
    """A story as publish holds it. Members in the order they joined.

    `awaits` names the other stories of a merge or split whose own change has not been seen yet: the
    story is not published before, so that what belongs together goes out together.
    """

    story_id: str
    status: StoryStatus = "developing"
    members: dict[str, Member] = Field(default_factory=dict)
    merged_into: str | None = None
    merged_from: list[str] = Field(default_factory=list)
    split_from: str | None = None
    split_into: list[str] = Field(default_factory=list)
    cohesion: float | None = None
    related: list[ScoredStory] = Field(default_factory=list)
    notes: list[EditorNote] = Field(default_factory=list)
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    position: str
    version: int = 0
    fold: Fold = Field(default_factory=Fold)
    awaits: list[str] = Field(default_factory=list)
    generated: Generated | None = None
    must_publish: bool = False


class MissingArticle(ValueError):
    """A change moves an article that publish does not hold."""


def new_draft(change: StoryChange) -> Draft:
    """The draft of a story not seen before."""
    return Draft(
        story_id=change.story_id,
        created_at=change.logical_time,
        updated_at=change.logical_time,
        position=change.position,
    )


def fold_change(draft: Draft, change: StoryChange, held: Mapping[str, Member]) -> None:
    """Fold one change into a draft.

    `held` gives the members that joined from other stories by id.

    Raises:
        MissingArticle: an article joins by id that is not in `held`.
    """
    _fold_members(draft, change, held)
    _fold_lineage(draft, change)
    fold = draft.fold
    fold.reasons += [reason for reason in change.reasons if reason not in fold.reasons]
    draft.status = change.status
    draft.updated_at = max(draft.updated_at, change.logical_time)
    draft.position = change.position
    if change.cohesion is not None:
        draft.cohesion = change.cohesion
    draft.notes = [*draft.notes, *change.notes][-NOTES_KEPT:]
    if change.related is not None:
        draft.related = list(change.related)
    if change.status == "closed" and draft.closed_at is None:
        draft.closed_at = change.logical_time


def _fold_members(draft: Draft, change: StoryChange, held: Mapping[str, Member]) -> None:
    fold = draft.fold
    for left in change.left:
        if draft.members.pop(left.article_id, None) is None:
            continue
        if draft.generated and left.article_id in draft.generated.cites:
            draft.generated = None
        if left.article_id in fold.added:
            fold.added.remove(left.article_id)
        else:
            fold.removed.append(left)
    for joined in change.joined:
        draft.members[joined.article_id] = slim_member(_member(joined, draft.story_id, held))
        gone = [left for left in fold.removed if left.article_id == joined.article_id]
        if gone:
            fold.removed = [left for left in fold.removed if left.article_id != joined.article_id]
        elif joined.article_id not in fold.added:
            fold.added.append(joined.article_id)
    for revised in change.revised:
        old = draft.members.get(revised.article_id)
        if old is None:
            raise MissingArticle(
                f"{revised.article_id} is revised in {draft.story_id}, which does not hold it"
            )
        draft.members[revised.article_id] = slim_member(
            Member(
                article=keep_identity(revised.article, old.article),
                story_id=draft.story_id,
                revision=revised.revision,
                membership=revised.membership or old.membership,
                near_copy_of=revised.near_copy_of,
                added_in_version=old.added_in_version,
            )
        )
        if revised.article_id not in (*fold.revised, *fold.added):
            fold.revised.append(revised.article_id)


def keep_identity(article: Article, old: Article) -> Article:
    """A revision named by `article_id` alone keeps the address and publisher it was first sent with."""
    if article.url is not None or article.publisher.id is not None:
        return article
    kept = {"url": old.url, "canonical_url": old.canonical_url, "publisher": old.publisher}
    return article.model_copy(update={**kept, "source_id": article.source_id or old.source_id})


def _member(joined: Joined, story_id: str, held: Mapping[str, Member]) -> Member:
    membership = joined.membership
    if joined.article is not None:
        article = joined.article
    elif joined.article_id in held:
        article, before = held[joined.article_id].article, held[joined.article_id].membership
        # a merge or a split moves it unseen: what made it join speaks still
        membership = membership if membership.threshold else before
    else:
        raise MissingArticle(f"{joined.article_id} moves from {joined.from_story_id}, which does not hold it")
    return Member(
        article=article,
        story_id=story_id,
        revision=joined.revision,
        membership=membership,
        near_copy_of=joined.near_copy_of,
    )


def _fold_lineage(draft: Draft, change: StoryChange) -> None:
    draft.merged_into = change.merged_into or draft.merged_into
    draft.split_from = change.split_from or draft.split_from
    draft.merged_from += [story for story in change.merged_from if story not in draft.merged_from]
    draft.split_into += [story for story in change.split_into if story not in draft.split_into]
    partners = (*change.merged_from, *change.split_into)
    draft.awaits += [story for story in partners if story not in draft.awaits]


def publishers(members: Iterable[Member]) -> set[str]:
    """Publisher identities; articles with no publisher at all count together as one."""
    return {member.article.publisher.id or "" for member in members}
