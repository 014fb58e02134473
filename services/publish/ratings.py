"""Ratings of outlets: what is known of a publisher's slant, reliability, owner and country.

A value: the rows that a user brought, over the facts of the registry that comes with Dateline. No
outlet has a slant until somebody rates it. Audience partisanship is never taken for slant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import floor
from typing import get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from dateline import outlets as registry
from dateline.articles import Article, Publisher
from dateline.coverage import Bias, Factuality

BIAS_SCALE: tuple[Bias, ...] = get_args(Bias)
CENTER = 3  # index of "center"; the scale runs from -3 to +3
FACTUALITY_SCALE: tuple[Factuality, ...] = tuple(reversed(get_args(Factuality)))  # very_low first
REMEMBERED = 2_048
MIXED = 2  # index of "mixed", its centre


class RatingRow(BaseModel):
    """One rater's word on one outlet, or plain facts of it. Facts may be left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    domain: str
    bias: Bias | None = None
    factuality: Factuality | None = None
    owner: str | None = None
    owner_type: str | None = None
    country: str | None = None
    name: str | None = None
    aliases: tuple[str, ...] = ()
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Outlet:
    """What all raters together say of an outlet; `disagreement` is what each said where they differ.

    `raters` are those whose word is in `bias` or `factuality`, `loaded` whether the load in force
    says anything of it.
    """

    domain: str
    bias: Bias | None = None
    factuality: Factuality | None = None
    owner: str | None = None
    owner_type: str | None = None
    country: str | None = None
    name: str | None = None
    disagreement: tuple[str, ...] = ()
    raters: tuple[str, ...] = ()
    loaded: bool = True


@dataclass(frozen=True, eq=False)
class Ratings:
    """A load of ratings by domain and alias. Compared by identity: a reload is a new value."""

    name: str | None = None
    version: str | None = None
    licence: str | None = None
    raters: tuple[str, ...] = ()
    outlets: Mapping[str, Outlet] = field(default_factory=dict)

    def look_up(self, publisher: Publisher, url: str | None = None) -> Outlet | None:
        """The outlet of a publisher: longest known host of `url`, of its id or domain, then parent hosts.

        A load may rate `news.un.example`, whose publisher's id is `un.example`.
        """
        return _look_up(self, host_of(url), publisher.id, publisher.domain)

    def of(self, article: Article) -> Outlet | None:
        """The outlet of an article; an aggregator's address tells nothing."""
        return self.look_up(article.publisher, article.url if article.publisher.verified else None)


@lru_cache(maxsize=REMEMBERED)
def host_of(url: str | None) -> str | None:
    """The host of an address; None where it has none."""
    try:
        return urlsplit(url or "").hostname
    except ValueError:  # a bracket where none may be
        return None


def empty_ratings() -> Ratings:
    """No ratings: every source is unrated, and known by the registry alone."""
    return Ratings()


def load_rows(
    rows: Iterable[RatingRow | Mapping[str, object]],
    *,
    name: str | None = None,
    version: str | None = None,
    licence: str | None = None,
) -> Ratings:
    """Ratings from rows; several raters of one outlet are averaged, rounded towards the centre.

    Where one rater speaks of two hosts of an outlet, each host has its own word (see `_by_host`).

    Raises:
        pydantic.ValidationError: a row without domain, or with a value off the scales.
    """
    by_home: dict[str, list[RatingRow]] = {}
    for given in rows:
        row = given if isinstance(given, RatingRow) else RatingRow.model_validate(given)
        by_home.setdefault(_home(row.domain), []).append(row)
    outlets: dict[str, Outlet] = {}
    for home, voices in sorted(by_home.items()):
        for host, own in _by_host(home, voices).items():
            outlets[host] = _outlet(host, own)
    for home, voices in sorted(by_home.items()):
        for alias in sorted({registry.bare_host(alias) for voice in voices for alias in voice.aliases}):
            outlets.setdefault(alias, outlets[home])
    raters = sorted({row.provider for voices in by_home.values() for row in voices if row.provider})
    return Ratings(name=name, version=version, licence=licence, raters=tuple(raters), outlets=outlets)


def _by_host(home: str, voices: list[RatingRow]) -> dict[str, list[RatingRow]]:
    """Who speaks of which host of an outlet: each rater's rows of the host itself, else those of its others.

    So two raters meet who know an outlet by different hosts, and one who names two hosts is not averaged
    with itself: what it says of a host, be it nothing, is said of that host.
    """
    hosts = {registry.bare_host(voice.domain) for voice in voices}
    if len(hosts) == 1:
        return {home: voices}
    own = {(registry.bare_host(voice.domain), voice.provider) for voice in voices}
    return {
        host: [v for v in voices if registry.bare_host(v.domain) == host or (host, v.provider) not in own]
        for host in sorted({home, *hosts})
    }


def _home(domain: str) -> str:
    """The host an outlet is known by: what is said of `bbc.com` is said of `bbc.co.uk`."""
    host = registry.bare_host(domain)
    known = registry.registry().by_host.get(host)
    return known.domain if known else host


def _outlet(domain: str, voices: list[RatingRow]) -> Outlet:
    biases = [BIAS_SCALE.index(voice.bias) - CENTER for voice in voices if voice.bias]
    facts = [FACTUALITY_SCALE.index(voice.factuality) - MIXED for voice in voices if voice.factuality]
    raters = {v.provider for v in voices if v.provider and (v.bias or v.factuality)}
    return Outlet(
        domain=domain,
        bias=BIAS_SCALE[towards_zero(biases) + CENTER] if biases else None,
        factuality=FACTUALITY_SCALE[towards_zero(facts) + MIXED] if facts else None,
        owner=_first(voice.owner for voice in voices),
        owner_type=_first(voice.owner_type for voice in voices),
        country=_first(voice.country for voice in voices),
        name=_first(voice.name for voice in voices),
        disagreement=_disagreement(voices),
        raters=tuple(sorted(raters)),
    )


def towards_zero(values: list[int]) -> int:
    """The mean of some points of a scale whose centre is 0, rounded towards the centre."""
    mean = sum(values) / len(values)
    return floor(mean) if mean > 0 else -floor(-mean)


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _disagreement(voices: list[RatingRow]) -> tuple[str, ...]:
    """Who said what, where raters differ in slant or in reliability."""
    said: list[str] = []
    for judged in ("bias", "factuality"):
        given = [(voice.provider or "unnamed", word) for voice in voices if (word := getattr(voice, judged))]
        if len({word for _, word in given}) > 1:
            said += sorted(f"{who}: {word}" for who, word in given)
    return tuple(said)


@lru_cache(maxsize=REMEMBERED)
def _look_up(ratings: Ratings, *hosts: str | None) -> Outlet | None:
    for host in hosts:
        if host and not host.startswith("name:"):
            found = _known(ratings, registry.bare_host(host))
            if found is not None:
                return found
    return None


def _known(ratings: Ratings, host: str) -> Outlet | None:
    """What the load and the registry say of a host. The one that knows a longer part of it speaks of
    another outlet than the one that knows its parent, and speaks alone."""
    facts = registry.registry().by_host
    while "." in host:
        loaded, known = ratings.outlets.get(host), facts.get(host)
        if known is not None and loaded is None:
            loaded = ratings.outlets.get(known.domain)
        if loaded is not None or known is not None:
            return _together(loaded, known)
        host = host.split(".", 1)[1]
    return None


def _together(loaded: Outlet | None, known: registry.Outlet | None) -> Outlet | None:
    """The load's word, and the registry's where the load says nothing."""
    if known is None:
        return loaded
    said = loaded or Outlet(domain=known.domain, loaded=False)
    judged = FACTUALITY_SCALE[FACTUALITY_SCALE.index(known.factuality)] if known.factuality else None
    rater = () if said.factuality or not judged else (registry.FACTUALITY_RATER,)
    return Outlet(
        domain=said.domain,
        bias=said.bias,
        factuality=said.factuality or judged,
        owner=said.owner or known.owner or None,
        owner_type=said.owner_type or (None if said.owner else known.owner_type or None),
        country=said.country or known.country or None,
        name=said.name or known.name or None,
        disagreement=said.disagreement,
        raters=(*said.raters, *rater),
        loaded=said.loaded,
    )
