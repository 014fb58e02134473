"""Dates as news feeds write them: ISO 8601, RFC 2822, epoch seconds or milliseconds, month names.

Everything is exact or refused: nothing relative ("yesterday"), nothing ambiguous (`03/04/2025`),
nothing that needs to know what day it is. Times are milliseconds of the Unix epoch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Literal

from services.ingest.limits import DATE_CHARACTERS
from services.ingest.printed_dates import read_printed

AHEAD_MS = 3_600_000
"""A publication time further ahead of the arrival than this is not believed (1 hour)."""

_EPOCH_MS = 10**11  # from here on milliseconds, as the contract says
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1600, 10_000)  # the first newspapers are of 1605

_ISO = re.compile(r"\d{4}-?(?:\d\d|W\d\d-?\d)")
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d|\d{8}|\d{4}-?W\d\d-?\d")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?!\d)(.*)", re.DOTALL)
_YEAR_LAST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?!\d)(.*)", re.DOTALL)
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,9})?")
_CALENDAR = re.compile(r"(?:19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?)?")
_COMPACT = re.compile(r"((?:19|20)\d{6})(\d{6})")
_MIDNIGHT = re.compile(r"[T ]24:00(?::00(?:\.0+)?)?")
_HALF_DAY = re.compile(r"^(\d{1,2})((?::\d\d){1,2})\s?([ap])\.?m\b\.?", re.IGNORECASE)
_UTC_NAME = re.compile(r"\s*(?:UTC|GMT|Z)$", re.IGNORECASE)
_SPACED_OFFSET = re.compile(r"(\d)\s+([+-]\d\d:?\d\d)$")
_LEAP_SECOND = re.compile(r"(:\d\d):60(?!\d)")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as it was sent. `date_only`: no time of day (00:00 UTC). `no_zone`: taken as UTC."""

    ms: int
    date_only: bool = False
    no_zone: bool = False


@dataclass(frozen=True, slots=True)
class Publication:
    """When an article was published, as the record says it; `ms` in milliseconds."""

    ms: int
    source: Literal["given", "received", "clamped"]
    flags: tuple[str, ...] = ()


def publication(value: object, arrived: int, language: str | None = None) -> Publication:
    """The publication time by the contract's rules; `arrived` (ms) stands in where there is none."""
    if value is None or value == "":
        return Publication(arrived, "received")
    try:
        moment = read_moment(value, language)
    except ValueError:
        return Publication(arrived, "received", ("bad_published_at",))
    if moment.ms > arrived + AHEAD_MS:
        return Publication(arrived, "clamped", ("clamped",))
    flags = ("date_only",) if moment.date_only else ("published_at_no_zone",) if moment.no_zone else ()
    return Publication(moment.ms, "given", flags)


def read_moment(value: object, language: str | None = None) -> Moment:
    """Read a date or date-time; `language` (BCP 47) decides the few month names that are ambiguous.

    Raises:
        ValueError: it is unreadable, ambiguous, relative or out of range (years 1600 to 9999).
    """
    if isinstance(value, bool):
        raise ValueError("is not a date")
    if isinstance(value, (int, float)):
        return _epoch(value)
    if not isinstance(value, str) or not value.strip():
        raise ValueError("is not a date")
    text = " ".join(value.split())
    if len(text) > DATE_CHARACTERS:
        raise ValueError(f"has more than {DATE_CHARACTERS} characters")
    return _read_text(text, language and language.partition("-")[0])


def _epoch(number: float) -> Moment:
    """Epoch seconds, from 10^11 on milliseconds; a number that reads as a year, month or day is refused."""
    if not 0 <= number < _EPOCH_MS * 10_000:  # also false for NaN and infinity
        raise ValueError("is no epoch time")
    if _CALENDAR.fullmatch(f"{number:.15g}"):
        raise ValueError("may be epoch seconds or a date in digits")
    ms = int(number) if number >= _EPOCH_MS else round(number * 1000)
    if ms >= 253_402_300_800_000:  # the year 10000
        raise ValueError("is out of range")
    return Moment(ms)


@lru_cache(maxsize=4096)
def _read_text(text: str, language: str | None) -> Moment:
    plain = _LEAP_SECOND.sub(r"\1:59", text.translate(_DIGITS))
    if _NUMBER.fullmatch(plain) and not _COMPACT.fullmatch(plain):
        return (len(plain) == len("20250718") and _read_iso(plain)) or _epoch(float(plain))
    moment = _read_iso(plain) or _read_numeric(plain) or _read_mail(plain) or _read_words(plain, language)
    if moment is None:
        raise ValueError("is unreadable")
    return moment


# Arabic-Indic, Persian, Devanagari, Bengali and full-width digits as ASCII ones.
_DIGITS = {start + digit: str(digit) for start in (0x660, 0x6F0, 0x966, 0x9E6, 0xFF10) for digit in range(10)}


def _read_iso(text: str) -> Moment | None:
    if not _ISO.match(text):
        return None
    plain = _UTC_NAME.sub("+00:00", _SPACED_OFFSET.sub(r"\1\2", _COMPACT.sub(r"\1T\2", text)))
    midnight = _MIDNIGHT.search(plain)  # 24:00 is the next day's beginning
    if midnight:
        plain = plain.replace(midnight[0], "T00:00")
    try:
        when = datetime.fromisoformat(plain)
        return _moment(when + timedelta(days=1) if midnight else when, bool(_ISO_DAY.fullmatch(text)))
    except (ValueError, OverflowError):
        return None


def _read_numeric(text: str) -> Moment | None:
    """`2025/7/18 10:00`, `18.07.2025` (dots: day first), `18/07/2025` only where it is unambiguous."""
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day, rest = match[1], match[2], match[3], match[4]
    elif match := _YEAR_LAST.fullmatch(text):
        day, month, year, rest = match[1], match[3], match[4], match[5]
        if match[2] != ".":
            if int(day) <= 12 and int(month) <= 12 and day != month:
                return None
            if int(month) > 12:
                day, month = month, day
    else:
        return None
    date = f"{year}-{month:0>2}-{day:0>2}"
    clock = _HALF_DAY.sub(_in_24_hours, rest.strip(" ,Tt"))
    return _read_iso(date if not clock else f"{date}T{clock:0>5}" if clock[1:2] == ":" else f"{date}T{clock}")


def _in_24_hours(clock: re.Match[str]) -> str:
    return f"{int(clock[1]) % 12 + (12 if clock[3].lower() == 'p' else 0):02}{clock[2]}"


def _read_mail(text: str) -> Moment | None:
    """RFC 2822 and its relatives, with the zone names that RFC knows."""
    if not text.isascii() or ":" not in text:
        return None
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if when.tzinfo is None and not text.endswith("-0000"):
        return None  # a zone name that RFC 2822 does not know, or none: the next reader knows more
    return _moment(when if when.tzinfo else when.replace(tzinfo=UTC))


def _read_words(text: str, language: str | None) -> Moment | None:
    printed = read_printed(text, language)
    return None if printed is None else _moment(printed[0], not printed[1])


def _moment(when: datetime, date_only: bool = False) -> Moment | None:
    if when.year not in _YEARS:
        return None
    no_zone = when.tzinfo is None
    aware = when.replace(tzinfo=UTC) if no_zone else when
    return Moment((aware - _EPOCH) // timedelta(milliseconds=1), date_only, no_zone and not date_only)
