"""Sending an act and seeing it through: accepted into the log, carried out by cluster, or refused and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import redis as redis_py

from dateline import progress
from dateline.acts import check_act
from dateline.cli.faults import Failed, Usage
from dateline.client import Client
from dateline.stage.entries import Entry, read_entries, split_id
from dateline.streams import Names

LOOK_EVERY = 0.05
PAGE = 500


def carry_out(
    connection: redis_py.Redis,
    client: Client,
    names: Names,
    shards: list[str],
    act: str,
    body: Mapping[str, Any],
    patience: float,
) -> dict[str, str]:
    """Send an act and wait until cluster has applied it: shard → id of the log entry that carries it.

    Raises:
        Usage: it is no act, or lacks a field.
        Failed: it was refused, by ingest or by cluster, with the reason; or nobody has applied it in time.
    """
    try:
        check_act(act, body)
    except ValueError as error:
        raise Usage(str(error)) from error
    entry_id = client.control(act, **body)
    outcome = until(lambda: _outcome(connection, names, entry_id), patience, "ingest has not read the act")
    if outcome.fields.get(b"outcome") == b"rejected":
        raise Failed(outcome.fields.get(b"reason", b"").decode("utf-8", "replace"))
    places = _places(connection, names, shards, entry_id)
    for shard, at in places.items():
        until(
            lambda shard=shard, at=at: _passed(connection, names, "cluster", shard, at),  # type: ignore[misc]  # mypy does not infer a lambda's defaults
            patience,
            f"cluster has not come to {at} of {names.articles(shard)}",
        )
        refused = connection.xrange(names.dead(names.articles(shard)), min=at, max=at)
        for letter in read_entries(refused):  # type: ignore[arg-type]  # redis-py: sync or async
            raise Failed(letter.fields.get(b"reason", b"").decode("utf-8", "replace"))
    return places


def until(look: Callable[[], Any], patience: float, fault: str) -> Any:
    """What `look` gives as soon as it gives anything.

    Raises:
        Failed: it gave nothing in `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Failed(f"{fault} after {patience:g} s; 'dateline status' tells what is stuck")
        time.sleep(LOOK_EVERY)


def wait_for_publish(connection: redis_py.Redis, names: Names, shards: list[str], patience: float) -> None:
    """Wait until publish has applied all that cluster has said so far; raises as `until`."""
    for shard in shards:
        at = progress.last_id(connection, names.stories(shard))
        until(
            lambda shard=shard, at=at: _passed(connection, names, "publish", shard, at),  # type: ignore[misc]  # mypy does not infer a lambda's defaults
            patience,
            f"publish has not come to {at} of {names.stories(shard)}",
        )


def _passed(connection: redis_py.Redis, names: Names, stage: str, shard: str, at: str) -> bool:
    return split_id(progress.position(connection, names, stage, shard)) >= split_id(at)


def _outcome(connection: redis_py.Redis, names: Names, entry_id: str) -> Entry | None:
    """The outcome of an entry of articles.control, once there is one."""
    stream = names.beside(names.control, "outcomes")
    reply: Any = connection.xrevrange(stream, count=PAGE)
    wanted = entry_id.encode()
    return next((one for one in read_entries(reply) if one.fields.get(b"entry_id") == wanted), None)


def _places(connection: redis_py.Redis, names: Names, shards: list[str], entry_id: str) -> dict[str, str]:
    """Where in the logs an accepted act lies: it is appended at or after its own time."""
    found: dict[str, str] = {}
    for shard in shards:
        at = str(split_id(entry_id)[0])
        while shard not in found:
            reply: Any = connection.xrange(names.articles(shard), min=at, count=PAGE)
            page = read_entries(reply)
            for entry in page:
                if (
                    entry.fields.get(b"raw_id") == entry_id.encode()
                    and entry.fields.get(b"kind") == b"control"
                ):
                    found[shard] = entry.entry_id
                    break
            if len(page) < PAGE:
                break
            at = f"({page[-1].entry_id}"
    return found
