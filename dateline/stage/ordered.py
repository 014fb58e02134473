"""The ordered stage: per shard one writer at a time, reading by position under a lease.

The id of the last applied entry is part of the state that a commit changes. There is no pending list
and no acknowledgement: a new holder loads the committed state and goes on where it says. The fence
number, raised with every new holder and checked by every commit, keeps a paused process from writing
when it wakes up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import structlog

from dateline.metrics import APPLIED, BATCH_SECONDS
from dateline.stage import faults
from dateline.stage.entries import Entry, id_before, of_stream, read_count
from dateline.stage.failures import after_failure, given_up_before, note_take_over, up_to_suspect
from dateline.stage.writer import LostLease, Moved, Writer, audit, check_position, commit, load

log = structlog.get_logger()

BREATH_SECONDS = 0.01  # between entries of a batch, for what else the process must do


async def run(writer: Writer, stop: asyncio.Event) -> None:
    """Hold the lease and write until `stop`; stand by while another holds it.

    Raises:
        SchemaTooNew: the state was written by newer code.
    """
    try:
        while not stop.is_set():
            try:
                if await writer.lease.take():
                    await _write_under_lease(writer, stop)
                else:
                    await _stand_by(writer)
            except (LostLease, Moved) as error:
                log.warning("lease lost", shard=writer.shard, stage=writer.work.stage, why=str(error))
            except Exception as error:
                if not faults.is_infrastructure(error):
                    raise
                await _wait_out(writer, error)
    finally:
        await writer.lease.release()


async def _stand_by(writer: Writer) -> None:
    writer.loop.role = "standby"
    writer.loop.turn()
    _note_recovery(writer)
    await asyncio.sleep(writer.settings.lease_seconds / (20 if writer.lease.orphaned else 4))


async def _wait_out(writer: Writer, error: Exception) -> None:
    """Wait after a fault of the server, which blocks the shard; each outage is logged once."""
    writer.failures += 1
    writer.loop.failed(faults.in_words(error))
    if writer.failures == 1:
        log.warning("waiting for the server", stage=writer.work.stage, error=writer.loop.fault)
    await asyncio.sleep(faults.backoff(writer.failures))


def _note_recovery(writer: Writer) -> None:
    if writer.failures:
        log.info("recovered", stage=writer.work.stage, shard=writer.shard)
        writer.failures = 0
        writer.loop.recovered()


async def _write_under_lease(writer: Writer, stop: asyncio.Event) -> None:
    writer.loop.role = "loading"
    async with writer.lease.kept():
        await load(writer)
        await note_take_over(writer)
        log.info("writing", stage=writer.work.stage, shard=writer.shard, position=writer.position)
        writer.loop.role = "writer"
        while not stop.is_set():
            await _keep_lease(writer)
            await turn(writer)
            _note_recovery(writer)


async def _keep_lease(writer: Writer) -> None:
    if not await writer.lease.keep():
        raise LostLease("the lease ran out before it was renewed")


async def turn(writer: Writer) -> int:
    """One round: what time demands, then a batch at the position, applied and committed."""
    writer.loop.turn()
    wait = await writer.work.between()
    await commit(writer, writer.position, writer.step)
    entries = up_to_suspect(await _read(writer, wait), writer.suspect)
    if entries:
        await _apply_batch(writer, entries)
    await _tidy(writer)
    return len(entries)


async def _tidy(writer: Writer) -> None:
    """Trim when it is time; above the memory mark every second."""
    pressed, now = await writer.memory.passed(), time.monotonic()
    if now < (writer.tidied + 1.0 if pressed else writer.tidied + writer.settings.trim_seconds):
        return
    writer.tidied = now
    await check_position(writer)
    await audit(writer)
    await writer.work.tidy(writer.position, pressed)


async def _read(writer: Writer, wait: float) -> list[Entry]:
    settings = writer.settings
    count = read_count(settings.batch_entries, settings.batch_bytes, writer.mean_size)
    block = max(1, int(min(wait, 0.5, settings.lease_seconds / 4) * 1000))
    reply = await writer.redis.xread(
        {writer.stream: _behind(writer)}, count=1 if writer.alone else count, block=block
    )
    entries = of_stream(reply)
    if entries:
        mean = sum(entry.size for entry in entries) / len(entries)
        writer.mean_size = max(mean, 0.8 * writer.mean_size + 0.2 * mean)
    return entries


def _behind(writer: Writer) -> str:
    """Where to read from: an entry that is applied in part is read again."""
    return id_before(writer.position) if writer.step else writer.position


async def _apply_batch(writer: Writer, entries: Sequence[Entry]) -> None:
    """Apply entries in their order and commit once, or more often when it takes long or a step is large."""
    started = time.monotonic()
    if writer.alone and await given_up_before(writer, entries[0]):
        return
    entry = entries[0]
    try:
        await writer.work.gather(entries)
        for entry in entries:
            await _apply(writer, entry)
            writer.applied += 1
            await _breathe(writer, entry)
    except Exception as error:
        if faults.is_infrastructure(error) or isinstance(error, LostLease | Moved):
            raise
        await after_failure(writer, entries, entry, error)
        return
    await commit(writer, entries[-1].entry_id, 0)
    if writer.suspect == entries[-1].entry_id:
        writer.suspect = None
    writer.alone = max(0, writer.alone - 1)
    await writer.budget.done(len(entries))
    APPLIED.labels(writer.work.stage, writer.shard).inc(len(entries))
    seconds = time.monotonic() - started
    BATCH_SECONDS.labels(writer.work.stage).observe(seconds)
    log.info(
        "batch",
        stage=writer.work.stage,
        shard=writer.shard,
        entries=len(entries),
        first=entries[0].entry_id,
        last=entries[-1].entry_id,
        seconds=round(seconds, 4),
    )


async def _breathe(writer: Writer, entry: Entry) -> None:
    """Let the lease be renewed and health answer; commit what is applied before the lease could run out.

    Else two processes whose batches outlast the lease would take the shard from each other for ever.
    """
    now = time.monotonic()
    if now < writer.breathed + BREATH_SECONDS:
        return
    writer.breathed = now
    await asyncio.sleep(0)
    if time.monotonic() > writer.lease.good_until - writer.settings.lease_seconds / 2:
        await commit(writer, entry.entry_id, 0)
        await _keep_lease(writer)
        writer.loop.turn()


async def _apply(writer: Writer, entry: Entry) -> None:
    """Apply one entry in as many steps as it takes; each step but the last is committed by itself."""
    step = writer.step if entry.entry_id == writer.position else 0
    while not await writer.work.apply(entry, step):
        step += 1
        await commit(writer, entry.entry_id, step)
