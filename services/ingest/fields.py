"""One reader per field: the value as sent in, the value as recorded out, `ValueError` if it is bad.

Fields without which there is no article refuse the entry (`Refused`); all others are dropped
and flagged, so one bad value never costs an article.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from services.ingest.dates import Moment, read_moment
from services.ingest.dead_letters import Refused, shown
from services.ingest.identity import is_article_id
from services.ingest.language import declared_language
from services.ingest.limits import (
    CORRECTION_CHARACTERS,
    ID_CHARACTERS,
    LIST_ITEMS,
    NAME_CHARACTERS,
    TEXT_BYTES,
    TITLE_CHARACTERS,
)
from services.ingest.markup import plain_line
from services.ingest.publishers import DeclaredPublisher
from services.ingest.text import clean_line, unescaped
from services.ingest.urls import WebAddress, read_host, read_web_address, registered_domain

Status = Literal["usable", "withheld", "canceled"]
Sent = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Named:
    """What a message is about: the fields that identify an article, and its status."""

    status: Status
    address: WebAddress | None
    source_id: str | None
    article_id: str | None  # only where status came with it
    flags: tuple[str, ...] = ()


def read_named(sent: Sent) -> Named:
    """The identifying fields and status of a message.

    Raises:
        Refused: bad_status, bad_url, bad_id, bad_article_id or missing_identity.
    """
    status = _read_status(sent.get("status"))
    address = _read_url(sent.get("url"))
    source_id = _read_id(sent.get("id"))
    alone = not (address or source_id)
    named, flags = _read_article_id(sent.get("article_id"), alone)
    if named and sent.get("status") is None:
        named, flags = None, ("article_id_ignored",)
    if alone and not named:
        raise Refused("missing_identity", "neither url nor id (article_id counts only together with status)")
    return Named(status, address, source_id, named, flags)


def _read_article_id(value: object, alone: bool) -> tuple[str | None, tuple[str, ...]]:
    """An article id, or None; a bad one is dropped and flagged unless nothing else names the article."""
    if value is None:
        return None, ()
    if isinstance(value, str) and is_article_id(value):
        return value, ()
    if alone:
        raise Refused("bad_article_id", f"article_id: {shown(value)} is not `a-` and 24 hex digits")
    return None, ("bad_article_id",)


def _read_status(value: object) -> Status:
    if value is None:
        return "usable"
    if isinstance(value, str) and value.strip() in ("usable", "withheld", "canceled"):
        return cast(Status, value.strip())
    raise Refused("bad_status", f"status: {shown(value)} is none of usable, withheld, canceled")


def _read_url(value: object) -> WebAddress | None:
    if value is None:
        return None
    try:
        return read_web_address(value)
    except ValueError as error:
        raise Refused("bad_url", f"url: {shown(value)} {error}") from None


def _read_id(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and 1 <= len(value) <= ID_CHARACTERS and value.isprintable() and value.strip():
        return value
    raise Refused("bad_id", f"id: {shown(value)} is not 1 to {ID_CHARACTERS} printable characters")


def read_title(value: object) -> str:
    """The title as printed: a line without markup.

    Raises:
        Refused: missing_title, bad_title, or too_large (over 1,000 characters as sent).
    """
    if value is None:
        raise Refused("missing_title", "title: missing, and no status that retracts")
    title = read_line(_sized_title(value))
    if not title:
        raise Refused("missing_title", f"title: nothing is left of {shown(value)} after cleaning")
    return title


def check_idle_title(value: object) -> None:
    """A title that a retraction need not have: where it has one, of the right type and length.

    Raises:
        Refused: bad_title or too_large.
    """
    if value is not None and not (isinstance(value, str) and not value.strip()):
        _sized_title(value)


def _sized_title(value: object) -> str:
    if not isinstance(value, str):
        raise Refused("bad_title", f"title: {shown(value)} is not a string")
    if len(value.strip()) > TITLE_CHARACTERS:
        raise Refused("too_large", f"title: {len(value.strip())} characters, the limit is {TITLE_CHARACTERS}")
    return value


def read_line(value: str) -> str:
    """A string as one printed line: markup and invisible characters gone."""
    return clean_line(plain_line(unescaped(value)))


def check_text_size(sent: Sent) -> None:
    """Refuse a text over 1 MiB of UTF-8 before anything is done with it (`too_large`)."""
    text = sent.get("text")
    if isinstance(text, str) and over_text_limit(text):
        size = len(text.encode("utf-8", "surrogatepass"))
        raise Refused("too_large", f"text: {size} bytes, the limit is {TEXT_BYTES}")


def over_text_limit(text: str) -> bool:
    """Whether a text has more than 1 MiB in UTF-8."""
    return len(text) * 4 > TEXT_BYTES and len(text.encode("utf-8", "surrogatepass")) > TEXT_BYTES


def _short(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("is not a string")
    if len(value) > NAME_CHARACTERS * 4:
        raise ValueError("is too long")
    line = read_line(value)
    if not line or len(line) > NAME_CHARACTERS:
        raise ValueError(f"is not 1 to {NAME_CHARACTERS} characters")
    return line


def _name(value: object) -> str:
    """A name: a string, or the `name` of an object."""
    return _short(value.get("name") if isinstance(value, dict) else value)


def _genre(value: object) -> str:
    return _name(value[0] if isinstance(value, list) and value else value)


def _version(value: object) -> str:
    return _short(str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value)


def _paywalled(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise ValueError("is neither true nor false")


def _address(value: object) -> str:
    return read_web_address(value).sent


def _language(value: object) -> str | None:
    if not isinstance(value, str) or len(value) > NAME_CHARACTERS:
        raise ValueError("is not a BCP 47 tag")
    return declared_language(value)


def _correction(value: object) -> dict[str, Any]:
    """`{text, at}`, or the text alone. `at` is a `Moment` or None."""
    text, at = (value.get("text"), value.get("at")) if isinstance(value, dict) else (value, None)
    if not isinstance(text, str) or len(text) > CORRECTION_CHARACTERS or not read_line(text):
        raise ValueError("has no text")
    return {"text": read_line(text), "at": read_moment(at) if at not in (None, "") else None}


@dataclass(frozen=True, slots=True)
class Details:
    """The optional fields after cleaning, and a flag for each that was dropped."""

    values: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()

    def moment(self, name: str) -> Moment | None:
        """A date field's time, None where absent or dropped."""
        return cast("Moment | None", self.values.get(name))


_READERS: dict[str, Callable[[Any], Any]] = {
    "updated_at": read_moment,
    "version": _version,
    "correction": _correction,
    "language": _language,
    "original_publisher": _name,
    "original_url": _address,
    "image_url": _address,
    "paywalled": _paywalled,
    "genre": _genre,
    "dateline": _short,
    "expires_at": read_moment,
}


def read_details(sent: Sent) -> Details:
    """All optional fields but text, description, published_at and publisher."""
    values: dict[str, Any] = {}
    flags: list[str] = []
    for name, reader in _READERS.items():
        value = sent.get(name)
        if value is None or value == "":
            continue
        try:
            values[name] = reader(value)
        except ValueError:
            flags.append(f"bad_{name}")
    for name in ("authors", "subjects"):
        values[name], whole = _read_names(sent.get(name))
        if not whole:
            flags.append(f"bad_{name}")
    return Details(values, tuple(flags))


def _read_names(value: object) -> tuple[tuple[str, ...], bool]:
    """Names without repetition, and whether nothing had to be dropped."""
    if value is None or value == "":
        return (), True
    listed = value if isinstance(value, list) else [value]
    names: dict[str, None] = {}
    whole = len(listed) <= LIST_ITEMS
    for item in listed[:LIST_ITEMS]:
        try:
            names[_name(item)] = None
        except ValueError:
            whole = False
    return tuple(names), whole


def read_publisher(value: object) -> tuple[DeclaredPublisher, tuple[str, ...]]:
    """The declared publisher, a name or `{name, domain, country}`, and flags for what was bad."""
    if value is None or value == "":
        return DeclaredPublisher(), ()
    if isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, dict):
        return DeclaredPublisher(), ("bad_publisher",)
    flags: list[str] = []
    parts: dict[str, str | None] = {}
    for part, reader in (("name", _short), ("domain", _declared_domain), ("country", _country)):
        given = value.get(part)
        try:
            parts[part] = None if given is None or given == "" else reader(given)
        except ValueError:
            parts[part] = None
            flags.append("bad_publisher" if part == "name" else f"bad_publisher_{part}")
    return DeclaredPublisher(parts["name"], parts["domain"], parts["country"]), tuple(flags)


def _declared_domain(value: object) -> str:
    """The registered domain of a declared host or address."""
    if not isinstance(value, str) or len(value) > NAME_CHARACTERS:
        raise ValueError("is no host name")
    text = value.strip()
    if "://" in text:
        return registered_domain(read_web_address(text).host)
    return registered_domain(read_host(text.partition("/")[0]))


def _country(value: object) -> str:
    code = value.strip() if isinstance(value, str) else ""
    if len(code) == 2 and code.isascii() and code.isalpha():
        return code.upper()
    raise ValueError("is no ISO 3166 two-letter code")
