"""The door's pure rules: filters, bodies, cursors, tokens, limits."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.client.new_article import ENTRY_BYTES
from services.web.bodies import LINE_BYTES, BadBody, is_json, item, items_of, line_item, lines_of, read_json
from services.web.filters import BadFilter, Filter, facets, fits, read_filter
from services.web.limits import Limiter, host_of, needed_scope
from services.web.paging import BadCursor, ChangesCursor, read_changes_cursor, unpack
from services.web.tokens import Token, allows, bearer, digest, token_id, written
from services.web.tokens import fits as token_fits
from tests.unit.web.desk import record


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("min_publishers", "-1"),
        ("min_publishers", "two"),
        ("since", "yesterday"),
        ("q", "x" * 201),
        ("place", ",".join(map(str, range(60)))),
        ("language", "x" * 300),
    ],
)
def test_a_bad_filter_says_which(name: str, value: str) -> None:
    with pytest.raises(BadFilter, match=name):
        read_filter({name: [value]})


def test_a_filter_asked_of_one_record_is_that_of_lists() -> None:
    one = facets(record(3, places=[{"name": "Lisbon", "country": "PT"}]))
    assert fits(Filter(), one)
    assert fits(read_filter({"place": ["lisbon"], "language": ["de", "en"]}), one)
    assert fits(read_filter({"q": ["harbour brid"]}), one)
    assert not fits(read_filter({"place": ["lisbon"], "language": ["de"]}), one)
    assert not fits(read_filter({"min_publishers": ["3"]}), one)
    assert not fits(read_filter({"q": ["arbour"]}), one)
    assert not fits(read_filter({"since": ["2025-07-19"]}), one)


async def chunked(data: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


@given(
    st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b" ")), min_size=1),
    st.integers(1, 9),
)
async def test_lines_come_whole_however_they_are_cut(lines: list[bytes], size: int) -> None:
    found = [line async for line in lines_of(chunked(b"\n".join(lines), size))]
    assert found == (lines if lines[-1] else lines[:-1])


async def test_a_line_without_end_is_passed_over_and_those_after_it_are_read() -> None:
    found = [line async for line in lines_of(chunked(b"a\n" + b"x" * (LINE_BYTES + 5) + b"\nb", 65_536))]
    assert found == [b"a", None, b"b"]
    assert line_item(1, None).code == "too_large"


def test_every_item_of_a_body_is_judged_alone() -> None:
    good = {"title": "T", "url": "https://a.example/1"}
    found = list(items_of([good, 7, {}, {"title": "x" * 2000}, {"headline": "a foreign shape"}]))
    assert [one.code for one in found] == ["", "not_an_object", "empty_entry", "too_large", ""]
    assert found[4].fields == {"article": '{"headline":"a foreign shape"}'}
    assert item(0, good | {"text": "x" * (ENTRY_BYTES + 1)}).code == "too_large"


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b'{"a": Infinity}', b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_said_so(body: bytes) -> None:
    with pytest.raises(BadBody):
        read_json(body)


def test_media_types_that_carry_json() -> None:
    assert (
        is_json("application/json") and is_json("application/ld+json") and is_json("application/vnd.x+json")
    )
    assert not is_json("text/plain") and not is_json("application/x-www-form-urlencoded") and not is_json("")


@pytest.mark.parametrize(
    "cursor", ["", "x", "%", "W10", "bnVsbA", "WyJhIiwxLDIsM10", "é", "W" * 5000, "WyJhIiwtMSwwLGZhbHNlXQ"]
)
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        read_changes_cursor(cursor)


@given(st.text(max_size=10), st.integers(0, 2**62), st.integers(0, 2**62), st.booleans())
def test_a_cursor_comes_back_as_it_was(generation: str, n: int, row: int, whole: bool) -> None:
    cursor = ChangesCursor(generation, n, row, whole)
    assert read_changes_cursor(cursor.text()) == cursor
    with pytest.raises(BadCursor):
        unpack(cursor.text(), str, int)


def test_a_token_is_known_by_its_hash_only() -> None:
    token = written("0a1b2c3d", "s" * 43)
    kept = Token("0a1b2c3d", "desk", "write", digest(token), 0, 1_000)
    assert token_id(token) == "0a1b2c3d"
    assert token_fits(token, kept) and not token_fits(token[:-1] + "t", kept)
    assert token not in json.dumps(kept.digest)
    assert kept.valid(999) and not kept.valid(1_000)
    assert allows("admin", "write") and allows("write", "read") and not allows("read", "write")
    assert not allows(None, "read")
    assert bearer("Bearer abc") == bearer("bearer  abc") == "abc" and bearer("Basic abc") == ""


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/stories", None),
        ("GET", "/", None),
        ("HEAD", "/story/s-1", None),
        ("POST", "/v1/articles", "write"),
        ("DELETE", "/v1/articles/a-1", "write"),
        ("GET", "/v1/webhooks", "admin"),
        ("POST", "/v1/webhooks", "admin"),
        ("PATCH", "/v1/anything", "admin"),
        ("POST", "/v1/stories", "admin"),
        ("GET", "/operations/dead", "admin"),
        ("POST", "/sign-in", None),
    ],
)
def test_writing_and_administration_need_a_scope(method: str, path: str, scope: str | None) -> None:
    assert needed_scope(method, path, reading_open=True) == scope
    if scope is None and path != "/sign-in":
        assert needed_scope(method, path, reading_open=False) == "read"


def test_hosts_are_names_without_ports() -> None:
    assert host_of("LocalHost:8080") == "localhost"
    assert host_of("[::1]:8080") == "[::1]"
    assert host_of("evil.example.") == "evil.example"


def test_a_limit_lets_so_many_pass_and_says_when_the_next_may() -> None:
    limiter = Limiter(60)
    assert [limiter.wait("a", 0.0) for _ in range(60)] == [0.0] * 60
    assert limiter.wait("a", 0.0) == pytest.approx(1.0)
    assert limiter.wait("b", 0.0) == 0.0
    assert limiter.wait("a", 1.01) == 0.0
    assert Limiter(0).wait("a", 0.0) == 0.0
