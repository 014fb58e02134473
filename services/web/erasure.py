"""Erased articles leave the door's own copies too: older versions in the index, payloads of webhooks.

Said by a record's `change.articles_removed` with the reason `article_erased` (docs/edit.md).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Mapping
from typing import Any

from dateline.stories import StoryRecord

ERASED = "article_erased"


def erased_by(record: StoryRecord) -> frozenset[str]:
    """The articles that a version says were erased."""
    return frozenset(one.article_id for one in record.change.articles_removed if one.reason == ERASED)


def holds(packed: bytes, article_ids: Collection[str]) -> bool:
    """Whether a stored record (zlib over its JSON) rests on one of the articles."""
    body = zlib.decompress(packed) if packed else b""
    if not any(article_id.encode() in body for article_id in article_ids):
        return False
    return rests_on(json.loads(body), article_ids)


def rests_on(record: Mapping[str, Any], article_ids: Collection[str]) -> bool:
    """Whether articles are listed in a record, beyond what it says of those that left."""
    listed = {article.get("article_id") for article in record.get("articles") or ()}
    return not listed.isdisjoint(article_ids)
