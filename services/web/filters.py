"""Filters: what a reader asks stories for, read from a query, as SQL, and asked of one record.

Values of one filter are alternatives; different filters must all hold. The same filters serve lists,
live events, webhooks and feeds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from dateline.articles import to_ms
from dateline.stories import StoryRecord
from services.web.rows import folded, spaced, tags, words

TAG_FILTERS = ("language", "topic", "publisher", "country", "place")
NAMES = (*TAG_FILTERS, "min_publishers", "since", "q")
MOST_VALUES = 50
MOST_CHARACTERS = 200
LEAST_BEGINNING = 2  # a shorter last word is whole: as a beginning it would fit everything

_WORD = re.compile(r"[^\W_]+", re.UNICODE)


class BadFilter(ValueError):
    """A filter's value is none; the message says which and what it may be."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for. Tag values are folded; `since` is Unix epoch milliseconds."""

    language: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    publisher: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    min_publishers: int = 0
    since: int = 0
    q: str = ""

    @property
    def asked(self) -> dict[str, tuple[str, ...]]:
        """The tag filters that ask for something."""
        return {name: getattr(self, name) for name in TAG_FILTERS if getattr(self, name)}

    def __bool__(self) -> bool:
        return self != Filter()

    def facts(self) -> dict[str, Any]:
        """What is set, as JSON."""
        return {name: value for name, value in asdict(self).items() if value}


def read_filter(given: Mapping[str, Iterable[str]]) -> Filter:
    """The filter of a query: each name with its values (commas separate values too).

    Raises:
        BadFilter: a value is none, or there are too many.
    """
    values = {name: tuple(given.get(name, ())) for name in NAMES}
    lists = {name: _values(name, values[name]) for name in TAG_FILTERS}
    return Filter(
        **lists,
        min_publishers=_count("min_publishers", values["min_publishers"]),
        since=_moment("since", values["since"]),
        q=_text("q", values["q"]),
    )


def _values(name: str, given: tuple[str, ...]) -> tuple[str, ...]:
    """The parts between commas, and each value whole: topics and names have commas in them, too."""
    parts = [folded(part) for one in given for part in one.split(",")]
    found = tuple(dict.fromkeys(part for part in parts if part))
    if len(found) > MOST_VALUES or any(len(one) > MOST_CHARACTERS for one in found):
        raise BadFilter(name, f"at most {MOST_VALUES} values of {MOST_CHARACTERS} characters")
    whole = [folded(one) for one in given if "," in one and len(one) <= MOST_CHARACTERS]
    return tuple(dict.fromkeys([*found, *whole]))


def _last(given: tuple[str, ...]) -> str:
    return given[-1].strip() if given else ""


def _count(name: str, given: tuple[str, ...]) -> int:
    value = _last(given)
    if not value:
        return 0
    if not (value.isascii() and value.isdigit()) or int(value) > 1_000_000:
        raise BadFilter(name, f"{value[:40]!r} is not a whole number from 0 to 1,000,000")
    return int(value)


def _moment(name: str, given: tuple[str, ...]) -> int:
    value = _last(given)
    if not value:
        return 0
    try:
        # A plus sign that was not escaped in the URL arrives as a space.
        moment = datetime.fromisoformat(re.sub(r" (\d\d:\d\d)$", r"+\1", value))
        return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise BadFilter(name, f"{value[:40]!r} is not an ISO 8601 time, like 2025-07-18T06:00:00Z") from None


def _text(name: str, given: tuple[str, ...]) -> str:
    value = _last(given)
    if len(value) > MOST_CHARACTERS:
        raise BadFilter(name, f"at most {MOST_CHARACTERS} characters")
    return value.replace("\x00", " ")


def _terms(text: str) -> list[tuple[str, bool]]:
    """(words in a row, whether the last is a beginning) of a search text: quotes make a phrase."""
    found: list[str] = []
    for number, part in enumerate(text.split('"')):
        pieces = [part] if number % 2 else part.split()
        found += filter(None, (" ".join(_WORD.findall(spaced(piece))) for piece in pieces))
    begins = bool(found) and len(found[-1]) > LEAST_BEGINNING and not text.rstrip().endswith('"')
    return [(words, begins and at == len(found) - 1) for at, words in enumerate(found)]


def match_expression(text: str) -> str:
    """A search text as an FTS5 query: all its words, the last as a beginning; quotes make a phrase."""
    return " AND ".join(f'"{words}"{"*" if begins else ""}' for words, begins in _terms(text))


def _plain(text: str) -> str:
    """A text as the index compares it: without case and accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(one for one in letters if not unicodedata.combining(one)))


def conditions(wanted: Filter) -> tuple[list[str], list[Any]]:
    """SQL conditions on `stories` and their parameters; text search not included."""
    where: list[str] = []
    parameters: list[Any] = []
    for kind, values in wanted.asked.items():
        marks = ",".join("?" * len(values))
        where.append(f"row IN (SELECT row FROM tags WHERE kind = ? AND value IN ({marks}))")
        parameters += [kind, *values]
    if wanted.min_publishers:
        where.append("publishers >= ?")
        parameters.append(wanted.min_publishers)
    if wanted.since:
        where.append("updated_ms >= ?")
        parameters.append(wanted.since)
    return where, parameters


@dataclass(frozen=True, slots=True)
class Facets:
    """What filters ask one record for, read once for many readers. `said`: its words, a space around each."""

    held: frozenset[tuple[str, str]]
    publishers: int
    updated_ms: int
    said: str


def facets(record: StoryRecord) -> Facets:
    """The facets of a record."""
    said = f" {' '.join(_WORD.findall(_plain(' '.join(words(record)))))} "
    return Facets(frozenset(tags(record)), record.publisher_count, to_ms(record.updated_at), said)


def fits(wanted: Filter, one: Facets) -> bool:
    """Whether one record is what is asked for: the rule of lists, for a single event."""
    if not wanted:
        return True
    if one.publishers < wanted.min_publishers or one.updated_ms < wanted.since:
        return False
    if not all(any((kind, value) in one.held for value in values) for kind, values in wanted.asked.items()):
        return False
    return all(f" {words}{'' if begins else ' '}" in one.said for words, begins in _terms(_plain(wanted.q)))
