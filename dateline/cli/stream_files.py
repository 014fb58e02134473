"""Streams as files: a line an entry, with its id, without the namespace; bytes that are no text in base64.

{"stream": "articles:{all}", "id": "1795478628436-0", "fields": {"kind": "article", "data": "…"}}
A value that is not UTF-8 is {"base64": "…"}; with such a field name the fields are a list of pairs.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

from dateline.cli.faults import Failed
from dateline.stage.entries import Entry

_ID_PARTS = 2


def write_line(stream: str, entry: Entry) -> str:
    """An entry as a line (without its end)."""
    said: Any = {_text(name): _said(value) for name, value in entry.fields.items()}
    if None in said:
        said = [[_said(name), _said(value)] for name, value in entry.fields.items()]
    line = {"stream": stream, "id": entry.entry_id, "fields": said}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def _text(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _said(value: bytes) -> Any:
    text = _text(value)
    return {"base64": base64.b64encode(value).decode()} if text is None else text


def read_lines(file: IO[bytes], name: str) -> Iterator[tuple[str, Entry]]:
    """The entries of an export, with the stream of each.

    Raises:
        Failed: a line is none of an export; the message names it.
    """
    number = 0
    try:
        for number, line in enumerate(file, 1):  # noqa: B007 (named in the message)
            if line.strip():
                yield _parsed(json.loads(line))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Failed(
            f"{name}, line {number}: is no line of 'dateline export' ({str(error).splitlines()[0]}); "
            "articles are sent with 'dateline send'"
        ) from error
    except EOFError as error:
        raise Failed(f"{name}: ends in the middle of line {number + 1}; the file is cut short") from error


def _parsed(line: Mapping[str, Any]) -> tuple[str, Entry]:
    stream, entry_id, said = line["stream"], line["id"], line["fields"]
    parts = entry_id.split("-")
    if not isinstance(stream, str) or len(parts) != _ID_PARTS or not all(part.isdigit() for part in parts):
        raise ValueError(f"id {entry_id!r}")
    pairs = said.items() if isinstance(said, dict) else said
    fields = {_bytes(name): _bytes(value) for name, value in pairs}
    if not fields:
        raise ValueError("an entry without fields")
    return stream, Entry(entry_id, fields)


def _bytes(said: Any) -> bytes:
    return base64.b64decode(said["base64"], validate=True) if isinstance(said, dict) else said.encode()
