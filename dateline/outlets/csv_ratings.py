"""Ratings in CSV files: a plain one, AllSides' (by name of outlet), the list of Lin et al. (`domain,pc1`)."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable

from dateline.outlets import Registry, registry, scales
from dateline.outlets.findings import (
    COLUMNS,
    FACTS,
    KINDS,
    READERS,
    Import,
    Row,
    Told,
    UnreadableRatings,
    aliases_of,
    host_of,
    said,
    says_nothing,
)


def read_csv(text: str, provider: str, told: Told) -> Import:
    """Read a CSV file; raises UnreadableRatings."""
    first = text[:65_536].splitlines()
    header = first[0] if first else ""
    delimiter = max(",;\t", key=header.count)
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        columns = [name.strip().casefold().replace(" ", "_") for name in next(lines, [])]
        read, kind = _reader_of(columns, provider)
        found = Import(KINDS[kind])
        ignored = [name for name in columns if name and name not in _KNOWN[kind]]
        if ignored:
            found.notes.append(f"Columns that are not read: {', '.join(ignored)}.")
        for cells in lines:
            if any(cells):
                found.read += 1
                _read_line(found, read, columns, cells, f"line {lines.line_num}")
                if found.read % 10_000 == 0:
                    told(found.read)
    except csv.Error as error:
        raise UnreadableRatings(f"line {lines.line_num}: {error}; is it a CSV file?") from error
    return found


def _read_line(found: Import, read: RowReader, columns: list[str], cells: list[str], where: str) -> None:
    if any(cells[len(columns) :]):
        reason = f"has {len(cells)} cells, the first line names {len(columns)}; quote cells that hold commas"
        found.miss("too many cells", where, reason)
    else:
        read(found, _cells(columns, cells), where)


def _cells(columns: list[str], cells: list[str]) -> dict[str, str]:
    return {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name and cell.strip()}


RowReader = Callable[[Import, dict[str, str], str], None]
_KNOWN: dict[str, tuple[str, ...]] = {
    "csv": COLUMNS,
    "allsides": ("news_source", "rating", "type"),
    "lin": ("domain", "pc1"),
}


def _reader_of(columns: list[str], provider: str) -> tuple[RowReader, str]:
    doubled = [name for name, count in Counter(columns).items() if count > 1 and name]
    if doubled:
        raise UnreadableRatings(f"it has the column {doubled[0]!r} twice; name each once")
    if {"news_source", "rating"} <= set(columns):
        names = registry()
        return lambda i, c, w: _allsides_row(i, c, w, names, provider or "AllSides"), "allsides"
    if {"domain", "pc1"} <= set(columns):
        return lambda i, c, w: _lin_row(i, c, w, provider or "Lin et al."), "lin"
    if "domain" in columns and set(columns) & set(FACTS):
        return lambda i, c, w: _plain_row(i, c, w, provider), "csv"
    named = ", ".join(columns[:12]) or "none"
    raise UnreadableRatings(
        f"its first line must name the columns: 'domain' and at least one of {', '.join(FACTS)}; or those of "
        f"AllSides (news_source, rating) or of Lin et al. (domain, pc1). It names: {named}"
    )


def _plain_row(found: Import, cells: dict[str, str], where: str, provider: str) -> None:
    host = host_of(found, cells.get("domain", ""), where)
    if host is None:
        return
    row: Row = {"domain": host}
    for name in FACTS:
        if name in cells:
            try:
                row[name] = READERS.get(name, scales.text)(cells[name])
            except scales.OffScale as error:
                found.miss(f"bad {name}", where, f"{name} {error}", row_taken=True)
    if "aliases" in cells:
        row["aliases"] = aliases_of(found, cells["aliases"], where)
    if len(row) == 1:
        says_nothing(found, host, where)
        return
    row["provider"] = cells.get("provider") or provider
    found.rows.append(said(row | {"date": cells.get("date", "")}))


def _allsides_row(found: Import, cells: dict[str, str], where: str, names: Registry, provider: str) -> None:
    name = cells.get("news_source", "")
    outlet = names.named(name)
    if outlet is None:
        found.miss(
            "unmatched",
            where,
            f"{scales.shown(name)} is the name of no outlet, or of several, in the registry",
        )
        return
    try:
        slant = scales.bias(cells.get("rating", ""))
    except scales.OffScale as error:
        found.miss("bad bias", where, f"{scales.shown(name)}: rating {error}")
        return
    found.rows.append(said({"domain": outlet.domain, "bias": slant, "provider": provider}))


def _lin_row(found: Import, cells: dict[str, str], where: str, provider: str) -> None:
    host = host_of(found, cells.get("domain", ""), where)
    if host is None:
        return
    try:
        found.rows.append(
            {"domain": host, "factuality": scales.pc1(cells.get("pc1", "")), "provider": provider}
        )
    except scales.OffScale as error:
        found.miss("bad pc1", where, f"{host}: pc1 {error}")
