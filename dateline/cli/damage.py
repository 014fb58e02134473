"""What others can do to the streams and keys, found from outside, each with its remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import redis

from dateline import progress
from dateline.stage.entries import START, read_entries, split_id
from dateline.streams import Names

LAST_ID = (2**64 - 1, 2**64 - 1)
AHEAD_SECONDS = 3_600.0
OURS_TO_MEND = frozenset(("unexpected_error", "poison"))
DYING, DYING_SECONDS, LOOKED_AT = 10, 900.0, 200


def _any(value: Any) -> Any:
    return value  # redis-py types replies as sync or async


def _keys(names: Names, shards: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Every key that status asks, with its type."""
    streams = [names.raw, names.control]
    for shard in shards:
        streams += [names.articles(shard), names.stories(shard)]
        yield names.of_shard("cluster", shard, "ledger"), "hash"
        yield names.of_shard("publish", shard, "ledger"), "hash"
    for stream in streams:
        yield stream, "stream"
        yield names.dead(stream), "stream"
    yield names.published, "stream"
    yield names.outcomes, "stream"
    yield names.index, "zset"


def wrong_types(server: redis.Redis, names: Names, shards: Iterable[str]) -> list[str]:
    """Keys that hold another type than Dateline writes: every stage that needs them is blocked."""
    found = []
    for key, wanted in _keys(names, shards):
        kind = _any(server.type(key)).decode()
        if kind not in ("none", wanted):
            found.append(
                f"{key} is a {kind}, not a {wanted}: something else writes to it; put it out of the way "
                f"(redis-cli RENAME '{key}' '{key}.foreign'), then stop who wrote it or use a --namespace"
            )
    return found


def ids_ahead(server: redis.Redis, names: Names, shards: Iterable[str], now: float) -> list[str]:
    """Streams whose ids are far ahead of the clock, or at their end: somebody chose an explicit id."""
    inner = [one for shard in shards for one in (names.articles(shard), names.stories(shard))]
    found = []
    for stream in (names.raw, names.control, names.published, *inner):
        last = split_id(progress.last_id(server, stream))
        if last == LAST_ID:
            found.append(
                f"{stream} has used up its ids: XADD is refused. Let its readers catch up (lag 0), then "
                f"'redis-cli DEL {stream}': it starts anew and what was acknowledged is known. {_WHO}"
            )
        elif last[0] / 1000 > now + AHEAD_SECONDS:
            found.append(
                f"the last id of {stream} is {(last[0] / 1000 - now) / 3600:,.0f} h ahead of the clock: its entries "  # noqa: E501
                f"are not trimmed until then. Let its readers catch up (lag 0), then 'redis-cli DEL {stream}'. {_WHO}"  # noqa: E501
            )
    return found


_WHO = "Senders that choose ids belong behind the HTTP door"


def deleted_unread(
    server: redis.Redis, stream: str, group: Mapping[str, Any] | None, unread: int
) -> list[str]:
    """Entries that were added, never read by the group, and are gone (XADD … MAXLEN, XTRIM, XDEL)."""
    read = group.get("entries-read") if group else 0
    if read is None:  # not known; a group that has read nothing yet says so by its position
        if progress_of(group) != START:
            return []
        read = 0
    added = int(_any(server.xinfo_stream(stream)).get("entries-added", 0))
    gone = added - int(read) - unread
    if gone <= 0:
        return []
    said = (
        f"{gone:,} entries of {stream} were deleted before anybody read them; send them again (what is known "
        "is recognised) and find the sender that uses MAXLEN, XTRIM or XDEL: Dateline trims by itself"
    )
    return [said]


def progress_of(group: Mapping[str, Any] | None) -> str:
    """The last id that a group was given."""
    last = group["last-delivered-id"] if group else START
    return last.decode() if isinstance(last, bytes) else str(last)


def dying(server: redis.Redis, place: str, stage: str, now: float) -> list[str]:
    """Many recent dead letters that are no fault of the senders: the code or the state is wrong."""
    entries = read_entries(_any(server.xrevrange(place, count=LOOKED_AT)))
    recent = [one for one in entries if now - one.milliseconds / 1000 < DYING_SECONDS]
    codes = Counter(one.fields.get(b"code", b"").decode("utf-8", "replace") for one in recent)
    ours = {code: count for code, count in codes.items() if code in OURS_TO_MEND}
    if sum(ours.values()) < DYING:
        return []
    said = ", ".join(f"{count} {code}" for code, count in sorted(ours.items()))
    fault = (
        f"dead letters pile up in {stage} ({said} within {DYING_SECONDS / 60:.0f} min), and not by the "
        f"senders' fault; read 'dateline dead show --code {min(ours)}' and the log of {stage}, mend it, then "
        f"'dateline dead replay --code {min(ours)}'"
    )
    return [fault]


def nothing_here(names: Names) -> str:
    """A remark for a server that holds none of our streams."""
    where = f"namespace {names.namespace!r}" if names.namespace else "the default namespace"
    return f"{where} holds nothing on this server; is --namespace right, and was anything sent?"
