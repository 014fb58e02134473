"""Ratings in the JSON of Media Bias/Fact Check: sources as a list or by domain, aliases beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dateline.outlets import scales
from dateline.outlets.findings import (
    KINDS,
    READERS,
    Import,
    Row,
    UnreadableRatings,
    aliases_of,
    host_of,
    said,
    says_nothing,
)


def read_mbfc(text: str, provider: str) -> Import:
    """Read the JSON of Media Bias/Fact Check; raises UnreadableRatings."""
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
    host = host_of(found, str(source.get("domain") or ""), where)
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
        says_nothing(found, host, where)
        return
    if isinstance(source.get("name"), str):
        row["name"] = source["name"].strip()[: scales.MOST_TEXT]
    further = " ".join(aliases.get(str(source.get("domain")), []))
    if further:
        row["aliases"] = aliases_of(found, further, where)
    found.rows.append(said(row | rest))
