"""When to poll a feed again: often while it brings news, seldom while it does not, later when it fails."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

FIRST_SECONDS = 900
FASTER, SLOWER = 0.6, 1.4
LONGEST_FAILING = 24 * 3600
MOST_ASKED = 7 * 24 * 3600


@dataclass(frozen=True)
class Bounds:
    """The shortest and the longest time between two polls, seconds."""

    least: int
    most: int


def after_success(interval: int, news: bool, asked: int, bounds: Bounds) -> int:
    """Seconds to the next poll; `asked`: how long the publisher wants to be left alone (0: says nothing)."""
    current = interval or FIRST_SECONDS
    wanted = round(current * (FASTER if news else SLOWER))
    return max(min(max(wanted, bounds.least), bounds.most), min(asked, MOST_ASKED))


def after_failure(failures: int, asked: int, bounds: Bounds) -> int:
    """Seconds to the next try: doubled with each failure in a row, a day at most unless the server asks."""
    wanted: int = bounds.least * 2 ** min(failures - 1, 16)
    return max(min(wanted, LONGEST_FAILING), min(asked, MOST_ASKED))


def asked_for(cache_control: str, ttl_seconds: int, bounds: Bounds) -> int:
    """How long a publisher wants to be left alone: max-age and ttl, heeded up to the longest interval."""
    ages = [
        int(value)
        for name, _, value in (part.strip().partition("=") for part in cache_control.lower().split(","))
        if name == "max-age" and value.isascii() and value.isdigit() and len(value) < 10
    ]
    return min(max([*ages, ttl_seconds, 0]), bounds.most)


def retry_after(value: str, answered: str) -> int:
    """Seconds of a Retry-After header, a date counted from the answer's own; 0: it says nothing usable."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return int(text) if len(text) < 9 else 0
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(answered)
    except (ValueError, TypeError):  # no dates, or one of them without a zone
        return 0
    return max(0, round(wait.total_seconds()))
