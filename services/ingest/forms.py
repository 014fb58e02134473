"""The three forms of an entry on `articles.raw`, read into one object of named fields.

FastStream's frame (`__data__`), one JSON field (`article` or `data`), plain fields. All limits
are checked here or before here; nothing is parsed that is too large or nested too deeply.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from services.ingest.dead_letters import Refused, shown
from services.ingest.limits import DIGITS, ENTRY_BYTES, JSON_DEPTH

FIELDS = frozenset(
    "title article_id url id text description published_at updated_at version status correction language"
    " publisher original_publisher original_url authors image_url paywalled genre subjects dateline"
    " expires_at".split()
)
"""The fields of the contract's table."""

_CONTAINERS = (b"__data__", b"article", b"data")
_PLAIN = {name.encode(): name for name in FIELDS}
_STRUCTURED = frozenset(("correction", "publisher", "authors", "subjects", "paywalled"))

# The head of FastStream's binary message, version 1 (faststream/redis/parser/binary.py): magic,
# version, offset of the headers, offset of the payload; big-endian.
_MAGIC = b"\x89BIN\x0d\x0a\x1a\x0a"
_HEAD = struct.Struct(">8sHII")
_ENVELOPE = frozenset(("data", "headers"))

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)


def read_entry(fields: Mapping[bytes, bytes]) -> tuple[Any, bool]:
    """The JSON value an entry carries, and whether it came as plain fields.

    Plain fields give an object of strings, lists and objects; a JSON form gives whatever JSON it
    holds (the caller recognises foreign shapes and refuses what is no object).

    Raises:
        Refused: too_large, empty_entry, mixed_forms, bad_encoding or bad_json.
    """
    size = sum(len(name) + len(value) for name, value in fields.items())
    if size > ENTRY_BYTES:
        raise Refused("too_large", f"the entry has {size} bytes, the limit is {ENTRY_BYTES}")
    containers = [name for name in _CONTAINERS if name in fields]
    plain = [name for name in fields if name in _PLAIN]
    if len(containers) > 1 or (containers and plain):
        names = ", ".join(sorted(name.decode() for name in (*containers, *plain)))
        raise Refused("mixed_forms", f"the entry mixes forms: {names}")
    if not containers:
        return _plain_fields(fields, plain), True
    name, value = containers[0].decode(), fields[containers[0]]
    return (_framed(value) if name == "__data__" else read_json(value, name)), False


def _plain_fields(fields: Mapping[bytes, bytes], names: list[bytes]) -> dict[str, Any]:
    if not names:
        raise Refused("empty_entry", "no field of an article is in the entry")
    return {_PLAIN[name]: _plain_value(_PLAIN[name], fields[name]) for name in names}


def _plain_value(name: str, value: bytes) -> Any:
    """A plain field's value: lists and objects are JSON text where the field may hold one."""
    text = _decoded(value, name)
    if name in _STRUCTURED and text.lstrip()[:1] in ("[", "{"):
        try:
            return read_json(value, name)
        except Refused:
            return object  # no JSON value: whoever reads the field drops and flags it
    return text


def _decoded(value: bytes, name: str) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("bad_encoding", f"{name}: byte {error.start} is not UTF-8") from None


def _framed(frame: bytes) -> Any:
    """The payload of FastStream's frame: binary with headers, or JSON, bare or in an envelope."""
    if frame.startswith(_MAGIC):
        if len(frame) < _HEAD.size:
            raise Refused("bad_json", "__data__: the frame is cut short")
        _, version, _, start = _HEAD.unpack_from(frame)
        if version != 1 or not _HEAD.size <= start <= len(frame):
            raise Refused("bad_json", f"__data__: a frame of version {version} with its payload at {start}")
        frame = frame[start:]
    value = read_json(frame, "__data__")
    if isinstance(value, dict) and "data" in value and value.keys() <= _ENVELOPE:
        inner = value["data"]
        if not isinstance(inner, str):
            return inner
        return read_json(inner.encode("utf-8", "surrogatepass"), "__data__")
    return value


def read_json(value: bytes, name: str) -> Any:
    """Parse JSON of bounded depth; NaN and Infinity are refused. A whole number of more than 400
    digits is infinite: a bad value of its field, as any other.

    Raises:
        Refused: bad_encoding or bad_json.
    """
    text = _decoded(value.removeprefix(b"\xef\xbb\xbf"), name)
    if _depth_over(text, JSON_DEPTH):
        raise Refused("bad_json", f"{name}: JSON nested deeper than {JSON_DEPTH} levels")
    try:
        return json.loads(text, parse_constant=_no_constant, parse_int=_whole_number)
    except json.JSONDecodeError as error:
        raise Refused("bad_json", f"{name}: not JSON: {error.msg} at character {error.pos}") from None
    except (ValueError, RecursionError) as error:
        raise Refused("bad_json", f"{name}: not JSON: {shown(str(error))}") from None


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) <= DIGITS else math.inf


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _depth_over(text: str, limit: int) -> bool:
    """Whether brackets outside of strings are nested deeper than the limit; linear in time."""
    if text.count("[") + text.count("{") <= limit:
        return False
    depth = 0
    for step in _steps(text):
        depth += step
        if depth > limit:
            return True
    return False


def _steps(text: str) -> Iterator[int]:
    for match in _TOKEN.finditer(text):
        mark = text[match.start()]
        if mark != '"':
            yield 1 if mark in "[{" else -1
