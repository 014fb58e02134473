"""Signed-in browsers. A session lives in memory: a restart signs everybody out; it ends with its token."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from services.web.tokens import Scope, Token

COOKIE = "dateline_session"
SESSION_SECONDS = 12 * 3600
MOST_SESSIONS = 1_000


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, by which token, until when (monotonic seconds), and what every form carries."""

    token_id: str
    name: str
    scope: Scope
    until: float
    form_key: str


@dataclass
class Sessions:
    """All sessions by the random value of their cookie."""

    held: dict[str, Session] = field(default_factory=dict)

    def get(self, cookie: str) -> Session | None:
        """The session of a cookie, None if there is none (any more)."""
        session = self.held.get(cookie) if cookie else None
        return session if session and time.monotonic() < session.until else None

    def open(self, token: Token) -> str:
        """Start a session; the value of its cookie."""
        now = time.monotonic()
        self.held = {key: one for key, one in self.held.items() if now < one.until}
        while len(self.held) >= MOST_SESSIONS:
            self.held.pop(next(iter(self.held)))
        cookie = secrets.token_urlsafe(32)
        form_key, until = secrets.token_urlsafe(16), now + SESSION_SECONDS
        self.held[cookie] = Session(token.token_id, token.name, token.scope, until, form_key)
        return cookie

    def close(self, cookie: str) -> None:
        """End a session."""
        self.held.pop(cookie, None)
