"""A feed server that misbehaves: each path in its own way."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ITEMS = "".join(
    f"<item><title>Sarn gauge reads {n} metres at Tellmark</title><link>/item/{n}</link><guid>g{n}</guid>"
    f"<description>The gauge at Tellmark bridge read {n} metres.</description></item>"
    for n in range(3)
)
FEED = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Gauge News</title>{ITEMS}</channel></rss>'
DRIP_SECONDS = 30.0


def answer(body: bytes | str = FEED, status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer."""
    data = body.encode() if isinstance(body, str) else body
    said = {"content-type": "application/rss+xml", "content-length": str(len(data)), "connection": "close"}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + data


def redirect(to: str, status: str = "302 Found") -> bytes:
    return answer("", status, location=to)


ANSWERS: dict[str, bytes] = {
    "/well": answer(etag='"v1"'),
    "/missing": answer("", "404 Not Found"),
    "/gone": answer("", "410 Gone"),
    "/login": answer("", "401 Unauthorized"),
    "/forbidden": answer("", "403 Forbidden"),
    "/broken": answer("", "500 Internal Server Error"),
    "/eager": answer("", "429 Too Many Requests", retry_after="7200"),
    "/loop": redirect("/loop"),
    "/moved": redirect("/well", "301 Moved Permanently"),
    "/elsewhere": redirect("/well"),
    "/to-file": redirect("file:///etc/passwd"),
    "/to-secret": redirect("/secret/feed"),
    "/opml": answer('<?xml version="1.0"?><opml version="2.0"><body/></opml>', content_type="text/x-opml"),
    "/many": answer(
        '<?xml version="1.0"?><rss version="2.0"><channel><title>Many</title>'
        + "".join(f"<item><title>Item {n}</title><link>/item/{n}</link></item>" for n in range(40))
        + "</channel></rss>",
        etag='"m"',
    ),
    "/short": answer(FEED[:50], content_length="5000"),
    "/not-gzip": answer(content_encoding="gzip"),
    "/huge": answer(b"<rss>" + b" " * 3_000_000),
    "/bomb": answer(gzip.compress(b"<rss>" + b" " * 50_000_000), content_encoding="gzip"),
    "/page": answer("<!doctype html><html><title>Log in</title></html>", content_type="text/html"),
    "/empty": answer(""),
    "/entities": answer('<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">]><rss>&a;</rss>'),
    "/latin": answer(
        FEED.replace("Gauge News", "Überblick").encode("latin-1"), content_type="text/xml; charset=latin-1"
    ),
    "/garbled": b"HTTP/9.9 what is this\r\n\r\n",
    "/silent-close": b"",
    "/endless-head": b"HTTP/1.1 200 OK\r\n" + b"x-more: and more\r\n" * 20_000,
    "/secret/feed": answer(),
    "/item/0": answer(
        "<html><body><article><h1>Sarn</h1><p>"
        + "The gauge stood still all night long. " * 20
        + "</p></article></body></html>",
        content_type="text/html",
    ),
}


class Seen:
    """What was asked for, and robots.txt as it is to be."""

    def __init__(self) -> None:
        self.paths: Counter[str] = Counter()
        self.conditional = 0
        self.robots = answer("User-agent: *\nDisallow: /secret/\n", content_type="text/plain")


@contextmanager
def bad_server() -> Iterator[tuple[str, Seen]]:
    """Its address, and what it has seen."""
    seen = Seen()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, seen), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen


def _serve(listener: socket.socket, seen: Seen) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection, seen), daemon=True).start()


def _answer(connection: socket.socket, seen: Seen) -> None:
    with connection:
        request = _request(connection)
        path = request.split(b" ", 2)[1].decode() if request.count(b" ") > 1 else ""
        seen.paths[path] += 1
        try:
            SLOW.get(path, lambda one: one.sendall(_said(path, request, seen)))(connection)
        except OSError:
            return


def _said(path: str, request: bytes, seen: Seen) -> bytes:
    if path == "/robots.txt":
        return seen.robots
    if path in ("/well", "/list") and b'if-none-match: "v1"' in request.lower():
        seen.conditional += 1
        return answer("", "304 Not Modified", content_length="0")
    return ANSWERS.get(path, answer("", "404 Not Found"))


def _request(connection: socket.socket) -> bytes:
    read = b""
    while b"\r\n\r\n" not in read:
        more = connection.recv(4096)
        if not more:
            break
        read += more
    return read


def _never(connection: socket.socket) -> None:
    connection.settimeout(DRIP_SECONDS)
    connection.recv(1)


def _drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\n\r\n<rss>")
    ends = time.monotonic() + DRIP_SECONDS
    while time.monotonic() < ends:
        connection.sendall(b" ")
        time.sleep(0.1)


SLOW: dict[str, Callable[[socket.socket], None]] = {"/never": _never, "/drip": _drip}
