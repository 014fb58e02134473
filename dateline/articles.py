"""The article: what ingest has made of a raw one, and the log of a shard that carries it.

An entry of ``articles:{S}`` is an article, a retraction, a tick of the shard's logical clock or
a control act. Cluster reads nothing else, so the log alone decides every story.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["usable", "withheld", "canceled"]
PublishedAtSource = Literal["given", "received", "clamped"]
LogKind = Literal["article", "retraction", "tick", "control"]


class Frozen(BaseModel):
    """Base of all values on our streams: immutable, unknown fields ignored (newer writers)."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Publisher(Frozen):
    """Who publishes an article: `id` is the identity that counts votes and sources."""

    id: str | None = Field(
        None,
        description="Longest host of `url` known to the registry, else its registered domain, else `name:…`.",
    )
    name: str | None = Field(None, description="As the registry or the sender has it.")
    domain: str | None = Field(None, description="Registered domain.")
    country: str | None = Field(None, description="ISO 3166, of its seat.")
    verified: bool = Field(False, description="Whether the domain was read from `url`, not only declared.")


class Correction(Frozen):
    """A correction the publisher printed: its words and when it was made."""

    text: str = Field(description="The publisher's words.")
    at: datetime | None = Field(None, description="When it was made.")


class Article(Frozen):
    """A clean article: cleaned text, resolved identity, publisher, dates and language."""

    article_id: str
    source_id: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    title: str
    text: str = ""
    description: str = ""
    published_at: datetime
    published_at_source: PublishedAtSource = "received"
    received_at: datetime
    updated_at: datetime | None = None
    version: str | None = None
    language: str | None = None
    language_confidence: float | None = None
    publisher: Publisher = Publisher()
    original_publisher: str | None = None
    original_url: str | None = None
    authors: tuple[str, ...] = ()
    image_url: str | None = None
    paywalled: bool | None = None
    genre: str | None = None
    subjects: tuple[str, ...] = ()
    dateline: str | None = None
    correction: Correction | None = None
    expires_at: datetime | None = None
    status: Status = "usable"
    flags: tuple[str, ...] = ()

    @property
    def body(self) -> str:
        """What there is to read below the title: the text, else the description."""
        return self.text or self.description


class Retraction(Frozen):
    """An article's withdrawal: `canceled` for good, `withheld` until it comes again as usable."""

    article_id: str
    status: Literal["withheld", "canceled"]
    reason: str = "retracted"


class ControlAct(Frozen):
    """An editor's act, a chunk of a ratings load or an accepted generated text.

    `act` names it; the act's own fields are in `body`, unvalidated here: the stage that applies
    an act validates it.
    """

    act: str
    act_id: str = ""
    body: dict[str, Any] = Field(default_factory=dict)


class LogEntry(Frozen):
    """One entry of ``articles:{S}``. Times and durations in milliseconds (Unix epoch)."""

    entry_id: str
    kind: LogKind
    arrived: int = 0
    advance: int = 0
    raw_id: str | None = None
    article: Article | None = None
    retraction: Retraction | None = None
    control: ControlAct | None = None


def read_log_entry(entry_id: str, fields: Mapping[bytes, bytes]) -> LogEntry:
    """Parse one entry of ``articles:{S}``.

    Raises:
        ValueError: the entry is not one that ingest writes (pydantic's ValidationError included).
    """
    kind = fields.get(b"kind", b"").decode()
    data = fields.get(b"data", b"{}")
    parsed: dict[str, Any] = {}
    if kind == "article":
        parsed["article"] = Article.model_validate_json(data)
    elif kind == "retraction":
        parsed["retraction"] = Retraction.model_validate_json(data)
    elif kind == "control":
        parsed["control"] = ControlAct.model_validate_json(data)
    elif kind != "tick":
        raise ValueError(f"kind: {kind!r} is none of article, retraction, tick, control")
    raw_id = fields.get(b"raw_id")
    return LogEntry(
        entry_id=entry_id,
        kind=kind,
        arrived=int(fields.get(b"arrived", b"0")),
        advance=int(fields.get(b"advance", b"0")),
        raw_id=raw_id.decode() if raw_id else None,
        **parsed,
    )


def from_ms(milliseconds: int) -> datetime:
    """The UTC time of a Unix epoch in milliseconds."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def to_ms(moment: datetime) -> int:
    """Unix epoch in milliseconds of an aware time."""
    return round(moment.timestamp() * 1000)
