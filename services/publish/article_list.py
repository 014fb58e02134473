"""The record's list of articles: every live member, who reprints whom, and why each is here."""

from __future__ import annotations

from collections.abc import Sequence

from dateline.changes import Membership, ScoredStory, SharedTerm
from dateline.coverage import RecordPublisher
from dateline.stories import RecordArticle, Role
from services.publish.counts import Counts
from services.publish.coverage import Rated, record_publisher
from services.publish.drafts import Member
from services.publish.scope import Published
from services.publish.slim import slim, slim_membership

EXCERPT_LENGTH = 300


def list_articles(
    members: Sequence[Member],
    counts: Counts,
    outlets: Rated,
    *,
    representative: str,
    version: int,
    published: Published,
) -> tuple[RecordArticle, ...]:
    """The members in the given order (by publication). The representative is the headline's article.

    A member keeps its entry for the next version, which takes it over as far as it still holds.
    """
    first = members[0].article.article_id
    found, live = [], {member.article.article_id for member in members}
    for member in members:
        article_id = member.article.article_id
        reprint_of = counts.reprint_of.get(article_id)
        role: Role = "reprint" if reprint_of is not None else "member"
        role = "first" if article_id == first else "representative" if article_id == representative else role
        old = member.listed
        explained = _membership(member, live, version, published, old.membership if old else None)
        publisher = slim(record_publisher(member.article, outlets, old.publisher if old else None))
        if old is None or old.membership is not explained or old.publisher is not publisher:
            entry = _entry(member, publisher, reprint_of, role, explained)
        elif old.role != role or old.reprint_of != reprint_of:
            entry = old.model_copy(update={"role": role, "reprint_of": reprint_of})
        else:
            entry = old
        if entry is not old:
            member.listed = slim(entry)
        found.append(entry)
    return tuple(found)


def _entry(
    member: Member, publisher: RecordPublisher, reprint_of: str | None, role: Role, membership: Membership
) -> RecordArticle:
    article = member.article
    return RecordArticle(
        article_id=article.article_id,
        source_id=article.source_id,
        revision=member.revision,
        url=article.url,
        title=article.title,
        excerpt=excerpt(article.description or article.text),
        language=article.language,
        language_confidence=article.language_confidence,
        published_at=article.published_at,
        published_at_source=article.published_at_source,
        received_at=article.received_at,
        flags=article.flags,
        publisher=publisher,
        authors=article.authors,
        image_url=article.image_url,
        paywalled=article.paywalled,
        reprint_of=reprint_of,
        status=article.status,
        correction=article.correction,
        role=role,
        membership=membership,
    )


def _membership(
    member: Member, live: set[str], version: int, published: Published, before: Membership | None
) -> Membership:
    """Why a member is here, resting on live members only: its nearest may have left since."""
    given = member.membership
    nearest = given.nearest_article_ids
    if not live.issuperset(nearest):
        nearest = tuple(one for one in nearest if one in live)
    runner_up = scored(given.runner_up, published) if given.runner_up else None
    added = member.added_in_version or version
    if before is not None and (before.nearest_article_ids, before.added_in_version, before.runner_up) == (
        nearest,
        added,
        runner_up,
    ):
        return before
    return slim_membership(_rounded(given, nearest, added, runner_up))


def _rounded(
    given: Membership, nearest: tuple[str, ...], added: int, runner_up: ScoredStory | None
) -> Membership:
    return Membership(
        score=round(given.score, 4),
        threshold=round(given.threshold, 4),
        nearest_article_ids=nearest,
        shared_terms=tuple(map(_rounded_term, given.shared_terms)),
        against=given.against,
        added_in_version=added,
        runner_up=runner_up,
    )


def _rounded_term(term: SharedTerm) -> SharedTerm:
    weight = round(term.weight, 4)
    return term if weight == term.weight else SharedTerm(term=term.term, weight=weight)


def renamed(article: RecordArticle, published: Published) -> RecordArticle:
    """A listed article as it is, but for whether the story it might have been in has been published."""
    membership = article.membership
    if membership is None or membership.runner_up is None:
        return article
    runner_up = scored(membership.runner_up, published)
    if runner_up == membership.runner_up:
        return article
    return article.model_copy(update={"membership": membership.model_copy(update={"runner_up": runner_up})})


def scored(story: ScoredStory, published: Published) -> ScoredStory:
    """Another story with its score rounded, marked where it was never published."""
    return ScoredStory(
        story_id=story.story_id, score=round(story.score, 4), unpublished=not published(story.story_id)
    )


def excerpt(text: str) -> str:
    """At most 300 characters of an article, cut between words, on one line."""
    head = text[: EXCERPT_LENGTH + 1]
    if not head.isprintable() or "  " in head or head != head.strip():
        head = " ".join(text[: EXCERPT_LENGTH * 2].split())
    if len(head) <= EXCERPT_LENGTH:
        return head
    cut = head[: EXCERPT_LENGTH - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > EXCERPT_LENGTH // 2 else cut).rstrip(" ,;:") + "…"


def fit(
    articles: Sequence[RecordArticle], excess: int, keep: frozenset[str]
) -> tuple[tuple[RecordArticle, ...], int]:
    """Shorten the list by `excess` bytes: the oldest reprints become {article_id, source_id}.

    Should that not do, the oldest other articles follow, those in `keep` (first, representative,
    quoted) never. Returns the list and how many entries were cut.
    """
    order = sorted(range(len(articles)), key=lambda i: (articles[i].role != "reprint", i))
    listed, cut = list(articles), 0
    for index in order:
        if excess <= 0:
            break
        article = articles[index]
        if article.article_id in keep:
            continue
        bare = RecordArticle(article_id=article.article_id, source_id=article.source_id)
        excess -= len(article.model_dump_json().encode()) - len(bare.model_dump_json())
        listed[index], cut = bare, cut + 1
    return tuple(listed), cut
