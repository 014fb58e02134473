"""Who published an article: by its address, by the registry, behind an aggregator."""

from __future__ import annotations

import json

import pytest

from dateline.articles import Publisher
from services.ingest.clean import Rejected, clean
from services.ingest.publishers import default_registry


def publisher(**given: object) -> Publisher:
    sent = {"title": "Ferry sinks off Lisbon harbour", **given}
    fields = {b"article": json.dumps(sent).encode()}
    cleaned = clean(fields, arrived=1_753_000_000_000, registry=default_registry())
    assert not isinstance(cleaned, Rejected), cleaned
    assert cleaned.article is not None
    return cleaned.article.publisher


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://abcnews.go.com/a/1", "abcnews.go.com"),
        ("https://www.go.com/a/1", "go.com"),
        ("https://edition.cnn.com/a/1", "cnn.com"),
        ("https://www.bbc.com/news/1", "bbc.co.uk"),
        ("https://news.some.example/1", "some.example"),
    ],
)
def test_the_longest_known_host_of_the_address_else_its_registered_domain(url: str, domain: str) -> None:
    found = publisher(url=url, publisher={"name": "Somebody", "domain": "else.example"})

    assert (found.id, found.verified) == (domain, True)


@pytest.mark.parametrize(
    ("given", "domain"),
    [
        ({"original_url": "https://www.harbour.example/1"}, "harbour.example"),
        ({"original_url": "https://uk.reuters.com/1", "publisher": "MSN"}, "reuters.com"),
        ({"publisher": {"name": "Harbour Times", "domain": "harbour.example"}}, "harbour.example"),
        ({"publisher": "The New York Times"}, "nytimes.com"),
        ({"original_publisher": "Associated Press"}, "apnews.com"),
        ({"original_publisher": "Harbour Times"}, None),
        ({"original_url": "https://news.google.com/2", "publisher": "Harbour Times"}, None),
    ],
)
@pytest.mark.parametrize("host", ["news.google.com", "www.msn.com", "finance.yahoo.com"])
def test_an_aggregator_is_not_the_publisher_where_the_original_is_known(
    host: str, given: dict[str, object], domain: str | None
) -> None:
    found = publisher(url=f"https://{host}/articles/1", **given)

    assert found.id == (domain or "name:harbour times")
    assert not found.verified


def test_an_aggregator_alone_is_all_that_is_known() -> None:
    assert publisher(url="https://www.msn.com/articles/1").id == "msn.com"
