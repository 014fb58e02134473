"""The feeds service: claim what is due, fetch, send what is new, and say when to come again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import structlog
import trafilatura
from redis.asyncio import Redis

from dateline import outbound
from dateline.client import AsyncClient, DatelineError
from dateline.client.errors import ArticleRefused
from dateline.feeds import NEVER_MS, Feed
from dateline.metrics import FEED_ITEMS, FEED_POLLS
from dateline.settings import Settings
from dateline.stage import faults
from dateline.stage.health import Loop
from dateline.stage.service import Shell
from services.feeds import store
from services.feeds.document import Document, Item, NotAFeed, is_list, read_document, read_list
from services.feeds.fetch import Fetched, Fetcher, FetchFailed, fetch, fetch_feed
from services.feeds.items import raw_article, to_send
from services.feeds.schedule import Bounds, after_failure, after_success, asked_for

log = structlog.get_logger()

IDLE_SECONDS = 1.0
PAGE_BYTES = 2 * 2**20
PAGES_A_POLL = 30
SENT_AT_ONCE = 50
SAVE_ATTEMPTS = 8


Add = Callable[[Sequence[Feed]], Awaitable[int]]


async def poll(
    settings: Settings, fetcher: Fetcher, sender: AsyncClient, feed: Feed, now: int, add: Add
) -> int:
    """Poll one feed and note in it how that went; when it is due again (ms). What a list names is added."""
    limits = bounds(settings)
    feed.polled = now
    try:
        fetched = await fetch_feed(fetcher, feed)
        if fetched.body is not None and is_list(fetched.body):
            return await _take_list(limits, feed, fetched, now, add)
        document = None
        if fetched.body is not None:
            document = read_document(fetched.body, fetched.headers, fetched.url)
        items = to_send(feed, document) if document else []
        rest = items[PAGES_A_POLL:] if feed.full_text else []  # their pages are for the next poll
        some = items[: len(items) - len(rest)]
        news = await _send(fetcher, sender, feed, document, some) if document else 0
    except (FetchFailed, NotAFeed, DatelineError) as error:
        return _failed(feed, error, now, limits)
    _note_success(feed, fetched, document, now, rest)
    feed.sent += news
    FEED_ITEMS.inc(news)
    FEED_POLLS.labels("unchanged" if fetched.body is None else "read").inc()
    ttl = document.ttl_seconds if document else 0
    asked = asked_for(fetched.headers.get("cache-control", ""), ttl, limits)
    feed.interval = after_success(feed.interval, news > 0, asked, limits)
    return now + (limits.least if rest else feed.interval) * 1000


async def _take_list(limits: Bounds, feed: Feed, fetched: Fetched, now: int, add: Add) -> int:
    """Add what a list names. A list that came from a list is not followed: that might never end."""
    if feed.listed_by:
        raise NotAFeed(f"a list of feeds within the list {feed.listed_by}: 'dateline feeds add' it itself")
    urls = [url for url in read_list(fetched.body or b"") if _may_be_fetched(url)]
    listed = [Feed(url=url, added=now, full_text=feed.full_text, listed_by=feed.url) for url in urls]
    new = await add(listed)
    _note_success(feed, fetched, None, now, ())
    feed.etag, feed.last_modified = fetched.headers.get("etag"), fetched.headers.get("last-modified")
    feed.lists = len(listed)
    FEED_POLLS.labels("read").inc()
    log.info("list of feeds read", feed=feed.url, feeds=len(listed), new=new)
    asked = asked_for(fetched.headers.get("cache-control", ""), 0, limits)
    feed.interval = after_success(feed.interval, new > 0, asked, limits)
    return now + feed.interval * 1000


def _may_be_fetched(url: str) -> bool:
    try:
        outbound.check_url(url)
    except outbound.AddressRefused:
        return False
    return True


def _failed(feed: Feed, error: Exception, now: int, limits: Bounds) -> int:
    feed.failures += 1
    feed.error = str(error)[:300]
    FEED_POLLS.labels("failed").inc()
    log.warning("feed failed", feed=feed.url, failures=feed.failures, error=feed.error)
    if isinstance(error, FetchFailed) and error.gone:
        return NEVER_MS
    wait = error.wait if isinstance(error, FetchFailed) else 0
    return now + after_failure(feed.failures, wait, limits) * 1000


def _note_success(
    feed: Feed, fetched: Fetched, document: Document | None, now: int, rest: Sequence[Item]
) -> None:
    feed.failures, feed.error, feed.succeeded = 0, "", now
    feed.current_url = fetched.moved_to or feed.current_url
    if document is None:
        return
    whole = not rest  # else the same document is read again
    feed.etag = fetched.headers.get("etag") if whole else None
    feed.last_modified = fetched.headers.get("last-modified") if whole else None
    feed.title = document.title[:200] or feed.title
    left = {item.key for item in rest}
    feed.seen = {item.key: item.digest for item in document.items if item.key not in left}


async def _send(
    fetcher: Fetcher, sender: AsyncClient, feed: Feed, document: Document, items: Sequence[Item]
) -> int:
    """Send items; how many. What is sent twice, after a kill, ingest recognises."""
    texts = await _full_texts(fetcher, feed, items)
    sent = 0
    for start in range(0, len(items), SENT_AT_ONCE):
        some = items[start : start + SENT_AT_ONCE]
        articles = [raw_article(feed, document, item, texts.get(item.key, "")) for item in some]
        try:
            await sender.send(articles)
            sent += len(articles)
        except ArticleRefused:
            sent += await _send_singly(sender, articles)
    return sent


async def _send_singly(sender: AsyncClient, articles: Sequence[dict[str, Any]]) -> int:
    """One over a limit must not hold the others up."""
    sent = 0
    for article in articles:
        try:
            await sender.send(article)
            sent += 1
        except ArticleRefused as error:
            log.warning("item refused", url=article.get("url"), why=str(error))
    return sent


async def _full_texts(fetcher: Fetcher, feed: Feed, items: Sequence[Item]) -> dict[str, str]:
    """The texts of the items' own pages, where the feed is to be read so."""
    texts: dict[str, str] = {}
    for item in [each for each in items if each.url and feed.full_text]:
        try:
            page = await fetch(fetcher, item.url, {"accept": "text/html"})
        except FetchFailed as error:
            log.info("page not read", url=item.url, why=str(error))
            continue
        if page.body is not None and len(page.body) <= PAGE_BYTES:
            texts[item.key] = await asyncio.to_thread(_main_text, page.body)
    return texts


def _main_text(page: bytes) -> str:
    return trafilatura.extract(page, fast=True, include_comments=False) or ""


def bounds(settings: Settings) -> Bounds:
    """The shortest and longest time between two polls."""
    least = settings.feeds_least_seconds
    return Bounds(least, max(least, settings.feeds_most_seconds))


def start(shell: Shell) -> list[asyncio.Task[None]]:
    """The service's one task."""
    return [asyncio.create_task(run(shell))]


async def run(shell: Shell) -> None:
    """Poll what is due until stopped, so many feeds at once."""
    settings, loop = shell.settings, shell.health.loop("feeds")
    client = outbound.client(allow_private=settings.feeds_allow_private, follow_redirects=True)
    fetcher = Fetcher(client, settings.feeds_max_bytes)
    under_way: set[asyncio.Task[None]] = set()
    async with client, AsyncClient(settings.redis_url, settings.namespace) as sender:
        while not shell.stop.is_set():
            room = settings.feeds_at_once - len(under_way)
            for feed in await _due(shell.redis, settings, room, loop):
                task = asyncio.create_task(_poll_and_save(shell.redis, settings, fetcher, sender, feed))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            loop.turn()
            await _pause(shell.stop, under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _due(redis: Redis, settings: Settings, room: int, loop: Loop) -> list[Feed]:
    if room <= 0:
        return []
    try:
        found = await store.claim_due(redis, settings.names, room)
    except Exception as error:
        if not faults.is_infrastructure(error):
            raise
        loop.failed(faults.in_words(error))
        return []
    loop.role = "polling"
    loop.recovered()
    return found


async def _poll_and_save(
    redis: Redis, settings: Settings, fetcher: Fetcher, sender: AsyncClient, feed: Feed
) -> None:
    try:
        now = await store.server_ms(redis)
        due = await poll(settings, fetcher, sender, feed, now, partial(store.add, redis, settings.names))
        await _save(redis, settings, feed, due)
    except asyncio.CancelledError:  # told to stop: the next worker need not wait for the claim to run out
        await store.save(redis, settings.names, feed, 0)
        raise
    except Exception as error:  # noqa: BLE001  # logged; the claim runs out and it is tried again
        log.warning("poll not finished", feed=feed.url, error=faults.in_words(error))


async def _save(redis: Redis, settings: Settings, feed: Feed, due: int) -> None:
    """Write how the feed is, also when the server is away for a moment; then the claim need not run out."""
    for attempt in range(1, SAVE_ATTEMPTS + 1):
        try:
            await store.save(redis, settings.names, feed, due)
            return
        except Exception as error:
            if not faults.is_infrastructure(error) or attempt == SAVE_ATTEMPTS:
                raise
            await asyncio.sleep(faults.backoff(attempt))


async def _pause(stop: asyncio.Event, under_way: set[asyncio.Task[None]]) -> None:
    """Until a poll ends, a stop is asked for, or a moment has passed."""
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait({waiting, *under_way}, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
