"""Who published an article: the outlet registry, and the publisher that the record names.

The registry is data (host, name, country, aliases); this module only looks up. An address names
its publisher surer than a declaration does: a declared domain counts only where there is no URL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from urllib.parse import urlsplit

from dateline import outlets
from dateline.articles import Publisher
from services.ingest.tables import table
from services.ingest.text import folded
from services.ingest.urls import WebAddress, read_host, registered_domain, without_amp_cache


@dataclass(frozen=True, slots=True)
class Outlet:
    """What is known of one outlet. `domain` is the host it is known by, and its publisher.id."""

    domain: str
    name: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class OutletRegistry:
    """Host → outlet (aliases included), and the hosts of aggregators. Built by `outlet_registry`."""

    outlets: Mapping[str, Outlet] = field(default_factory=lambda: MappingProxyType({}))
    aggregators: frozenset[str] = frozenset()

    def outlet(self, host: str) -> Outlet | None:
        """The outlet of the longest known host: the host itself, then its parents, down to the
        registered domain (`abcnews.go.com` is not `go.com`)."""
        return next((self.outlets[name] for name in _parents(host) if name in self.outlets), None)

    def is_aggregator(self, host: str) -> bool:
        """Whether the host shows other publishers' articles under its own address."""
        return any(name in self.aggregators for name in _parents(host))


def _parents(host: str) -> list[str]:
    """The host and its parents down to the registered domain, longest first."""
    domain = registered_domain(host)
    labels = host.removesuffix(domain).split(".")[:-1]
    return [".".join([*labels[start:], domain]) for start in range(len(labels) + 1)]


def outlet_registry(rows: Iterable[Mapping[str, str]], aggregators: Iterable[str] = ()) -> OutletRegistry:
    """A registry from rows with `domain`, and optionally `name`, `country`, `aliases`.

    `aliases` are further hosts, divided by white space, commas or semicolons. A row without a
    valid domain is skipped; of two rows for one host the first counts. Other columns are ignored.
    """
    by_host: dict[str, Outlet] = {}
    for row in rows:
        domain = _host_or_none(row.get("domain") or "")
        if domain is None:
            continue
        country = (row.get("country") or "").strip().upper()
        outlet = Outlet(domain, (row.get("name") or "").strip() or None, country or None)
        aliases = (row.get("aliases") or "").replace(",", " ").replace(";", " ").split()
        for host in (domain, *filter(None, map(_host_or_none, aliases))):
            by_host.setdefault(host, outlet)
    return OutletRegistry(MappingProxyType(by_host), frozenset(aggregators))


def _host_or_none(name: str) -> str | None:
    try:
        return read_host(name.strip().removeprefix("www."))
    except ValueError:
        return None


@cache
def default_registry() -> OutletRegistry:
    """The outlets that Dateline knows, and aggregators."""
    return outlet_registry(outlets.rows(), aggregators=table("aggregators")["hosts"])


@dataclass(frozen=True, slots=True)
class DeclaredPublisher:
    """What the sender says of the publisher, cleaned. `domain` is a registered domain."""

    name: str | None = None
    domain: str | None = None
    country: str | None = None


NOBODY = DeclaredPublisher()


def publisher_of(
    address: WebAddress | None,
    declared: DeclaredPublisher,
    registry: OutletRegistry,
    original: DeclaredPublisher = NOBODY,
) -> tuple[Publisher, tuple[str, ...]]:
    """The publisher of an article, and flags.

    Its id: the longest host of `url` that the registry knows, else the registered domain; without
    `url` the declared domain, unverified; else `name:` and the folded name; else null (all
    articles without a publisher count as one). An aggregator's address tells nothing: there the
    declared original counts, else the declared publisher, unverified.
    """
    host = without_amp_cache(address).host if address else None
    if host and registry.is_aggregator(host):
        given = (original, declared) if original.domain else (declared, original)
        told = next((one for one in given if one.domain or one.name), None)
        if told is not None:
            return _declared(_by_name(told), registry), ("aggregator_url",)
    if host:
        outlet = registry.outlet(host) or Outlet(registered_domain(host))
        return _named(outlet, declared, verified=True), ()
    return _declared(declared, registry), ()


def original_of(url: str | None, name: str | None, registry: OutletRegistry) -> DeclaredPublisher:
    """The original that a sender declares, by its address where that is no aggregator's too."""
    host = urlsplit(url).hostname if url else None
    if not host or registry.is_aggregator(host):
        return DeclaredPublisher(name=name)
    outlet = registry.outlet(host)
    return DeclaredPublisher(name=name, domain=outlet.domain if outlet else registered_domain(host))


def _by_name(told: DeclaredPublisher) -> DeclaredPublisher:
    """A name alone, with the domain of the one outlet that bears it."""
    outlet = outlets.registry().named(told.name) if told.name and not told.domain else None
    return replace(told, domain=outlet.domain) if outlet else told


def _declared(declared: DeclaredPublisher, registry: OutletRegistry) -> Publisher:
    if declared.domain:
        return _named(registry.outlet(declared.domain) or Outlet(declared.domain), declared, verified=False)
    publisher_id = f"name:{folded(declared.name)}" if declared.name else None
    return Publisher(id=publisher_id, name=declared.name, country=declared.country)


def _named(outlet: Outlet, declared: DeclaredPublisher, *, verified: bool) -> Publisher:
    return Publisher(
        id=outlet.domain,
        name=outlet.name or declared.name,
        domain=outlet.domain,
        country=outlet.country or declared.country,
        verified=verified,
    )
