"""`dateline feeds`: add, list and remove the feeds that the feeds service polls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import redis as redis_py
import typer
from rich.table import Table

from dateline.cli.faults import Failed, Usage
from dateline.cli.options import LOCAL, Json, Namespace, RedisUrl, named, server
from dateline.cli.terminal import duration, note, out, plural, print_json, safe
from dateline.feeds import Feed, due_key, feeds_key, health_in_words
from dateline.opml import feeds_of
from dateline.outbound import AddressRefused, check_url
from dateline.streams import Names

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="Add, list and remove feeds that are polled."
)

OPML_BYTES = 16 * 2**20


@app.command()
def add(
    sources: Annotated[
        list[str], typer.Argument(metavar="URL|OPML…", help="Addresses of feeds or lists (OPML); OPML files.")
    ],
    full_text: Annotated[
        bool, typer.Option("--full-text", help="Read each item's own page for its text.")
    ] = False,
    publisher: Annotated[
        str, typer.Option(help="The publisher's name, in place of the feed's own title.")
    ] = "",
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    json: Json = False,
) -> None:
    """Add feeds; the feeds service polls them at once. What is known of a feed that is there stays.

    Examples:

    * `dateline feeds add https://www.example.com/rss.xml`
    * `dateline feeds add --full-text https://blog.example.com/`
    * `dateline feeds add subscriptions.opml`
    * `dateline feeds add https://www.example.com/blogroll.opml`
    """
    names, urls = named(namespace), [url for source in sources for url in _urls(source)]
    with server(redis) as connection:
        now = _now(connection)
        new = [url for url in urls if _add(connection, names, _feed(url, now, full_text, publisher), now)]
    if json:
        print_json({"added": new, "known": [url for url in urls if url not in new]})
        return
    known = len(urls) - len(new)
    out().print(f"{plural(len(new), 'feed')} added" + (f", {known} known already." if known else "."))
    note(
        "'dateline feeds list' tells how they do; 'dateline up --feeds' or "
        "'docker compose --profile feeds up' polls them."
    )


@app.command("list")
def list_feeds(
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    failing: Annotated[bool, typer.Option("--failing", help="Only those that do not do well.")] = False,
    json: Json = False,
) -> None:
    """List feeds with how they do: the last error in words, the items sent, when they are due.

    Examples:

    * `dateline feeds list`
    * `dateline feeds list --failing --json`
    """
    names = named(namespace)
    with server(redis) as connection:
        now = _now(connection)
        found = [pair for pair in _all(connection, names) if not failing or pair[0].failures]
    if json:
        print_json([_facts(feed, due) for feed, due in found])
        return
    if not found:
        out().print("No feed fails." if failing else "No feeds yet: 'dateline feeds add URL' adds one.")
        return
    out().print(_table(found, now))


@app.command()
def remove(
    urls: Annotated[list[str], typer.Argument(metavar="URL…", help="As they were added.")],
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    json: Json = False,
) -> None:
    """Poll feeds no more. Articles that came from them stay.

    Example: `dateline feeds remove https://www.example.com/rss.xml`
    """
    names = named(namespace)
    with server(redis) as connection:
        gone = [url for url in urls if connection.hdel(feeds_key(names), url)]
        connection.zrem(due_key(names), *urls)
    unknown = [url for url in urls if url not in gone]
    if json:
        print_json({"removed": gone, "unknown": unknown})
    elif gone:
        out().print(f"{plural(len(gone), 'feed')} removed.")
    if unknown:
        raise Failed(f"{unknown[0]}: no such feed; 'dateline feeds list' shows them as they were added")


@app.command()
def now(
    urls: Annotated[list[str] | None, typer.Argument(metavar="URL", help="None: all of them.")] = None,
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
) -> None:
    """Poll feeds at once, also those that were given up.

    Example: `dateline feeds now https://www.example.com/rss.xml`
    """
    names = named(namespace)
    with server(redis) as connection:
        chosen = [feed.url for feed, _ in _all(connection, names) if not urls or feed.url in urls]
        if not chosen:
            raise Failed("no such feed; 'dateline feeds list' shows them as they were added")
        connection.zadd(due_key(names), dict.fromkeys(chosen, 0))
    out().print(f"{plural(len(chosen), 'feed')} due now.")


def _urls(source: str) -> list[str]:
    """A feed's address, or those of an OPML file."""
    path = Path(source)
    if "://" not in source:
        if not path.is_file():
            raise Usage(f"{source}: neither an http(s) address nor a file; check it")
        if path.stat().st_size > OPML_BYTES:
            raise Usage(f"{source}: is larger than {OPML_BYTES // 2**20} MiB; no list of feeds is")
        try:
            return [_checked(url) for url in feeds_of(path.read_bytes())]
        except ValueError as error:
            raise Usage(f"{source}: {error}") from error
    return [_checked(source)]


def _checked(url: str) -> str:
    try:
        return check_url(url)
    except AddressRefused as error:
        raise Usage(str(error)) from error


def _feed(url: str, now_ms: int, full_text: bool, publisher: str) -> Feed:
    return Feed(url=url, added=now_ms, full_text=full_text, publisher=publisher.strip()[:200] or None)


def _add(connection: redis_py.Redis, names: Names, feed: Feed, now_ms: int) -> bool:
    if not connection.hsetnx(feeds_key(names), feed.url, feed.model_dump_json()):
        return False
    connection.zadd(due_key(names), {feed.url: now_ms}, nx=True)
    return True


def _all(connection: redis_py.Redis, names: Names) -> Iterator[tuple[Feed, int | None]]:
    """All feeds with when they are due (ms), by URL."""
    stored: Any = connection.hgetall(feeds_key(names))
    due: Any = dict(connection.zrange(due_key(names), 0, -1, withscores=True))  # type: ignore[arg-type]  # redis-py types sync and async as one
    for url, value in sorted(stored.items()):
        yield Feed.model_validate_json(value), int(due[url]) if url in due else None


def _now(connection: redis_py.Redis) -> int:
    seconds, micros = connection.time()
    return int(seconds) * 1000 + int(micros) // 1000


def _facts(feed: Feed, due: int | None) -> dict[str, Any]:
    said = feed.model_dump(exclude={"seen"})
    return {**said, "items": len(feed.seen), "due": due, "health": health_in_words(feed, due)}


def _table(found: list[tuple[Feed, int | None]], now_ms: int) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("feed", "sent", "last read", "next", "how it does"):
        table.add_column(name, justify="right" if name in ("sent", "last read", "next") else "left")
    for feed, due in found:
        well = not feed.failures and bool(feed.polled)
        table.add_row(
            safe(feed.publisher or feed.title or feed.url) if well else safe(feed.url),
            f"{feed.sent:,}",
            f"{duration((now_ms - feed.succeeded) / 1000)} ago" if feed.succeeded else "–",
            _when(due, now_ms),
            safe(health_in_words(feed, due), "green" if well else "yellow"),
        )
    return table


def _when(due: int | None, now_ms: int) -> str:
    if due is None or due - now_ms > 400 * 86_400_000:
        return "never"
    return "now" if due <= now_ms else f"in {duration((due - now_ms) / 1000)}"
