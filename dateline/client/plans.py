"""What the client does, written once for both kinds of connection.

A plan is a generator: it yields commands for the server, gets their replies, and returns a value.
`Client` drives plans with blocking calls, `AsyncClient` with awaited ones. A reply that is an error
comes back as a value; a lost connection never does: the driver sends the commands again.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from redis.exceptions import AuthorizationError, NoPermissionError, OutOfMemoryError, ResponseError

from dateline.client.errors import DatelineError, ServerFull, ServerRefused
from dateline.client.new_article import Fields
from dateline.client.outcomes import Outcome, Sent, read_outcome, settled
from dateline.stage.entries import START, of_stream
from dateline.stories import LatestStory
from dateline.streams import Names

T = TypeVar("T")
Command = tuple[Any, ...]
Plan = Generator[list[Command], list[Any], T]

SENT_AT_ONCE = 200
SENT_BYTES = 4 * 2**20
OUTCOMES_AT_ONCE = 1_000
STORIES_AT_ONCE = 100
MOST_MERGES = 64
BLOCK_SECONDS = 1.0


def good(reply: Any) -> Any:
    """A reply, or its error in our words.

    Raises:
        ServerFull: the server is out of memory.
        ServerRefused: any other error.
    """
    if not isinstance(reply, Exception):
        return reply
    if isinstance(reply, OutOfMemoryError) or str(reply).startswith("OOM"):
        raise ServerFull("the server is out of memory; raise its maxmemory or let it drain, then send again")
    if isinstance(reply, NoPermissionError | AuthorizationError):
        raise ServerRefused(f"the server's user lacks a right ({reply}); grant it, or use another user")
    if "WRONGTYPE" in str(reply):
        raise ServerRefused(f"a key holds what Dateline did not write ({reply}); use another --namespace")
    raise ServerRefused(f"the server refused: {reply}")


def fill_mark(share: float) -> Plan[str]:
    """Why nothing may be sent now (in words), empty when there is room below the soft mark."""
    (info,) = yield [("INFO", "memory")]
    if isinstance(info, ResponseError):
        return ""  # a user without the right to ask: the server itself says when it is full
    used, ceiling = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if not ceiling or used <= share * ceiling:
        return ""
    return (
        f"the server uses {used / 2**20:,.0f} of {ceiling / 2**20:,.0f} MiB, above the mark of {share:.0%} "
        "at which ingest pauses; raise maxmemory or shorten retention, then send again"
    )


def send(names: Names, encoded: Sequence[Fields]) -> Plan[list[Sent]]:
    """Append articles to ``articles.raw``, in order. Raises ServerFull with what was written before."""
    sent: list[Sent] = []
    for part in parts(encoded):
        replies = yield [("XADD", names.raw, "*", *flat(fields)) for fields in part]
        for reply in replies:
            try:
                sent.append(Sent(good(reply).decode()))
            except ServerFull as error:
                raise ServerFull(str(error), sent) from None
    return sent


def parts(encoded: Sequence[Fields]) -> list[list[Fields]]:
    """Cut articles into pipelines bounded by count and bytes."""
    found: list[list[Fields]] = []
    size = 0
    for fields in encoded:
        length = sum(len(value) for value in fields.values())
        if not found or len(found[-1]) >= SENT_AT_ONCE or size + length > SENT_BYTES:
            found.append([])
            size = 0
        found[-1].append(fields)
        size += length
    return found


def flat(fields: Mapping[str, Any]) -> list[Any]:
    """Field, value, field, value …"""
    return [part for field in fields.items() for part in field]


def last_id(stream: str) -> Plan[str]:
    """The id of the last entry ever added to a stream; 0-0 when there is no stream."""
    (reply,) = yield [("XINFO STREAM", stream)]
    if isinstance(reply, ResponseError) and "no such key" in str(reply):
        return START
    return text(good(reply)["last-generated-id"])


def text(value: Any) -> str:
    """A server's string as text."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def outcomes(names: Names, since: str, wait: float) -> Plan[list[Outcome]]:
    """Outcomes after a position; waits up to `wait` seconds for the first."""
    command: list[Any] = ["XREAD", "COUNT", OUTCOMES_AT_ONCE]
    if wait > 0:
        command += ["BLOCK", max(1, int(wait * 1000))]
    (reply,) = yield [(*command, "STREAMS", names.outcomes, since)]
    return [read_outcome(entry.entry_id, entry.fields) for entry in of_stream(good(reply))]


def await_outcomes(names: Names, sent: Sequence[Sent], since: str, seconds: float) -> Plan[list[Sent]]:
    """`sent` with their outcomes, as far as they come within `seconds`."""
    waiting = {one.entry_id: one for one in sent}
    deadline = time.monotonic() + seconds
    missing = len(waiting)
    while missing and (left := deadline - time.monotonic()) > 0:
        found = yield from outcomes(names, since, min(left, BLOCK_SECONDS))
        for outcome in found:
            since = outcome.position
            one = waiting.get(outcome.entry_id)
            if one is not None and one.outcome is None:
                waiting[outcome.entry_id] = settled(one, outcome)
                missing -= 1
    return [waiting[one.entry_id] for one in sent]


def story(names: Names, story_id: str, follow: bool) -> Plan[LatestStory | None]:
    """The latest record of a story; with `follow` that of the story it was merged into."""
    found: LatestStory | None = None
    for _ in range(MOST_MERGES):
        (reply,) = yield [("GET", names.story(story_id))]
        value = good(reply)
        if value is None:
            return found
        found = latest(story_id, value)
        if not follow or found.merged_into is None:
            return found
        story_id = found.merged_into
    return found


@dataclass(frozen=True, slots=True)
class Page:
    """Some stories of the index, newest first, and whether there may be more."""

    stories: list[LatestStory]
    story_ids: list[str]
    more: bool


def stories(names: Names, start: int) -> Plan[Page]:
    """A page of ``stories.index``; stories whose record is gone are left out."""
    (reply,) = yield [("ZREVRANGE", names.index, start, start + STORIES_AT_ONCE - 1)]
    ids = [text(member) for member in good(reply)]
    if not ids:
        return Page([], [], False)
    (values,) = yield [("MGET", *(names.story(story_id) for story_id in ids))]
    found = [latest(one, value) for one, value in zip(ids, good(values), strict=True) if value is not None]
    return Page(found, ids, len(ids) == STORIES_AT_ONCE)


def latest(story_id: str, value: bytes) -> LatestStory:
    """Parse the value of ``story:<id>``."""
    try:
        return LatestStory.model_validate_json(value)
    except ValueError as error:
        raise DatelineError(
            f"story:{story_id} is no record that this version can read; upgrade dateline ({_first(error)})"
        ) from error


def _first(error: ValueError) -> str:
    return str(error).splitlines()[0][:200]


def control(names: Names, act: str, body_json: str) -> Plan[str]:
    """Append an act to ``articles.control``; its entry id."""
    (reply,) = yield [("XADD", names.control, "*", "act", act, "body", body_json)]
    return text(good(reply))
