"""Outlet ratings on their way in: rows from a CSV file or from the caller, in chunks for the log."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from dateline.client.errors import RatingsRefused
from dateline.stories import Bias, Factuality

CHUNK_ROWS = 500
COLUMNS = (
    "domain", "name", "aliases", "bias", "factuality", "owner", "owner_type", "country", "language",
    "provider", "date",
)  # fmt: skip
_SCALES: dict[str, tuple[str, ...]] = {"bias": get_args(Bias), "factuality": get_args(Factuality)}
_SEPARATORS = ("|", ";", " ")

Row = dict[str, Any]


def read_ratings(path: Path) -> list[Row]:
    """Rows of a CSV file with a header line; needed is `domain`, known are `COLUMNS`.

    Raises:
        RatingsRefused: no `domain` column, or a row that is none; the message names the line.
    """
    text = path.read_bytes().decode("utf-8-sig", "replace")
    reader = csv.DictReader(io.StringIO(text))
    if "domain" not in (reader.fieldnames or ()):
        raise RatingsRefused(
            f"{path}: has no column 'domain'; the first line must name the columns ({', '.join(COLUMNS)})"
        )
    return [_row(given, f"{path}, line {reader.line_num}") for given in reader]


def checked_rows(rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Rows as the caller gives them, empty values dropped; raises as `read_ratings`."""
    return [_row(given, f"row {number}") for number, given in enumerate(rows, 1)]


def _row(given: Mapping[str, Any], where: str) -> Row:
    row = {name: _value(given[name]) for name in COLUMNS if given.get(name) not in (None, "", [], ())}
    if not isinstance(row.get("domain"), str) or "." not in row["domain"]:
        raise RatingsRefused(f"{where}: 'domain' is missing or no domain; give each outlet its own")
    for name, scale in _SCALES.items():
        if name in row and row[name] not in scale:
            raise RatingsRefused(f"{where}: {name} {row[name]!r} is none of {', '.join(scale)}")
    if isinstance(row.get("aliases"), str):
        row["aliases"] = _listed(row["aliases"])
    return row


def _value(given: Any) -> Any:
    return given.strip() if isinstance(given, str) else given


def _listed(text: str) -> list[str]:
    separator = next((mark for mark in _SEPARATORS if mark in text), ",")
    return [part.strip() for part in text.split(separator) if part.strip()]


def chunks(rows: list[Row], *, name: str, version: str, licence: str) -> Iterator[dict[str, Any]]:
    """The bodies of the `ratings` acts of a load. The same load has the same `load_id`."""
    said = json.dumps([name, version, licence, rows], sort_keys=True, ensure_ascii=False)
    load_id = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    parts = [rows[at : at + CHUNK_ROWS] for at in range(0, len(rows), CHUNK_ROWS)] or [[]]
    for number, part in enumerate(parts):
        yield {
            "load_id": load_id, "name": name, "version": version, "licence": licence,
            "chunk": number, "chunks": len(parts), "rows": part,
        }  # fmt: skip
