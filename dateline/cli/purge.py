"""Deleting what streams and keys still hold of an article that the services have let go."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import redis as redis_py

from dateline import progress
from dateline.cli.transfer import entries_of
from dateline.stage.entries import Entry, split_id
from dateline.streams import Names

AT_ONCE = 500


def purge(
    connection: redis_py.Redis, names: Names, shards: list[str], article_id: str, urls: Iterable[str]
) -> Counter[str]:
    """Delete every entry that holds the article; key → how many. Repeatable; applied entries only."""
    gone: Counter[str] = Counter()
    raw_ids = _raw_ids(connection, names, article_id)
    traces = [article_id.encode(), *(url.encode() for url in urls)]

    def holds(entry: Entry) -> bool:
        return any(trace in value for value in entry.fields.values() for trace in traces)

    def sweep(stream: str, chosen: Callable[[Entry], bool], end: str | None = None) -> None:
        ids = [one.entry_id for one in _up_to(entries_of(connection, stream), end) if chosen(one)]
        gone.update({stream: _delete(connection, stream, ids)} if ids else {})

    sweep(names.raw, lambda one: one.entry_id in raw_ids)
    sweep(names.control, lambda one: holds(one) and one.fields.get(b"act") != b"erase")
    for shard in shards:
        log, told = names.articles(shard), names.stories(shard)
        sweep(log, lambda one: names_it(one, article_id), _at(connection, names, "cluster", shard))
        sweep(told, lambda one: names_it(one, article_id), _at(connection, names, "publish", shard))
        for stream in (names.dead(log), names.dead(told)):
            sweep(stream, holds)
        connection.delete(names.identity(shard, article_id))
    sweep(names.dead(names.raw), lambda one: holds(one) or _said(one, b"entry_id") in raw_ids)
    gone.update(_erase_events(connection, names, article_id))
    sweep(names.outcomes, lambda one: _said(one, b"article_id") == article_id)
    connection.delete(names.home(article_id))
    return gone


def stories_with(connection: redis_py.Redis, names: Names, article_id: str) -> list[str]:
    """Stories whose latest record still holds the article."""
    found = []
    for key in connection.scan_iter(match=f"{names.prefix}story:*", count=1000):
        value: Any = connection.get(key)
        if value and article_id.encode() in value and rests_on(json.loads(value), article_id):
            found.append(key.decode())
    return found


def rests_on(record: Mapping[str, Any], article_id: str) -> bool:
    """Whether anything of an article is in a record, beyond its id in what changed and in evidence."""
    listed = {article.get("article_id") for article in record.get("articles") or ()}
    texts = [record.get("headline"), record.get("summary"), *(record.get("key_points") or ())]
    cited = {each for text in texts if text for each in text.get("article_ids") or ()}
    shown = [*(record.get("quotes") or ()), record.get("image")]
    return article_id in listed | cited | {one.get("article_id") for one in shown if one}


def names_it(entry: Entry, article_id: str) -> bool:
    """Whether an entry of a log or of ``stories:{S}`` carries the article; acts of erasure stay."""
    data = entry.fields.get(b"data", b"")
    if article_id.encode() not in data:
        return False
    said = json.loads(data)
    if entry.fields.get(b"kind") in (b"control", b"act"):
        return bool(said.get("act") != "erase")
    carried = [*(said.get("joined") or ()), *(said.get("revised") or ())]
    return article_id in {said.get("article_id"), *(one.get("article_id") for one in carried)}


def _erase_events(connection: redis_py.Redis, names: Names, article_id: str) -> Counter[str]:
    """Delete published events that hold the article; first their sequences are listed in stories.erased."""
    ids: list[str] = []
    for entry in entries_of(connection, names.published):
        data = entry.fields.get(b"data", b"")
        if article_id.encode() in data and rests_on(json.loads(data), article_id):
            sequence, source = _said(entry, b"sequence"), _said(entry, b"source")
            connection.sadd(names.erased, sequence, f"{source} {sequence}")
            ids.append(entry.entry_id)
    return Counter({names.published: _delete(connection, names.published, ids)} if ids else {})


def _raw_ids(connection: redis_py.Redis, names: Names, article_id: str) -> set[str]:
    """The raw entries that became the article, by their outcomes."""
    outcomes = entries_of(connection, names.outcomes)
    return {_said(one, b"entry_id") for one in outcomes if _said(one, b"article_id") == article_id}


def _up_to(entries: Iterator[Entry], end: str | None) -> Iterator[Entry]:
    for entry in entries:
        if end is not None and split_id(entry.entry_id) > split_id(end):
            return
        yield entry


def _at(connection: redis_py.Redis, names: Names, stage: str, shard: str) -> str:
    return progress.position(connection, names, stage, shard)


def _delete(connection: redis_py.Redis, stream: str, ids: list[str]) -> int:
    for start in range(0, len(ids), AT_ONCE):
        connection.xdel(stream, *ids[start : start + AT_ONCE])
    return len(ids)


def _said(entry: Entry, name: bytes) -> str:
    return entry.fields.get(name, b"").decode("utf-8", "replace")
