"""How much a story matters, from its coverage alone; and how fast articles come.

Each component runs from 0 to 1; the score is their weighted sum, so a reader can check it.
"""

from __future__ import annotations

from datetime import datetime
from math import log2

from dateline.stories import Importance

WEIGHTS = {"sources": 0.5, "countries": 0.15, "balance": 0.15, "velocity": 0.2}
FULL_SOURCES, FULL_COUNTRIES, FULL_VELOCITY = 64, 16, 32


def importance(sources: int, countries: int, sides: int, articles_per_hour: float) -> Importance:
    """`sides` is how many of left, center and right have a rated publisher (0 to 3)."""
    components = {
        "sources": _part(sources, FULL_SOURCES),
        "countries": _part(countries, FULL_COUNTRIES),
        "balance": round(sides / 3, 4),
        "velocity": _part(articles_per_hour, FULL_VELOCITY),
    }
    score = sum(WEIGHTS[name] * part for name, part in components.items())
    return Importance(score=round(score, 4), components=components)


def _part(value: float, full: int) -> float:
    """A count on a logarithmic scale: 0 for nothing, 1 for `full` and more."""
    return round(min(1.0, log2(1 + value) / log2(1 + full)), 4)


def velocity(articles: int, first: datetime, last: datetime) -> float:
    """Articles per hour over the story's span; a span under an hour counts as one."""
    hours = max(1.0, (last - first).total_seconds() / 3600)
    return round(articles / hours, 4)
