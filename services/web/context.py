"""What every route works with, and how a request gets at it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import Request
from redis.asyncio import Redis
from starlette.datastructures import QueryParams

from dateline.client.connection import Patience, run_async, shown_url
from dateline.client.errors import DatelineError, ServerFull
from dateline.client.plans import Plan
from dateline.client.requests import Mark
from dateline.settings import Settings
from dateline.stage.health import Health
from dateline.streams import Names
from services.web.filters import NAMES, BadFilter, Filter, read_filter
from services.web.keep import Keep
from services.web.problems import Problem
from services.web.store import Store

T = TypeVar("T")

PATIENCE_SECONDS = 5.0
FULL_AGAIN_SECONDS = 30


@dataclass
class Door:
    """The door's parts: settings, the server, the index, what is kept, and the sign of new events."""

    settings: Settings
    redis: Redis
    store: Store
    keep: Keep
    applied: asyncio.Condition
    stop: asyncio.Event
    health: Health = field(default_factory=lambda: Health("web"))
    started: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self.mark = Mark(self.settings.memory_soft_share)

    @property
    def names(self) -> Names:
        return self.settings.names

    @property
    def public_url(self) -> str:
        """The door's address for links, without a slash at its end."""
        return self.settings.web_public_url.rstrip("/") or f"http://localhost:{self.settings.web_port}"

    async def ask(self, plan: Plan[T]) -> T:
        """Run a plan of the client against the server.

        Raises:
            Problem: 503, the server does not answer or is full.
        """
        try:
            where = shown_url(self.settings.redis_url)
            return await run_async(self.redis, plan, Patience(PATIENCE_SECONDS), where)
        except ServerFull as error:
            raise Problem(
                503,
                "server_full",
                str(error),
                headers={"retry-after": str(FULL_AGAIN_SECONDS)},
                sent=[one.entry_id for one in error.sent],
            ) from error
        except DatelineError as error:
            raise Problem(503, "server_away", str(error), headers={"retry-after": "5"}) from error


def door_of(request: Request) -> Door:
    """The door that a request has come through."""
    door: Door = request.app.state.door
    return door


def only(query: QueryParams, *known: str) -> None:
    """Refuse parameters that are not known: a misspelt filter would match everything.

    Raises:
        Problem: 422.
    """
    unknown = sorted(set(query.keys()) - {*known})
    if unknown:
        said = ", ".join(known)
        raise Problem(422, "bad_parameter", f"{unknown[0][:40]!r} is no parameter here; there are {said}")


def query_filter(query: QueryParams, *further: str) -> Filter:
    """The filter of a request's query; `further` are the route's other parameters.

    Raises:
        Problem: 422, a value is none, or a parameter is not known.
    """
    only(query, *NAMES, *further)
    try:
        return read_filter({name: query.getlist(name) for name in NAMES})
    except BadFilter as error:
        raise Problem(422, "bad_parameter", str(error)) from error


def etag_of(*parts: Any) -> str:
    """A weak entity tag of what a representation depends on."""
    return 'W/"' + ".".join(str(part) for part in parts) + '"'


def unchanged(request: Request, tag: str) -> bool:
    """Whether the reader holds this representation already (If-None-Match)."""
    asked = request.headers.get("if-none-match", "")
    return asked.strip() == "*" or tag in [one.strip() for one in asked.split(",")]
