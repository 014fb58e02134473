"""The unordered stage: any number of workers read one stream through a consumer group.

A batch is one hop: the handler applies it at the destination (repeatable: what was applied before is
recognised), then `settle` acknowledges it at the source and writes the outcomes. Killed in between,
an entry is delivered again and repeats its outcome.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from dateline.metrics import BATCH_SECONDS, DEAD_LETTERS, DELETED, OUTCOMES
from dateline.stage import faults, scripts
from dateline.stage.dead_letters import Failure, dead_letter
from dateline.stage.entries import (
    START,
    Entry,
    bounded,
    last_of,
    mean_size,
    of_stream,
    padded_id,
    read_count,
    read_entries,
)
from dateline.stage.orphans import orphans
from dateline.stage.reader import Handler, Reader, Result, count_attempt, ensure_group, tidy, tidy_due

__all__ = ["Handler", "Reader", "Result", "ensure_group", "run", "turn"]

log = structlog.get_logger()

CLAIMED_AT_ONCE = 16  # entries that were too much for their worker come in small pages


async def turn(reader: Reader) -> int:
    """One round: pending entries when due, then new ones. Returns the entries handled.

    Raises:
        RedisError, OSError: the server's fault; call again after a pause.
    """
    handled = 0
    if time.monotonic() >= reader.claim_due:
        handled += await _handle_claimed(reader)
    entries = await _read(reader)
    for batch in bounded(entries, reader.settings.batch_entries, reader.settings.batch_bytes):
        await _handle(reader, batch)
        handled += len(batch)
    if tidy_due(reader):
        await tidy(reader)
    return handled


async def run(reader: Reader, stop: asyncio.Event, may_read: Callable[[], Awaitable[bool]]) -> None:
    """Turn until `stop` is set; the server's faults are waited out, logged once each.

    While `may_read` says no (memory), nothing is read, but what may be trimmed is.
    """
    while not stop.is_set():
        reader.loop.turn()
        try:
            if reader.catch_up is not None:
                await ensure_group(reader)
                await reader.budget.load()
            if await may_read():
                await turn(reader)
            else:
                await _pause(reader)
        except Exception as error:
            if not faults.is_infrastructure(error):
                raise
            await _wait_out(reader, error)
        else:
            _note_recovery(reader)


async def _pause(reader: Reader) -> None:
    if tidy_due(reader):
        await tidy(reader)
    await asyncio.sleep(0.2)


async def _wait_out(reader: Reader, error: Exception) -> None:
    """Wait after a fault of the server; what this consumer holds is looked at again afterwards."""
    reader.catch_up = START
    if faults.is_missing_group(error):
        await asyncio.sleep(0.05)
        return
    reader.failures += 1
    reader.loop.failed(faults.in_words(error))
    if reader.failures == 1:
        log.warning("waiting for the server", stream=reader.stream, error=reader.loop.fault)
    await asyncio.sleep(faults.backoff(reader.failures))


def _note_recovery(reader: Reader) -> None:
    if reader.failures:
        log.info("recovered", stream=reader.stream)
        reader.failures = 0
        reader.loop.recovered()


async def _read(reader: Reader) -> list[Entry]:
    """New entries; after a fault first this consumer's own, which it holds without having settled."""
    count = read_count(reader.settings.batch_entries, reader.settings.batch_bytes, reader.mean_size)
    reply = await reader.redis.xreadgroup(
        reader.group, reader.consumer, {reader.stream: reader.catch_up or ">"}, count=count, block=500
    )
    if reader.catch_up is not None:
        reader.catch_up = last_of(reply)
    entries = of_stream(reply)
    reader.mean_size = mean_size(reader.mean_size, entries)
    return entries


async def _handle(reader: Reader, batch: Sequence[Entry]) -> None:
    """Apply a batch; if it raises, entry by entry, so that one cannot cost the others."""
    started = time.monotonic()
    try:
        results = await reader.handler(batch)
    except Exception as error:
        if faults.is_infrastructure(error):
            raise
        for entry in batch:
            await _handle_alone(reader, entry, attempts=None)
        return
    await _settle(reader, results)
    await reader.budget.done(len(batch))
    seconds = time.monotonic() - started
    BATCH_SECONDS.labels(reader.health.stage).observe(seconds)
    log.info(
        "batch",
        stream=reader.stream,
        entries=len(batch),
        first=batch[0].entry_id,
        last=batch[-1].entry_id,
        outcomes=dict(Counter(result.outcome for result in results)),
        seconds=round(seconds, 4),
    )


async def _handle_alone(reader: Reader, entry: Entry, attempts: int | None) -> None:
    """Apply one entry; a failure counts, and at the cap the entry becomes a dead letter."""
    try:
        results = await reader.handler([entry])
    except Exception as error:
        if faults.is_infrastructure(error):
            raise
        count = attempts or await count_attempt(reader, entry.entry_id)
        log.warning(
            "entry failed",
            stream=reader.stream,
            entry_id=entry.entry_id,
            attempts=count,
            error=faults.kind(error),
        )
        await reader.budget.failed(entry.entry_id, error)
        if count < reader.settings.max_attempts:
            return
        failure = Failure("unexpected_error", faults.in_words(error), count, traceback.format_exc())
        results = [Result(entry, "rejected", reason=failure.reason, failure=failure)]
    else:
        await reader.budget.done(1)
    await _settle(reader, results)


async def _handle_claimed(reader: Reader) -> int:
    """Take over what lies pending too long: failed entries, and those of consumers that died.

    Each is counted before it is run alone: an entry that ends the process is found out as well.
    """
    await _refund(reader)
    idle = int(reader.settings.claim_idle_seconds * 1000)
    ids = [] if reader.catch_up is None else await orphans(reader)
    for entry_id in ids:
        page: Any = await reader.redis.xrange(reader.stream, entry_id, entry_id)
        for entry in read_entries(page):
            await _handle_suspect(reader, entry)
    claimed: list[Entry] = []
    if not ids:
        _, reply, *gone = await reader.redis.xautoclaim(
            reader.stream, reader.group, reader.consumer, min_idle_time=idle, count=CLAIMED_AT_ONCE
        )
        claimed = read_entries(reply)
        await _report_deleted(reader, gone[0] if gone else ())
    for entry in claimed:
        await _handle_suspect(reader, entry)
    more = bool(ids or claimed)
    reader.claim_due = time.monotonic() + (0 if more else reader.settings.claim_idle_seconds / 2)
    return len(ids) + len(claimed)


async def _report_deleted(reader: Reader, ids: Sequence[bytes]) -> None:
    """Say loudly that somebody has deleted entries which were delivered, but not settled."""
    if ids:
        await scripts.run(reader.redis, "add", [reader.key("ledger")], ["deleted", len(ids)])
        reader.loop.deleted += len(ids)
        DELETED.labels(reader.stream).inc(len(ids))
        log.error(
            "entries deleted before they were processed",
            stream=reader.stream,
            count=len(ids),
            first=ids[0].decode(),
        )


async def _handle_suspect(reader: Reader, entry: Entry) -> None:
    reader.loop.turn()
    attempts = await count_attempt(reader, entry.entry_id)
    try:
        if attempts <= reader.settings.max_attempts or reader.budget.spent:
            await _handle_alone(reader, entry, attempts)
            return
        reason = f"the worker ended {attempts - 1} times while handling this entry"
        failure = Failure("poison", reason, attempts - 1)
        await _settle(reader, [Result(entry, "rejected", reason=reason, failure=failure)])
    except Exception as error:
        if faults.is_infrastructure(error):
            reader.refunds.append(entry.entry_id)
        raise


async def _refund(reader: Reader) -> None:
    """Take back the attempts that the server's faults have cost: they say nothing of the entries."""
    while reader.refunds:
        await count_attempt(reader, reader.refunds[-1], by=-1)
        reader.refunds.pop()


async def _settle(reader: Reader, results: Sequence[Result]) -> None:
    args: list[scripts.Argument] = [reader.group, reader.server]
    now_ms = int(time.time() * 1000)
    for result in results:
        letter: list[scripts.Argument] = []
        if result.failure is not None:
            fields = dead_letter(
                result.entry, result.failure, stream=reader.stream, stage=reader.health.stage, now_ms=now_ms
            )
            letter = [part for field in fields.items() for part in field]
        entry_id = result.entry.entry_id
        args += [entry_id, padded_id(entry_id), result.outcome, result.article_id, result.reason, len(letter)]
        args += letter
    names = [
        reader.stream,
        reader.key("outcomes"),
        reader.names.dead(reader.stream),
        *(reader.key(what) for what in ("settled", "ledger", "attempts")),
    ]
    answers = await scripts.run(reader.redis, "settle", names, args)
    reader.loop.batch()
    for result, answer in zip(results, answers, strict=True):
        if answer < 1:
            continue
        OUTCOMES.labels(result.outcome, result.failure.code if result.failure else result.reason).inc()
        if result.failure is not None:
            DEAD_LETTERS.labels(reader.health.stage, result.failure.code).inc()
