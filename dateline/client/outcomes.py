"""What became of what was sent: an entry's outcome, by its entry id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

OUTCOMES = (
    "accepted", "revision", "duplicate", "stale", "retracted", "reinstated", "unknown", "expired", "rejected"
)  # fmt: skip  # a row of values


@dataclass(frozen=True, slots=True)
class Outcome:
    """One entry of ``{articles.raw}.outcomes``; `position` is its own id there."""

    position: str
    entry_id: str
    outcome: str
    article_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sent:
    """An article that was written to ``articles.raw``.

    `outcome` is None when it was not waited for, or had not come when the wait ended.
    """

    entry_id: str
    outcome: str | None = None
    article_id: str = ""
    reason: str = ""


def read_outcome(position: str, fields: Mapping[bytes, bytes]) -> Outcome:
    """Parse an entry of the outcomes stream; fields of later versions are ignored."""
    said = {
        name: fields.get(name, b"").decode("utf-8", "replace")
        for name in (b"entry_id", b"outcome", b"article_id", b"reason")
    }
    return Outcome(position, said[b"entry_id"], said[b"outcome"], said[b"article_id"], said[b"reason"])


def settled(sent: Sent, outcome: Outcome) -> Sent:
    """`sent` with its outcome known."""
    return Sent(sent.entry_id, outcome.outcome, outcome.article_id, outcome.reason)
