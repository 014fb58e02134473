"""Loads of outlet ratings that arrive in chunks on the log: what is in force, and what is coming.

The rows lie packed, a field a chunk, so that a chunk of a large load costs its own size. Of several
senders at once, each load is gathered by itself; the last one that is complete is in force.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from services.publish.ratings import RatingRow, Ratings, empty_ratings, load_rows

STATE = "loads"
MOST_COMING = 4
MOST_CHUNKS = 2_000

Row = dict[str, Any]
# Fields of the shard's ratings hash to set, or to delete (None).
Writes = dict[str, bytes | str | None]


class Load(BaseModel):
    """One load: what it is called, and which of its chunks are here. `key` is where its rows lie."""

    key: str
    name: str = ""
    version: str = ""
    licence: str = ""
    chunks: int = 1
    have: list[int] = Field(default_factory=list)

    def part(self, number: int) -> str:
        return f"{self.key}:{number}"


class Loads(BaseModel):
    """The load in force (None before the first), and those of which chunks are missing, by load id."""

    count: int = 0
    in_force: Load | None = None
    coming: dict[str, Load] = Field(default_factory=dict)


class Chunk(BaseModel):
    """The body of a `ratings` act."""

    load_id: str = Field(min_length=1, max_length=200)
    name: str = ""
    version: str = ""
    licence: str = ""
    chunk: int = Field(default=0, ge=0)
    chunks: int = Field(default=1, ge=1, le=MOST_CHUNKS)
    rows: list[Row]


def read_chunk(body: Mapping[str, Any]) -> Chunk:
    """A chunk with its rows checked.

    Raises:
        ValueError: the body is none; the message names the field, or the row and what is wrong with it.
    """
    try:
        chunk = Chunk.model_validate(body)
    except ValidationError as error:
        raise ValueError(f"ratings: {_first(error)}") from error
    if chunk.chunk >= chunk.chunks:
        raise ValueError(f"ratings: chunk {chunk.chunk} of {chunk.chunks}: chunks are counted from 0")
    rows = [_told(row) for row in chunk.rows]
    for number, row in enumerate(rows):
        try:
            RatingRow.model_validate(row)
        except ValidationError as error:
            raise ValueError(f"ratings: chunk {chunk.chunk}, row {number}: {_first(error)}") from error
    return chunk.model_copy(update={"rows": rows})


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _told(row: Row) -> Row:
    """A row without its empty cells (an empty cell says nothing), aliases as a list."""
    said = {name: value for name, value in row.items() if value not in ("", None)}
    if isinstance(said.get("aliases"), str):
        said["aliases"] = re.split(r"[\s,;|]+", said["aliases"].strip())
    return said


def add_chunk(loads: Loads, chunk: Chunk) -> tuple[Loads, Writes, bool]:
    """Add a chunk: the loads after it, what to write, and whether its load is now in force."""
    new = loads.model_copy(deep=True)
    writes: Writes = {}
    load = new.coming.get(chunk.load_id)
    if load is None or load.chunks != chunk.chunks:
        _drop(new, chunk.load_id, writes)
        new.count += 1
        load = Load(
            key=str(new.count),
            name=chunk.name,
            version=chunk.version,
            licence=chunk.licence,
            chunks=chunk.chunks,
        )
        new.coming[chunk.load_id] = load
        for oldest in list(new.coming)[:-MOST_COMING]:
            _drop(new, oldest, writes)
    if chunk.chunk not in load.have:
        load.have.append(chunk.chunk)
    writes[load.part(chunk.chunk)] = pack_rows(chunk.rows)
    complete = len(load.have) == load.chunks
    if complete:
        del new.coming[chunk.load_id]
        _forget(new.in_force, writes)
        new.in_force = load
    writes[STATE] = new.model_dump_json()
    return new, writes, complete


def _drop(loads: Loads, load_id: str, writes: Writes) -> None:
    _forget(loads.coming.pop(load_id, None), writes)


def _forget(load: Load | None, writes: Writes) -> None:
    if load is not None:
        writes.update((load.part(number), None) for number in load.have)


def pack_rows(rows: Iterable[Row]) -> bytes:
    return zlib.compress(json.dumps(list(rows), ensure_ascii=False, separators=(",", ":")).encode(), 1)


def read_loads(stored: Mapping[bytes, bytes]) -> Loads:
    """The loads as the shard's ratings hash holds them."""
    state = stored.get(STATE.encode())
    return Loads.model_validate_json(state) if state else Loads()


def in_force(loads: Loads, stored: Mapping[bytes, bytes]) -> Ratings:
    """The ratings in force, from their packed rows (none before the first load)."""
    load = loads.in_force
    if load is None:
        return empty_ratings()
    parts = (stored[load.part(number).encode()] for number in sorted(load.have))
    rows = (row for part in parts for row in json.loads(zlib.decompress(part)))
    return load_rows(rows, name=load.name, version=load.version, licence=load.licence)
