"""Nothing private is reached through a URL of somebody else: not by name, redirect or change of DNS."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from dateline import outbound


class Local:
    """A server on loopback that counts who reaches it and answers as told."""

    def __init__(self) -> None:
        self.reached = 0
        self.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reached += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answer)
        await writer.drain()
        writer.close()


@pytest.fixture
async def local() -> AsyncIterator[Local]:
    one = Local()
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    yield one
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "127.1", "2130706433", "[::ffff:127.0.0.1]", "0x7f.1"],
)
async def test_no_way_of_writing_loopback_reaches_it(local: Local, host: str) -> None:
    async with outbound.client() as client:
        with pytest.raises(httpx.TransportError):
            await client.get(f"http://{host}:{local.port}/")
    assert local.reached == 0


async def test_it_is_reached_where_that_is_allowed(local: Local) -> None:
    async with outbound.client(allow_private=True) as client:
        answer = await client.get(f"http://localhost:{local.port}/")
    assert (answer.text, local.reached) == ("ok", 1)


async def test_the_address_that_was_checked_is_the_one_connected_to(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when it is asked first and loopback ever after: asked once, never loopback."""
    asked: list[str] = []
    loop = asyncio.get_running_loop()
    real = loop.getaddrinfo

    async def changing(host: Any, port: Any, **options: Any) -> Any:
        if host != "turns.example":
            return await real(host, port, **options)
        asked.append(host)
        address = "192.0.2.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(loop, "getaddrinfo", changing)
    monkeypatch.setattr(outbound, "is_public", lambda address: address != "127.0.0.1")
    async with outbound.client(seconds=0.3) as client:
        with pytest.raises(httpx.TransportError):
            await client.get(f"http://turns.example:{local.port}/")
        assert asked == ["turns.example"]
        with pytest.raises(outbound.AddressRefused, match=r"127\.0\.0\.1"):
            await client.get(f"http://turns.example:{local.port}/")
    assert local.reached == 0


async def test_a_redirect_is_checked_like_the_first_request(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first hop is let through by its name; the redirect names loopback by address."""
    inner = Local()
    server = await asyncio.start_server(inner.serve, "127.0.0.1", 0)
    inner.port = server.sockets[0].getsockname()[1]
    where = f"http://127.0.0.2:{inner.port}/"
    local.answer = f"HTTP/1.1 302 Found\r\nlocation: {where}\r\ncontent-length: 0\r\n\r\n".encode()
    monkeypatch.setattr(outbound, "is_public", lambda address: address == "127.0.0.1")
    async with outbound.client(follow_redirects=True) as client:
        with pytest.raises(outbound.AddressRefused, match=r"127\.0\.0\.2"):
            await client.get(f"http://127.0.0.1:{local.port}/")
    assert (local.reached, inner.reached) == (1, 0)
    server.close()


async def test_a_long_answer_is_cut_off(local: Local) -> None:
    local.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n" + b"x" * 300_000
    async with (
        outbound.client(allow_private=True) as client,
        client.stream("GET", f"http://127.0.0.1:{local.port}/") as answer,
    ):
        with pytest.raises(outbound.TooLong):
            _ = [chunk async for chunk in outbound.bounded(answer, 100_000)]
