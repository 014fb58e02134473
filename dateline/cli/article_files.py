"""Reading articles to send: JSON lines, a JSON array or response, gzipped or not, from files or stdin."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import sys
import zlib
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
        return self.raw.tell() if self.total is not None else 0


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


@contextlib.contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a file, or take standard input for '-' (which is left open)."""
    if str(path) == "-":
        yield Source("stdin", sys.stdin.buffer, None)
        return
    with path.open("rb") as raw:
        yield Source(str(path), raw, path.stat().st_size)


def read_articles(source: Source) -> Iterator[Item]:
    """The articles of an input, one by one; what cannot be read is an item with a problem."""
    stream = _plain(source.raw)
    try:
        whole = _first_byte(stream) == b"["
        yield from _whole(source.name, stream.read()) if whole else _lines(source.name, stream)
    except (EOFError, OSError, zlib.error) as error:
        yield Item(source.name, problem=f"cannot be read to its end ({error}); is the file whole?")


def _plain(raw: IO[bytes]) -> io.BufferedReader:
    buffered = cast("io.BufferedReader", raw if hasattr(raw, "peek") else io.BufferedReader(_Kept(raw)))
    if buffered.peek(2)[:2] == _GZIP:
        return io.BufferedReader(cast("Any", gzip.GzipFile(fileobj=buffered)))
    return buffered


class _Kept(io.RawIOBase):
    """An input that cannot be peeked into, to be buffered without being closed by its buffer."""

    def __init__(self, inner: IO[bytes]) -> None:
        self.inner = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self.inner.read(len(buffer))
        buffer[: len(read)] = read
        return len(read)


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
        return Item(where, json.loads(line.strip()))
    except json.JSONDecodeError as error:
        return Item(where, problem=f"is not JSON ({error.msg} at character {error.pos + 1})")
    except (ValueError, RecursionError) as error:
        return Item(where, problem=f"is not JSON ({str(error).splitlines()[0]})")


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
