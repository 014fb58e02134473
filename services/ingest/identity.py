"""What makes two messages one article, and two contents the same.

Identity is the contract's: it must never change, other implementations depend on it
(`tests/vectors/identities.json`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from services.ingest.publishers import DeclaredPublisher
from services.ingest.text import folded
from services.ingest.urls import WebAddress, canonical_url, registered_domain, without_amp_cache

_ARTICLE_ID = re.compile(r"a-[0-9a-f]{24}")
_NO_DOMAIN = "-"
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def article_id(address: WebAddress | None, source_id: str | None, publisher: DeclaredPublisher) -> str:
    """`a-` and the first 24 hex digits of SHA-256 of what identifies the article.

    With the sender's own id: `domain NUL id`, domain being the registered domain of `url`, else
    the declared domain, else the publisher's folded name, else `-`. Without: the canonical URL.

    Raises:
        ValueError: neither an address nor an id was given.
    """
    if source_id is not None:
        return _hashed(f"{_identity_domain(address, publisher)}\0{source_id}")
    if address is None:
        raise ValueError("needs an address or an id")
    return _hashed(canonical_url(address))


def _identity_domain(address: WebAddress | None, publisher: DeclaredPublisher) -> str:
    if address is not None:
        return registered_domain(without_amp_cache(address).host)
    return publisher.domain or (folded(publisher.name) if publisher.name else "") or _NO_DOMAIN


def _hashed(named: str) -> str:
    return "a-" + hashlib.sha256(named.encode()).hexdigest()[:24]


def is_article_id(text: str) -> bool:
    """Whether a text has the shape of an article id."""
    return _ARTICLE_ID.fullmatch(text) is not None


def content_hash(content: Mapping[str, object]) -> str:
    """32 hex digits, the same for the same content: SHA-256 of the JSON of what is not empty.

    `content` holds the mapped fields after cleaning that the contract counts as content; its
    values are JSON values. Keys are sorted, so their order does not matter.
    """
    present = {name: value for name, value in content.items() if value not in (None, "", (), [], {})}
    return hashlib.sha256(_encode(present).encode()).hexdigest()[:32]
