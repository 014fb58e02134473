"""The unordered stage: any number of workers read one stream through a consumer group.

A batch is one hop: the handler applies it at the destination (repeatable: what was applied before is
recognised), then `settle` acknowledges it at the source and writes the outcomes. Killed in between,
an entry is delivered again and repeats its outcome.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from dateline.metrics import BATCH_SECONDS, DEAD_LETTERS, OUTCOMES
from dateline.settings import Settings
from dateline.stage import faults, scripts
from dateline.stage.dead_letters import Failure, dead_letter
from dateline.stage.entries import START, Entry, bounded, of_stream, padded_id, read_count, split_id
from dateline.stage.health import Health
from dateline.stage.trim import trim_below
from dateline.streams import INGEST_GROUP, Names

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one entry; with a failure it is a dead letter."""

    entry: Entry
    outcome: str
    article_id: str = ""
    reason: str = ""
    failure: Failure | None = None


Handler = Callable[[Sequence[Entry]], Awaitable[list[Result]]]


@dataclass
class Reader:
    """One worker's place in one group-read stream."""

    redis: Redis
    settings: Settings
    names: Names
    stream: str
    consumer: str
    handler: Handler
    health: Health
    retain_seconds: int
    group: str = INGEST_GROUP
    settled_ids: list[str] = field(default_factory=list)
    mean_size: float = 64 * 1024.0
    catch_up: bool = True
    claim_due: float = 0.0
    tidy_due: float = 0.0

    def key(self, what: str) -> str:
        return self.names.beside(self.stream, what)


async def ensure_group(reader: Reader) -> None:
    """Create the group, from the first entry not known to be acknowledged.

    A group that vanished (XGROUP DESTROY) is created again at the floor; what lies above it and was
    settled before is recognised. If the whole stream vanished and its ids start below the floor, the
    floor belongs to the old stream and is dropped.
    """
    redis = reader.redis
    floor = (await redis.hget(reader.key("ledger"), "floor") or START.encode()).decode()  # type: ignore[misc]
    last = START
    if await redis.exists(reader.stream):
        last = (await redis.xinfo_stream(reader.stream))["last-generated-id"]
        last = last.decode() if isinstance(last, bytes) else last
    if split_id(last) < split_id(floor):
        await redis.delete(reader.key("settled"))
        await redis.hdel(reader.key("ledger"), "floor", "floor_padded")  # type: ignore[misc]
        floor = START
    try:
        await redis.xgroup_create(reader.stream, reader.group, id=floor, mkstream=True)
        log.info("group created", stream=reader.stream, group=reader.group, at=floor)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


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
    if time.monotonic() >= reader.tidy_due:
        await _tidy(reader)
    return handled


async def run(reader: Reader, stop: asyncio.Event, may_read: Callable[[], Awaitable[bool]]) -> None:
    """Turn until `stop` is set; the server's faults are waited out, logged once each."""
    failures = 0
    while not stop.is_set():
        try:
            if failures == 0 and reader.catch_up:
                await ensure_group(reader)
            reader.health.turn()
            if not await may_read():
                await asyncio.sleep(0.5)
                continue
            await turn(reader)
            if failures:
                log.info("recovered", stream=reader.stream)
            failures, reader.health.fault = 0, None
        except Exception as error:
            if faults.is_missing_group(error):
                reader.catch_up = True
                await asyncio.sleep(0.05)
                await _recreate(reader)
                continue
            if not faults.is_infrastructure(error):
                raise
            failures += 1
            reader.catch_up = True
            reader.health.fault = faults.in_words(error)
            if failures == 1:
                log.warning("waiting for the server", stream=reader.stream, error=reader.health.fault)
            await asyncio.sleep(faults.backoff(failures))
            failures = 0 if await _answers(reader) else failures


async def _recreate(reader: Reader) -> None:
    try:
        await ensure_group(reader)
    except Exception as error:
        if not faults.is_infrastructure(error):
            raise


async def _answers(reader: Reader) -> bool:
    try:
        return bool(await reader.redis.ping())  # type: ignore[misc]
    except Exception as error:
        if not faults.is_infrastructure(error):
            raise
        reader.health.turn()
        return False


async def _read(reader: Reader) -> list[Entry]:
    """New entries; after a fault first this consumer's own, which it holds without having settled."""
    count = read_count(reader.settings.batch_entries, reader.settings.batch_bytes, reader.mean_size)
    position = "0" if reader.catch_up else ">"
    reply = await reader.redis.xreadgroup(
        reader.group, reader.consumer, {reader.stream: position}, count=count, block=500
    )
    entries = of_stream(reply)
    if reader.catch_up and not entries:
        reader.catch_up = False
    if entries:
        mean = sum(entry.size for entry in entries) / len(entries)
        reader.mean_size = max(mean, 0.8 * reader.mean_size + 0.2 * mean)
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
    BATCH_SECONDS.labels(reader.health.stage).observe(time.monotonic() - started)


async def _handle_alone(reader: Reader, entry: Entry, attempts: int | None) -> None:
    """Apply one entry; a failure counts, and at the cap the entry becomes a dead letter."""
    try:
        results = await reader.handler([entry])
    except Exception as error:
        if faults.is_infrastructure(error):
            raise
        count = attempts or int(await reader.redis.hincrby(reader.key("attempts"), entry.entry_id, 1))  # type: ignore[misc]
        log.warning("entry failed", stream=reader.stream, entry_id=entry.entry_id, attempts=count)
        if count < reader.settings.max_attempts:
            return
        failure = Failure("unexpected_error", faults.in_words(error), count, traceback.format_exc())
        results = [Result(entry, "rejected", reason=failure.reason, failure=failure)]
    await _settle(reader, results)


async def _handle_claimed(reader: Reader) -> int:
    """Take over what lies pending too long: failed entries, and those of consumers that died.

    Each is counted before it is run alone: an entry that ends the process is found out as well.
    """
    idle = int(reader.settings.claim_idle_seconds * 1000)
    _, claimed, *_ = await reader.redis.xautoclaim(
        reader.stream, reader.group, reader.consumer, min_idle_time=idle, count=reader.settings.batch_entries
    )
    entries = [Entry(raw_id.decode(), fields) for raw_id, fields in claimed if fields]
    for entry in entries:
        attempts = int(await reader.redis.hincrby(reader.key("attempts"), entry.entry_id, 1))  # type: ignore[misc]
        if attempts > reader.settings.max_attempts:
            reason = f"the worker ended {attempts - 1} times while handling this entry"
            failure = Failure("poison", reason, attempts - 1)
            await _settle(reader, [Result(entry, "rejected", reason=reason, failure=failure)])
        else:
            await _handle_alone(reader, entry, attempts)
        reader.health.turn()
    reader.claim_due = time.monotonic() + (0 if entries else reader.settings.claim_idle_seconds / 2)
    return len(entries)


async def _settle(reader: Reader, results: Sequence[Result]) -> None:
    args: list[scripts.Argument] = [reader.group]
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
    await scripts.run(reader.redis, "settle", names, args)
    reader.settled_ids += [result.entry.entry_id for result in results]
    reader.health.batch()
    for result in results:
        OUTCOMES.labels(result.outcome).inc()
        if result.failure is not None:
            DEAD_LETTERS.labels(reader.health.stage, result.failure.code).inc()


async def _tidy(reader: Reader) -> None:
    """Raise the floor, trim what is acknowledged and old, drop the names of dead consumers."""
    reader.tidy_due = time.monotonic() + reader.settings.trim_seconds
    floor = await acknowledged_floor(reader)
    await scripts.run(
        reader.redis, "floor", [reader.key("ledger"), reader.key("settled")], [floor, padded_id(floor)]
    )
    seconds, micros = await reader.redis.time()
    now_ms = seconds * 1000 + micros // 1000
    oldest = now_ms - reader.retain_seconds * 1000
    await trim_below(reader.redis, reader.stream, min((oldest, 0), _above(floor)))
    settings = reader.settings
    await trim_below(
        reader.redis, reader.key("outcomes"), (now_ms - settings.retain_outcomes_seconds * 1000, 0)
    )
    dead = reader.names.dead(reader.stream)
    await trim_below(reader.redis, dead, (now_ms - settings.retain_dead_seconds * 1000, 0))
    idle = int(settings.claim_idle_seconds * 10_000)
    for consumer in await reader.redis.xinfo_consumers(reader.stream, reader.group):
        name = consumer["name"].decode() if isinstance(consumer["name"], bytes) else consumer["name"]
        if name != reader.consumer and consumer["pending"] == 0 and consumer["idle"] >= idle:
            await scripts.run(reader.redis, "forget_consumer", [reader.stream], [reader.group, name, idle])


async def acknowledged_floor(reader: Reader) -> str:
    """The greatest id of which it is sure that it and all before it are acknowledged."""
    groups = await reader.redis.xinfo_groups(reader.stream)
    mine = next(group for group in groups if group["name"] in (reader.group, reader.group.encode()))
    delivered = mine["last-delivered-id"]
    pending = await reader.redis.xpending(reader.stream, reader.group)
    if not pending["pending"]:
        return delivered.decode() if isinstance(delivered, bytes) else str(delivered)
    milliseconds, sequence = split_id(pending["min"].decode())
    return f"{milliseconds}-{sequence - 1}" if sequence else f"{milliseconds - 1}-{2**63 - 1}"


def _above(entry_id: str) -> tuple[int, int]:
    milliseconds, sequence = split_id(entry_id)
    return milliseconds, sequence + 1
