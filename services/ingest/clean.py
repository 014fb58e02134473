"""A raw entry of `articles.raw` in, one clean and identified article out, or why never.

Pure: the arrival time and the outlet registry come in as arguments. Never raises, whatever the
bytes; time and memory are bounded by the limits of `limits.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dateline.articles import Article, Correction, from_ms
from services.ingest.bodies import Body, read_bodies
from services.ingest.boilerplate import is_wall_title
from services.ingest.dates import AHEAD_MS, Moment, Publication, publication
from services.ingest.dead_letters import Refused, Rejected, shown
from services.ingest.fields import (
    Details,
    Named,
    Status,
    check_idle_title,
    check_text_size,
    read_details,
    read_named,
    read_publisher,
    read_title,
)
from services.ingest.formats import to_fields
from services.ingest.forms import read_entry
from services.ingest.identity import article_id, content_hash
from services.ingest.language import contradicts, detected_language
from services.ingest.publishers import DeclaredPublisher, OutletRegistry, original_of, publisher_of
from services.ingest.urls import canonical_url

__all__ = ["Cleaned", "Rejected", "clean"]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """One message about one article, ready to be applied. Times are ms of the Unix epoch.

    `article` is None where the status retracts, or where a reinstatement brings no content.
    `content_hash` (32 hex digits) is equal for equal content and status. `updated_at` and
    `version` order the revisions; `language` chooses the shard.
    """

    article_id: str
    status: Status
    article: Article | None
    content_hash: str
    updated_at: int | None
    version: str | None
    expires_at: int | None
    language: str | None


def clean(fields: Mapping[bytes, bytes], *, arrived: int, registry: OutletRegistry) -> Cleaned | Rejected:
    """Read, check, clean and identify one entry; `arrived` is its arrival time in ms."""
    try:
        value, plain = read_entry(fields)
        sent = value if plain else to_fields(value)
        if not isinstance(sent, dict):
            raise Refused("not_an_object", f"the entry holds {shown(sent)}, not a JSON object")
        return _cleaned(sent, arrived, registry)
    except Refused as refused:
        return Rejected(refused.code, refused.reason)


def _cleaned(sent: dict[str, Any], arrived: int, registry: OutletRegistry) -> Cleaned:
    named = read_named(sent)
    declared, publisher_flags = read_publisher(sent.get("publisher"))
    identity = named.article_id or article_id(named.address, named.source_id, declared)
    check_text_size(sent)
    details = read_details(sent)
    if named.status != "usable" or (named.article_id and sent.get("title") is None):
        check_idle_title(sent.get("title"))
        return _bare(identity, named.status, details)
    title = read_title(sent.get("title"))
    body = read_bodies(sent.get("text"), sent.get("description"), title)
    if is_wall_title(title) and not body.lead:
        raise Refused("bad_title", f"title: {shown(title)} is a bot check's or error page's, without text")
    when = publication(sent.get("published_at"), arrived, details.values.get("language"))
    draft = _Draft(identity, named, declared, details, title, body, when)
    article = _article(draft, arrived, registry, publisher_flags)
    return Cleaned(
        identity,
        named.status,
        article,
        content_hash(_content(draft, article)),
        _ms(details.moment("updated_at")),
        article.version,
        _ms(details.moment("expires_at")),
        article.language,
    )


def _bare(identity: str, status: Status, details: Details) -> Cleaned:
    """A message without content: a retraction, or a reinstatement by `article_id` alone."""
    return Cleaned(
        identity,
        status,
        None,
        content_hash({"status": status}),
        _ms(details.moment("updated_at")),
        details.values.get("version"),
        _ms(details.moment("expires_at")),
        details.values.get("language"),
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    """An article's parts after cleaning."""

    identity: str
    named: Named
    declared: DeclaredPublisher
    details: Details
    title: str
    body: Body
    when: Publication


def _article(
    draft: _Draft, arrived: int, registry: OutletRegistry, publisher_flags: tuple[str, ...]
) -> Article:
    values = draft.details.values
    address = draft.named.address
    original = original_of(values.get("original_url"), values.get("original_publisher"), registry)
    publisher, found_flags = publisher_of(address, draft.declared, registry, original)
    language, confidence, language_flags = _language(values.get("language"), draft.title, draft.body)
    correction, updated_at, expires_at = values.get("correction"), *map(draft.details.moment, _DATED)
    flags = (
        *draft.named.flags,
        *draft.details.flags,
        *publisher_flags,
        *found_flags,
        *draft.when.flags,
        *draft.body.flags,
        *language_flags,
        *_time_flags(draft.details, arrived),
    )
    return Article(
        article_id=draft.identity,
        source_id=draft.named.source_id,
        url=address.sent if address else None,
        canonical_url=canonical_url(address) if address else None,
        title=draft.title,
        text=draft.body.text,
        description=draft.body.description,
        published_at=from_ms(draft.when.ms),
        published_at_source=draft.when.source,
        received_at=from_ms(arrived),
        updated_at=from_ms(updated_at.ms) if updated_at else None,
        version=values.get("version"),
        language=language,
        language_confidence=confidence,
        publisher=publisher,
        original_publisher=values.get("original_publisher"),
        original_url=values.get("original_url"),
        authors=values["authors"],
        image_url=values.get("image_url"),
        paywalled=values.get("paywalled"),
        genre=values.get("genre"),
        subjects=values["subjects"],
        dateline=values.get("dateline"),
        correction=_correction(correction),
        expires_at=from_ms(expires_at.ms) if expires_at else None,
        status=draft.named.status,
        flags=tuple(dict.fromkeys(flags)),
    )


_DATED = ("updated_at", "expires_at")


def _time_flags(details: Details, arrived: int) -> list[str]:
    moments = {name: details.moment(name) for name in _DATED}
    flags = [f"{name}_no_zone" for name, moment in moments.items() if moment and moment.no_zone]
    updated_at = moments["updated_at"]
    return [*flags, "updated_at_ahead"] if updated_at and updated_at.ms > arrived + AHEAD_MS else flags


def _correction(value: dict[str, Any] | None) -> Correction | None:
    if value is None:
        return None
    at: Moment | None = value["at"]
    return Correction(text=value["text"], at=from_ms(at.ms) if at else None)


def _language(
    declared: str | None, title: str, body: Body
) -> tuple[str | None, float | None, tuple[str, ...]]:
    """The declared language (flagged where the text clearly contradicts), else the detected one."""
    sample = f"{title}. {body.lead}"
    if declared is None:
        return (*detected_language(sample), ())
    return declared, None, ("language_mismatch",) if contradicts(sample, declared) else ()


def _content(draft: _Draft, article: Article) -> dict[str, object]:
    """What the contract counts as content: what was sent, cleaned; not what was derived or assumed."""
    correction = article.correction
    return {
        "status": article.status,
        "title": article.title,
        "text": article.text,
        "description": article.description,
        "url": article.canonical_url,
        "id": article.source_id,
        "published_at": draft.when.ms if draft.when.source == "given" else None,
        "correction": correction.model_dump(mode="json") if correction else None,
        "language": draft.details.values.get("language"),
        "publisher": [draft.declared.name, draft.declared.domain, draft.declared.country],
        "original_publisher": article.original_publisher,
        "original_url": article.original_url,
        "authors": list(article.authors),
        "image_url": article.image_url,
        "paywalled": article.paywalled,
        "genre": article.genre,
        "subjects": list(article.subjects),
        "dateline": article.dateline,
        "expires_at": _ms(draft.details.moment("expires_at")),
    }


def _ms(moment: Moment | None) -> int | None:
    return moment.ms if moment else None
