"""An article on its way in: the contract's table as a model, and the stream fields it becomes.

Plain fields where they say the same as the object would; else one field `article` with its JSON, so
that a foreign shape (ninjs, schema.org, …) or a wrong type reaches ingest as it is and is judged
there. Only sizes are checked here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dateline.client.errors import ArticleRefused

# The contract's limits, as services/ingest/limits.py has them.
ENTRY_BYTES = 2 * 1024 * 1024
TEXT_BYTES = 1024 * 1024
TITLE_CHARACTERS = 1_000
URL_CHARACTERS = 2_048
ID_CHARACTERS = 256

Fields = dict[str, str]
When = datetime | str | int | float


class Sendable(BaseModel):
    """Base: a misspelt field is an error here, where ingest would ignore it."""

    model_config = ConfigDict(extra="forbid")


class NewPublisher(Sendable):
    """Who publishes; `domain` counts only for an article without a URL."""

    name: str | None = Field(default=None, description="As readers know it.")
    domain: str | None = Field(default=None, description="Registered domain.")
    country: str | None = Field(default=None, description="ISO 3166.")


class NewCorrection(Sendable):
    """A correction the publisher printed."""

    text: str = Field(description="The publisher's words.")
    at: When | None = Field(default=None, description="When it was made.")


class NewArticle(Sendable):
    """A raw article, as the contract's table names its fields.

    Needed: `title`, and `url` or `id` (or, to retract or reinstate, `article_id` with `status`).
    """

    title: str | None = Field(
        default=None, description="As printed, at most 1,000 characters. Needed, unless `status` retracts."
    )
    url: str | None = Field(
        default=None,
        description="Absolute http(s), at most 2,048 characters, no user info. `url` or `id` is needed.",
    )
    id: str | None = Field(default=None, description="The sender's own id, 1 to 256 printable characters.")
    article_id: str | None = Field(
        default=None,
        description="`a-` and 24 hex digits, with `status` only: names the article to retract or reinstate.",
    )
    text: str | None = Field(default=None, description="The body, plain or HTML, at most 1 MiB.")
    description: str | None = Field(default=None, description="The excerpt; without it the lead of the text.")
    published_at: When | None = Field(
        default=None,
        description="ISO 8601, RFC 2822, epoch seconds or milliseconds, month names; else arrival time.",
    )
    updated_at: When | None = Field(default=None, description="Orders revisions, where both have it.")
    version: str | None = Field(
        default=None, description="Orders revisions, where both have it and `updated_at` does not."
    )
    status: Literal["usable", "withheld", "canceled"] | None = Field(
        default=None,
        description="`canceled` retracts for good, `withheld` until `usable` comes with content.",
    )
    correction: NewCorrection | None = Field(default=None, description="Carried into the record.")
    language: str | None = Field(default=None, description="BCP 47; without it detected.")
    publisher: NewPublisher | str | None = Field(
        default=None, description="A name, or name, domain and country; without it from the URL."
    )
    original_publisher: str | None = Field(
        default=None, description="Declared syndication: who wrote it first."
    )
    original_url: str | None = Field(default=None, description="Declared syndication: where it stood first.")
    authors: list[str] | None = Field(default=None, description="Names.")
    image_url: str | None = Field(default=None, description="Absolute http(s).")
    paywalled: bool | None = Field(default=None, description="Whether readers must pay.")
    genre: str | None = Field(default=None, description="As schema.org and ninjs name them.")
    subjects: list[str] | None = Field(default=None, description="What it is about, in words.")
    dateline: str | None = Field(default=None, description="The place line as printed.")
    expires_at: When | None = Field(default=None, description="The article leaves its story then.")


# Fields whose value may be a list or an object as JSON text, and those that may be a number.
_STRUCTURED = frozenset(("authors", "subjects", "publisher", "correction"))
_NUMERIC = frozenset(("published_at", "updated_at", "expires_at"))


def encode(article: NewArticle | Mapping[str, Any], index: int = 0) -> Fields:
    """The stream fields of an article, sizes checked.

    Raises:
        ArticleRefused: it is over a limit, empty, or holds what JSON cannot say.
    """
    sent = article.model_dump(exclude_none=True) if isinstance(article, NewArticle) else article
    if not isinstance(sent, Mapping):
        raise ArticleRefused(
            f"article {index}: is of type {type(sent).__name__}, no object; send a dict or a NewArticle",
            code="not_an_object",
            index=index,
        )
    given = {str(name): value for name, value in sent.items() if value is not None}
    if not given:
        raise ArticleRefused(
            f"article {index}: has no field; give it a title and a url or id", code="empty_entry", index=index
        )
    _check_sizes(given, index)
    fields = _plain(given, index) or {"article": _json(given, index)}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in fields.items())
    _limit(size, ENTRY_BYTES, "the entry", "bytes", index)
    return fields


def _check_sizes(given: Mapping[str, Any], index: int) -> None:
    for name, most in (("title", TITLE_CHARACTERS), ("url", URL_CHARACTERS), ("id", ID_CHARACTERS)):
        if isinstance(given.get(name), str):
            _limit(len(given[name].strip()), most, name, "characters", index)
    for name in ("text", "description"):
        value = given.get(name)
        if isinstance(value, str) and len(value) * 4 > TEXT_BYTES:
            _limit(len(value.encode("utf-8", "surrogatepass")), TEXT_BYTES, name, "bytes", index)


def _limit(size: int, most: int, what: str, unit: str, index: int) -> None:
    if size > most:
        code = {"url": "bad_url", "id": "bad_id"}.get(what, "too_large")
        raise ArticleRefused(
            f"article {index}: {what} has {size:,} {unit}, the limit is {most:,}; shorten it and send again",
            code=code,
            index=index,
        )


def _plain(given: Mapping[str, Any], index: int) -> Fields | None:
    """Plain fields, or None where they would not say the same as the object."""
    if not given.keys() <= NewArticle.model_fields.keys():
        return None
    fields: Fields = {}
    for name, value in given.items():
        said = _plain_value(name, value, index)
        if said is None:
            return None
        fields[name] = said
    return fields


def _plain_value(name: str, value: Any, index: int) -> str | None:
    if isinstance(value, str):
        looks_like_json = name in _STRUCTURED and value.lstrip()[:1] in ("[", "{")
        return None if looks_like_json or not _is_utf8(value) else value
    if isinstance(value, bool):
        return str(value).lower() if name == "paywalled" else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | float) and name in _NUMERIC:
        return str(value)
    if isinstance(value, list | tuple | Mapping) and name in _STRUCTURED:
        return _json(value, index)
    return None


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate: JSON can say it, a plain field cannot
        return False
    return True


def _json(given: Any, index: int) -> str:
    try:
        said = _dumps(given)
    except (TypeError, ValueError, RecursionError) as error:
        raise ArticleRefused(
            f"article {index}: is not JSON ({error}); use strings, numbers, lists, objects and dates",
            code="bad_json",
            index=index,
        ) from error
    return said if _is_utf8(said) else json.dumps(json.loads(said), allow_nan=False)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_said)


def _said(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_none=True)
    raise TypeError(f"{type(value).__name__} has no JSON form")
