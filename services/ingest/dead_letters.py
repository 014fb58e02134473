"""Why an entry can never be an article: the fixed set of codes, and how a reader says so."""

from __future__ import annotations

from dataclasses import dataclass

CODES: dict[str, str] = {
    "empty_entry": "no field of an article is in the entry",
    "mixed_forms": "two of the forms (__data__, article, data, plain fields) in one entry",
    "bad_encoding": "bytes that are not UTF-8",
    "bad_json": "not JSON, or nested deeper than 64 levels",
    "not_an_object": "JSON, but not an object",
    "too_large": "title, text or entry over its limit",
    "missing_title": "no title, or nothing left of it after cleaning",
    "bad_title": "a title that is not a string, or that of a bot check or error page with no text to it",
    "missing_identity": "neither url nor id (nor article_id together with status)",
    "bad_url": "url is not an absolute http(s) URL within the limits",
    "bad_id": "id is not 1 to 256 printable characters",
    "bad_status": "status is none of usable, withheld, canceled",
    "bad_article_id": "article_id is not `a-` and 24 hex digits",
}
"""Every code a raw entry can be dead-lettered with, and what it means."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An entry that can never be valid. `code` is one of `CODES`, `reason` says it in words."""

    code: str
    reason: str


class Refused(ValueError):
    """Raised by a reader of a field without which there is no article.

    `code` is one of `CODES`; `reason` names the field and shows what was sent, shortened.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def shown(value: object, width: int = 80) -> str:
    """A sent value as a reason may print it: one line, printable, at most `width` characters."""
    text = ascii(value[: width * 2]) if isinstance(value, str) and not value.isprintable() else None
    if text is None:
        text = repr(value[: width * 2]) if isinstance(value, str) else _kind(value)
    return text if len(text) <= width else text[: width - 1] + "…"


def _kind(value: object) -> str:
    """What a value that should have been a string is, in words of JSON."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return f"the number {str(value)[:40]}"
    return "an array" if isinstance(value, list) else "an object" if isinstance(value, dict) else "a value"
