"""Reading articles to send: JSON lines, a JSON array or response, gzipped or not, from files or stdin."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from dateline.cli.faults import Usage

ENDINGS = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")
_GZIP = b"\x1f\x8b"
_SPACE = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Item:
    """One article as read, or why there is none; `where` names file and line (or place in an array)."""

    where: str
    article: Any = None
    problem: str = ""


@dataclass
class Source:
    """One input and how far it is read, in bytes (total None: not known)."""

    name: str
    raw: IO[bytes]
    total: int | None

    def position(self) -> int:
        """Bytes read so far, compressed where they are."""
        if self.raw.closed:
            return self.total or 0
        return self.raw.tell() if self.raw.seekable() else 0


def find_files(paths: list[Path]) -> list[Path]:
    """The files to read; a directory stands for those in it that look like articles, by name.

    Raises:
        Usage: a path does not exist, or a directory holds none.
    """
    files: list[Path] = []
    for path in paths:
        if str(path) == "-" or path.is_file():
            files.append(path)
        elif path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.is_file() and one.name.endswith(ENDINGS))
            if not inside:
                raise Usage(f"{path}: holds no file that ends in {', '.join(ENDINGS[:3])} (or .gz of these)")
            files += inside
        else:
            raise Usage(f"{path}: there is no such file or directory; '-' reads standard input")
    return files


def open_source(path: Path) -> Source:
    """Open a file, or standard input for '-'."""
    if str(path) == "-":
        return Source("stdin", sys.stdin.buffer, None)
    return Source(str(path), path.open("rb"), path.stat().st_size)


def read_articles(source: Source) -> Iterator[Item]:
    """The articles of an input, one by one; what cannot be read is an item with a problem. Closes files."""
    stream = _plain(source.raw)
    first = _first_byte(stream)
    try:
        yield from _whole(source.name, stream.read()) if first == b"[" else _lines(source.name, stream)
    except (EOFError, OSError) as error:
        yield Item(source.name, problem=f"cannot be read to its end: {error}")
    finally:
        if source.total is not None:
            source.raw.close()


def _plain(raw: IO[bytes]) -> io.BufferedReader:
    buffered = cast("io.BufferedReader", raw if hasattr(raw, "peek") else io.BufferedReader(cast("Any", raw)))
    if buffered.peek(2)[:2] == _GZIP:
        return io.BufferedReader(cast("Any", gzip.GzipFile(fileobj=buffered)))
    return buffered


def _first_byte(stream: io.BufferedReader) -> bytes:
    start = stream.peek(4096).removeprefix(b"\xef\xbb\xbf").lstrip(_SPACE)
    return start[:1]


def _lines(name: str, stream: io.BufferedReader) -> Iterator[Item]:
    for number, line in enumerate(stream, 1):
        said = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not said.strip():
            continue
        item = _parsed(f"{name}:{number}", said)
        if number == 1 and item.problem:  # perhaps one object over many lines
            rest = stream.read()
            whole = _parsed(name, said + rest)
            if not whole.problem:
                yield from _contained(name, whole.article)
                return
            yield item
            yield from _remaining(name, rest)
            return
        if number == 1 and item.article is not None and not stream.peek(1):
            yield from _contained(name, item.article)
            return
        yield item


def _remaining(name: str, rest: bytes) -> Iterator[Item]:
    for number, line in enumerate(rest.splitlines(), 2):
        if line.strip():
            yield _parsed(f"{name}:{number}", line)


def _parsed(where: str, line: bytes) -> Item:
    try:
        return Item(where, json.loads(line))
    except (ValueError, RecursionError) as error:
        return Item(where, problem=f"is not JSON: {str(error).splitlines()[0]}")


def _whole(name: str, content: bytes) -> Iterator[Item]:
    item = _parsed(name, content)
    if item.problem:
        yield item
        return
    yield from _contained(name, item.article)


def _contained(name: str, value: Any) -> Iterator[Item]:
    """The articles of an array, or of the answer of a news service (`articles`, `articles.results`)."""
    listed = value
    if isinstance(value, dict) and "title" not in value:
        inside = value.get("articles")
        listed = inside.get("results") if isinstance(inside, dict) else inside
    if not isinstance(listed, list):
        yield Item(name, value)
        return
    for number, article in enumerate(listed, 1):
        yield Item(f"{name}[{number}]", article)
