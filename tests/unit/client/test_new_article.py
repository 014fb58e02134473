"""What the client sends for an article, and what it refuses before anything is sent."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from dateline.client import ArticleRefused, NewArticle, NewCorrection, NewPublisher
from dateline.client import new_article as limits_of_the_client
from dateline.client.new_article import encode
from services.ingest import limits
from services.ingest.dead_letters import CODES
from services.ingest.forms import FIELDS
from tests.unit.ingest.wire import as_json, cleaned

BASE = {"title": "Ferry sinks off Flores", "url": "https://coastalpost.example/ferry"}


def as_sent(fields: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in fields.items()}


def test_plain_fields_where_they_say_the_same():
    assert encode(BASE) == BASE


@pytest.mark.parametrize(
    "more",
    [
        {"authors": ["Ana Ferro", "Ben Holt"]},
        {"authors": "[Staff]"},
        {"authors": []},
        {"publisher": {"name": "Coastal Post"}},
        {"publisher": "{braces}"},
        {"paywalled": True},
        {"published_at": 1_752_840_000},
        {"published_at": 1_752_840_000.5},
        {"version": 7},
        {"id": 7},
        {"text": "Twelve\ndied. «Ω» 渡轮"},
        {"text": "a \ud800 surrogate"},
        {"title": "Ferry \udfff sinks"},
        {"subjects": ["a \ud800 surrogate"]},
        {"correction": {"text": "The toll was wrong.", "at": "2025-07-18T10:00:00Z"}},
        {"subjects": None, "text": None},
        {"colour": "blue"},
    ],
)
def test_what_is_sent_means_what_was_given(more: dict[str, Any]):
    given = {name: value for name, value in {**BASE, **more}.items() if value is not None}
    entry = {b"article": json.dumps(given).encode()}
    assert cleaned(as_sent(encode({**BASE, **more}))) == cleaned(entry)


def test_dates_and_models_are_said_in_the_contracts_words():
    article = NewArticle(
        **BASE,
        published_at=datetime(2025, 7, 18, 10, tzinfo=UTC),
        correction=NewCorrection(text="The toll was wrong.", at=datetime(2025, 7, 18, 11, tzinfo=UTC)),
        publisher=NewPublisher(name="Coastal Post"),
        expires_at="2026-01-01T00:00:00Z",
    )
    sent = encode(article)
    assert sent["published_at"] == "2025-07-18T10:00:00+00:00"
    assert json.loads(sent["correction"]) == {
        "text": "The toll was wrong.",
        "at": "2025-07-18T11:00:00+00:00",
    }
    assert json.loads(sent["publisher"]) == {"name": "Coastal Post"}
    assert encode({**BASE, "published_at": date(2025, 7, 18)})["published_at"] == "2025-07-18"


def test_a_foreign_shape_goes_as_json():
    ninjs = {"uri": "urn:x:1", "headlines": [{"value": "Ferry sinks off Flores"}]}
    sent = encode(ninjs)
    assert json.loads(sent["article"]) == ninjs
    assert cleaned(as_sent(sent)) == cleaned(as_json(ninjs))


@pytest.mark.parametrize(
    ("article", "code"),
    [
        ({**BASE, "title": "x" * 1001}, "too_large"),
        ({**BASE, "text": "x" * (2**20 + 1)}, "too_large"),
        ({**BASE, "text": "é" * (2**19 + 1)}, "too_large"),
        ({**BASE, "text": "x" * 100_000_000}, "too_large"),
        ({**BASE, "description": "x" * (2**20 + 1)}, "too_large"),
        ({**BASE, "colour": "x" * (2 * 2**20)}, "too_large"),
        ({**BASE, "url": "https://x.example/" + "x" * 2048}, "bad_url"),
        ({**BASE, "id": "x" * 257}, "bad_id"),
        ({}, "empty_entry"),
        ({"title": None}, "empty_entry"),
        ({**BASE, "subjects": [float("nan")]}, "bad_json"),
        ({**BASE, "subjects": [object()]}, "bad_json"),
        ("Ferry sinks", "not_an_object"),
    ],
)
def test_what_is_refused_before_it_is_sent(article: Any, code: str):
    with pytest.raises(ArticleRefused) as refused:
        encode(article, 3)
    assert refused.value.code == code and code in CODES
    assert refused.value.index == 3
    assert str(refused.value).startswith("article 3: ")


def test_nesting_without_end_is_refused():
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(ArticleRefused) as refused:
        encode({**BASE, "subjects": nested})
    assert refused.value.code == "bad_json"


def test_a_misspelt_field_of_a_new_article_is_an_error():
    with pytest.raises(ValueError, match="publishd_at"):
        NewArticle(**BASE, publishd_at="2025-07-18")


def test_client_and_ingest_agree_on_fields_and_limits():
    assert NewArticle.model_fields.keys() == FIELDS
    for name in ("ENTRY_BYTES", "TEXT_BYTES", "TITLE_CHARACTERS", "URL_CHARACTERS", "ID_CHARACTERS"):
        assert getattr(limits_of_the_client, name) == getattr(limits, name)
