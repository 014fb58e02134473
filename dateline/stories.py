"""The story as subscribers get it (StoryRecord, StoryEvent).

`StoryRecord` and `StoryEvent` are public: fields are added, never renamed or removed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from pydantic import Field

from dateline.articles import Correction, Frozen, Publisher
from dateline.changes import EditorNote, Membership, ScoredStory, StoryRef, StoryStatus

Role = Literal["first", "representative", "member", "reprint"]
Method = Literal["extractive", "generated"]
Significance = Literal["none", "minor", "major"]
Bias = Literal["far_left", "left", "lean_left", "center", "lean_right", "right", "far_right"]
SIDES = ("left", "center", "right")
Factuality = Literal["very_high", "high", "mixed", "low", "very_low"]
EventKind = Literal["created", "updated", "merged", "split", "withdrawn", "closed"]


# --- what subscribers get -----------------------------------------------------------------------


class RemovedArticle(Frozen):
    article_id: str
    reason: str
    to_story_id: str | None = None


class Change(Frozen):
    """What this version changed since the previous one."""

    reasons: tuple[str, ...] = ()
    articles_added: tuple[str, ...] = ()
    articles_removed: tuple[RemovedArticle, ...] = ()
    articles_revised: tuple[str, ...] = ()
    fields_changed: tuple[str, ...] = ()
    significance: Significance = "none"
    statement: str = ""


class Headline(Frozen):
    text: str
    language: str | None = None
    method: Method = "extractive"
    article_ids: tuple[str, ...] = ()


class DatelineText(Frozen):
    """What opens the summary: place in capitals and date; null where nothing wins."""

    place: str | None = None
    country: str | None = None
    date: str | None = None
    text: str = ""


class Summary(Frozen):
    text: str
    dateline: DatelineText = DatelineText()
    language: str | None = None
    method: Method = "extractive"
    article_ids: tuple[str, ...] = ()


class Span(Frozen):
    """A verbatim place in an article: code points of the cleaned field, end exclusive."""

    article_id: str
    revision: int
    field: Literal["title", "description", "text"]
    start: int
    end: int
    quote: str


class KeyPoint(Frozen):
    text: str
    article_ids: tuple[str, ...] = ()
    publisher_count: int = 0
    spans: tuple[Span, ...] = ()
    method: Method = "extractive"


class Quote(Frozen):
    text: str
    speaker: str | None = None
    article_id: str
    span: Span | None = None


class Image(Frozen):
    url: str
    article_id: str


class RecordPublisher(Publisher):
    owner: str | None = None
    bias: Bias | None = None
    factuality: Factuality | None = None


class RecordArticle(Frozen):
    """One article in the record's list. `text` stays out: read it at its `url`."""

    article_id: str
    source_id: str | None = None
    revision: int = 1
    url: str | None = None
    title: str = ""
    excerpt: str = ""
    language: str | None = None
    published_at: datetime | None = None
    published_at_source: str | None = None
    received_at: datetime | None = None
    flags: tuple[str, ...] = ()
    publisher: RecordPublisher = RecordPublisher()
    authors: tuple[str, ...] = ()
    image_url: str | None = None
    paywalled: bool | None = None
    reprint_of: str | None = None
    status: str = "usable"
    correction: Correction | None = None
    role: Role = "member"
    membership: Membership | None = None


class Dominant(Frozen):
    label: str
    share: float


class BiasCoverage(Frozen):
    base: str = "publishers"
    counts: dict[str, int] = Field(default_factory=lambda: dict.fromkeys(get_args(Bias), 0))
    grouped: dict[str, int] = Field(default_factory=lambda: dict.fromkeys(SIDES, 0))
    shares: dict[str, float] = Field(default_factory=dict)
    rated: int = 0
    unrated: int = 0
    dominant: Dominant | None = None
    statement: str = ""


class FactualityCoverage(Frozen):
    counts: dict[str, int] = Field(default_factory=lambda: dict.fromkeys(get_args(Factuality), 0))
    rated: int = 0
    unrated: int = 0
    statement: str = ""


class Ownership(Frozen):
    counts: dict[str, int] = Field(default_factory=dict)
    statement: str = ""


class Blindspot(Frozen):
    side: Literal["left", "right"] | None = None
    rule: str = ""
    left_share: float | None = None
    right_share: float | None = None


class RatingsInfo(Frozen):
    name: str | None = None
    version: str | None = None
    licence: str | None = None
    raters: tuple[str, ...] = ()
    disagreement: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class TimelineBucket(Frozen):
    bucket_start: datetime
    articles: int
    publishers: int


class Coverage(Frozen):
    bias: BiasCoverage = BiasCoverage()
    factuality: FactualityCoverage = FactualityCoverage()
    ownership: Ownership = Ownership()
    countries: dict[str, int] = Field(default_factory=dict)
    blindspot: Blindspot = Blindspot()
    ratings: RatingsInfo = RatingsInfo()
    first_publisher: RecordPublisher | None = None
    statements: tuple[str, ...] = ()
    timeline: tuple[TimelineBucket, ...] = ()


class Topic(Frozen):
    """A topic, its share of the story's evidence, and the words that spoke most for it."""

    id: str
    label: str
    score: float
    evidence: tuple[str, ...] = ()


class Entity(Frozen):
    type: str
    name: str
    article_count: int


class Place(Frozen):
    name: str
    country: str | None = None
    lat: float | None = None
    lon: float | None = None
    role: str = "mentioned"


class Importance(Frozen):
    score: float = 0.0
    components: dict[str, float] = Field(default_factory=dict)


class Provenance(Frozen):
    pipeline_version: str
    config_hash: str
    models: tuple[str, ...] = ()
    input_position: str


class StoryRecord(Frozen):
    """The full story at one version: `data` of an event, and (with sequence, epoch) `story:<id>`."""

    story_id: str
    version: int
    previous_version: int | None = None
    status: StoryStatus
    merged_into: str | None = None
    merged_from: tuple[StoryRef, ...] = ()
    split_from: StoryRef | None = None
    split_into: tuple[StoryRef, ...] = ()
    change: Change = Change()
    headline: Headline | None = None
    summary: Summary | None = None
    key_points: tuple[KeyPoint, ...] = ()
    quotes: tuple[Quote, ...] = ()
    image: Image | None = None
    language: str | None = None
    languages: dict[str, int] = Field(default_factory=dict)
    article_count: int = 0
    unique_article_count: int = 0
    reprint_count: int = 0
    publisher_count: int = 0
    independent_source_count: int = 0
    articles: tuple[RecordArticle, ...] = ()
    articles_truncated: int = 0
    coverage: Coverage = Coverage()
    topics: tuple[Topic, ...] = ()
    entities: tuple[Entity, ...] = ()
    places: tuple[Place, ...] = ()
    event_date: str | None = None
    importance: Importance = Importance()
    velocity: float = 0.0
    cohesion: float | None = None
    related: tuple[ScoredStory, ...] = ()
    notes: tuple[EditorNote, ...] = ()
    first_published_at: datetime | None = None
    last_published_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    provenance: Provenance


class LatestStory(StoryRecord):
    """The value of ``story:<id>``: the latest record and where it stands in the stream."""

    sequence: str
    epoch: int


class StoryEvent(Frozen):
    """One entry of ``stories.published``: CloudEvents 1.0 attributes around a full record."""

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str = "application/json"
    dataschema: str
    sequence: str
    epoch: int
    traceparent: str | None = None  # W3C Trace Context of the last article in it, where traces are on
    data: StoryRecord

    @property
    def kind(self) -> EventKind:
        """created, updated, merged, split, withdrawn or closed."""
        return self.type.split(".")[2]  # type: ignore[return-value]  # our own types only
