"""The record: a draft turned into what subscribers read. `compose` is the whole of publish's judgement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from dateline.changes import StoryRef
from dateline.stories import Headline, Image, Place, Provenance, StoryRecord
from services.publish import entities, importance, places, quotes, topics
from services.publish.article_list import fit, list_articles, renamed, scored
from services.publish.change import SILENT_REASONS, change
from services.publish.coverage import coverage, outlets_of
from services.publish.drafts import Draft, Member
from services.publish.gazetteer import look_up
from services.publish.generated import Words, basis_of, kept
from services.publish.places import Winner
from services.publish.ratings import Ratings
from services.publish.reading import Reading
from services.publish.scope import Published, RecordLimits
from services.publish.story import Story, gather
from services.publish.wording import word

MAX_PLACES = 8
# Bytes of JSON an article's entry takes at most besides its own strings, which may double in UTF-8.
ENTRY_BYTES, STRING_BYTES = 2_500, 4


def compose(
    draft: Draft,
    *,
    ratings: Ratings,
    previous: StoryRecord | None,
    published: Callable[[str], bool],
    version: int,
    provenance: Provenance,
    limits: RecordLimits = RecordLimits(),  # noqa: B008  # frozen
) -> StoryRecord:
    """The record of a draft at one version.

    `previous` is the last published record (None for version 1), `published` tells whether another
    story ever was. Pure: the same arguments give the same bytes. A draft without live members
    (merged away, withdrawn) gives a valid record of no articles and no text: nothing rests on what is gone.
    """
    fields = _frame(draft, version, previous, provenance, published)
    if previous is not None and _only_silent(draft, previous, provenance):
        return _restated(draft, previous, fields, published)
    story = gather(draft, ratings)
    if story is not None:
        fields.update(_contents(story, ratings, _headline(previous, draft), published, version))
        _write_over(fields, draft)
    record = StoryRecord(**fields)
    record = record.model_copy(update={"change": change(draft.fold, record, previous)})
    return _within(record, limits)


def _only_silent(draft: Draft, previous: StoryRecord, provenance: Provenance) -> bool:
    """Whether nothing has happened to a story but silence: then its contents stand as they were written."""
    fold, was = draft.fold, previous.provenance
    still = not (fold.added or fold.removed or fold.revised) and SILENT_REASONS.issuperset(fold.reasons)
    alike = (was.pipeline_version, was.config_hash) == (provenance.pipeline_version, provenance.config_hash)
    return still and alike and previous.version == draft.version and not previous.articles_truncated


def _restated(
    draft: Draft, previous: StoryRecord, fields: dict[str, Any], published: Published
) -> StoryRecord:
    """The version before in a new frame; other stories may have been published meanwhile."""
    models = previous.provenance.models
    if models:
        fields["provenance"] = fields["provenance"].model_copy(update={"models": models})
    articles = tuple(renamed(article, published) for article in previous.articles)
    record = previous.model_copy(update={**fields, "articles": articles})
    return record.model_copy(update={"change": change(draft.fold, record, previous)})


def _frame(
    draft: Draft, version: int, previous: StoryRecord | None, provenance: Provenance, published: Published
) -> dict[str, Any]:
    def ref(story_id: str) -> StoryRef:
        return StoryRef(story_id=story_id, unpublished=not published(story_id))

    related = sorted(draft.related, key=lambda story: (-story.score, story.story_id))
    return {
        "story_id": draft.story_id,
        "version": version,
        "previous_version": previous.version if previous else None,
        "status": draft.status,
        "merged_into": draft.merged_into,
        "merged_from": tuple(map(ref, draft.merged_from)),
        "split_from": ref(draft.split_from) if draft.split_from else None,
        "split_into": tuple(map(ref, draft.split_into)),
        "cohesion": None if draft.cohesion is None else round(draft.cohesion, 4),
        "related": tuple(scored(story, published) for story in related),
        "notes": tuple(draft.notes),
        "created_at": draft.created_at,
        "updated_at": draft.updated_at,
        "closed_at": draft.closed_at,
        "provenance": provenance,
    }


def _contents(
    story: Story,
    ratings: Ratings,
    previous: Headline | None,
    published: Published,
    version: int,
) -> dict[str, Any]:
    members, counts = story.members, story.counts
    first, last = members[0].article.published_at, members[-1].article.published_at
    place = places.winner((r.votes for r in story.readings), (r.seat for r in story.readings))
    words = word(story, previous, place)
    named = entities.entities(reading.names for reading in story.readings)
    outlets = outlets_of(members, ratings)
    covered = coverage(members, ratings, outlets)
    pace = _pace(members)
    sides = sum(1 for count in covered.bias.grouped.values() if count)
    representative = words.headline.article_ids[0]
    return {
        "headline": words.headline,
        "summary": words.summary,
        "key_points": words.key_points,
        "quotes": quotes.quotes(
            story.voices, story.readings, story.agreement, story.here, words.representative, named
        ),
        "image": _image(story, words.representative),
        "language": story.language,
        "languages": story.languages,
        "article_count": counts.article_count,
        "unique_article_count": counts.unique_article_count,
        "reprint_count": counts.reprint_count,
        "publisher_count": counts.publisher_count,
        "independent_source_count": counts.independent_source_count,
        "articles": list_articles(
            members, counts, outlets, representative=representative, version=version, published=published
        ),
        "coverage": covered,
        "topics": topics.topics(reading.topics for reading in story.readings),
        "entities": named,
        "places": story_places(story.readings, place),
        "event_date": (words.event or first.date()).isoformat(),
        "importance": importance.importance(
            counts.independent_source_count, len(covered.countries), sides, pace
        ),
        "velocity": pace,
        "first_published_at": first,
        "last_published_at": last,
    }


def _headline(previous: StoryRecord | None, draft: Draft) -> Headline | None:
    """The extractive headline of the version before, also where a generated one was printed."""
    if previous is None or previous.headline is None or previous.headline.method == "extractive":
        return previous.headline if previous else None
    return Headline(text=draft.generated.headline_was) if draft.generated else None


def _write_over(fields: dict[str, Any], draft: Draft) -> None:
    """Put an accepted generated text in the place of the words that it was written from."""
    words = Words(**{name: fields[name] for name in Words.model_fields})
    text = draft.generated
    if text is None or text.basis != basis_of(words, draft.members):
        return
    new = kept(words, text, draft.members, fields["language"]).words
    if new != words:
        provenance: Provenance = fields["provenance"]
        models = (*provenance.models, text.model) if text.model else provenance.models
        fields |= {name: getattr(new, name) for name in Words.model_fields}
        fields["provenance"] = provenance.model_copy(update={"models": models})


def _pace(members: Sequence[Member]) -> float:
    """By publication where it is given, else by arrival."""
    times = [
        m.article.published_at if m.article.published_at_source == "given" else m.article.received_at
        for m in members
    ]
    return importance.velocity(len(times), min(times), max(times))


def _image(story: Story, representative: int) -> Image | None:
    """The representative's picture, else the first one in order of publication."""
    for member in (story.voices[representative], *story.members):
        if member.article.image_url:
            return Image(url=member.article.image_url, article_id=member.article.article_id)
    return None


def story_places(readings: Sequence[Reading], place: Winner | None) -> tuple[Place, ...]:
    """The dateline's place first (role `event`), then those that most articles name, with coordinates."""
    found = Counter(name for reading in readings for name in reading.names.places)
    floor = 2 if len(readings) > 2 else 1
    ranked = sorted((name for name, n in found.items() if n >= floor), key=lambda name: (-found[name], name))
    listed = []
    if place is not None:
        entry = place.entry
        listed.append(
            Place(name=entry.name, country=entry.country, lat=entry.lat, lon=entry.lon, role="event")
        )
    for name in ranked:
        other = look_up(name)
        if other is not None and (place is None or name != place.entry.name):
            listed.append(Place(name=name, country=other.country, lat=other.lat, lon=other.lon))
    return tuple(listed[:MAX_PLACES])


def _within(record: StoryRecord, limits: RecordLimits) -> StoryRecord:
    """The record within the snapshot limit; measured only where it may be near."""
    if _at_most(record) <= limits.snapshot_bytes:
        return record
    excess = len(record.model_dump_json().encode()) - limits.snapshot_bytes
    if excess <= 0:
        return record
    quoted = {article_id for point in record.key_points for article_id in point.article_ids[:1]}
    keep = quoted | {
        article.article_id for article in record.articles if article.role in ("first", "representative")
    }
    articles, cut = fit(record.articles, excess, frozenset(keep))
    return record.model_copy(update={"articles": articles, "articles_truncated": cut})


def _at_most(record: StoryRecord) -> int:
    strings = sum(len(a.title) + len(a.excerpt) + len(a.url or "") for a in record.articles)
    return len(record.articles) * ENTRY_BYTES + strings * STRING_BYTES + 60_000
