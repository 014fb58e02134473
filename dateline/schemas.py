"""The machine form of the contract: JSON Schema and AsyncAPI 3, generated from the models.

``python -m dateline.schemas docs/reference`` writes them, ``--check`` says which are stale.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Literal

from faststream.redis import RedisBroker, StreamSub
from faststream.specification import AsyncAPI
from pydantic import BaseModel, Field

from dateline.articles import Frozen
from dateline.client.new_article import NewArticle
from dateline.stories import LatestStory, StoryEvent, StoryRecord
from dateline.streams import INGEST_GROUP, Names

VERSION = "1"


class OutcomeEntry(Frozen):
    """What became of one entry of articles.raw; one per entry, kept a day."""

    entry_id: str = Field(description="The id that XADD returned.")
    outcome: Literal[
        "accepted",
        "revision",
        "duplicate",
        "stale",
        "retracted",
        "reinstated",
        "unknown",
        "expired",
        "rejected",
    ]
    article_id: str = Field("", description="The article's identity; empty when the entry was rejected.")
    reason: str = Field("", description="In words.")


class DeadLetterEntry(Frozen):
    """An entry that could not be processed; its original fields follow with the prefix `f:`."""

    entry_id: str
    stream: str
    stage: str
    code: str = Field(description="For programs: missing_title, bad_url, too_large, unexpected_error, …")
    reason: str = Field(description="In words: what was wrong, where.")
    attempts: int
    time: int = Field(description="Unix epoch, milliseconds.")
    trace: str = ""
    replayable: Literal["0", "1"]


class ControlEntry(Frozen):
    """An act for the log: a ratings load in chunks, an editor's act."""

    act: str = Field(description="ratings, or an editor's act.")
    body: dict[str, Any] = Field(description="The act's own fields, as JSON text.")


SCHEMAS: dict[str, type[BaseModel]] = {
    "article.v1": NewArticle,
    "outcome.v1": OutcomeEntry,
    "dead-letter.v1": DeadLetterEntry,
    "control.v1": ControlEntry,
    "story-event.v1": StoryEvent,
    "story-record.v1": StoryRecord,
    "latest-story.v1": LatestStory,
}


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3 document of the public streams."""
    names = Names()
    broker = RedisBroker("redis://localhost:6379")
    written: list[tuple[str, type[BaseModel], str]] = [
        (names.beside(names.raw, "outcomes"), OutcomeEntry, "What became of each raw entry."),
        (names.dead(names.raw), DeadLetterEntry, "Raw entries that could not be processed."),
        (names.published, StoryEvent, "Story events: CloudEvents 1.0 around a full story record."),
    ]
    for stream, schema, description in written:
        broker.publisher(stream=stream, schema=schema, title=stream, description=description)

    @broker.subscriber(
        stream=StreamSub(names.raw, group=INGEST_GROUP, consumer="worker"),
        title=names.raw,
        description="Raw articles, as plain fields, as JSON in one field, or framed by FastStream.",
    )
    async def raw(article: NewArticle) -> None:
        """Described, never run."""

    @broker.subscriber(
        stream=StreamSub(names.control, group=INGEST_GROUP, consumer="worker"),
        title=names.control,
        description="Control acts; they enter the log.",
    )
    async def control(act: ControlEntry) -> None:
        """Described, never run."""

    described = AsyncAPI(broker, title="Dateline", version=VERSION, schema_version="3.0.0")
    document: dict[str, Any] = described.to_specification().to_jsonable()
    return document


def files() -> dict[str, str]:
    """Path below docs/reference → content."""
    made = {
        f"schemas/{name}.json": schema.model_json_schema(mode="serialization")
        for name, schema in SCHEMAS.items()
    }
    made["asyncapi.json"] = asyncapi()
    return {path: json.dumps(body, indent=2, ensure_ascii=False) + "\n" for path, body in made.items()}


def stale(folder: Path) -> list[str]:
    """Generated files that are missing or differ."""
    return [
        path
        for path, content in files().items()
        if not (folder / path).exists() or (folder / path).read_text(encoding="utf-8") != content
    ]


def main() -> None:
    folder = Path(sys.argv[1])
    if "--check" in sys.argv:
        old = stale(folder)
        if old:
            print(f"stale: {', '.join(old)}; run: python -m dateline.schemas {folder}")
            raise SystemExit(1)
        return
    for path, content in files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
        print(folder / path)


if __name__ == "__main__":
    main()
