"""`dateline erase`: remove an article everywhere, as the law may demand."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import redis as redis_py
import typer

from dateline.cli.acting import carry_out, until, wait_for_publish
from dateline.cli.explain import find
from dateline.cli.faults import Failed
from dateline.cli.options import LOCAL, Json, Namespace, RedisUrl, client, named, server
from dateline.cli.purge import purge, stories_with
from dateline.cli.terminal import note, out, plural, print_json, safe
from dateline.settings import load_settings


def erase(
    article: Annotated[
        str, typer.Argument(metavar="ARTICLE", help="An article id, its URL, or the sender's id.")
    ],
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the log, beside the id.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    patience: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for each service.")] = 30.0,
    json: Json = False,
) -> None:
    """Remove every trace of an article: from its story, the streams, dead letters, outcomes and records.

    The services take it out of their state first (the story gets a new version, the epoch rises), then
    the entries that hold it are deleted; the sequences of deleted events are listed in stories.erased.
    Can be repeated: what is gone stays gone. Backups, exports and subscribers' own copies are yours to mend.

    Examples:

    * `dateline erase a-790af8020108bb8025223667 --yes`
    * `dateline erase https://www.meridianwire.example/asia/rare-earths --reason "court order 17/4"`
    """
    names, shards = named(namespace), list(load_settings().shard_map)
    with server(redis) as connection, client(redis, namespace) as sender:
        found = find(sender, article)
        article_id = found.article.article_id if found else article
        if not article_id.startswith("a-"):
            raise Failed(f"{article}: no story holds it; name it by its article id (a-…)")
        if not yes:
            title = f" ({found.article.title})" if found else ""
            typer.confirm(f"Erase {article_id}{title} for good?", abort=True)
        body = {"article_id": article_id} | ({"reason": reason} if reason else {})
        carry_out(connection, sender, names, shards, "erase", body, patience)
        wait_for_publish(connection, names, shards, patience)
        until(
            lambda: not stories_with(connection, names, article_id),
            patience,
            f"a record still holds {article_id}",
        )
        urls = [found.article.url] if found and found.article.url else []
        gone = purge(connection, names, shards, article_id, urls)
        rewritten = _rewrite(connection)
    _report(article_id, gone, rewritten, json)


def _rewrite(connection: redis_py.Redis) -> bool:
    """Have the server write its append-only file anew: the old one still holds what was deleted."""
    persistence: Any = connection.info("persistence")
    if not persistence.get("aof_enabled"):
        return False
    if not persistence.get("aof_rewrite_in_progress"):
        connection.bgrewriteaof()
    return True


def _report(article_id: str, gone: Counter[str], rewritten: bool, json: bool) -> None:
    if json:
        print_json({"article_id": article_id, "deleted": dict(gone), "aof_rewrite": rewritten})
        return
    out().print(safe(f"{article_id} is erased.", "green"))
    for key, count in sorted(gone.items()):
        out().print(safe(f"  {key}: {plural(count, 'entry')} deleted"))
    if rewritten:
        note("The server writes its append-only file anew; until it is done, the old one is on disk.")
    note("Backups, exports and what subscribers keep are not reached from here.")
