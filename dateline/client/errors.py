"""What a call of the client can raise. Every message says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dateline.client.outcomes import Sent


class DatelineError(Exception):
    """The base of all of them."""


class ArticleRefused(DatelineError, ValueError):
    """An article that cannot be sent as it is: over a limit of the contract, or no JSON.

    Raised before anything is sent. `index` is its place among the articles of the call, `code` the
    one that ingest would have given it.
    """

    def __init__(self, message: str, *, code: str, index: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.index = index


class ServerFull(DatelineError):
    """The server is out of memory, or above the soft mark: nothing more was sent.

    `sent` are the articles of this call that were written before. Sending the whole call again
    later is safe: ingest recognises what it has.
    """

    def __init__(self, message: str, sent: Sequence[Sent] = ()) -> None:
        super().__init__(message)
        self.sent = tuple(sent)


class Unreachable(DatelineError):
    """The server did not answer for as long as the client's patience lasts."""


class ServerRefused(DatelineError):
    """The server answered with an error: a right that is missing, a key that is no stream."""


class EventsMissed(DatelineError):
    """A subscriber with ``gaps="raise"`` may hold outdated stories: read again what it holds.

    `entry_id` is the entry of ``stories.published`` before which events are missing; `missed` how
    many, 0 where that cannot be known.
    """

    def __init__(self, message: str, *, entry_id: str, missed: int) -> None:
        super().__init__(message)
        self.entry_id = entry_id
        self.missed = missed


class RatingsRefused(DatelineError, ValueError):
    """A row of a ratings load is not one; the message names the row."""
