"""Requests to addresses that others name: webhooks, feeds, articles. Every one goes through here.

A name is resolved once, all its addresses are checked, and the connection is made to a checked
address: an answer of the name server that changes in between changes nothing. Each redirect is a new
connection and checked like the first. Proxies of the environment are not used: they would resolve names
themselves.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

SECONDS = 15.0
MOST_REDIRECTS = 5
AGENT = "Dateline"

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressRefused(httpx.TransportError):
    """A URL leads where nothing may be fetched from or sent to; the message says why."""


class TooLong(httpx.TransportError):
    """An answer is longer than allowed."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, what it embeds included."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def check_url(url: str) -> str:
    """A URL that may be asked for at all: http(s), a host, no user info.

    Raises:
        AddressRefused: it is not.
    """
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        _ = parts.port
    except ValueError:
        sound = False
    if not sound or len(url) > 2_048 or any(ord(char) <= 32 for char in url):
        raise AddressRefused(f"{url[:80]!r} is not an absolute http(s) URL without user and password")
    return url


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, in the resolver's order.

    Raises:
        httpx.ConnectError: the name has none.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(f"{host} cannot be resolved: {error}") from error
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self, *, allow_private: bool) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._allow_private = allow_private

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check every address, connect to the first that answers."""
        addresses = await asyncio.wait_for(resolve(host, port), timeout)
        private = [one for one in addresses if not is_public(one)]
        if private and not self._allow_private:
            raise AddressRefused(f"{host} is {private[0]}, which is not an address of the public internet")
        failure: Exception = httpx.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise AddressRefused(f"{path} is a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        """As httpcore asks."""
        await self._inner.sleep(seconds)


async def check_host(url: str) -> None:
    """Refuse a URL whose host has a private address now; one that cannot be resolved passes.

    For telling a user early; what counts is the check at every connection.

    Raises:
        AddressRefused: it has one.
    """
    parts = urlsplit(url)
    try:
        addresses = await resolve(parts.hostname or "", parts.port or 443)
    except httpx.ConnectError:
        return
    private = [one for one in addresses if not is_public(one)]
    if private:
        raise AddressRefused(
            f"{parts.hostname} is {private[0]}, which is not an address of the public internet"
        )


async def _checked_request(request: httpx.Request) -> None:
    check_url(str(request.url))


def client(
    *, allow_private: bool = False, follow_redirects: bool = False, seconds: float = SECONDS
) -> httpx.AsyncClient:
    """A client that connects to public addresses only (to all with `allow_private`)."""
    transport = httpx.AsyncHTTPTransport()
    # httpx has no public way to a backend; tests/integration/test_outbound.py fails if this stops working.
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=ssl.create_default_context(),
        max_connections=100,
        keepalive_expiry=10.0,
        network_backend=CheckedBackend(allow_private=allow_private),
    )
    return httpx.AsyncClient(
        transport=transport,
        follow_redirects=follow_redirects,
        max_redirects=MOST_REDIRECTS,
        trust_env=False,
        timeout=httpx.Timeout(seconds, connect=min(seconds, 5.0)),
        headers={"user-agent": AGENT},
        event_hooks={"request": [_checked_request]},
    )


async def bounded(response: httpx.Response, most: int) -> AsyncIterator[bytes]:
    """The body of a streamed response, decoded.

    Raises:
        TooLong: it has more than `most` bytes (after decompression).
    """
    seen = 0
    async for chunk in response.aiter_bytes():
        seen += len(chunk)
        if seen > most:
            raise TooLong(f"{response.url}: more than {most:,} bytes")
        yield chunk
