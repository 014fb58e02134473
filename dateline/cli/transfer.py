"""`dateline export` and `dateline import`: streams to files and back, entry ids kept."""

from __future__ import annotations

import contextlib
import gzip
import json as json_module
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Annotated, Any, cast

import redis as redis_py
import typer

from dateline import progress
from dateline.cli.faults import Failed, Usage
from dateline.cli.options import LOCAL, Json, Namespace, RedisUrl, named, server
from dateline.cli.stream_files import read_lines, write_line
from dateline.cli.terminal import err, out, plural, print_json, safe
from dateline.settings import load_settings
from dateline.stage.entries import START, Entry, read_entries, split_id
from dateline.streams import Names

ENTRY_ID = re.compile(r"-|\d{1,20}(?:-\d{1,20})?")
PAGE = 200
AT_ONCE = 500


def export_streams(
    streams: Annotated[
        list[str] | None,
        typer.Argument(metavar="STREAM", help="Names without the namespace; none: the logs articles:{S}."),
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Ends in .gz: gzipped; - is standard output.")
    ] = Path("-"),
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    since: Annotated[str, typer.Option(metavar="ID", help="Only entries from this id on.")] = "-",
    json: Json = False,
) -> None:
    """Write streams to a file, a line of JSON an entry, with the entry ids.

    The logs articles:{S} are what 'dateline replay' rebuilds every story from.

    Examples:

    * `dateline export -o log.jsonl.gz`
    * `dateline export articles.raw stories.published -o both.jsonl.gz`
    """
    if not ENTRY_ID.fullmatch(since):
        raise Usage(f"--since: {since!r} is no entry id; write milliseconds, or milliseconds-number")
    names = named(namespace)
    wanted = streams or [Names().articles(shard) for shard in load_settings().shard_map]
    counts: Counter[str] = Counter()
    with server(redis) as connection:
        missing = [one for one in wanted if not connection.exists(names.prefix + one)]
        if missing:
            raise Failed(f"{names.prefix}{missing[0]}: there is no such stream; is --namespace right?")
        with _writer(output) as file:
            for stream in wanted:
                for entry in entries_of(connection, names.prefix + stream, since):
                    file.write(write_line(stream, entry).encode() + b"\n")
                    counts[stream] += 1
    if json:
        err().print(safe(json_module.dumps(dict(counts))), soft_wrap=True)
    for stream in [] if json else wanted:
        err().print(safe(f"{stream}: {plural(counts[stream], 'entry')}"))


def import_streams(
    file: Annotated[Path, typer.Argument(metavar="FILE|-", help="What 'dateline export' wrote.")],
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    json: Json = False,
) -> None:
    """Read streams from a file, with the entry ids they had. Only into streams that are empty.

    Example: `dateline import log.jsonl.gz --namespace copy`
    """
    names = named(namespace)
    with server(redis) as connection, opened(file) as stream:
        counts = import_lines(connection, names, read_lines(stream, str(file)))
    if json:
        print_json(dict(counts))
        return
    for name, count in counts.items():
        out().print(safe(f"{names.prefix}{name}: {plural(count, 'entry')}"))
    if not counts:
        raise Failed(f"{file}: holds no entry")


def entries_of(connection: redis_py.Redis, stream: str, since: str = "-") -> Iterator[Entry]:
    """All entries that a stream holds now, page by page."""
    end, at = progress.last_id(connection, stream), since
    while True:
        reply: Any = connection.xrange(stream, min=at, max=end, count=PAGE)
        page = read_entries(reply)
        if not page:
            return
        yield from page
        at = f"({page[-1].entry_id}"


def import_lines(
    connection: redis_py.Redis, names: Names, lines: Iterable[tuple[str, Entry]]
) -> Counter[str]:
    """Append entries with their ids; every stream must have been empty.

    Raises:
        Failed: a stream is not empty, or the ids of the file are not in their order.
    """
    counts: Counter[str] = Counter()
    lasts: dict[str, str] = {}
    pipe = connection.pipeline(transaction=False)
    for stream, entry in lines:
        if stream not in lasts:
            _must_be_empty(connection, names.prefix + stream)
        if split_id(entry.entry_id) <= split_id(lasts.get(stream, START)):
            raise Failed(f"{stream} {entry.entry_id}: comes after {lasts[stream]}; the file is not in order")
        lasts[stream] = entry.entry_id
        pipe.xadd(names.prefix + stream, dict(entry.fields.items()), id=entry.entry_id)
        counts[stream] += 1
        if len(pipe) >= AT_ONCE:
            pipe.execute()
    pipe.execute()
    return counts


def _must_be_empty(connection: redis_py.Redis, stream: str) -> None:
    last = progress.last_id(connection, stream)
    if last != START:
        raise Failed(
            f"{stream} is not empty (it has been written up to {last}); import into another --namespace, "
            "or delete the namespace first"
        )


@contextlib.contextmanager
def _writer(path: Path) -> Iterator[IO[bytes]]:
    """The file to write; it appears under its name only when it is whole."""
    if str(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if not path.parent.is_dir():
        raise Usage(f"--output: there is no directory {path.parent}")
    partial = path.with_name(f"{path.name}.partial")
    try:
        with (
            partial.open("wb") as raw,
            gzip.GzipFile(path.name, "wb", fileobj=raw, mtime=0)
            if (path.suffix == ".gz")
            else contextlib.nullcontext(raw) as file,
        ):
            yield cast("IO[bytes]", file)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A file to read, gzipped or not; '-' is standard input."""
    if str(path) == "-":
        yield sys.stdin.buffer
        return
    with path.open("rb") as raw:
        if raw.peek(2)[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield cast("IO[bytes]", unpacked)
        else:
            yield raw
