"""The client for asyncio: the calls of `Client`, awaited."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar, overload

from dateline.client import plans, requests
from dateline.client.connection import SOFT_SHARE, Patience, connect_async, run_async, server_url, shown_url
from dateline.client.errors import DatelineError, EventsMissed
from dateline.client.events import Event
from dateline.client.new_article import NewArticle
from dateline.client.outcomes import Outcome, Sent
from dateline.client.plans import Plan
from dateline.client.requests import Mark, Sendable
from dateline.client.subscription import Gaps, Since, Subscription
from dateline.stories import LatestStory
from dateline.streams import Names

T = TypeVar("T")


class AsyncClient:
    """`Client` for asyncio; use it with ``async with`` or ``await client.close()``."""

    def __init__(
        self, url: str | None = None, namespace: str | None = None, *, patience: float = 30.0
    ) -> None:
        self.names = Names(os.environ.get("DATELINE_NAMESPACE", "") if namespace is None else namespace)
        self._url = server_url(url)
        self._redis = connect_async(self._url)
        self._patience = patience
        self._mark = Mark(SOFT_SHARE)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    # --- articles in ------------------------------------------------------------------------------

    @overload
    async def send(self, articles: Sendable, *, wait: bool | float = False) -> Sent: ...
    @overload
    async def send(self, articles: Iterable[Sendable], *, wait: bool | float = False) -> list[Sent]: ...
    async def send(
        self, articles: Sendable | Iterable[Sendable], *, wait: bool | float = False
    ) -> Sent | list[Sent]:
        """As `Client.send`."""
        if isinstance(articles, NewArticle | Mapping):
            return (await self._run(requests.send(self.names, self._mark, [articles], wait)))[0]
        return await self._run(requests.send(self.names, self._mark, list(articles), wait))

    async def outcome_position(self) -> str:
        """As `Client.outcome_position`."""
        return await self._run(plans.last_id(self.names.outcomes))

    async def outcomes(self, since: str, wait: float = 0.0) -> list[Outcome]:
        """As `Client.outcomes`."""
        return await self._run(plans.outcomes(self.names, since, wait))

    # --- stories out ------------------------------------------------------------------------------

    async def subscribe(
        self,
        group: str | None = None,
        since: Since | None = None,
        *,
        gaps: Gaps = "mark",
        until_idle: float | None = None,
        claim_after: float = 300.0,
    ) -> AsyncIterator[Event]:
        """As `Client.subscribe`; "new" is counted from the first turn of the loop."""
        started = since or ("new" if group is None else "all")
        state = Subscription(self.names, group, started, claim_after=claim_after)
        patience = Patience(self._patience, lasting=True)
        await run_async(self._redis, state.open(), patience, shown_url(self._url))
        try:
            async for event in self._events(state, patience, gaps, until_idle):
                yield event
        finally:
            with contextlib.suppress(DatelineError):
                await run_async(self._redis, state.close(), Patience(1.0), shown_url(self._url))

    async def _events(
        self, state: Subscription, patience: Patience, gaps: Gaps, until_idle: float | None
    ) -> AsyncIterator[Event]:
        where, heard = shown_url(self._url), time.monotonic()
        while until_idle is None or time.monotonic() - heard < until_idle:
            for event in await run_async(self._redis, state.poll(), patience, where):
                if event.notice and gaps == "raise":
                    raise EventsMissed(event.notice, entry_id=event.entry_id, missed=event.missed)
                yield event
                await run_async(self._redis, state.acknowledge(event), patience, where)
                heard = time.monotonic()

    async def story(self, story_id: str, *, follow: bool = False) -> LatestStory | None:
        """As `Client.story`."""
        return await self._run(plans.story(self.names, story_id, follow))

    async def stories(self, limit: int | None = None) -> AsyncIterator[LatestStory]:
        """As `Client.stories`."""
        seen: set[str] = set()
        start, more = 0, True
        while more and (limit is None or len(seen) < limit):
            page = await self._run(plans.stories(self.names, start))
            for story in page.stories:
                if story.story_id not in seen and (limit is None or len(seen) < limit):
                    seen.add(story.story_id)
                    yield story
            start, more = start + len(page.story_ids), page.more

    # --- an editor's word -------------------------------------------------------------------------

    async def control(self, act: str, **body: Any) -> str:
        """As `Client.control`."""
        return await self._run(requests.control(self.names, act, body))

    async def load_ratings(
        self,
        source: str | Path | Iterable[Mapping[str, Any]],
        *,
        name: str,
        version: str = "",
        licence: str = "",
    ) -> int:
        """As `Client.load_ratings`."""
        return await self._run(requests.load_ratings(self.names, source, name, version, licence))

    async def _run(self, plan: Plan[T]) -> T:
        return await run_async(self._redis, plan, Patience(self._patience), shown_url(self._url))
