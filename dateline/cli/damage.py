"""What others can do to the streams and keys, found from outside, each with its remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import redis

from dateline import progress
from dateline.cli.terminal import plural
from dateline.stage import budget
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
    remedies = {names.raw: _delete(names.raw), names.control: _delete(names.control)}
    remedies[names.published] = _delete(names.published, names.beside(names.published, "sources"))
    for shard in shards:
        remedies |= dict.fromkeys((names.articles(shard), names.stories(shard)), _REBUILD)
    found = []
    for stream, remedy in remedies.items():
        last = split_id(progress.last_id(server, stream))
        if last == LAST_ID:
            found.append(f"{stream} has used up its ids: XADD is refused. {remedy}. {_WHO}")
        elif last[0] / 1000 > now + AHEAD_SECONDS:
            hours = (last[0] / 1000 - now) / 3600
            found.append(
                f"the last id of {stream} is {hours:,.0f} h ahead of the clock: its entries are not trimmed "
                f"until then. {remedy}. {_WHO}"
            )
    return found


def _delete(*keys: str) -> str:
    quoted = " ".join(f"'{key}'" if "{" in key else key for key in keys)
    return (
        f"Let its readers catch up (lag 0), then 'redis-cli DEL {quoted}': it starts anew, and what was done "
        "is known"
    )


_REBUILD = "The stages' positions are in its ids: rebuild in another namespace with 'dateline replay'"
_WHO = "Who chooses ids belongs behind the HTTP door"


def deleted_unread(
    server: redis.Redis, stream: str, group: Mapping[str, Any] | None, unread: int, told: int
) -> int:
    """Entries that were added, never read by the group, and are gone, beyond those that ingest has `told`."""
    read = group.get("entries-read") if group else 0
    if read is None:  # not known; a group that has read nothing yet says so by its position
        if progress_of(group) != START:
            return 0
        read = 0
    added = int(_any(server.xinfo_stream(stream)).get("entries-added", 0))
    return max(0, added - int(read) - unread - told)


def lost(stream: str, stage: str, count: int) -> list[str]:
    """What to say of entries that were deleted unread (XADD … MAXLEN, XTRIM, XDEL)."""
    if count <= 0:
        return []
    remedy = (
        "send them again (what is known is recognised) and find the sender that uses MAXLEN, XTRIM or XDEL"
        if stage == "ingest"
        else "what they said is missing from the stories: rebuild from an exported log, in another namespace "
        "('dateline replay'), and find who uses MAXLEN, XTRIM or XDEL"
    )
    entries = f"{plural(count, 'entry')} of {stream} {'was' if count == 1 else 'were'}"
    said = (
        f"{entries} deleted before {stage} read them; {remedy}: Dateline trims by itself. 'dateline clear' "
        "takes this note away"
    )
    return [said]


def stopped(server: redis.Redis, stream: str, ledger: str) -> list[str]:
    """A stage that stopped because most entries failed unexpectedly."""
    found = [value.decode() if value else "" for value in _any(server.hmget(ledger, budget.FIELDS))]
    return [budget.in_words(stream, *found)] if budget.spent(found[0]) else []


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
