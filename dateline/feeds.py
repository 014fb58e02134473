"""A feed that is polled: what is known of it. The command adds feeds, the feeds service polls them."""

from __future__ import annotations

from pydantic import BaseModel, Field

from dateline.streams import Names

NEVER_MS = 2**52
"""When a feed is due that is polled no more (2^52 ms, far beyond any calendar)."""


class Feed(BaseModel):
    """One feed: how it is to be read, and how the last polls went. Moments in ms (Unix epoch).

    `seen` maps the items of its last document to hashes of their content, so that only what is new or
    changed is sent.
    """

    url: str
    added: int
    publisher: str | None = None  # name to use in place of the feed's own title
    full_text: bool = False
    title: str = ""
    current_url: str | None = None  # where it has moved for good
    etag: str | None = None
    last_modified: str | None = None
    interval: int = 0  # seconds between polls, as it has settled; 0: not polled yet
    polled: int = 0
    succeeded: int = 0
    failures: int = 0  # in a row
    error: str = ""
    sent: int = 0  # items sent in all
    seen: dict[str, str] = Field(default_factory=dict)
    lists: int = 0  # feeds that it names, where it is a list of feeds (OPML)
    listed_by: str | None = None  # the list that it was found in

    @property
    def address(self) -> str:
        """Where to fetch it."""
        return self.current_url or self.url


def feeds_key(names: Names) -> str:
    """Hash: the URL a feed was added with → its JSON."""
    return f"{{{names.prefix}feeds}}.all"


def due_key(names: Names) -> str:
    """Sorted set: the URL a feed was added with, by when it is due (ms)."""
    return f"{{{names.prefix}feeds}}.due"


def health_in_words(feed: Feed, due: int | None) -> str:
    """How a feed is, in one line."""
    if due is not None and due >= NEVER_MS:
        return f"stopped: {feed.error}"
    if feed.failures:
        times = "once" if feed.failures == 1 else f"{feed.failures} times in a row"
        return f"failed {times}: {feed.error}"
    if not feed.polled:
        return "not polled yet; is the feeds service running?"
    well = f"well: a list of feeds (OPML), {feed.lists} in it" if feed.lists else "well"
    return f"moved to {feed.current_url}" if feed.current_url else well
