"""The name that a publisher may be shown and counted by: its own, never another outlet's."""

from __future__ import annotations

from functools import lru_cache

from dateline.articles import Publisher
from dateline.outlets import registry

REMEMBERED = 4_096


def own_name(publisher: Publisher) -> str | None:
    """What a publisher calls itself; None where a domain that the registry does not know goes by the
    name or the credit of an outlet that it does: there the domain says who it is."""
    name, domain = publisher.name, publisher.domain
    return None if name and domain and _is_anothers(name, domain) else name


@lru_cache(maxsize=REMEMBERED)
def _is_anothers(name: str, domain: str) -> bool:
    known = registry()
    return known.find(domain) is None and bool(known.named(name) or known.agency(name))
