"""The contract's table, field by field: what is read, and what happens without it or with a bad value."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dateline.articles import Correction, Publisher
from services.ingest.publishers import outlet_registry
from tests.unit.ingest.wire import ARRIVED, article, as_json, as_plain, cleaned, rejected

BASE = {"title": "Ferry sinks off Flores", "url": "https://coastalpost.example/ferry"}
ARRIVAL = datetime(2025, 7, 18, 12, tzinfo=UTC)

BAD: dict[str, list[Any]] = {
    "text": [7, ["a"], {"a": 1}, True],
    "description": [7, ["a"], {"a": 1}, "x" * (2**20 + 1)],
    "published_at": ["yesterday", "03/04/2025", "2025-13-01", [], {}, True, "x" * 65],
    "updated_at": ["yesterday", [], {}],
    "version": [[], {}, True, "x" * 257],
    "correction": [7, {}, {"at": "2025-07-18"}, {"text": ""}, {"text": 7}, {"text": "a", "at": "yesterday"}],
    "language": ["not a language", "xx-yy-zz-ww", 7, ["en"]],
    "publisher": [7, [], True, {"name": 7}],
    "original_publisher": [7, [], {"name": 7}, "x" * 257],
    "original_url": ["javascript:alert(1)", "/a", 7],
    "authors": [7, [7], ["Ana Ferro", {"name": 7}], ["a"] * 101],
    "image_url": ["data:image/png;base64,x", "x.png", 7],
    "paywalled": ["yes", 1, [], "TRUE?"],
    "genre": [7, {"a": 1}, "x" * 257],
    "subjects": [7, [None], ["a"] * 101],
    "dateline": [7, [], "x" * 257],
    "expires_at": ["never", [], True],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in BAD.items() for value in values]
)
def test_a_bad_value_is_dropped_and_flagged(field: str, value: Any):
    found = article({**BASE, field: value})
    bare = article(BASE)
    assert found.flags == (f"bad_{field}",)
    kept = (
        {"authors": ("Ana Ferro",), "subjects": ("a",)} if isinstance(value, list) and len(value) > 1 else {}
    )
    if field == "authors" and value == ["a"] * 101:
        kept = {"authors": ("a",)}
    assert getattr(found, field) == kept.get(field, getattr(bare, field))


def test_a_bad_part_of_the_publisher_costs_that_part_only():
    found = article(
        {**BASE, "publisher": {"name": "Coastal Post", "domain": "no host!", "country": "Indonesia"}}
    )
    assert found.publisher.name == "Coastal Post" and found.publisher.country is None
    assert found.flags == ("bad_publisher_domain", "bad_publisher_country")


@pytest.mark.parametrize("nothing", [None, ""])
@pytest.mark.parametrize("field", sorted(BAD))
def test_an_empty_optional_field_is_absent(field: str, nothing: Any):
    assert cleaned(as_json({**BASE, field: nothing})) == cleaned(as_json(BASE))


def test_without_anything_optional():
    found = article(BASE)
    assert (found.text, found.description, found.body) == ("", "", "")
    assert (found.published_at, found.published_at_source) == (ARRIVAL, "received")
    assert found.received_at == ARRIVAL
    assert found.publisher == Publisher(id="coastalpost.example", domain="coastalpost.example", verified=True)
    assert (found.language, found.status, found.flags) == ("en", "usable", ())
    assert 0 < found.language_confidence < 0.7  # a short title: said with little confidence


def test_everything_is_carried():
    found = article(
        {
            **BASE,
            "id": "cp-1",
            "text": "<p>Twelve people died.</p>",
            "description": "Twelve died.",
            "published_at": "2025-07-18T10:00:00+02:00",
            "updated_at": "2025-07-18T10:30:00+02:00",
            "version": 2,
            "correction": {"text": "The toll was wrong.", "at": "2025-07-18T09:00:00Z"},
            "language": "EN_gb",
            "publisher": {"name": "Coastal Post", "country": "id"},
            "original_publisher": {"name": "Tide News Agency"},
            "original_url": "https://tide.example/1",
            "authors": ["Ana Ferro", {"name": "Ben Holt"}, "Ana Ferro"],
            "image_url": "https://img.coastalpost.example/1.jpg",
            "paywalled": False,
            "genre": "Current",
            "subjects": "ports",
            "dateline": "LABUAN BAJO",
            "expires_at": "2026-07-18T10:00:00Z",
        }
    )
    assert (found.source_id, found.url, found.text) == ("cp-1", BASE["url"], "Twelve people died.")
    assert (found.description, found.version, found.language) == ("Twelve died.", "2", "en-GB")
    assert found.published_at == datetime(2025, 7, 18, 8, tzinfo=UTC)
    assert found.published_at_source == "given"
    assert found.updated_at == datetime(2025, 7, 18, 8, 30, tzinfo=UTC)
    assert found.correction == Correction(text="The toll was wrong.", at=datetime(2025, 7, 18, 9, tzinfo=UTC))
    assert (found.publisher.name, found.publisher.country) == ("Coastal Post", "ID")
    assert (found.original_publisher, found.original_url) == ("Tide News Agency", "https://tide.example/1")
    assert (found.authors, found.subjects) == (("Ana Ferro", "Ben Holt"), ("ports",))
    assert (found.genre, found.dateline, found.paywalled) == ("Current", "LABUAN BAJO", False)
    assert found.image_url == "https://img.coastalpost.example/1.jpg"
    assert found.expires_at == datetime(2026, 7, 18, 10, tzinfo=UTC)
    assert found.flags == ()


@pytest.mark.parametrize(
    ("sent", "printed"),
    [
        ("  Ferry \n sinks\t", "Ferry sinks"),
        ("Ferry <b>sinks</b>", "Ferry sinks"),
        ("Ferry &amp; crew", "Ferry & crew"),
        ("CafÃ© owners meet", "Café owners meet"),
        ("Prices < 5 in Portsea", "Prices < 5 in Portsea"),
        ("Fe\u200brry \u202esinks\u202c", "Ferry sinks"),
        ("Ferry\x00 sinks", "Ferry sinks"),
        ("‘Ferry’ “sinks”", "‘Ferry’ “sinks”"),
        ("x" * 1000, "x" * 1000),
    ],
)
def test_a_title_is_printed(sent: str, printed: str):
    assert article({**BASE, "title": sent}).title.split() == printed.split()


def test_a_lone_surrogate_in_json_is_taken_out():
    sent = b'{"title": "Ferry\\ud800 sinks", "id": "1"}'
    found = cleaned({b"article": sent}).article
    assert found is not None and found.title == "Ferry sinks"


def test_the_limit_of_titles_counts_characters():
    assert rejected(as_json({**BASE, "title": "é" * 1001})).code == "too_large"


def test_the_limit_of_texts_counts_bytes():
    assert article({**BASE, "text": "é" * 2**19}).text
    assert rejected(as_json({**BASE, "text": "é" * 2**19 + "x"})).code == "too_large"


@pytest.mark.parametrize("status", ["withheld", "canceled"])
@pytest.mark.parametrize("title", [None, "", " ", "Ferry sinks"])
def test_a_retraction_needs_no_title(status: str, title: Any):
    found = cleaned(as_json({"url": BASE["url"], "status": status, "title": title, "text": "x"}))
    assert (found.article, found.status) == (None, status)
    assert found.article_id == cleaned(as_json(BASE)).article_id


@pytest.mark.parametrize("title", [7, ["a"], {}])
def test_a_title_of_a_retraction_is_of_the_right_type(title: Any):
    assert rejected(as_json({"url": BASE["url"], "status": "canceled", "title": title})).code == "bad_title"


def test_article_id_alone_names_the_article_where_status_comes_with_it():
    identity = cleaned(as_json(BASE)).article_id
    for status in ("usable", "withheld", "canceled"):
        found = cleaned(as_plain({"article_id": identity, "status": status}))
        assert (found.article_id, found.article) == (identity, None)


def test_article_id_without_status_is_ignored_beside_a_url():
    found = cleaned(as_json({**BASE, "article_id": "a-" + "0" * 24}))
    assert found.article_id == cleaned(as_json(BASE)).article_id
    assert found.article is not None and found.article.flags == ("article_id_ignored",)


@pytest.mark.parametrize("bad", ["a-1", 7, "", []])
def test_a_bad_article_id_beside_a_url_is_dropped_and_flagged(bad: Any):
    found = cleaned(as_json({**BASE, "status": "usable", "article_id": bad}))
    assert found.article_id == cleaned(as_json(BASE)).article_id
    assert found.article is not None and found.article.flags == ("bad_article_id",)


def test_a_number_is_an_id_too():
    assert cleaned(as_json({"title": "t", "id": 7})) == cleaned(as_json({"title": "t", "id": "7"}))


def test_updated_at_far_ahead_orders_all_the_same():
    found = cleaned(as_json({**BASE, "updated_at": "2099-01-01T00:00:00Z"}))
    assert found.updated_at is not None
    assert found.article is not None and found.article.flags == ("updated_at_ahead",)


@pytest.mark.parametrize("field", ["updated_at", "expires_at", "published_at"])
def test_a_time_without_a_zone_is_utc_and_flagged(field: str):
    found = article({**BASE, field: "2025-07-18T10:00:00"})
    assert getattr(found, field) == datetime(2025, 7, 18, 10, tzinfo=UTC)
    assert found.flags == (f"{field}_no_zone",)


def test_an_hour_ahead_is_believed_and_more_is_clamped():
    near, far = (article({**BASE, "published_at": ARRIVED + 3_600_000 + more}) for more in (0, 1))
    assert (near.published_at_source, far.published_at_source) == ("given", "clamped")
    assert far.published_at == ARRIVAL and far.flags == ("clamped",)


def test_arrival_stands_in_for_an_unreadable_date():
    found = article({**BASE, "published_at": "yesterday"})
    assert (found.published_at, found.published_at_source) == (ARRIVAL, "received")


def test_a_declared_language_stands_and_a_contradiction_is_flagged():
    text = (
        "Le ferry a coulé dimanche au large de Flores et douze personnes sont mortes, selon les autorités. "
        * 3
    )
    found = article({**BASE, "title": "Un ferry coule", "text": text, "language": "de"})
    assert (found.language, found.language_confidence) == ("de", None)
    assert found.flags == ("language_mismatch",)


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("渡轮在弗洛勒斯附近沉没", "zh"),
        ("フローレス島沖でフェリー沈没", "ja"),
        ("غرق عبارة قرب جزيرة فلوريس", "ar"),
        ("Паром затонул у острова Флорес", "ru"),
        ("Un ferry coule au large de Flores, douze morts", "fr"),
    ],
)
def test_a_title_alone_tells_its_language(title: str, language: str):
    found = article({**BASE, "title": title})
    assert found.language == language and 0 < found.language_confidence <= 1


@pytest.mark.parametrize("title", ["7", "OK", "?!", "12:30"])
def test_a_title_of_hardly_anything_names_no_language_or_says_how_unsure_that_is(title: str):
    found = article({**BASE, "title": title})
    assert found.language is None or found.language_confidence < 0.3


def test_the_longest_known_host_is_the_publisher():
    registry = outlet_registry(
        [
            {"domain": "abcnews.go.com", "name": "ABC", "country": "us", "aliases": "abcnews.example"},
            {"domain": "go.com", "name": "Go"},
        ]
    )

    def publisher(url: str) -> Publisher:
        found = cleaned(as_json({**BASE, "url": url}), registry).article
        assert found is not None
        return found.publisher

    assert publisher("https://www.abcnews.go.com/1").id == "abcnews.go.com"
    assert publisher("https://espn.go.com/1").id == "go.com"
    assert publisher("https://m.abcnews.example/1") == Publisher(
        id="abcnews.go.com", name="ABC", domain="abcnews.go.com", country="US", verified=True
    )


def test_an_aggregators_address_does_not_tell_the_publisher():
    registry = outlet_registry((), aggregators=["news.google.com"])
    sent = {**BASE, "url": "https://news.google.com/1", "publisher": {"name": "Coastal Post"}}
    found = cleaned(as_json(sent), registry).article
    assert found is not None
    assert found.publisher.id == "name:coastal post" and not found.publisher.verified
    assert found.flags == ("aggregator_url",)


def test_a_wall_is_no_article_unless_there_is_text():
    wall = "Verifying you are human. Please wait a few seconds while we check your browser."
    assert rejected(as_json({**BASE, "title": "Just a moment...", "text": wall})).code == "bad_title"
    assert article({**BASE, "title": "Just a moment...", "text": "A café of that name opened."}).flags == (
        "bot_wall",
    )
    found = article({**BASE, "text": wall})
    assert (found.title, found.text, found.flags) == (BASE["title"], "", ("bot_wall",))


def test_content_is_what_was_sent_not_what_was_assumed():
    same = cleaned(as_json(BASE)).content_hash
    for change in ({"updated_at": "2025-07-18T10:00:00Z"}, {"version": "2"}, {"published_at": "2099-01-01"}):
        assert cleaned(as_json({**BASE, **change})).content_hash == same
    assert cleaned(as_json(BASE), arrived=ARRIVED + 5).content_hash == same
    for field in sorted(BAD.keys() - {"updated_at", "version"}):
        value = {
            "paywalled": "true",
            "published_at": "2025-07-18T10:00:00Z",
            "expires_at": "2026-07-18T10:00:00Z",
            "language": "fr",
            "original_url": "https://tide.example/1",
            "image_url": "https://tide.example/1",
        }.get(field, "Other words")
        assert cleaned(as_json({**BASE, field: value})).content_hash != same, field
