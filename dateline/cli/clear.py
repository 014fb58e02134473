"""`dateline clear`: take back what status goes on saying after it was dealt with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import redis as redis_py
import typer

from dateline.cli.options import LOCAL, Json, Namespace, RedisUrl, named, server
from dateline.cli.terminal import out, plural, print_json, safe
from dateline.settings import load_settings
from dateline.stage import budget
from dateline.streams import Names

DELETED, TOLD = "deleted", "deleted_told"

Only = Annotated[str, typer.Option("--stream", metavar="STREAM", help="Only what is said of this stream.")]


def clear(redis: RedisUrl = LOCAL, namespace: Namespace = "", stream: Only = "", json: Json = False) -> None:
    """Clear spent dead-letter budgets, and the notes of entries that were deleted unread.

    A stage whose budget was spent goes on over the entries that stopped it: they become dead letters. Entries
    that were deleted stay deleted; status only stops saying so.

    Examples:

    * `dateline clear`
    * `dateline clear --stream 'articles:{all}'`
    """
    names = named(namespace)
    with server(redis) as connection:
        cleared = [
            said
            for one, ledger in ledgers(names, load_settings().shard_map)
            if not stream or one == stream
            for said in _clear(connection, one, ledger)
        ]
    if json:
        print_json({"cleared": cleared})
        return
    for said in cleared:
        out().print(safe(said), soft_wrap=True)
    if not cleared:
        out().print(safe("Nothing to clear.", "dim"))


def ledgers(names: Names, shards: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Every stream that a stage reads, and the ledger where its budget and its losses are kept."""
    for stream in (names.raw, names.control):
        yield stream, names.beside(stream, "ledger")
    for shard in shards:
        yield names.articles(shard), names.of_shard("cluster", shard, "ledger")
        yield names.stories(shard), names.of_shard("publish", shard, "ledger")


def _clear(connection: redis_py.Redis, stream: str, ledger: str) -> list[str]:
    said = []
    marks, lost = standing(connection, ledger)
    if budget.spent(marks):
        connection.hdel(ledger, *budget.FIELDS)
        said.append(f"{stream}: the dead-letter budget is unspent again")
    if lost:
        connection.hincrby(ledger, TOLD, lost)
        said.append(f"{stream}: {plural(lost, 'entry')} deleted unread, no longer told")
    return said


def standing(connection: redis_py.Redis, ledger: str) -> tuple[str, int]:
    """The marks of the budget, and how many entries were deleted unread and not cleared yet."""
    found: Any = connection.hmget(ledger, [budget.MARKS, DELETED, TOLD])
    marks = found[0].decode() if found[0] else ""
    return marks, int(found[1] or 0) - int(found[2] or 0)
