"""The door's frame around every request: Host, rate, token, size; and headers on every answer."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.context import Door
from services.web.limits import SAFE, Limiter, host_of, needed_scope
from services.web.problems import MEDIA_TYPE, Problem, encoded, problem
from services.web.sessions import COOKIE, Sessions
from services.web.tokens import Scope as TokenScope
from services.web.tokens import allows, bearer

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


@dataclass
class Frame:
    """The outermost layer of the application."""

    app: ASGIApp
    door: Door
    sessions: Sessions
    reads: Limiter = field(init=False)
    writes: Limiter = field(init=False)
    hosts: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        settings = self.door.settings
        self.reads, self.writes = (
            Limiter(settings.web_reads_per_minute),
            Limiter(settings.web_writes_per_minute),
        )
        named = [host_of(name) for name in settings.web_hosts.split(",") if name.strip()]
        self.hosts = frozenset([*named, host_of(self.door.public_url.split("://", 1)[-1].split("/")[0])])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge a request, then pass it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        framed = _with_headers(send)
        request = Request(scope)
        refusal = self._refusal(request)
        if refusal is not None:
            await refusal(scope, receive, framed)
            return
        await self.app(scope, _bounded(receive, self.door.settings.web_max_body_bytes), framed)

    def _refusal(self, request: Request) -> Response | None:
        host = host_of(request.headers.get("host", ""))
        if "*" not in self.hosts and host not in self.hosts:
            return _refuse(
                421, "bad_host", f"Host {host[:80]!r} is not answered; add it to DATELINE_WEB_HOSTS"
            )
        if request.method not in SAFE and request.headers.get("sec-fetch-site") in (
            "cross-site",
            "same-site",
        ):
            return _refuse(403, "cross_site", "another site's page may not write here")
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length) > self.door.settings.web_max_body_bytes:
            return _refuse(413, "too_large", _too_large(self.door.settings.web_max_body_bytes))
        name, held, shown = self._bearer(request)
        if "session" in request.scope and request.method not in SAFE and not self._is_ours(request):
            return _refuse(403, "cross_site", "only a page of this site may write with its cookie")
        return self._too_often(request, name) or self._closed(request, held, shown)

    def _is_ours(self, request: Request) -> bool:
        """Whether a page of this very origin asks: another port of the same host gets our cookie too."""
        origin = request.headers.get("origin", "")
        if not origin:
            return True  # no browser: all of them say it
        ours = self.door.public_url.split("://", 1)[-1].split("/")[0]
        return origin.split("://", 1)[-1] in (request.headers.get("host", ""), ours)

    def _bearer(self, request: Request) -> tuple[str, TokenScope | None, bool]:
        """(who asks, their scope, whether a token was shown at all)."""
        address = request.client.host if request.client else "unknown"
        token = bearer(request.headers.get("authorization", ""))
        if token:
            kept = self.door.keep.bearer(token)
            return (f"token {kept.name}", kept.scope, True) if kept else (address, None, True)
        session = self.sessions.get(request.cookies.get(COOKIE, ""))
        if session is not None and self.door.keep.stands(session.token_id):
            request.scope["session"] = session
            return f"token {session.name}", session.scope, True
        return address, None, False

    def _too_often(self, request: Request, name: str) -> Response | None:
        limiter = self.reads if request.method in SAFE else self.writes
        wait = limiter.wait(name, time.monotonic())
        if not wait:
            return None
        seconds = str(math.ceil(wait))
        return _refuse(
            429, "too_often", f"too many requests; again in {seconds} s", headers={"retry-after": seconds}
        )

    def _closed(self, request: Request, held: TokenScope | None, shown: bool) -> Response | None:
        path = request.url.path
        needed = needed_scope(request.method, path, reading_open=self.door.settings.web_read == "open")
        if needed is None or allows(held, needed):
            return None
        if request.method in SAFE and not path.startswith(("/v1/", "/openapi", "/feeds", "/metrics")):
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(
                f"/sign-in?{urlencode({'next': path + query}, safe='/')}", status_code=303
            )
        if held is not None:
            return _refuse(403, "forbidden", f"this needs the scope {needed}; the token has {held}")
        said = "the token is not valid (any more)" if shown else "this needs a token: Authorization: Bearer …"
        return _refuse(
            401,
            "no_token",
            f"{said}; make one of scope {needed} with 'dateline token add'",
            headers={"www-authenticate": 'Bearer realm="dateline"'},
        )


def _refuse(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(encoded(problem(status, code, detail)), status, dict(headers or {}), MEDIA_TYPE)


def _too_large(most: int) -> str:
    return f"a request may carry {most:,} bytes; send less at once (DATELINE_WEB_MAX_BODY_BYTES)"


def _bounded(receive: Receive, most: int) -> Receive:
    """Receive a body that may not say its length, up to so many bytes."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise Problem(413, "too_large", _too_large(most))
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def framed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return framed
