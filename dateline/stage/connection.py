"""A service's connections to the server: plain or TLS, requests written in C."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Connection, Redis, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.connection import HiredisRespSerializer
from redis.typing import EncodableT

from dateline.settings import Settings

WRITER = HiredisRespSerializer()


class Wire(Connection):
    """A connection whose requests are written in C: redis-py does that on blocking connections only."""

    def pack_command(self, *args: EncodableT) -> list[bytes]:
        packed: list[bytes] = WRITER.pack(*args)  # type: ignore[arg-type]  # its annotation is wrong
        return packed


class SecureWire(SSLConnection):
    """The same over TLS."""

    pack_command = Wire.pack_command


CLASSES = {"redis": Wire, "rediss": SecureWire}


def connect(settings: Settings) -> Redis:
    """A connection pool that neither retries by itself nor waits for ever (hops are repeatable)."""
    scheme = settings.redis_url.partition(":")[0]
    kind: dict[str, Any] = {"connection_class": CLASSES[scheme]} if scheme in CLASSES else {}
    client: Redis = Redis.from_url(
        settings.redis_url,
        socket_timeout=30,
        socket_connect_timeout=5,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=15,
        protocol=2,
        **kind,
    )
    return client
