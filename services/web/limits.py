"""Who may do what, and how often: pure rules; the clock comes in as an argument."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from services.web.tokens import Scope

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_BUCKETS = 10_000

_OPEN = re.compile(r"/(health|ready|static/.*|sign-in|sign-out|robots\.txt|favicon\.ico)")
_ADMIN = re.compile(r"/(v1/(webhooks|dead-letters)|operations/dead)(/.*)?")


def needed_scope(method: str, path: str, *, reading_open: bool) -> Scope | None:
    """The scope a request needs; None: anybody may."""
    if _OPEN.fullmatch(path):
        return None
    if _ADMIN.fullmatch(path):
        return "admin"
    if method not in SAFE:
        return "write" if path.startswith("/v1/articles") else "admin"
    return None if reading_open else "read"


def host_of(header: str) -> str:
    """The name in a Host header, without its port."""
    host = header.strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].rstrip(".")


@dataclass
class Bucket:
    """How many requests are left, and when that was so (seconds)."""

    left: float
    at: float


@dataclass
class Limiter:
    """A token bucket for each reader: `per_minute` requests a minute, as many at once. 0: no limit."""

    per_minute: int
    buckets: dict[str, Bucket] = field(default_factory=dict)

    def wait(self, reader: str, now: float) -> float:
        """Take one request; 0.0 if there was one left, else the seconds until there is."""
        if not self.per_minute:
            return 0.0
        rate = self.per_minute / 60
        bucket = self.buckets.get(reader)
        if bucket is None:
            if len(self.buckets) >= MOST_BUCKETS:
                self._forget(now)
            bucket = self.buckets[reader] = Bucket(self.per_minute, now)
        bucket.left = min(self.per_minute, bucket.left + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.left < 1:
            return (1 - bucket.left) / rate
        bucket.left -= 1
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop readers that have been away for a minute: their buckets are full again."""
        self.buckets = {reader: one for reader, one in self.buckets.items() if now - one.at < 60}
        if len(self.buckets) >= MOST_BUCKETS:
            self.buckets.clear()
