"""The client of a Python user, with blocking calls."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar, overload

from dateline.client import plans, requests
from dateline.client.connection import SOFT_SHARE, Patience, connect, run, server_url, shown_url
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


class Client:
    """Sends articles to Dateline and reads its stories.

    `url` and `namespace` default to ``DATELINE_REDIS_URL`` and ``DATELINE_NAMESPACE``. A call waits
    up to `patience` seconds for a server that does not answer, then raises `Unreachable`; what was
    underway is sent again, which is safe: ingest recognises repeated articles. One client serves
    many threads; use it as a context manager or close it.
    """

    def __init__(
        self, url: str | None = None, namespace: str | None = None, *, patience: float = 30.0
    ) -> None:
        self.names = Names(os.environ.get("DATELINE_NAMESPACE", "") if namespace is None else namespace)
        self._url = server_url(url)
        self._redis = connect(self._url)
        self._patience = patience
        self._mark = Mark(SOFT_SHARE)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    # --- articles in ------------------------------------------------------------------------------

    @overload
    def send(self, articles: Sendable, *, wait: bool | float = False) -> Sent: ...
    @overload
    def send(self, articles: Iterable[Sendable], *, wait: bool | float = False) -> list[Sent]: ...
    def send(
        self, articles: Sendable | Iterable[Sendable], *, wait: bool | float = False
    ) -> Sent | list[Sent]:
        """Send one article (a dict or `NewArticle`) or several, in their order.

        With `wait` (True: 30 seconds, or a number of seconds) the results carry outcomes.

        Raises:
            ArticleRefused: one is over a limit; nothing was sent.
            ServerFull: the server is out of room; its `sent` says what was written before.
        """
        if isinstance(articles, NewArticle | Mapping):
            return self._run(requests.send(self.names, self._mark, [articles], wait))[0]
        return self._run(requests.send(self.names, self._mark, list(articles), wait))

    def outcome_position(self) -> str:
        """Where the outcomes stream stands now: take it before sending, then read from it."""
        return self._run(plans.last_id(self.names.outcomes))

    def outcomes(self, since: str, wait: float = 0.0) -> list[Outcome]:
        """Outcomes of all senders after a position, up to 1,000; go on at the last one's `position`."""
        return self._run(plans.outcomes(self.names, since, wait))

    # --- stories out ------------------------------------------------------------------------------

    def subscribe(
        self,
        group: str | None = None,
        since: Since | None = None,
        *,
        gaps: Gaps = "mark",
        until_idle: float | None = None,
        claim_after: float = 300.0,
    ) -> Iterator[Event]:
        """Story events as they come, from this call on; a broken connection is taken up again.

        Without a `group` the subscriber keeps its own position: `since` is "new" (the default),
        "all", a time, or the `entry_id` of the last event it handled. With a group the server keeps
        it, several subscribers share the events, and `since` (default "all") counts when the group
        is created; an event is acknowledged when the loop asks for the next one, and one that was
        not comes again to whoever asks: at once when the loop was left, `claim_after` seconds later
        when the process was killed.

        Check `event.notice`: not empty, it says that events were missed, or may have been; with
        ``gaps="raise"`` that raises `EventsMissed` instead. `event.duplicate` events may have been
        handled before. `until_idle`: end when nothing came for so many seconds.
        """
        started = since or ("new" if group is None else "all")
        state = Subscription(self.names, group, started, claim_after=claim_after)
        patience = Patience(self._patience, lasting=True)
        run(self._redis, state.open(), patience, shown_url(self._url))
        return self._events(state, patience, gaps, until_idle)

    def _events(
        self, state: Subscription, patience: Patience, gaps: Gaps, until_idle: float | None
    ) -> Iterator[Event]:
        where, heard = shown_url(self._url), time.monotonic()
        try:
            while until_idle is None or time.monotonic() - heard < until_idle:
                for event in run(self._redis, state.poll(), patience, where):
                    if event.notice and gaps == "raise":
                        raise EventsMissed(event.notice, entry_id=event.entry_id, missed=event.missed)
                    yield event
                    run(self._redis, state.acknowledge(event), patience, where)
                    heard = time.monotonic()
        finally:
            with contextlib.suppress(DatelineError):
                run(self._redis, state.close(), Patience(1.0), where)

    def story(self, story_id: str, *, follow: bool = False) -> LatestStory | None:
        """The latest record of a story, None if there is none (never published, or forgotten).

        A merged story names the one it went into in `merged_into`; with `follow` that one is given.
        """
        return self._run(plans.story(self.names, story_id, follow))

    def stories(self, limit: int | None = None) -> Iterator[LatestStory]:
        """Stories that are not merged, withdrawn or expired, the last changed first."""
        seen: set[str] = set()
        start, more = 0, True
        while more and (limit is None or len(seen) < limit):
            page = self._run(plans.stories(self.names, start))
            for story in page.stories:
                if story.story_id not in seen and (limit is None or len(seen) < limit):
                    seen.add(story.story_id)
                    yield story
            start, more = start + len(page.story_ids), page.more

    # --- an editor's word -------------------------------------------------------------------------

    def control(self, act: str, **body: Any) -> str:
        """Send a control act, for instance ``control("merge", winner=…, loser=…)``; its entry id."""
        return self._run(requests.control(self.names, act, body))

    def load_ratings(
        self,
        source: str | Path | Iterable[Mapping[str, Any]],
        *,
        name: str,
        version: str = "",
        licence: str = "",
    ) -> int:
        """Load outlet ratings from a CSV file or rows; they replace those in force. The rows sent.

        Raises:
            RatingsRefused: a row is none; nothing was sent.
        """
        return self._run(requests.load_ratings(self.names, source, name, version, licence))

    def _run(self, plan: Plan[T]) -> T:
        return run(self._redis, plan, Patience(self._patience), shown_url(self._url))
