"""Fetching feeds and pages: conditional, polite, bounded in time and size, never from private addresses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import httpx
from protego import Protego

from dateline.feeds import Feed
from dateline.outbound import AGENT, MOST_REDIRECTS, AddressRefused, TooLong, bounded, check_url
from services.feeds.schedule import retry_after

TOTAL_SECONDS = 60.0
HOST_PAUSE = 1.0
LONGEST_PAUSE = 20.0  # of a Crawl-delay: a document must be complete within TOTAL_SECONDS
ROBOTS_BYTES = 512 * 1024
ROBOTS_SECONDS = 24 * 3600
HOSTS_REMEMBERED = 2_000
ACCEPTED = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, "
    "text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)


class FetchFailed(Exception):
    """A fetch gave nothing; the message says why. `gone`: it never will again. `wait`: seconds asked for."""

    def __init__(self, reason: str, *, gone: bool = False, wait: int = 0) -> None:
        super().__init__(reason)
        self.gone, self.wait = gone, wait


@dataclass(frozen=True)
class Fetched:
    """A document: `body` is None where nothing has changed. `moved_to`: all redirects were for good."""

    url: str
    headers: Mapping[str, str]
    body: bytes | None
    moved_to: str | None = None


@dataclass(frozen=True)
class Moved:
    """A redirect; `for_good`: its status says so."""

    to: str
    for_good: bool


@dataclass
class Host:
    """What is remembered of a host: one request at a time, a pause in between, and its robots.txt."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    last: float = float("-inf")
    pause: float = 0.0
    rules: Protego | None = None
    read: float = float("-inf")
    refusal: str = ""


@dataclass
class Fetcher:
    """The client and what is remembered of hosts."""

    client: httpx.AsyncClient
    most_bytes: int
    pause: float = HOST_PAUSE
    hosts: dict[str, Host] = field(default_factory=dict)


async def fetch_feed(fetcher: Fetcher, feed: Feed) -> Fetched:
    """A feed's document, only if it has changed since the last time.

    Raises:
        FetchFailed: there is none to be had.
    """
    headers = {"accept": ACCEPTED}
    if feed.etag:
        headers["if-none-match"] = feed.etag
    if feed.last_modified:
        headers["if-modified-since"] = feed.last_modified
    return await fetch(fetcher, feed.address, headers)


async def fetch(fetcher: Fetcher, url: str, headers: Mapping[str, str]) -> Fetched:
    """A document from a URL, redirects followed, robots.txt heeded; raises as `fetch_feed`.

    Each redirect is a request like the first: its host has its turn and its own robots.txt.
    """
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            return await _follow(fetcher, url, headers)
    except TimeoutError as error:
        raise FetchFailed(f"the document was not complete within {TOTAL_SECONDS:.0f} s") from error
    except httpx.HTTPError as error:
        raise FetchFailed(in_words(error)) from error


async def _follow(fetcher: Fetcher, url: str, headers: Mapping[str, str]) -> Fetched:
    for_good = True
    for hop in range(MOST_REDIRECTS + 1):
        check_url(url)
        async with _turn(fetcher, url) as host:
            await _allowed(fetcher, host, url)
            found = await _get(fetcher, url, headers)
        if isinstance(found, Fetched):
            return replace(found, moved_to=url) if hop and for_good and found.body is not None else found
        url, for_good = found.to, for_good and found.for_good
    raise FetchFailed("it redirects without end")


@asynccontextmanager
async def _turn(fetcher: Fetcher, url: str) -> AsyncIterator[Host]:
    """One request at a time to a host, with a pause between two."""
    name = urlsplit(url).netloc.lower()
    if len(fetcher.hosts) > HOSTS_REMEMBERED:
        fetcher.hosts = {key: host for key, host in fetcher.hosts.items() if host.lock.locked()}
    host = fetcher.hosts.setdefault(name, Host())
    async with host.lock:
        pause = max(fetcher.pause, host.pause)
        await asyncio.sleep(max(0.0, host.last + pause - time.monotonic()))
        try:
            yield host
        finally:
            host.last = time.monotonic()


async def _allowed(fetcher: Fetcher, host: Host, url: str) -> None:
    """Whether the host's robots.txt allows it (RFC 9309: absent allows all, a failing server forbids)."""
    if time.monotonic() - host.read > ROBOTS_SECONDS:
        parts = urlsplit(url)
        await _read_robots(fetcher, host, f"{parts.scheme}://{parts.netloc}/robots.txt")
    if host.refusal:
        raise FetchFailed(host.refusal)
    if host.rules is not None and not host.rules.can_fetch(url, AGENT):
        raise FetchFailed(f"robots.txt of {urlsplit(url).netloc} forbids it to {AGENT}")


async def _read_robots(fetcher: Fetcher, host: Host, url: str) -> None:
    host.rules, host.refusal, host.pause = None, "", 0.0
    async with fetcher.client.stream("GET", url, follow_redirects=True) as response:
        if response.status_code >= 500:
            host.refusal = f"robots.txt could not be read ({response.status_code}), which forbids everything"
            return
        if response.status_code == 200:
            body = b"".join([chunk async for chunk in bounded(response, ROBOTS_BYTES)])
            host.rules = Protego.parse(body.decode("utf-8", "replace"))
            host.pause = min(host.rules.crawl_delay(AGENT) or 0.0, LONGEST_PAUSE)
    host.read = time.monotonic()


async def _get(fetcher: Fetcher, url: str, headers: Mapping[str, str]) -> Fetched | Moved:
    ask = fetcher.client.stream("GET", url, headers=dict(headers), follow_redirects=False)
    async with ask as response:
        found = {name.lower(): value for name, value in response.headers.items()}
        if response.next_request is not None:
            return Moved(str(response.next_request.url), response.status_code in (301, 308))
        if response.status_code == 304:
            return Fetched(url, found, None)
        if response.status_code != 200:
            status = response.status_code
            wait = retry_after(found.get("retry-after", ""), found.get("date", ""))
            raise FetchFailed(status_in_words(status), gone=status == 410, wait=wait)
        body = b"".join([chunk async for chunk in bounded(response, fetcher.most_bytes)])
        return Fetched(url, found, body)


def status_in_words(status: int) -> str:
    """What a status means for the one who added the feed."""
    known = {
        401: "the server wants a login",
        403: "the server refuses access",
        404: "there is nothing at this address",
        410: "the feed is gone for good",
        429: "the server finds us too eager",
    }
    said = known.get(status, "the server failed" if status >= 500 else "the server answers otherwise")
    return f"{said} ({status})"


def in_words(error: httpx.HTTPError) -> str:
    """A failed request in words."""
    if isinstance(error, AddressRefused | TooLong):
        return str(error)
    if isinstance(error, httpx.TooManyRedirects):
        return "its robots.txt redirects without end"
    if isinstance(error, httpx.ConnectTimeout | httpx.ReadTimeout | httpx.PoolTimeout | httpx.WriteTimeout):
        return "the server does not answer in time"
    said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    if isinstance(error, httpx.ConnectError):
        return f"no connection: {said}"
    return f"the answer is broken: {said}"
