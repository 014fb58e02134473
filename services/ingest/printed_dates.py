"""Dates as printed: `18 juillet 2025`, `July 18th, 2025 at 10:30 p.m. ET`, `2025年7月18日 10時30分`.

A date is read from its parts, wherever they stand: one month name, one year, one day, and maybe a
clock time and a zone. Two candidates for one part make it unreadable. (dateparser reads the same
forms, but needs 3 to 20 ms for each, 300 to 600 ms for a first string that is no date, and takes
zone names off; this needs 20 µs.)
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from itertools import pairwise

from services.ingest.tables import table

_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2})(?:\s?[:.h]\s?(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(?:([ap])\.?\s?m\b\.?)?|\s?([ap])\.?\s?m\b\.?)(?!\d)",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:(?:UTC|GMT)\s?)?([+-])(\d\d):?(\d\d)\b|\b(?:UTC|GMT)\s?([+-])(\d{1,2})(?!\d)")
_ZONE = re.compile(r"\b[A-Z]{1,5}\b")
_WORD = re.compile(r"[^\s\d,.;:/()|–—-]+")
_NUMBER = re.compile(r"\d+")
_THAI = re.compile("[\u0e00-\u0e7f]")
_CJK_DATE = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일号號]?(.*)", re.DOTALL)
_CJK_CLOCK = re.compile(
    r"(上午|下午|午前|午後|오전|오후)?\s?"
    r"(\d{1,2})\s?[時时点點시:]\s?(?:(\d{1,2})\s?[分분]?)?(?::(\d\d))?"
)
_AFTERNOON = frozenset(("下午", "午後", "오후"))
_VIETNAMESE = re.compile(r"\btháng\s+(\d{1,2})\b", re.IGNORECASE)
_BUDDHIST_ERA = 543

# Zone names outside RFC 2822, by general knowledge; where one name has several meanings the one
# that English-language news prints most. Minutes east of UTC.
_ZONES = {
    "UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "MEZ": 60, "WAT": 60,
    "CEST": 120, "MESZ": 120, "EET": 120, "SAST": 120, "CAT": 120, "EEST": 180, "MSK": 180, "TRT": 180,
    "EAT": 180, "GST": 240, "PKT": 300, "IST": 330, "WIB": 420, "ICT": 420, "HKT": 480, "SGT": 480,
    "PHT": 480, "MYT": 480, "WITA": 480, "AWST": 480, "JST": 540, "KST": 540, "WIT": 540, "ACST": 570,
    "AEST": 600,
    "ACDT": 630, "AEDT": 660, "NZST": 720, "NZDT": 780, "NST": -150, "NDT": -90, "ADT": -180, "AST": -240,
    "EDT": -240, "EST": -300, "CDT": -300, "CST": -360, "MDT": -360, "MST": -420, "PDT": -420, "PST": -480,
    "AKDT": -480, "AKST": -540, "HST": -600, "ART": -180, "BRT": -180, "CLST": -180, "CLT": -240, "COT": -300,
    "PET": -300,
}  # fmt: skip  # a table
# The names of US zones without season: standard offset in minutes; summer time by the rule of 2007.
_US_ZONES = {"ET": -300, "CT": -360, "MT": -420, "PT": -480}


def read_printed(text: str, language: str | None = None) -> tuple[datetime, bool] | None:
    """The date in `text` and whether a time of day was given; None where it is not exactly one.

    The datetime is aware where a zone was printed, else naive. `language` (a base language)
    decides month names that mean different months in different languages.
    """
    try:
        return _cjk(text) or _by_parts(text, language)
    except (ValueError, OverflowError):
        return None


def _cjk(text: str) -> tuple[datetime, bool] | None:
    match = _CJK_DATE.search(text)
    if match is None:
        return None
    day = datetime(int(match[1]), int(match[2]), int(match[3]))  # noqa: DTZ001  # naive: no zone was printed
    clock = _CJK_CLOCK.search(match[4])
    if clock is None:
        return day, False
    hour = int(clock[2]) + (12 if clock[1] in _AFTERNOON and int(clock[2]) < 12 else 0)
    return day.replace(hour=hour, minute=int(clock[3] or 0), second=int(clock[4] or 0)), True


def _by_parts(text: str, language: str | None) -> tuple[datetime, bool] | None:
    rest = unicodedata.normalize("NFKC", text)
    offset, rest = _take_offset(rest)
    clock, rest = _take_clock(rest)
    month, rest = _take_month(rest, language)
    if month is None:
        return None
    year, day = _year_and_day([int(number) for number in _NUMBER.findall(rest)], rest)
    when = datetime(year, month, day)  # noqa: DTZ001  # naive until a zone is found
    if clock is None:
        return when, False
    when = when.replace(hour=clock[0], minute=clock[1], second=clock[2])
    zone = offset if offset is not None else _named_zone(rest, when)
    return (when if zone is None else when.replace(tzinfo=zone)), True


def _year_and_day(numbers: list[int], text: str) -> tuple[int, int]:
    """The one year (four digits, or two in `18 Jul 25`: the last number) and the one day."""
    years = [number for number in numbers if number > 31]
    days = [number for number in numbers if 1 <= number <= 31]
    if not years and len(days) == 2:
        days, years = days[:1], [2000 + days[1]]
    if len(years) != 1 or len(days) != 1:
        raise ValueError("not one year and one day")
    year = years[0] if years[0] >= 100 else 1900 + years[0]
    return (year - _BUDDHIST_ERA if _THAI.search(text) and year > 2400 else year), days[0]


def _take_offset(text: str) -> tuple[timezone | None, str]:
    match = _OFFSET.search(text)
    if match is None:
        return None, text
    sign, hours, minutes = (match[1], match[2], match[3]) if match[1] else (match[4], match[5], "0")
    east = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(east if sign == "+" else -east), text[: match.start()] + text[match.end() :]


def _take_clock(text: str) -> tuple[tuple[int, int, int] | None, str]:
    match = _CLOCK.search(text)
    if match is None:
        return None, text
    hour, half = int(match[1]), (match[4] or match[5] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return (hour, int(match[2] or 0), int(match[3] or 0)), text[: match.start()] + " " + text[match.end() :]


def _take_month(text: str, language: str | None) -> tuple[int | None, str]:
    """The one month named in the text, and the text without it."""
    if match := _VIETNAMESE.search(text):
        return int(match[1]), text[: match.start()] + " " + text[match.end() :]
    words = _WORD.findall(text.casefold())
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    found = {month for word in (*words, *pairs) if (month := _month(word, language)) is not None}
    return (found.pop() if len(found) == 1 else None), text


def _month(word: str, language: str | None) -> int | None:
    months, ambiguous = _months()
    if word in ambiguous:
        return ambiguous[word].get(language or "")
    return months.get(word) or months.get(word.removeprefix("ב"))  # Hebrew "in July" is one word


@cache
def _months() -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    data = table("months")
    months = {name: int(month) for month, names in data["months"].items() for name in names}
    return months, data["ambiguous"]


def _named_zone(text: str, when: datetime) -> timezone | None:
    """The zone of an upper-case name such as CEST, or None."""
    for name in _ZONE.findall(text):
        if name in _ZONES:
            return timezone(timedelta(minutes=_ZONES[name]))
        if name in _US_ZONES:
            return timezone(timedelta(minutes=_US_ZONES[name] + (60 if _us_summer(when) else 0)))
    return None


def _us_summer(when: datetime) -> bool:
    """Second Sunday of March to first Sunday of November (Energy Policy Act of 2005), to the day."""
    day = when.replace(hour=12, tzinfo=UTC)
    return _sunday(day.year, 3, 2) <= day < _sunday(day.year, 11, 1)


def _sunday(year: int, month: int, which: int) -> datetime:
    first = datetime(year, month, 1, tzinfo=UTC)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (which - 1))
