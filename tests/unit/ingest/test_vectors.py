"""Every vector of `tests/vectors/`, run against ingest (revisions.json: tests/integration/ingest)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from services.ingest.bodies import read_bodies
from services.ingest.dates import publication
from services.ingest.dead_letters import CODES
from services.ingest.flags import FLAGS
from services.ingest.formats import to_fields
from services.ingest.forms import FIELDS
from services.ingest.publishers import outlet_registry
from services.ingest.urls import canonical_url, read_web_address
from tests.unit.ingest.wire import (
    ARRIVED,
    VECTORS,
    as_json,
    as_plain,
    cleaned,
    named,
    of_vector,
    rejected,
    vectors,
)

URLS = vectors("canonical_urls")
IDENTITIES = vectors("identities")
DATES = vectors("dates")
DEAD = vectors("dead_letters")
SHAPES = vectors("shapes")
PUBLISHERS = vectors("publishers")
TEXTS = vectors("texts")
FIELD_VALUES = vectors("fields")
LANGUAGES = vectors("languages")


def test_there_are_enough_pairs_of_urls_of_both_kinds():
    assert len(URLS) >= 300
    assert sum(not row["same"] for row in URLS) >= 100


@pytest.mark.parametrize("rule", sorted({row["rule"] for row in URLS}))
def test_canonical_urls(rule: str):
    for row in (row for row in URLS if row["rule"] == rule):
        left, right = (canonical_url(read_web_address(row[side])) for side in ("left", "right"))
        assert (left == right) == row["same"], (row, left, right)


@pytest.mark.parametrize("row", IDENTITIES, ids=named(IDENTITIES))
def test_identities(row: dict[str, Any]):
    found = cleaned(as_json(row["message"]))
    assert found.article_id == row["article_id"]
    if "hashed" in row:
        assert row["article_id"] == "a-" + hashlib.sha256(row["hashed"].encode()).hexdigest()[:24]


@pytest.mark.parametrize("row", IDENTITIES, ids=named(IDENTITIES))
def test_identities_of_plain_fields(row: dict[str, Any]):
    assert cleaned(as_plain(row["message"])).article_id == row["article_id"]


@pytest.mark.parametrize("row", DATES, ids=named(DATES))
def test_dates(row: dict[str, Any]):
    found = publication(row["published_at"], ARRIVED, row.get("language"))
    at = cleaned(
        as_json(
            {"title": "t", "id": "1", "published_at": row["published_at"], "language": row.get("language")}
        )
    )
    assert at.article is not None
    assert at.article.published_at.isoformat(timespec="milliseconds") == row["at"].replace("Z", "+00:00")
    assert (found.source, list(found.flags)) == (row["source"], row["flags"])


@pytest.mark.parametrize("row", DEAD, ids=named(DEAD))
def test_dead_letters(row: dict[str, Any]):
    found = rejected(of_vector(row))
    assert found.code == row["code"], found.reason
    assert 5 < len(found.reason) <= 300
    assert found.reason.isprintable()


def test_every_code_has_a_vector():
    assert {row["code"] for row in DEAD} == CODES.keys()


@pytest.mark.parametrize("row", SHAPES, ids=named(SHAPES))
def test_foreign_shapes(row: dict[str, Any]):
    assert to_fields(row["object"]) == row["fields"]


@pytest.mark.parametrize("row", PUBLISHERS, ids=named(PUBLISHERS))
def test_publishers(row: dict[str, Any]):
    registry = outlet_registry(row.get("registry", ()), row.get("aggregators", ()))
    found = cleaned(as_json(row["message"]), registry).article
    assert found is not None
    assert found.publisher.model_dump() == row["publisher"]
    assert list(found.flags) == row.get("flags", [])


@pytest.mark.parametrize("row", FIELD_VALUES, ids=named(FIELD_VALUES))
def test_fields(row: dict[str, Any]):
    found = cleaned(as_json(row["message"])).article
    assert found is not None
    recorded = json.loads(found.model_dump_json(include={row["field"]}))
    assert recorded == {row["field"]: row["recorded"]}
    assert list(found.flags) == row["flags"]


def test_every_field_of_the_table_has_a_vector():
    tried = {name for row in FIELD_VALUES for name in row["message"]}
    assert tried >= FIELDS - {"published_at"}, "published_at has dates.json"


@pytest.mark.parametrize("row", LANGUAGES, ids=named(LANGUAGES))
def test_languages(row: dict[str, Any]):
    message = {"title": row["title"], "id": "1", "text": row.get("text"), "language": row.get("declared")}
    found = cleaned(as_json(message)).article
    assert found is not None
    assert "language" not in row or found.language == row["language"]
    sure = found.language_confidence
    assert sure is None or row.get("least", 0) <= sure <= row.get("most", 1)
    assert (sure is None) == (found.language in (None, row.get("declared")))
    assert list(found.flags) == row.get("flags", [])


@pytest.mark.parametrize("row", TEXTS, ids=named(TEXTS))
def test_texts(row: dict[str, Any]):
    found = read_bodies(row["text"], None, "Ferry sinks off Flores")
    assert found.text == row["cleaned"]
    assert list(found.flags) == row["flags"]
    assert set(found.flags) <= FLAGS.keys()


def test_the_readme_names_every_file():
    readme = (VECTORS / "README.md").read_text("utf-8")
    missing = [path.name for path in VECTORS.glob("*.json") if path.name not in readme]
    assert not missing
