"""How the stages stand: read from their streams and ledgers, judged, named with the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import redis
from redis.exceptions import ResponseError

from dateline import progress
from dateline.cli import clear, damage
from dateline.cli.holdings import held_bytes, lease
from dateline.cli.terminal import plural
from dateline.stage.entries import read_entries, split_id
from dateline.streams import INGEST_GROUP, Names

COUNTED = 10_000
IDLE_SECONDS = 30.0
OLD_SECONDS = 120.0
GREATEST_ID = f"{2**64 - 1}-{2**64 - 1}"

# Counting what lies behind a position on the server, so that no article travels for it. Read-only, and
# allowed when memory is out.
_COUNT = """#!lua flags=no-writes
local at, found = ARGV[1], 0
while found < tonumber(ARGV[2]) do
  if at == ARGV[3] then break end
  local page = redis.call('XRANGE', KEYS[1], '(' .. at, '+', 'COUNT', 200)
  if #page == 0 then break end
  found, at = found + #page, page[#page][1]
end
return found
"""


@dataclass
class Standing:
    """One stage on one stream. Ages in seconds; `lag` entries not yet done (`more`: at least so many).

    `memory_bytes`: what the server keeps for it, `memory_share` of the ceiling (None: there is none).
    `lease_seconds`: for how long its worker leads the shard unless it says so again.
    """

    stage: str
    shard: str
    stream: str
    lag: int = 0
    more: bool = False
    oldest_seconds: float | None = None
    dead: int = 0
    last_dead: str = ""
    worker: str | None = None
    workers: int = 0
    pending: int = 0
    lease_seconds: float | None = None
    memory_bytes: int = 0
    memory_share: float | None = None
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass
class Memory:
    """The server's memory, in bytes; no ceiling: 0."""

    used: int
    ceiling: int
    policy: str
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass
class Report:
    """Everything `dateline status` knows; `keys`: what is wrong with keys rather than with a stage."""

    memory: Memory
    stages: list[Standing]
    stories: int
    events: int
    keys: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """What is stuck, each with its remedy."""
        return [*self.memory.faults, *self.keys, *(fault for stage in self.stages for fault in stage.faults)]

    def facts(self) -> dict[str, Any]:
        """The report for a program."""
        return {**asdict(self), "stuck": bool(self.faults), "faults": self.faults}


def look(server: redis.Redis, names: Names, shards: Iterable[str], soft_share: float) -> Report:
    """Ask the server for everything."""
    now, shards = _now(server), list(shards)
    wrong = damage.wrong_types(server, names, shards)
    if wrong:
        return Report(_memory(server, soft_share), [], 0, 0, wrong)
    stages = [_ingest(server, names, stream, now) for stream in (names.raw, names.control)]
    for shard in shards:
        stages.append(_ordered(server, names, "cluster", shard, names.articles(shard), now))
        stages.append(_ordered(server, names, "publish", shard, names.stories(shard), now))
        _outbox(server, names, shard, stages[-1])
    memory = _memory(server, soft_share)
    for one in stages:
        one.memory_bytes = held_bytes(server, names, one.stage, one.shard, one.stream)
        one.memory_share = round(one.memory_bytes / memory.ceiling, 4) if memory.ceiling else None
    stories, events = int(_any(server.zcard(names.index))), _length(server, names.published)
    keys = damage.ids_ahead(server, names, shards, now)
    remarks = [] if any(server.exists(one.stream) for one in stages) else [damage.nothing_here(names)]
    return Report(memory, stages, stories, events, keys, remarks)


def _any(value: Any) -> Any:
    return value  # redis-py types replies as sync or async


def _now(server: redis.Redis) -> float:
    seconds, micros = _any(server.time())
    return float(seconds) + float(micros) / 1e6


def _memory(server: redis.Redis, soft_share: float) -> Memory:
    info = _any(server.info("memory"))
    memory = Memory(
        int(info["used_memory"]), int(info.get("maxmemory", 0)), str(info.get("maxmemory_policy", ""))
    )
    if memory.ceiling and memory.used > soft_share * memory.ceiling:
        memory.faults.append(
            f"memory is above {soft_share:.0%} of the ceiling: ingest pauses; raise maxmemory, or lower "
            "DATELINE_RETAIN_RAW_SECONDS and DATELINE_RETAIN_PUBLISHED_SECONDS"
        )
    if memory.ceiling and memory.policy != "noeviction":
        memory.faults.append(
            f"the server evicts keys ({memory.policy}) and would lose state; set maxmemory-policy noeviction"
        )
    if not memory.ceiling:
        memory.remarks.append("no ceiling is set; set maxmemory, so that ingest can pause in time")
    return memory


def _length(server: redis.Redis, stream: str) -> int:
    return int(_any(server.xlen(stream)))


def _oldest(server: redis.Redis, stream: str, after: str, now: float) -> float | None:
    """Seconds since the first entry behind a position was written."""
    if after == GREATEST_ID:
        return None
    page = read_entries(_any(server.xrange(stream, min=f"({after}", count=1)))
    return max(0.0, now - page[0].milliseconds / 1000) if page else None


def _count_after(server: redis.Redis, stream: str, after: str) -> int:
    return int(_any(server.eval_ro(_COUNT, 1, stream, after, str(COUNTED), GREATEST_ID)))


def _dead(server: redis.Redis, names: Names, standing: Standing, now: float) -> None:
    dead = names.dead(standing.stream)
    standing.dead = _length(server, dead)
    if not standing.dead:
        return
    (entry,) = read_entries(_any(server.xrevrange(dead, count=1)))
    reason = entry.fields.get(b"reason", b"").decode("utf-8", "replace")
    standing.last_dead = f"{entry.fields.get(b'code', b'').decode('utf-8', 'replace')}: {reason}"
    standing.remarks.append(f"last dead letter: {standing.last_dead}")
    standing.faults += damage.dying(server, dead, standing.stage, now)


# --- ingest: a consumer group -------------------------------------------------------------------


def _ingest(server: redis.Redis, names: Names, stream: str, now: float) -> Standing:
    standing = Standing("ingest", "–", stream)
    _dead(server, names, standing, now)
    try:
        groups = {_said(one["name"]): one for one in _any(server.xinfo_groups(stream))}
    except ResponseError as error:
        if "no such key" not in str(error):
            raise
        _judge(standing, "python -m services.ingest")
        return standing
    group = groups.get(INGEST_GROUP)
    delivered = damage.progress_of(group)
    standing.pending = int(group["pending"]) if group else 0
    unread = _count_after(server, stream, delivered)
    standing.lag = unread + standing.pending
    ledger = names.beside(stream, "ledger")
    standing.faults += damage.stopped(server, stream, ledger)
    _, gone = clear.standing(server, ledger)
    if unread < COUNTED:
        told = int(_any(server.hget(ledger, clear.DELETED)) or 0)
        gone += damage.deleted_unread(server, stream, group, unread, told)
    standing.faults += damage.lost(stream, "ingest", gone)
    standing.more = standing.lag >= COUNTED
    standing.oldest_seconds = _oldest_raw(server, stream, delivered, standing.pending, now)
    alive = _alive(server, stream) if group else []
    standing.workers, standing.worker = len(alive), alive[0] if alive else None
    _judge(standing, "python -m services.ingest")
    return standing


def _oldest_raw(server: redis.Redis, stream: str, delivered: str, pending: int, now: float) -> float | None:
    least = _any(server.xpending_range(stream, INGEST_GROUP, "-", "+", 1)) if pending else []
    if least:  # none: all was acknowledged since the group was looked at
        return max(0.0, now - split_id(_said(least[0][0]))[0] / 1000)
    return _oldest(server, stream, delivered, now)


def _alive(server: redis.Redis, stream: str) -> list[str]:
    """Consumers that asked for entries lately."""
    consumers = _any(server.xinfo_consumers(stream, INGEST_GROUP))
    return [_said(one["name"]) for one in consumers if one["idle"] < IDLE_SECONDS * 1000]


def _said(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


# --- cluster and publish: a position and a lease --------------------------------------------------


def _ordered(server: redis.Redis, names: Names, stage: str, shard: str, stream: str, now: float) -> Standing:
    standing = Standing(stage, shard, stream)
    _dead(server, names, standing, now)
    position = progress.position(server, names, stage, shard)
    last = progress.last_id(server, stream)
    if split_id(last) > split_id(position):
        standing.lag = _count_after(server, stream, position)
        standing.more = standing.lag >= COUNTED
        standing.oldest_seconds = _oldest(server, stream, position, now)
    elif split_id(last) < split_id(position):
        standing.faults.append(
            f"{stream} ends at {last}, before the position {position} of {stage}: the stream was deleted "
            "or set back; restore it from a backup, or rebuild in another namespace with 'dateline replay'"
        )
    ledger = names.of_shard(stage, shard, "ledger")
    standing.faults += damage.stopped(server, stream, ledger)
    standing.faults += damage.lost(stream, stage, clear.standing(server, ledger)[1])
    standing.worker, standing.lease_seconds = lease(server, names.of_shard(stage, shard, "lease"))
    standing.workers = int(standing.worker is not None)
    _judge(standing, f"python -m services.{stage}")
    return standing


def _outbox(server: redis.Redis, names: Names, shard: str, standing: Standing) -> None:
    waiting = int(_any(server.hlen(names.of_shard("publish", shard, "outbox"))))
    if waiting and not standing.worker:
        standing.faults.append(
            f"{plural(waiting, 'event')} to be published and nobody does; start 'python -m services.publish'"
        )
    elif waiting:
        standing.remarks.append(f"{plural(waiting, 'event')} on the way to stories.published")


def _judge(standing: Standing, command: str) -> None:
    """Name what is stuck: nobody works, or somebody does and the oldest entry still waits."""
    where = f"shard {standing.shard}" if standing.stage != "ingest" else standing.stream
    if not standing.worker and standing.lag:
        standing.faults.append(
            f"{plural(standing.lag, 'entry')} behind on {where} and nobody works; start '{command}'"
        )
    elif not standing.worker:
        standing.remarks.append(f"nobody works on {where}; '{command}' or 'dateline up' starts it")
    elif (standing.oldest_seconds or 0) > OLD_SECONDS and standing.lag:
        standing.faults.append(
            f"{standing.worker} holds {where}, but the oldest entry has waited "
            f"{standing.oldest_seconds:,.0f} s; look at its log and at 'dateline health', "
            "or start more workers"
        )
