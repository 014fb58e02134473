"""A writer: one process's hold on one shard, its committed position and its commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from redis.asyncio import Redis

from dateline.settings import Settings
from dateline.stage import missing, scripts
from dateline.stage.budget import Budget
from dateline.stage.commits import Commit, arguments
from dateline.stage.continuity import replication_id
from dateline.stage.entries import START, Entry, split_id
from dateline.stage.health import Health, Loop
from dateline.stage.lease import Lease
from dateline.stage.memory import MemoryMark
from dateline.streams import Names

SCHEMA = "2"  # 2: what waits in the outbox of publish is packed
COUNTED_AT_MOST = 500  # waiting entries that the audit counts; behind more it waits


class InvalidEntry(Exception):
    """An entry that can never be applied: a dead letter at once, under this code."""

    def __init__(self, reason: str, code: str = "invalid_entry") -> None:
        super().__init__(reason)
        self.code = code


class LostLease(Exception):
    """Another process writes this shard now."""


class Moved(Exception):
    """The committed position is not the one this process knows, or the server is another: load again."""


class Refused(OSError):
    """The server's data is not what this stage wrote; it blocks the shard until an operator looks."""


class SchemaTooNew(Exception):
    """The state was written by newer code."""


class Work(Protocol):
    """What a service does on an ordered stage, for one shard.

    `source` is the stream it reads, `destination` the one it appends to with a commit (None: none).
    `load` reads committed state; `gather` fetches what a batch needs; `apply` changes the in-memory state
    by one entry and says whether the entry is done (False: again, as the next step, counted from 0);
    `take` hands over what has changed since the last take. `between` does what time alone demands and
    says when it next must (seconds), `delivered` is called after each commit, `tidy` now and then
    (`pressed`: the server's memory is above the mark).
    Everything in memory is a cache of what is committed: after a failed or unknown commit it is loaded
    anew.
    """

    stage: str

    def source(self, shard: str) -> str: ...
    def destination(self, shard: str) -> str | None: ...
    async def load(self, shard: str) -> None: ...
    async def gather(self, entries: Sequence[Entry]) -> None: ...
    async def apply(self, entry: Entry, step: int) -> bool: ...
    async def between(self) -> float: ...
    def take(self, commit: Commit) -> None: ...
    async def delivered(self) -> None: ...
    async def tidy(self, position: str, pressed: bool) -> None: ...


@dataclass
class Writer:
    """One process's hold on one shard.

    `suspect` is the entry that failed here and is tried alone next. `alone` counts the entries still to be
    applied singly because processes ended here before; `noted` and `tried` say what this process has
    already counted of that. `failures` counts the server's faults in a row, `applied` the entries applied
    in full since the last commit. `server` is the replication id under which the state was loaded.
    """

    redis: Redis
    settings: Settings
    names: Names
    shard: str
    work: Work
    lease: Lease
    health: Health
    memory: MemoryMark
    position: str = START
    step: int = 0
    commits: int = 0
    out_last: str = START
    mean_size: float = 8 * 1024.0
    failed: dict[str, int] = field(default_factory=dict)
    tidied: float = 0.0
    breathed: float = 0.0
    suspect: str | None = None
    alone: int = 0
    noted: bool = False
    tried: str = ""
    failures: int = 0
    applied: int = 0
    server: str = ""
    budget: Budget = field(init=False)

    def __post_init__(self) -> None:
        self.budget = Budget(self.redis, self.stream, self.ledger)

    @property
    def ledger(self) -> str:
        return self.names.of_shard(self.work.stage, self.shard, "ledger")

    @property
    def stream(self) -> str:
        return self.work.source(self.shard)

    @property
    def loop(self) -> Loop:
        return self.health.loop(self.stream)


async def load(writer: Writer) -> None:
    """Load the committed state: where this shard stands.

    Raises:
        SchemaTooNew: the state was written by newer code; the message says what to do.
        Refused: what the stream holds lies behind the position.
    """
    writer.server = await replication_id(writer.redis)
    stored: Any = await writer.redis.hgetall(writer.ledger)
    ledger = {name.decode(): value.decode() for name, value in stored.items()}
    if int(ledger.get("schema", SCHEMA)) > int(SCHEMA):
        raise SchemaTooNew(
            f"{writer.ledger}: written by schema {ledger['schema']}, this code knows {SCHEMA}. "
            "Run the newer version, or start in another DATELINE_NAMESPACE and replay."
        )
    writer.position = ledger.get("position", START)
    writer.step = int(ledger.get("step", 0))
    writer.commits = int(ledger.get("commits", 0))
    writer.out_last = ledger.get("out_last", START)
    writer.applied = 0
    writer.budget.take(ledger)
    await check_position(writer)
    out = writer.work.destination(writer.shard)
    if out is not None:
        # Whatever somebody else has appended there: ours go above it, or the next stage would not see them.
        writer.out_last = max(writer.out_last, await last_id(writer.redis, out), key=split_id)
    await writer.work.load(writer.shard)


async def check_position(writer: Writer) -> None:
    """Entries behind the position would never be read: say so instead.

    A stream that was deleted starts above the position (its ids are kept in its writer's state), so only a
    hand from outside (an import, a restored stream) comes to this.

    Raises:
        Refused: the stream holds entries, all of them behind the position.
    """
    last = await last_id(writer.redis, writer.stream)
    behind = last != START and split_id(last) < split_id(writer.position)
    if behind and await writer.redis.xlen(writer.stream):
        raise Refused(
            f"{writer.stream} ends at {last}, behind the position {writer.position} of "
            f"{writer.work.stage}: what was added there is not read; rebuild in another namespace with "
            "'dateline replay', or delete the stream if what it holds is not wanted"
        )


async def audit(writer: Writer) -> None:
    """Say loudly what somebody has deleted before it was read: what was added and never applied."""
    keys = [writer.stream, writer.ledger]
    count = int(await scripts.run(writer.redis, "missing", keys, [COUNTED_AT_MOST]))
    missing.tell(writer.stream, count, writer.loop)


async def last_id(redis: Redis, stream: str) -> str:
    """The greatest id a stream ever had (0-0 where there is none)."""
    if not await redis.exists(stream):
        return START
    last: Any = (await redis.xinfo_stream(stream))["last-generated-id"]
    return last.decode() if isinstance(last, bytes) else str(last)


async def commit(writer: Writer, position: str, step: int) -> None:
    """Commit what the work has changed together with the position.

    Raises:
        LostLease: another process has taken the shard.
        Moved: the committed position is another than this process knows.
        Refused: a key holds what this stage did not write.
    """
    change = Commit(writer.out_last)
    writer.work.take(change)
    if change.empty and (position, step) == (writer.position, writer.step):
        return
    await send(writer, change, position, step)
    await writer.work.delivered()


async def send(writer: Writer, change: Commit, position: str, step: int) -> None:
    """Run the commit script; raises as `commit`."""
    change.put(writer.ledger, "out_last", change.out_last)
    change.put(writer.ledger, "schema", SCHEMA)
    if writer.tried and step == 0:
        change.put(writer.ledger, "trying", None)
    keys, operations = arguments(change, writer.ledger)
    head: list[scripts.Argument] = [writer.lease.fence, writer.lease.holder]
    head += [writer.position, writer.step, writer.commits, position, step, writer.applied, writer.server]
    answer = await scripts.run(writer.redis, "commit", keys, [*head, *operations])
    verdict, detail = (part.decode() for part in answer)
    if verdict == "fenced":
        raise LostLease(f"fence {detail} is in force, this process holds {writer.lease.fence}")
    if verdict == "moved":
        raise Moved(f"committed position is {detail}")
    if verdict != "committed":
        raise Refused(detail)
    writer.position, writer.step, writer.out_last = position, step, change.out_last
    writer.commits += 1
    writer.applied = 0
    writer.tried = writer.tried if step else ""
    writer.loop.batch()
