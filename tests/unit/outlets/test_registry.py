"""The registry that comes along: look-up by host and name, and where its facts come from."""

from __future__ import annotations

import csv
import re
from importlib.resources import files

import pytest

from dateline.outlets import OWNER_TYPES, build, registry


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("abcnews.go.com", "abcnews.go.com"),
        ("www.ABCnews.go.com", "abcnews.go.com"),
        ("live.abcnews.go.com", "abcnews.go.com"),
        ("go.com", None),
        ("espn.go.com", None),
        ("edition.cnn.com", "cnn.com"),
        ("notcnn.com", None),
        ("www.bbc.com", "bbc.co.uk"),
        ("uk.reuters.com", "reuters.com"),
        ("com", None),
        ("", None),
    ],
)
def test_the_longest_known_host_is_the_outlet(host: str, domain: str | None) -> None:
    found = registry().find(host)

    assert (found.domain if found else None) == domain


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("New York Times (News)", "nytimes.com"),
        ("New York Times (Opinion)", None),
        ("the guardian", "theguardian.com"),
        ("CNN (Online News)", "cnn.com"),
        ("ABC News", "abcnews.go.com"),
        ("ABC News (Australia)", "abc.net.au"),
        ("Daily News", None),
        ("Nobody's Gazette", None),
    ],
)
def test_a_name_finds_the_one_outlet_that_bears_it(name: str, domain: str | None) -> None:
    found = registry().named(name)

    assert (found.domain if found else None) == domain


def test_it_is_large_and_from_many_countries_and_every_outlet_has_its_source() -> None:
    outlets = registry().outlets
    abroad = [outlet for outlet in outlets if outlet.country and outlet.country != "US"]

    assert len(outlets) >= 6_500
    assert len({outlet.country for outlet in outlets if outlet.country}) >= 60
    assert len(abroad) >= 300
    assert all(
        set(o.sources) <= {"own", "wikipedia", "publishers", "us_local"} and o.sources for o in outlets
    )
    assert all(re.fullmatch("[A-Z]{2}", outlet.country) for outlet in outlets if outlet.country)


def test_an_owner_is_there_only_where_the_source_names_one() -> None:
    with files("dateline.outlets").joinpath("data/us_local.csv").open(encoding="utf-8") as file:
        named = {row["domain"]: row["owner"] for row in csv.DictReader(file) if row["owner"]}
    owned = {outlet.domain: outlet for outlet in registry().outlets if outlet.owner}

    assert {domain: outlet.owner for domain, outlet in owned.items()} == named
    assert all(not outlet.owner_type or outlet.owner_type in OWNER_TYPES for outlet in owned.values())
    assert all(outlet.owner for outlet in registry().outlets if outlet.owner_type)


def test_what_wikipedia_judges_in_parts_is_not_rated() -> None:
    by_host = registry().by_host

    assert [by_host[host].factuality for host in ("foxnews.com", "huffpost.com", "newsweek.com")] == [""] * 3
    assert by_host["reuters.com"].factuality == "high"
    assert by_host["tass.com"].factuality == "low"
    assert by_host["breitbart.com"].factuality == "very_low"


def test_the_first_source_that_says_something_is_believed() -> None:
    facts = [
        ("own", {"domain": "a.example", "country": "PT"}),
        ("publishers", {"domain": "old.example", "name": "The A", "country": "ES", "language": "pt"}),
    ]
    found = build(facts, {"a.example": "old.example"}, ()).find("old.example")

    assert found is not None
    assert (found.domain, found.name, found.country, found.language) == ("a.example", "The A", "PT", "pt")
    assert found.sources == ("own", "publishers")


def test_agencies_by_printed_credit() -> None:
    known = registry()

    assert [known.agency(credit) for credit in ("AP", " Associated  Press ", "dpa", "新华社", "Nobody")] == [
        "apnews.com",
        "apnews.com",
        "dpa.com",
        "news.cn",
        None,
    ]
    assert all(known.by_host[domain].agency for domain in set(known.agencies.values()))
