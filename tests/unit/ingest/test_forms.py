"""The three forms of an entry, FastStream's real frames among them, and mixtures."""

from __future__ import annotations

import json
from typing import Any

import pytest
from faststream.redis.parser import BinaryMessageFormatV1

from tests.unit.ingest.wire import as_json, as_plain, cleaned, rejected

MESSAGE = {
    "title": "Ferry sinks off Flores – «12 dead»",
    "url": "https://coastalpost.example/ferry",
    "text": "Twelve people died.",
    "authors": ["Ana Ferro", "Ben Holt"],
    "publisher": {"name": "Coastal Post", "country": "ID"},
    "paywalled": False,
    "published_at": "2025-07-18T10:00:00Z",
}


async def framed(message: Any, headers: dict[str, str] | None = None) -> dict[bytes, bytes]:
    """What FastStream's publisher writes into a stream entry."""
    encode = BinaryMessageFormatV1.encode
    frame = await encode(message=message, reply_to=None, headers=headers, correlation_id="c-1")
    return {b"__data__": frame}


@pytest.mark.parametrize(
    "headers", [None, {"traceparent": "00-4bf9-01"}, {"desk": "Zürich"}, {"desk": "x" * 9_000}]
)
async def test_the_frames_that_faststream_writes(headers: dict[str, str] | None):
    plain = cleaned(as_plain(MESSAGE))
    assert cleaned(await framed(MESSAGE, headers)) == plain
    assert cleaned(await framed(json.dumps(MESSAGE), headers)) == plain
    assert cleaned(await framed(json.dumps(MESSAGE).encode(), headers)) == plain


async def test_a_frame_around_a_foreign_shape():
    ninjs = {"uri": "urn:x:1", "headlines": [{"value": "Ferry sinks off Flores"}]}
    assert cleaned(await framed(ninjs)).article.title == "Ferry sinks off Flores"


def test_the_json_envelope_of_older_faststreams():
    envelope = {"data": json.dumps(MESSAGE), "headers": {"correlation_id": "c-1"}}
    assert cleaned({b"__data__": json.dumps(envelope).encode()}) == cleaned(as_plain(MESSAGE))


def test_bare_json_in_the_frame_field():
    assert cleaned({b"__data__": json.dumps(MESSAGE).encode()}) == cleaned(as_plain(MESSAGE))


@pytest.mark.parametrize("cut", [1, 8, 9, 12, 17, 18, 19, 30])
async def test_a_frame_cut_short(cut: int):
    frame = (await framed(MESSAGE))[b"__data__"]
    assert rejected({b"__data__": frame[:cut]}).code in ("bad_json", "bad_encoding")


async def test_a_frame_of_another_version():
    frame = bytearray((await framed(MESSAGE))[b"__data__"])
    frame[9] = 9
    found = rejected({b"__data__": bytes(frame)})
    assert found.code == "bad_json" and "version" in found.reason


def test_one_json_field_by_either_name():
    assert cleaned({b"data": json.dumps(MESSAGE).encode()}) == cleaned(as_json(MESSAGE))


def test_plain_fields_say_the_same_as_json():
    assert cleaned(as_plain(MESSAGE)) == cleaned(as_json(MESSAGE))


@pytest.mark.parametrize(("said", "means"), [("true", True), ("false", False)])
def test_booleans_of_plain_fields(said: str, means: bool):
    found = cleaned(as_plain({**MESSAGE, "paywalled": said})).article
    assert found is not None and found.paywalled is means


@pytest.mark.parametrize("field", ["reply_to", "traceparent", "correlation_id", "Title", "__other__"])
async def test_other_fields_are_ignored_whatever_their_bytes(field: str):
    for entry in (as_json(MESSAGE), as_plain(MESSAGE), await framed(MESSAGE)):
        assert cleaned({**entry, field.encode(): b"\xff\xfe"}) == cleaned(entry)


@pytest.mark.parametrize("first", [b"__data__", b"article", b"data"])
@pytest.mark.parametrize("second", [b"__data__", b"article", b"data", b"title", b"dateline", b"article_id"])
def test_forms_do_not_mix(first: bytes, second: bytes):
    if first != second:
        value = json.dumps(MESSAGE).encode()
        assert rejected({first: value, second: value}).code == "mixed_forms"


@pytest.mark.parametrize("name", ["title", "text", "url", "id", "publisher", "published_at"])
def test_plain_fields_are_utf8(name: str):
    found = rejected({**as_plain(MESSAGE), name.encode(): b"caf\xe9"})
    assert found.code == "bad_encoding"
    assert found.reason == f"{name}: byte 3 is not UTF-8"
