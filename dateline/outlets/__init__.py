"""The registry of outlets: who is behind a host, as far as a source says so.

Facts from four files, the first that has a value wins: own, wikipedia, publishers, us_local. An empty value
means that no source says anything. Licences: NOTICE beside the files. No outlet has a bias here.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

VERSION = "2026-11"
NAME = "Dateline outlet registry"
LICENCE = "Apache-2.0, MIT, CC-BY-SA-4.0 (factuality, from Wikipedia)"
# Who judged the factuality of an outlet here, as a record names the rater.
FACTUALITY_RATER = "Wikipedia, perennial sources (CC BY-SA 4.0)"
OWNER_TYPES = (
    "independent",
    "conglomerate",
    "private_equity",
    "government",
    "public_service",
    "telecom",
    "wealthy_individual",
    "other",
)


# Remarks that are no part of a name: an abbreviation, or that it is the news that is meant (not the opinion).
REMARK = re.compile(
    r"\((?:\w{2,4}|(?:Online )?News|Online|Digital|Website|News Online|Web News)\)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Outlet:
    """One outlet. `sources` names the files that know it; `owner` is as old as its source (us_local: 2018).

    `agency`: a news agency, whose articles stand in other outlets under its credit.
    """

    domain: str
    name: str = ""
    other_names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    country: str = ""
    language: str = ""
    owner: str = ""
    owner_type: str = ""
    factuality: str = ""
    agency: bool = False
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Registry:
    """Outlets by every host they are known by, and agencies by the folded forms of their credit."""

    by_host: Mapping[str, Outlet]
    agencies: Mapping[str, str]
    _by_name: dict[str, str | None] = field(default_factory=dict)

    @property
    def outlets(self) -> list[Outlet]:
        """Every outlet once, by domain."""
        return sorted({o.domain: o for o in self.by_host.values()}.values(), key=lambda o: o.domain)

    def find(self, host: str) -> Outlet | None:
        """The outlet of the longest known host: the host itself, then its parents.

        `abcnews.go.com` is not `go.com`, and `go.com` is not `abcnews.go.com`.
        """
        return longest(self.by_host, host)

    def named(self, name: str) -> Outlet | None:
        """The one outlet of this name (folded, without article and remarks); None if none or several.

        Local outlets share their names with larger ones ("The Guardian"); they come second.
        """
        if not self._by_name:
            local = [outlet.sources == ("us_local",) for outlet in self.outlets]
            _index_names(
                self._by_name, [o for o, small in zip(self.outlets, local, strict=True) if not small]
            )
            further: dict[str, str | None] = {}
            _index_names(further, [o for o, small in zip(self.outlets, local, strict=True) if small])
            for each, domain in further.items():
                self._by_name.setdefault(each, domain)
        domain = self._by_name.get(folded(name))
        return self.by_host[domain] if domain else None

    def agency(self, credit: str | None) -> str | None:
        """The domain of the agency that prints its credit so."""
        return self.agencies.get(_credit(credit)) if credit else None


def _index_names(table: dict[str, str | None], outlets: Iterable[Outlet]) -> None:
    """Outlets by folded name, None where several bear it."""
    for outlet in outlets:
        names = (outlet.name, *outlet.other_names)
        for each in {folded(name) for name in names if name}:
            table[each] = None if each in table else outlet.domain


def longest(table: Mapping[str, Any], host: str) -> Any | None:
    """The value of the longest entry that is the host or a parent of it; a bare suffix is nobody's."""
    host = bare_host(host)
    while "." in host:
        if host in table:
            return table[host]
        host = host.split(".", 1)[1]
    return None


def bare_host(host: str) -> str:
    """A host as the registry writes it: lower case, without `www.` and a closing dot."""
    return host.strip().lower().removeprefix("www.").rstrip("./")


def folded(name: str) -> str:
    """A name for comparing: case folded, without article, remarks in parentheses and punctuation."""
    plain = REMARK.sub(" ", name).casefold().replace("&", " and ")
    words = re.findall(r"\w+", plain)
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


def _credit(printed: str) -> str:
    return re.sub(r"\s+", " ", printed).strip(" .").casefold()


def rows() -> Iterable[dict[str, str]]:
    """What finding an article's publisher needs of each outlet: domain, name, country, aliases (hosts)."""
    for outlet in registry().outlets:
        aliases = " ".join(outlet.aliases)
        yield {"domain": outlet.domain, "name": outlet.name, "country": outlet.country, "aliases": aliases}


@cache
def registry() -> Registry:
    """The registry that comes with Dateline."""
    own = tomllib.loads(_read("data/own.toml"))
    facts = [
        *(("own", row) for row in _own_rows(own)),
        *(("wikipedia", row) for row in _table("wikipedia/perennial.csv")),
        *(("publishers", row) for row in _table("data/publishers.csv")),
        *(("us_local", row | {"country": "US"}) for row in _table("data/us_local.csv")),
    ]
    return build(facts, own["aliases"], own["agencies"])


def build(
    facts: Iterable[tuple[str, Mapping[str, str]]],
    aliases: Mapping[str, str],
    agencies: Iterable[Mapping[str, Any]],
) -> Registry:
    """A registry from rows, each with its source, in the order in which they are believed."""
    agencies = list(agencies)
    home = {alias: domain for domain, several in aliases.items() for alias in several.split()}
    rows: dict[str, list[tuple[str, Mapping[str, str]]]] = {}
    for source, row in facts:
        rows.setdefault(home.get(row["domain"], row["domain"]), []).append((source, row))
    wires = {agency["domain"] for agency in agencies}
    outlets = {
        domain: _outlet(domain, given, tuple(aliases.get(domain, "").split()), domain in wires)
        for domain, given in rows.items()
    }
    by_host = {alias: outlets[domain] for alias, domain in home.items() if domain in outlets} | outlets
    credits = {
        _credit(each): a["domain"] for a in agencies for each in (*a["credits"], a["domain"], a["name"])
    }
    hosts = {alias: domain for alias, domain in home.items() if domain in wires}
    return Registry(by_host, credits | hosts)


def _outlet(
    domain: str, given: list[tuple[str, Mapping[str, str]]], aliases: tuple[str, ...], agency: bool
) -> Outlet:
    def first(column: str) -> str:
        return next((row[column] for _, row in given if row.get(column)), "")

    names = [name for _, row in given for name in (row.get("name"), *row.get("other_names", "").split("|"))]
    with_owner = next((row for _, row in given if row.get("owner")), {})
    return Outlet(
        domain=domain,
        name=first("name"),
        other_names=tuple(dict.fromkeys(name for name in names if name and name != first("name"))),
        aliases=aliases,
        country=first("country"),
        language=first("language"),
        owner=with_owner.get("owner", ""),
        owner_type=with_owner.get("owner_type", ""),
        factuality=first("factuality"),
        agency=agency,
        sources=tuple(dict.fromkeys(source for source, _ in given)),
    )


def _own_rows(own: Mapping[str, Any]) -> Iterable[dict[str, str]]:
    for agency in own["agencies"]:
        row = {"domain": agency["domain"], "name": agency["name"], "country": agency.get("country", "")}
        yield row | {"other_names": "|".join(agency["credits"])}
    for domain, several in own["names"].items():
        name, *others = several.split("|")
        yield {"domain": domain, "name": name, "other_names": "|".join(others)}
    for country, hosts in own["countries"].items():
        yield from ({"domain": host, "country": country} for host in hosts.split())
    yield from ({"domain": domain} for domain in own["aliases"])


def _table(path: str) -> Iterable[dict[str, str]]:
    yield from csv.DictReader(_read(path).splitlines())


def _read(path: str) -> str:
    return files("dateline.outlets").joinpath(path).read_text(encoding="utf-8")
