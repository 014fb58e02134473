"""Files of outlet ratings as raters publish them: what can be taken of them, and what not, with the reason.

Four kinds are known by their columns: a plain CSV, Media Bias/Fact Check JSON, AllSides CSV (outlets by
name) and the list of Lin et al. (`domain,pc1`). Good values are taken, bad ones are left out and reported;
a file that cannot be read at all is refused. How an outlet's audience votes is not its slant: such columns
are never read.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dateline.outlets import Registry, registry, scales

COLUMNS = (
    "domain", "name", "aliases", "bias", "factuality", "owner", "owner_type", "country", "language",
    "provider", "date",
)  # fmt: skip
READERS: dict[str, Callable[[str], str]] = {
    "bias": scales.bias,
    "factuality": scales.factuality,
    "owner_type": scales.owner_type,
    "country": scales.country,
}
FACTS = ("name", "bias", "factuality", "owner", "owner_type", "country", "language")
KINDS = {
    "csv": "CSV", "mbfc": "Media Bias/Fact Check JSON", "allsides": "AllSides CSV", "lin": "Lin et al. CSV",
}  # fmt: skip
MOST_OUTLETS = 200_000
MOST_EXAMPLES = 20

Row = dict[str, Any]
Told = Callable[[int], None]


class UnreadableRatings(ValueError):
    """The file as a whole is none; the message says what is wrong and what is needed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A row, or a value of it, that was not taken. `where` is a line of a CSV file or a place in JSON."""

    where: str
    reason: str
    row_taken: bool = False


@dataclass
class Import:
    """What came of a file. `tally` counts the problems by kind, `problems` holds the first of each kind."""

    kind: str
    rows: list[Row] = field(default_factory=list)
    read: int = 0
    problems: list[Problem] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def outlets(self) -> int:
        return len({row["domain"] for row in self.rows})

    @property
    def complete(self) -> bool:
        """Whether everything in the file was taken (what it says twice, once)."""
        return not self.tally.keys() - {"repeated"}

    def miss(self, what: str, where: str, reason: str, *, row_taken: bool = False) -> None:
        """Note that something is not taken; `what` is the kind of problem, as the tally names it."""
        self.tally[what] += 1
        if self.tally[what] <= MOST_EXAMPLES:
            self.problems.append(Problem(where, reason, row_taken))


def read_file(data: bytes, provider: str = "", told: Told = lambda _: None) -> Import:
    """Read a file. `provider` names the rater where the file does not; `told` hears how many rows are read.

    Raises:
        UnreadableRatings: it is none of the kinds, or too large.
    """
    text, note = decode(data)
    if text.lstrip()[:1] in ("{", "["):
        found = _read_mbfc(text, provider or "Media Bias/Fact Check")
    else:
        found = _read_csv(text, provider, told)
    found.notes[:0] = [note] if note else []
    found.rows = _without_doubles(found)
    if found.outlets > MOST_OUTLETS:
        raise UnreadableRatings(
            f"it rates {found.outlets:,} outlets, and a load holds {MOST_OUTLETS:,} at most; "
            "leave out those that you never receive articles from"
        )
    return found


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file, with a note where its encoding is not UTF-8.

    Raises:
        UnreadableRatings: it is no text.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace"), "The file is UTF-16."
    if b"\0" in data[:4096]:
        raise UnreadableRatings("it is no text file; export it as CSV or JSON")
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "The file is not UTF-8; it was read as Windows-1252."


# --- CSV ----------------------------------------------------------------------------------------


def _read_csv(text: str, provider: str, told: Told) -> Import:
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
    "csv": COLUMNS, "allsides": ("news_source", "rating", "type"), "lin": ("domain", "pc1"),
}  # fmt: skip


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
    host = _domain(found, cells.get("domain", ""), where)
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
        row["aliases"] = _aliases(found, cells["aliases"], where)
    if len(row) == 1:
        found.miss("says nothing", where, f"says nothing of {host} that could be taken")
        return
    row["provider"] = cells.get("provider") or provider
    found.rows.append(_told(row | {"date": cells.get("date", "")}))


def _domain(found: Import, given: str, where: str) -> str | None:
    if not given:
        found.miss("no domain", where, "has no domain")
        return None
    try:
        return scales.domain(given)
    except scales.OffScale as error:
        found.miss("bad domain", where, f"domain {error}")
        return None


def _aliases(found: Import, given: str, where: str) -> list[str]:
    hosts = []
    for each in given.replace("|", " ").replace(";", " ").replace(",", " ").split():
        try:
            hosts.append(scales.domain(each))
        except scales.OffScale as error:
            found.miss("bad alias", where, f"alias {error}", row_taken=True)
    return hosts


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
    found.rows.append({"domain": outlet.domain, "bias": slant, "provider": provider})


def _lin_row(found: Import, cells: dict[str, str], where: str, provider: str) -> None:
    host = _domain(found, cells.get("domain", ""), where)
    if host is None:
        return
    try:
        found.rows.append(
            {"domain": host, "factuality": scales.pc1(cells.get("pc1", "")), "provider": provider}
        )
    except scales.OffScale as error:
        found.miss("bad pc1", where, f"{host}: pc1 {error}")


# --- Media Bias/Fact Check ----------------------------------------------------------------------


def _read_mbfc(text: str, provider: str) -> Import:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableRatings(f"it begins like JSON and is none: {error}") from error
    found = Import(KINDS["mbfc"])
    whole = given if isinstance(given, dict) else {"sources": given}
    date = str(whole.get("date") or "")
    aliases = _mbfc_aliases(whole.get("aliases"))
    for where, source in _sources(whole.get("sources")):
        found.read += 1
        _mbfc_row(found, source, where, aliases, {"provider": provider, "date": date})
    return found


def _sources(given: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The sources with their place, from a list or from an object by domain."""
    if isinstance(given, dict):
        listed: Iterable[tuple[str, Any]] = ((f"sources[{key!r}]", value) for key, value in given.items())
        keys = list(given)
    elif isinstance(given, list):
        listed = ((f"sources[{number}]", value) for number, value in enumerate(given))
        keys = [""] * len(given)
    else:
        raise UnreadableRatings(
            "it has no 'sources', a list of objects with 'domain', 'bias' and 'reporting'"
        )
    for (where, source), key in zip(listed, keys, strict=True):
        yield where, ({"domain": key} if key else {}) | source if isinstance(source, dict) else {}


def _mbfc_aliases(given: Any) -> dict[str, list[str]]:
    """Aliases by domain; the file has alias → domain, or domain → aliases."""
    found: dict[str, list[str]] = {}
    for key, value in given.items() if isinstance(given, dict) else ():
        if isinstance(value, str):
            found.setdefault(value, []).append(key)
        elif isinstance(value, list):
            found.setdefault(key, []).extend(each for each in value if isinstance(each, str))
    return found


def _mbfc_row(
    found: Import, source: Mapping[str, Any], where: str, aliases: Mapping[str, list[str]], rest: Row
) -> None:
    host = _domain(found, str(source.get("domain") or ""), where)
    if host is None:
        return
    row: Row = {"domain": host}
    for name, column in (("bias", "bias"), ("factuality", "reporting")):
        value = source.get(column)
        if value in (None, ""):
            continue
        try:
            row[name] = READERS[name](str(value))
        except scales.OffScale as error:
            found.miss(f"bad {name}", where, f"{host}: {column} {error}", row_taken=True)
    if len(row) == 1:
        found.miss("says nothing", where, f"says nothing of {host} that could be taken")
        return
    if isinstance(source.get("name"), str):
        row["name"] = source["name"].strip()[: scales.MOST_TEXT]
    further = " ".join(aliases.get(str(source.get("domain")), []))
    if further:
        row["aliases"] = _aliases(found, further, where)
    found.rows.append(_told(row | rest))


# --- all of them --------------------------------------------------------------------------------


def _told(row: Row) -> Row:
    return {name: value for name, value in row.items() if value not in ("", [], None)}


def _without_doubles(found: Import) -> list[Row]:
    """One word of one rater on one outlet: the newest by date, else the first."""
    kept: dict[tuple[str, str], Row] = {}
    for row in found.rows:
        key = (row["domain"], row.get("provider", ""))
        other = kept.setdefault(key, row)
        if other is row:
            continue
        newer = bool(other.get("date")) and row.get("date", "") > other["date"]
        kept[key] = row if newer else other
        said = sorted(name for name in FACTS if row.get(name) != other.get(name))
        who = row.get("provider") or "one rater"
        if said:
            which = "newer" if newer else "first"
            reason = f"{who} rates it twice, with another {' and '.join(said)}; the {which} counts"
            found.miss("contradicted", row["domain"], reason)
        else:
            found.miss(
                "repeated", row["domain"], f"{who} rates it twice, alike; it counts once", row_taken=True
            )
    return list(kept.values())
