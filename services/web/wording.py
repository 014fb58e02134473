"""Names, numbers and times as the pages say them. English; the clock comes in as an argument."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
BIAS = {
    "far_left": "Far left",
    "left": "Left",
    "lean_left": "Lean left",
    "center": "Center",
    "lean_right": "Lean right",
    "right": "Right",
    "far_right": "Far right",
}
FACTUALITY = {
    "very_high": "Very high",
    "high": "High",
    "mixed": "Mixed",
    "low": "Low",
    "very_low": "Very low",
}
SIDE_OF = {
    "far_left": "left",
    "left": "left",
    "lean_left": "left",
    "center": "center",
    "lean_right": "right",
    "right": "right",
    "far_right": "right",
}


@cache
def _names() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(
        (Path(__file__).parent / "data" / "names.json").read_text("utf-8")
    )
    return found


def country(code: str | None) -> str:
    """The English name of an ISO 3166 code, else the code itself."""
    return _names()["countries"].get((code or "").upper(), code or "")


def language(code: str | None) -> str:
    """The English name of a language's code, else the code itself."""
    return _names()["languages"].get((code or "").partition("-")[0].lower(), code or "")


def number(value: float) -> str:
    """1,234"""
    return f"{value:,.0f}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 source`, `2 sources`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """`25%`"""
    return f"{share * 100:.0f}%"


def day(moment: datetime, now: datetime | None = None) -> str:
    """`18 Jul`, with the year where it is not this one."""
    said = f"{moment.day} {MONTHS[moment.month - 1]}"
    return said if now is not None and moment.year == now.year else f"{said} {moment.year}"


def clock(moment: datetime) -> str:
    """`18 Jul 2025, 14:05 UTC`"""
    return f"{day(moment)}, {moment:%H:%M} UTC"


def age(moment: datetime, now: datetime) -> str:
    """`just now`, `5 min ago`, `3 h ago`, `2 days ago`, then the day."""
    seconds = (now - moment).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3_600:
        return f"{seconds // 60:.0f} min ago"
    if seconds < 86_400:
        return f"{seconds // 3_600:.0f} h ago"
    if seconds < 7 * 86_400:
        return f"{plural(int(seconds // 86_400), 'day')} ago"
    return day(moment, now)


def listed(words: Iterable[str], most: int = 3) -> str:
    """`A, B and C`, `A, B, C and 4 more`."""
    given = list(words)
    if len(given) > most:
        return f"{', '.join(given[:most])} and {len(given) - most} more"
    return " and ".join([", ".join(given[:-1]), given[-1]]) if len(given) > 1 else "".join(given)


def web_address(url: str | None) -> str | None:
    """A URL that may be a link: http or https, else None (never javascript: or data:)."""
    return url if url and url.lower().startswith(("http://", "https://")) else None


def reason(code: str) -> str:
    """A machine word (`articles_added`) as people say it."""
    return code.replace("_", " ")
