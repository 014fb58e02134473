"""The story as subscribers get it (StoryRecord, StoryEvent).

`StoryRecord` and `StoryEvent` are public: fields are added, never renamed or removed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from dateline.articles import Correction, Frozen
from dateline.changes import EditorNote, Membership, ScoredStory, StoryRef, StoryStatus
from dateline.coverage import Coverage, RecordPublisher

Role = Literal["first", "representative", "member", "reprint"]
Method = Literal["extractive", "generated"]
Significance = Literal["none", "minor", "major"]
EventKind = Literal["created", "updated", "merged", "split", "withdrawn", "closed"]


# --- what subscribers get -----------------------------------------------------------------------


class RemovedArticle(Frozen):
    article_id: str = Field(description="Which.")
    reason: str = Field(
        description="article_retracted, article_withheld, article_expired, article_erased, split, …"
    )
    to_story_id: str | None = Field(None, description="Where it went; null: nowhere.")


class Change(Frozen):
    """What this version changed since the previous one."""

    reasons: tuple[str, ...] = Field(
        (), description="Why this version was made: articles_added, merged, settled, …"
    )
    articles_added: tuple[str, ...] = Field((), description="Article ids.")
    articles_removed: tuple[RemovedArticle, ...] = Field((), description="Which left, why, and where to.")
    articles_revised: tuple[str, ...] = Field((), description="Ids of articles with new content.")
    fields_changed: tuple[str, ...] = Field((), description="JSON pointers into the record.")
    significance: Significance = Field("none", description="major: worth telling readers again.")
    statement: str = Field("", description="The change in one line, for people.")


class Headline(Frozen):
    text: str = Field(description="As printed by the article it is of; see `method`.")
    language: str | None = Field(None, description="BCP 47.")
    method: Method = Field(
        "extractive", description="extractive: stands in an article; generated: a language model wrote it."
    )
    article_ids: tuple[str, ...] = Field((), description="The articles it rests on.")


class DatelineText(Frozen):
    """What opens the summary: place in capitals and date; null where nothing wins."""

    place: str | None = Field(None, description="In capitals.")
    country: str | None = Field(None, description="ISO 3166.")
    date: str | None = Field(None, description="The day of the event, YYYY-MM-DD.")
    text: str = Field("", description="How it is printed: `CHINA, JUL 18`.")


class Summary(Frozen):
    text: str = Field(description="One sentence, opened by the dateline.")
    dateline: DatelineText = Field(DatelineText(), description="The opening, in parts.")
    language: str | None = Field(None, description="BCP 47.")
    method: Method = Field("extractive", description="As of headlines.")
    article_ids: tuple[str, ...] = Field((), description="The articles it rests on.")


class Span(Frozen):
    """A verbatim place in an article: code points of the cleaned field, end exclusive."""

    article_id: str = Field(description="Where the words stand.")
    revision: int = Field(description="Of that article.")
    field: Literal["title", "description", "text"] = Field(description="The cleaned field.")
    start: int = Field(description="Code points from its beginning.")
    end: int = Field(description="Exclusive.")
    quote: str = Field(description="The words.")


class KeyPoint(Frozen):
    text: str = Field(description="One sentence.")
    article_ids: tuple[str, ...] = Field((), description="The articles that say it.")
    publisher_count: int = Field(0, description="Their publishers, each once.")
    spans: tuple[Span, ...] = Field((), description="Where they say it.")
    first_reported_at: datetime | None = Field(None, description="When the first of them said it.")
    first_reported_by: str | None = Field(None, description="That article.")
    method: Method = Field("extractive", description="As of headlines.")


class Quote(Frozen):
    text: str = Field(description="Verbatim.")
    speaker: str | None = Field(None, description="Whom the sentence names.")
    article_id: str = Field(description="Where it stands.")
    span: Span | None = Field(None, description="Exactly where.")


class Image(Frozen):
    url: str = Field(description="Of the publisher; nothing is copied.")
    article_id: str = Field(description="Whose image it is.")


class RecordArticle(Frozen):
    """One article in the record's list. `text` stays out: read it at its `url`."""

    article_id: str = Field(description="Its identity.")
    source_id: str | None = Field(None, description="The sender's own `id`.")
    revision: int = Field(1, description="How often its content has changed, from 1.")
    url: str | None = Field(None, description="As sent.")
    title: str = Field("", description="Cleaned.")
    excerpt: str = Field("", description="At most 300 characters.")
    language: str | None = Field(None, description="BCP 47, as sent or detected.")
    language_confidence: float | None = Field(
        None, description="How sure the detection is, 0 to 1 (short titles are hard); null: the sender said."
    )
    published_at: datetime | None = Field(None, description="When it was published, or received.")
    published_at_source: str | None = Field(
        None, description="given; received: it said nothing readable; clamped: it said a time to come."
    )
    received_at: datetime | None = Field(None, description="Arrival time.")
    flags: tuple[str, ...] = Field(
        (), description="What was dropped or assumed: bad_image_url, date_only, published_at_no_zone, …"
    )
    publisher: RecordPublisher = Field(
        RecordPublisher(), description="Who published it, and how they are rated."
    )
    authors: tuple[str, ...] = Field((), description="As sent.")
    image_url: str | None = Field(None, description="As sent.")
    paywalled: bool | None = Field(None, description="As sent; null: not said.")
    reprint_of: str | None = Field(None, description="The article it reprints.")
    status: str = Field("usable", description="usable.")
    correction: Correction | None = Field(None, description="The last one its publisher printed.")
    role: Role = Field(
        "member", description="first: published first; representative: the headline's; reprint; else member."
    )
    membership: Membership | None = Field(None, description="Why it is here.")


class Topic(Frozen):
    """A topic, its share of the story's evidence, and the words that spoke most for it."""

    id: str = Field(description="`medtop:…` of IPTC Media Topics.")
    label: str = Field(description="Its English name.")
    score: float = Field(description="Its share of the story's evidence.")
    evidence: tuple[str, ...] = Field((), description="The words that spoke most for it.")


class Entity(Frozen):
    type: str = Field(description="person, organization or place.")
    name: str = Field(description="One name for all its forms.")
    article_count: int = Field(description="Articles that name it.")


class Place(Frozen):
    name: str = Field(description="As the gazetteer has it.")
    country: str | None = Field(None, description="ISO 3166.")
    lat: float | None = Field(None, description="Degrees.")
    lon: float | None = Field(None, description="Degrees.")
    role: str = Field("mentioned", description="event: where it happens; else mentioned.")


class Importance(Frozen):
    score: float = Field(0.0, description="0 to 1.")
    components: dict[str, float] = Field(
        default_factory=dict, description="Its parts: sources, countries, balance, velocity."
    )


class Provenance(Frozen):
    pipeline_version: str = Field(description="Of the code that made it.")
    config_hash: str = Field(description="Of the settings that change decisions.")
    models: tuple[str, ...] = Field((), description="Language models that wrote in it.")
    input_position: str = Field(description="The log entry it is up to.")


class StoryRecord(Frozen):
    """The full story at one version: `data` of an event, and (with sequence, epoch) `story:<id>`."""

    story_id: str = Field(description="Shard, position of the entry that founded it, ordinal; never reused.")
    version: int = Field(description="1, 2, 3 … without gaps.")
    previous_version: int | None = Field(None, description="null in the first.")
    status: StoryStatus = Field(description="What may still come; docs/subscribe.md says what each means.")
    merged_into: str | None = Field(None, description="The story that goes on, after a merge.")
    merged_from: tuple[StoryRef, ...] = Field((), description="Stories that ended in this one.")
    split_from: StoryRef | None = Field(None, description="The story it was part of.")
    split_into: tuple[StoryRef, ...] = Field((), description="Stories that were part of it.")
    change: Change = Field(Change(), description="What this version changed.")
    headline: Headline | None = Field(None, description="null in a tombstone (merged, withdrawn).")
    summary: Summary | None = Field(None, description="One sentence.")
    key_points: tuple[KeyPoint, ...] = Field((), description="Three to five, where the sources give them.")
    quotes: tuple[Quote, ...] = Field((), description="What people said, verbatim.")
    image: Image | None = Field(None, description="One of the articles' images.")
    language: str | None = Field(None, description="That of most independent sources.")
    languages: dict[str, int] = Field(default_factory=dict, description="Language → articles.")
    article_count: int = Field(0, description="All articles.")
    unique_article_count: int = Field(0, description="Without reprints.")
    reprint_count: int = Field(0, description="The reprints among them.")
    publisher_count: int = Field(0, description="Publishers, each once.")
    independent_source_count: int = Field(
        0, description="Reprints count as their origin, outlets of one owner once."
    )
    articles: tuple[RecordArticle, ...] = Field((), description="By publication, the earliest first.")
    articles_truncated: int = Field(
        0, description="How many reprints are listed by id only, over the size limit."
    )
    coverage: Coverage = Field(Coverage(), description="Who reports it.")
    topics: tuple[Topic, ...] = Field((), description="The likeliest first.")
    entities: tuple[Entity, ...] = Field((), description="People, organizations, places in it.")
    places: tuple[Place, ...] = Field((), description="Where it happens, and what it mentions.")
    event_date: str | None = Field(None, description="The day it is about, YYYY-MM-DD.")
    importance: Importance = Field(Importance(), description="For ordering; not a judgement of worth.")
    velocity: float = Field(0.0, description="Articles an hour.")
    cohesion: float | None = Field(
        None, description="How alike its articles are, 0 to 1; null: fewer than two."
    )
    related: tuple[ScoredStory, ...] = Field((), description="Near stories, other languages included.")
    notes: tuple[EditorNote, ...] = Field((), description="Editors' acts, for readers.")
    first_published_at: datetime | None = Field(None, description="Of its articles.")
    last_published_at: datetime | None = Field(None, description="Of its articles.")
    created_at: datetime = Field(description="Logical time of the first version.")
    updated_at: datetime = Field(description="Logical time of this version.")
    closed_at: datetime | None = Field(None, description="When it was closed.")
    provenance: Provenance = Field(description="What made this record.")


class LatestStory(StoryRecord):
    """The value of ``story:<id>``: the latest record and where it stands in the stream."""

    sequence: str = Field(description="Of the event of this version.")
    epoch: int = Field(description="Of that event.")


class StoryEvent(Frozen):
    """One entry of ``stories.published``: CloudEvents 1.0 attributes around a full record."""

    specversion: str = Field("1.0", description="Of CloudEvents.")
    id: str = Field(description="`<story_id>:<version>`; a duplicate is the same (epoch, id).")
    source: str = Field(description="`/dateline/<namespace or default>/<shard>`.")
    type: str = Field(description="`dateline.story.<kind>.v1`.")
    subject: str = Field(description="The story id.")
    time: datetime = Field(description="Logical time.")
    datacontenttype: str = Field("application/json", description="Of `data`.")
    dataschema: str = Field(description="The record's schema, with its version.")
    sequence: str = Field(description="20 digits, gap-free per `source`.")
    epoch: int = Field(description="Raised when writes may have been lost; sequence may then go back.")
    traceparent: str | None = Field(
        None, description="W3C Trace Context of the last article in it, where traces are on."
    )
    data: StoryRecord = Field(description="The whole story at this version.")

    @property
    def kind(self) -> EventKind:
        """created, updated, merged, split, withdrawn or closed."""
        return self.type.split(".")[2]  # type: ignore[return-value]  # our own types only
