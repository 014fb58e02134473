"""What an ordered stage does with an entry that fails: never skip it, never overtake it.

It is tried a few times on the spot, alone; then its dead letter and the position are one commit.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Sequence
from typing import Any

import structlog

from dateline.metrics import DEAD_LETTERS
from dateline.stage import faults, scripts
from dateline.stage.commits import Commit
from dateline.stage.dead_letters import Failure, dead_letter
from dateline.stage.entries import Entry
from dateline.stage.writer import InvalidEntry, Writer, load, send

log = structlog.get_logger()


def up_to_suspect(entries: Sequence[Entry], suspect: str | None) -> Sequence[Entry]:
    """The entries before one that failed, or that one alone when it is next."""
    at = next((i for i, entry in enumerate(entries) if entry.entry_id == suspect), None)
    if at is None:
        return entries
    return entries[:at] if at else entries[:1]


async def after_failure(writer: Writer, batch: Sequence[Entry], entry: Entry, error: Exception) -> None:
    """Throw away what is not committed; the entry is tried again alone, and given up at the cap.

    Raises:
        BudgetSpent: most of the last entries failed so.
    """
    count = writer.failed.get(entry.entry_id, 0) + 1
    trace = traceback.format_exc()
    log.warning(
        "entry failed",
        stage=writer.work.stage,
        entry_id=entry.entry_id,
        attempts=count,
        error=error.code if isinstance(error, InvalidEntry) else faults.kind(error),
    )
    await load(writer)
    writer.suspect = entry.entry_id
    if len(batch) > 1:
        return
    writer.failed[entry.entry_id] = count
    invalid = isinstance(error, InvalidEntry)
    if not invalid:
        await writer.budget.failed(entry.entry_id, error)
    if not invalid and count < writer.settings.max_attempts:
        await asyncio.sleep(faults.backoff(count))
        return
    code = error.code if isinstance(error, InvalidEntry) else "unexpected_error"
    await give_up(writer, entry, Failure(code, faults.in_words(error), count, trace))


async def give_up(writer: Writer, entry: Entry, failure: Failure) -> None:
    """Dead-letter an entry in its place."""
    letter = dead_letter(
        entry, failure, stream=writer.stream, stage=writer.work.stage, now_ms=int(time.time() * 1000)
    )
    change = Commit(writer.out_last)
    change.bury(writer.names.dead(writer.stream), entry.entry_id, letter)
    writer.applied += 1
    await send(writer, change, entry.entry_id, 0)
    writer.failed.pop(entry.entry_id, None)
    writer.suspect = None
    DEAD_LETTERS.labels(writer.work.stage, failure.code).inc()
    log.error("dead letter", stage=writer.work.stage, entry_id=entry.entry_id, code=failure.code)


async def note_take_over(writer: Writer) -> None:
    """Count processes that took over at one position: after too many, entries are applied singly.

    A process counts once: what it survives (the server's faults, a lost lease) says nothing of the entry.
    """
    if writer.noted:
        return
    at = f"{writer.position}/{writer.step}"
    seen: Any = await writer.redis.hmget(writer.ledger, ["taken_at", "takes", "trying"])
    same = seen[0] is not None and seen[0].decode() == at
    takes = int(seen[1] or 0) + 1 if same else 1
    await scripts.run(writer.redis, "note", [writer.ledger], ["taken_at", at, "takes", takes])
    if seen[2] or takes > writer.settings.max_attempts:
        writer.alone = writer.settings.batch_entries
    writer.noted = True


async def given_up_before(writer: Writer, entry: Entry) -> bool:
    """Count, once a process, a try of an entry that is applied singly after many take-overs.

    An entry that ends the process each time it is tried is found out here; one that merely waits
    behind a process that is killed while idle is not counted, nor one at which the stage stopped because
    its dead-letter budget is spent.
    """
    if writer.budget.spent or writer.tried == entry.entry_id:
        return False
    seen: Any = await writer.redis.hmget(writer.ledger, ["trying", "tries"])
    same = seen[0] is not None and seen[0].decode() == entry.entry_id
    tries = int(seen[1] or 0) if same else 0
    if tries < writer.settings.max_attempts:
        note: list[scripts.Argument] = ["trying", entry.entry_id, "tries", tries + 1]
        await scripts.run(writer.redis, "note", [writer.ledger], note)
        writer.tried = entry.entry_id
        return False
    reason = f"the process ended {tries} times while applying this entry"
    await give_up(writer, entry, Failure("poison", reason, tries))
    return True
