"""A load of outlet ratings that arrives in chunks on the log, and what is in force."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, ValidationError

from services.publish.ratings import Ratings, load_rows


class RatingsLoad(BaseModel):
    """The load in force, and the chunks of the next one so far (chunk number → rows)."""

    load_id: str = ""
    name: str = ""
    version: str = ""
    licence: str = ""
    rows: list[dict[str, Any]] = Field(default_factory=list)
    coming_id: str = ""
    coming: dict[int, list[dict[str, Any]]] = Field(default_factory=dict)


class Chunk(BaseModel):
    """The body of a `ratings` act."""

    load_id: str
    name: str = ""
    version: str = ""
    licence: str = ""
    chunk: int = 0
    chunks: int = 1
    rows: list[dict[str, Any]]


def add_chunk(load: RatingsLoad, body: dict[str, Any]) -> tuple[RatingsLoad, bool]:
    """Add a chunk; (load, True) when it was the last and the new ratings are in force.

    Raises:
        ValueError: the body is no chunk of a ratings load.
    """
    try:
        chunk = Chunk.model_validate(body)
    except ValidationError as error:
        raise ValueError(f"ratings: {error.errors()[0]['loc']}: {error.errors()[0]['msg']}") from error
    coming = dict(load.coming) if load.coming_id == chunk.load_id else {}
    coming[chunk.chunk] = [_told(row) for row in chunk.rows]
    if len(coming) < chunk.chunks:
        return load.model_copy(update={"coming_id": chunk.load_id, "coming": coming}), False
    rows = [row for number in sorted(coming) for row in coming[number]]
    new = RatingsLoad(
        load_id=chunk.load_id, name=chunk.name, version=chunk.version, licence=chunk.licence, rows=rows
    )
    return new, True


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """A row without its empty cells: an empty cell says nothing."""
    return {name: value for name, value in row.items() if value not in ("", None)}


def in_force(load: RatingsLoad) -> Ratings:
    """The ratings of the load in force (empty before the first).

    Raises:
        ValueError: a row has no domain, or a value off the scales.
    """
    return load_rows(load.rows, name=load.name, version=load.version, licence=load.licence)
