"""Whatever comes, ingest answers: an article that can be passed on, or a reason in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dateline.articles import Article
from services.ingest.clean import Cleaned, Rejected, clean
from services.ingest.dead_letters import CODES
from services.ingest.flags import FLAGS
from services.ingest.forms import FIELDS
from services.ingest.identity import is_article_id
from services.ingest.text import visible
from services.ingest.urls import canonical_url, read_web_address
from tests.unit.ingest.bombs import entries, texts
from tests.unit.ingest.wire import ARRIVED, NO_OUTLETS, as_json

FEW = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)

NASTY = st.sampled_from(
    [
        "\ud800",
        "\x00",
        "\u202e",
        "\u200b",
        "\ufeff",
        "<p>",
        "</",
        "&lt;",
        "&#x0;",
        "{}",
        "Ã©",
        "\u0301",
        '"',
        "\r",
        "。",
    ]
)
TEXT = st.lists(st.one_of(st.text(max_size=20), NASTY), max_size=12).map("".join)
SCALAR = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    TEXT,
    st.just("https://x.example/a?b=1"),
    st.sampled_from(["2025-07-18", "canceled", "usable", "withheld", "a-" + "0" * 24, "en", 1752840000]),
)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["name", "domain", "country", "text", "at", "@id", "@value"]), inner, max_size=4
        ),
    ),
    max_leaves=8,
)
FOREIGN = (
    "headline uri headlines bodies pubStatus infoSources altIds firstCreated @type @graph publishedAt source"
    " content urlToImage articleBody author publisher isAccessibleForFree dateTimePub body lang image"
).split()
MESSAGE = st.dictionaries(st.sampled_from([*sorted(FIELDS), *FOREIGN]), VALUE, max_size=8)
ENTRY = st.dictionaries(
    st.one_of(
        st.sampled_from([name.encode() for name in (*sorted(FIELDS), "article", "data", "__data__")]),
        st.binary(),
    ),
    st.one_of(st.binary(), TEXT.map(lambda text: text.encode("utf-8", "ignore"))),
    max_size=6,
)


def check(found: Cleaned | Rejected) -> None:
    """What holds of every answer."""
    if isinstance(found, Rejected):
        assert found.code in CODES
        assert found.reason and len(found.reason) < 400
        found.reason.encode()
        return
    assert is_article_id(found.article_id)
    if found.article is None:
        return
    said = found.article.model_dump_json(exclude_defaults=True)
    assert Article.model_validate_json(said) == found.article
    assert set(found.article.flags) <= FLAGS.keys()
    for line in (found.article.title, found.article.text, found.article.description):
        assert visible(line) == line
    assert found.article.title and "\n" not in found.article.title
    assert (
        found.article.published_at <= found.article.received_at
        or found.article.published_at_source == "given"
    )


@FEW
@given(ENTRY)
def test_any_bytes(entry: dict[bytes, bytes]):
    check(clean(entry, arrived=ARRIVED, registry=NO_OUTLETS))


@FEW
@given(MESSAGE)
def test_any_json(message: dict[str, Any]):
    entry = {b"article": json.dumps(message).encode()}
    check(clean(entry, arrived=ARRIVED, registry=NO_OUTLETS))


@FEW
@given(MESSAGE, TEXT)
def test_any_value_of_any_field_costs_no_article(message: dict[str, Any], text: str):
    """Only title, url, id and status (and what is too large) can refuse an article that has them."""
    whole = {name: value for name, value in message.items() if name in FIELDS - {"article_id"}}
    good = {
        **whole,
        "title": "Ferry sinks",
        "url": "https://x.example/a",
        "id": "7",
        "status": "usable",
        "text": text,
    }
    found = clean(
        {b"article": json.dumps(good, allow_nan=True).encode()}, arrived=ARRIVED, registry=NO_OUTLETS
    )
    if isinstance(found, Rejected):
        assert found.code == "bad_json" and ("NaN" in found.reason or "Infinity" in found.reason)
    else:
        check(found)
        assert found.article is not None


@FEW
@given(st.text(alphabet="ab./?&=%#+;:~é\\ A1-_", max_size=40))
def test_canonical_urls_are_their_own_canonical_form(rest: str):
    once = canonical_url(read_web_address("https://www.x.example/" + rest))
    assert canonical_url(read_web_address(once)) == once
    assert once.isascii() and once.startswith("https://x.example/")


@FEW
@given(st.text(alphabet="ab/é-1.", max_size=20))
def test_what_does_not_matter_in_a_url(path: str):
    plain = canonical_url(read_web_address(f"https://x.example/{path}"))
    for other in (f"HTTP://m.X.example:80/{path}?utm_source=a&fbclid=b#c", f"https://www.x.example/{path}/"):
        assert canonical_url(read_web_address(other)) == plain


@pytest.mark.parametrize(("name", "text"), list(texts(20_000)), ids=[name for name, _ in texts(10)])
def test_small_bombs(name: str, text: str):
    message = {"title": "Ferry sinks", "id": "1", "text": text, "description": text}
    found = clean(as_json(message), arrived=ARRIVED, registry=NO_OUTLETS)
    check(found)
    assert isinstance(found, Cleaned)


def test_every_entry_that_is_made_to_cost_is_within_what_may_be_sent():
    """The whole of them is run in tests/integration/ingest/test_bombs.py, in a process of bounded means."""
    sizes = [sum(len(name) + len(value) for name, value in entry.items()) for _, entry in entries()]
    assert len(sizes) > 150 and max(sizes) < 4 * 2**20
