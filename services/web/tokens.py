"""Tokens: ``dl_<id>_<secret>``. Only the SHA-256 of the whole is kept; the secret is shown once.

Scopes: `read` (where reading is closed), `write` (send and retract; reads too), `admin` (everything).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Literal

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "write", "admin")

_FORM = re.compile(r"dl_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is kept. Moments are Unix epoch milliseconds; 0: never."""

    token_id: str
    name: str
    scope: Scope
    digest: str
    created_ms: int
    expires_ms: int = 0

    def valid(self, now_ms: int) -> bool:
        """Whether it still opens anything."""
        return not self.expires_ms or now_ms < self.expires_ms


def written(token_id: str, secret: str) -> str:
    """The token as its bearer holds it."""
    return f"dl_{token_id}_{secret}"


def digest(token: str) -> str:
    """What is kept of a token. A fast hash is right for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_id(token: str) -> str | None:
    """The id inside a token, None if it is no token."""
    match = _FORM.fullmatch(token)
    return match[1] if match else None


def fits(token: str, kept: Token) -> bool:
    """Whether a token is the one that is kept; takes the same time whatever differs."""
    return hmac.compare_digest(digest(token), kept.digest)


def allows(scope: Scope | None, needed: Scope) -> bool:
    """Whether a scope includes another."""
    return scope is not None and SCOPES.index(scope) >= SCOPES.index(needed)


def bearer(header: str) -> str:
    """The token of an Authorization header, empty where there is none."""
    kind, _, token = header.strip().partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
