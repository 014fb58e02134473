"""Ratings of outlets: what is known of a publisher's slant, reliability, owner and country.

A value, loaded once from rows that a user brings; nothing is rated until somebody rates it.
Scales and rules: docs, "Outlets and ratings". Audience partisanship is never taken for slant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import floor
from typing import get_args

from pydantic import BaseModel, ConfigDict

from dateline.articles import Publisher
from dateline.stories import Bias, Factuality

BIAS_SCALE: tuple[Bias, ...] = get_args(Bias)
CENTER = 3  # index of "center"; the scale runs from -3 to +3
FACTUALITY_SCALE: tuple[Factuality, ...] = tuple(reversed(get_args(Factuality)))  # very_low first


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


@dataclass(frozen=True)
class Outlet:
    """What all raters together say of an outlet."""

    domain: str
    bias: Bias | None = None
    factuality: Factuality | None = None
    owner: str | None = None
    owner_type: str | None = None
    country: str | None = None
    name: str | None = None
    disagreement: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Ratings:
    """All outlets by domain and alias. Compared by identity: a reload is a new value."""

    name: str | None = None
    version: str | None = None
    licence: str | None = None
    raters: tuple[str, ...] = ()
    outlets: Mapping[str, Outlet] = field(default_factory=dict)

    def look_up(self, publisher: Publisher) -> Outlet | None:
        """The outlet of a publisher: longest known host of its id or domain, then parent hosts."""
        return _look_up(self, publisher.id, publisher.domain)


def empty_ratings() -> Ratings:
    """No ratings: every source is unrated."""
    return Ratings()


def load_rows(
    rows: Iterable[RatingRow | Mapping[str, object]],
    *,
    name: str | None = None,
    version: str | None = None,
    licence: str | None = None,
) -> Ratings:
    """Ratings from rows; several raters of one outlet are averaged, rounded towards the centre.

    Raises:
        pydantic.ValidationError: a row without domain, or with a value off the scales.
    """
    by_domain: dict[str, list[RatingRow]] = {}
    for given in rows:
        row = given if isinstance(given, RatingRow) else RatingRow.model_validate(given)
        by_domain.setdefault(_host(row.domain), []).append(row)
    outlets: dict[str, Outlet] = {}
    for domain, voices in sorted(by_domain.items()):
        outlet = _outlet(domain, voices)
        for alias in sorted({_host(alias) for voice in voices for alias in voice.aliases}):
            outlets.setdefault(alias, outlet)
        outlets[domain] = outlet
    raters = sorted({row.provider for voices in by_domain.values() for row in voices if row.provider})
    return Ratings(name=name, version=version, licence=licence, raters=tuple(raters), outlets=outlets)


def _host(domain: str) -> str:
    return domain.strip().lower().removeprefix("www.").rstrip("./")


def _outlet(domain: str, voices: list[RatingRow]) -> Outlet:
    biases = [BIAS_SCALE.index(voice.bias) - CENTER for voice in voices if voice.bias]
    facts = [FACTUALITY_SCALE.index(voice.factuality) for voice in voices if voice.factuality]
    return Outlet(
        domain=domain,
        bias=BIAS_SCALE[towards_zero(biases) + CENTER] if biases else None,
        factuality=FACTUALITY_SCALE[towards_zero([fact - 2 for fact in facts]) + 2] if facts else None,
        owner=_first(voice.owner for voice in voices),
        owner_type=_first(voice.owner_type for voice in voices),
        country=_first(voice.country for voice in voices),
        name=_first(voice.name for voice in voices),
        disagreement=_disagreement(voices) if len(set(biases)) > 1 else (),
    )


def towards_zero(values: list[int]) -> int:
    """The mean of some points of a scale whose centre is 0, rounded towards the centre."""
    mean = sum(values) / len(values)
    return floor(mean) if mean > 0 else -floor(-mean)


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _disagreement(voices: list[RatingRow]) -> tuple[str, ...]:
    return tuple(sorted(f"{voice.provider or 'unnamed'}: {voice.bias}" for voice in voices if voice.bias))


@lru_cache(maxsize=65_536)
def _look_up(ratings: Ratings, publisher_id: str | None, domain: str | None) -> Outlet | None:
    for host in (publisher_id, domain):
        if host and not host.startswith("name:"):
            found = _longest(ratings.outlets, _host(host))
            if found is not None:
                return found
    return None


def _longest(outlets: Mapping[str, Outlet], host: str) -> Outlet | None:
    """`abcnews.go.com` before `go.com`; a bare suffix is nobody's outlet."""
    while "." in host:
        if host in outlets:
            return outlets[host]
        host = host.split(".", 1)[1]
    return None
