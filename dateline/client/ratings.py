"""Outlet ratings on their way in: rows from a file or from the caller, in chunks for the log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dateline.client.errors import RatingsRefused
from dateline.outlets import scales
from dateline.outlets.findings import COLUMNS, FACTS, READERS, Row, UnreadableRatings
from dateline.outlets.importing import read_file

CHUNK_ROWS = 500


def read_ratings(path: Path) -> list[Row]:
    """The rows of a file of ratings (see docs/ratings.md), all or none.

    Raises:
        RatingsRefused: it is no such file, or not everything in it can be taken; the message says where.
    """
    try:
        found = read_file(path.read_bytes())
    except UnreadableRatings as error:
        raise RatingsRefused(f"{path}: {error}") from error
    if not found.complete:
        first, more = found.problems[0], found.tally.total() - 1
        rest = f" (and {more} more; 'dateline outlets check' lists them)" if more else ""
        raise RatingsRefused(f"{path}, {first.where}: {first.reason}{rest}")
    return found.rows


def checked_rows(rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Rows as the caller gives them, empty values dropped; raises as `read_ratings`."""
    return [_row(given, f"row {number}") for number, given in enumerate(rows, 1)]


def _row(given: Mapping[str, Any], where: str) -> Row:
    said = {name: given[name] for name in COLUMNS if given.get(name) not in (None, "", [], ())}
    if "domain" not in said:
        raise RatingsRefused(f"{where}: 'domain' is missing; give each outlet its own")
    row: Row = {}
    for name, value in said.items():
        try:
            row[name] = _value(name, value)
        except scales.OffScale as error:
            raise RatingsRefused(f"{where}: {name} {error}") from error
    return row


def _value(name: str, value: Any) -> Any:
    if name == "aliases":
        parts = (
            value.replace("|", " ").replace(";", " ").replace(",", " ").split()
            if isinstance(value, str)
            else value
        )
        return [scales.domain(str(part)) for part in parts]
    if name == "domain":
        return scales.domain(str(value))
    return READERS[name](str(value)) if name in READERS else scales.text(str(value))


def chunks(rows: list[Row], *, name: str, version: str, licence: str) -> Iterator[dict[str, Any]]:
    """The bodies of the `ratings` acts of a load. The same load has the same `load_id`."""
    said = json.dumps([name, version, licence, rows], sort_keys=True, ensure_ascii=False)
    load_id = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    parts = [rows[at : at + CHUNK_ROWS] for at in range(0, len(rows), CHUNK_ROWS)] or [[]]
    for number, part in enumerate(parts):
        yield {
            "load_id": load_id,
            "name": name,
            "version": version,
            "licence": licence,
            "chunk": number,
            "chunks": len(parts),
            "rows": part,
        }


__all__ = ["COLUMNS", "FACTS", "checked_rows", "chunks", "read_ratings"]
