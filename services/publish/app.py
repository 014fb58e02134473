"""The publish service: per shard, fold story changes into drafts and publish versions from them."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import structlog
from redis.asyncio import Redis

from dateline import tracing
from dateline.articles import ControlAct
from dateline.changes import StoryChange
from dateline.metrics import EVENTS, PUBLISH_DELAY
from dateline.settings import Settings
from dateline.stage import ordered
from dateline.stage.commits import Commit
from dateline.stage.entries import Entry, split_id
from dateline.stage.service import Shell, writer_for
from dateline.stage.trim import trim_applied, trim_below, trim_read
from dateline.stage.writer import InvalidEntry
from services.publish import delivery, store
from services.publish.causes import Causes
from services.publish.desk import Desk
from services.publish.drafts import MissingArticle
from services.publish.generated import Words, is_extractive, read_generated
from services.publish.incoming import NotOurs, parse_act, parse_change, peek, stories_of
from services.publish.llm_writer import LlmWriter, llm_writer
from services.publish.packing import Keys, keys_of, unpack_event
from services.publish.prompt import question
from services.publish.publishing import Rules, apply_change, due, publish, rerate, rewrite
from services.publish.ratings_load import add_chunk, in_force, read_chunk, read_loads
from services.publish.versions import next_epoch

log = structlog.get_logger()

STORIES_A_STEP = 64
IDLE_SECONDS = 0.5
# Among the lost writes may be an epoch raised a moment ago: the seconds it was made of must have passed, or
# its number would be given out again.
EPOCH_APART_SECONDS = 2.1
# In memory between batches, about 20 KB an article.
DRAFTS_KEPT, ARTICLES_KEPT, LOOK_SECONDS = 2_000, 12_000, 1.0


@dataclass
class PublishWork:
    """Publish on the ordered stage, for one shard."""

    redis: Redis
    settings: Settings
    shard: str
    stage: str = "publish"
    desk: Desk = field(default_factory=Desk)
    parsed: dict[str, StoryChange] = field(default_factory=dict)
    causes: Causes = field(default_factory=Causes)
    made: Counter[str] = field(default_factory=Counter)  # events by kind, since the last commit
    llm: LlmWriter | None = None
    looked: float = 0.0  # when the size of memory was looked at

    @cached_property
    def keys(self) -> Keys:
        return keys_of(self.settings.names, self.shard)

    @cached_property
    def rules(self) -> Rules:
        settings = self.settings
        return Rules(
            settings.names,
            self.shard,
            settings.publish_min_publishers,
            settings.publish_settle_seconds,
            settings.config_hash,
        )

    def source(self, shard: str) -> str:
        return self.settings.names.stories(shard)

    def destination(self, shard: str) -> None:
        """None in the shard: events go out through the outbox."""

    async def load(self, shard: str) -> None:  # noqa: ARG002  # the stage's protocol names it
        """Load what is small and always needed; drafts are fetched as they are touched."""
        self.desk = desk = Desk()
        self.made.clear()
        meta: Any = await self.redis.hgetall(self.keys.meta)
        desk.sequence = int(meta.get(b"sequence", 0))
        desk.jump = int(meta.get(b"jump", 0))
        cursor = meta.get(b"resend_after", b"-").decode()
        desk.resend_after = None if cursor == "-" else cursor
        stored: Any = await self.redis.hgetall(self.keys.ratings)
        desk.loads = read_loads(stored)
        desk.ratings = await asyncio.to_thread(in_force, desk.loads, stored)
        async for story_id, value in self.redis.hscan_iter(self.keys.seen, count=2000):
            desk.seen[story_id.decode()] = json.loads(value)
        await self._settle_epoch(meta)
        outbox: Any = await self.redis.hgetall(self.keys.outbox)
        desk.outbox = [unpack_event(event) for _, event in sorted(outbox.items())]
        now = time.monotonic()
        desk.dirty = {story: (now, now) for story, (_, _, pending) in desk.seen.items() if pending}
        for story in desk.dirty:
            desk.due.note(story, now)

    async def _settle_epoch(self, meta: dict[bytes, bytes]) -> None:
        """Raise the epoch when the server may have lost acknowledged writes since the last commit."""
        replication, always = await store.server_identity(self.redis)
        known = meta.get(b"replication", b"").decode()
        lost = bool(known) and known != replication and not always
        old = int(meta.get(b"epoch", 0))
        if lost:
            await asyncio.sleep(EPOCH_APART_SECONDS)
        self.desk.epoch = next_epoch(old, lost, int(time.time()))
        if self.desk.epoch != old and old:
            log.warning("epoch raised", shard=self.shard, old=old, new=self.desk.epoch)
        if self.desk.epoch != old or known != replication:
            self.desk.meta |= {"epoch": str(self.desk.epoch), "replication": replication}

    async def gather(self, entries: Sequence[Entry]) -> None:
        """Fetch the drafts, records and moving members that a batch touches."""
        self._forget_what_moved()
        self.parsed = {entry.entry_id: change for entry in entries if (change := peek(entry)) is not None}
        changes = list(self.parsed.values())
        await self._fetch({story for change in changes for story in stories_of(change)})
        moving = {one.article_id for change in changes for one in change.joined if one.article is None}
        self.desk.held |= await store.fetch_members(self.redis, self.keys, sorted(moving))

    def _forget_what_moved(self) -> None:
        """Nothing is held but what a batch moves; which drafts are kept is looked at once a second."""
        self.desk.held = {}
        if time.monotonic() >= self.looked + LOOK_SECONDS:
            self.looked = time.monotonic()
            self.desk.keep_small(DRAFTS_KEPT, ARTICLES_KEPT)

    async def _fetch(self, stories: Iterable[str]) -> None:
        desk = self.desk
        known = sorted(story for story in stories if story in desk.seen and story not in desk.drafts)
        desk.drafts |= await store.fetch_drafts(self.redis, self.keys, known)
        desk.records |= await store.fetch_records(self.redis, self.keys, known)

    async def apply(self, entry: Entry, step: int) -> bool:
        with tracing.consuming(self.stage, self.source(self.shard), [entry]) as traces:
            try:
                return await self._apply(entry, step, traces.header(entry.entry_id))
            except (NotOurs, MissingArticle) as error:
                raise InvalidEntry(str(error)) from error

    async def _apply(self, entry: Entry, step: int, trace: str) -> bool:
        if entry.fields.get(b"kind") == b"act":
            return await self._apply_act(parse_act(entry), step)
        if entry.fields.get(b"kind") == b"tick":
            return True  # silence has a length too: what is old is trimmed and forgotten by it
        change = self.parsed.get(entry.entry_id) or parse_change(entry)
        if change.story_id in self.desk.seen and change.story_id not in self.desk.drafts:
            raise RuntimeError(f"the draft of {change.story_id} was not gathered")
        self.causes.note(change.story_id, trace)
        before = self.desk.sequence
        apply_change(self.desk, self.rules, change, time.monotonic())
        self._count_events(self.desk.sequence - before)
        return True

    def _count_events(self, count: int) -> None:
        for event in self.desk.outbox[len(self.desk.outbox) - count :]:
            self.made[event["type"].split(".")[2]] += 1
            self._trace(event)
            if self.llm is not None:
                self._offer(self.llm, event["subject"])

    def _trace(self, event: dict[str, str]) -> None:
        """End the traces that led to an event in it, and let it carry the last (a CloudEvents extension)."""
        causes = self.causes.take(event["subject"])
        header = tracing.published(self.settings.names.published, event, causes)
        if header:
            event[tracing.FIELD] = header

    def _offer(self, llm: LlmWriter, story: str) -> None:
        """Let the language model write a story that has just been published; nothing waits for it."""
        record, draft = self.desk.records[story], self.desk.drafts[story]
        if record.publisher_count >= self.settings.llm_min_publishers and is_extractive(record):
            words = Words(headline=record.headline, summary=record.summary, key_points=record.key_points)
            llm.offer(question(story, words, draft.members, record.language))

    async def _apply_act(self, act: ControlAct, step: int) -> bool:
        """A ratings load is in force from its last chunk on; then it touches all published stories."""
        desk = self.desk
        if act.act == "erase":
            desk.raise_epoch(next_epoch(desk.epoch, True, int(time.time())))
        if act.act == "generated":
            await self._take_text(act)
        if act.act != "ratings":
            return True
        if step == 0 and not await self._add_ratings(act):
            return True
        # All stories, for the steps of one act must cut the same list: what is published may grow in between.
        stories = sorted(desk.seen)
        some = [
            story
            for story in stories[step * STORIES_A_STEP : (step + 1) * STORIES_A_STEP]
            if desk.published(story)
        ]
        await self._fetch(some)
        before = desk.sequence
        for story in some:
            rerate(desk, self.rules, desk.drafts[story], time.monotonic())
        self._count_events(desk.sequence - before)
        return (step + 1) * STORIES_A_STEP >= len(stories)

    async def _take_text(self, act: ControlAct) -> None:
        """A generated text is kept with its story; whether it is printed is decided when that is composed."""
        try:
            text = read_generated(act.body)
        except ValueError as error:
            raise InvalidEntry(str(error)) from error
        await self._fetch([text.story_id])
        if text.story_id in self.desk.drafts:
            before = self.desk.sequence
            rewrite(self.desk, self.rules, self.desk.drafts[text.story_id], text, time.monotonic())
            self._count_events(self.desk.sequence - before)

    async def _add_ratings(self, act: ControlAct) -> bool:
        """Take in a chunk of ratings; whether its load is now in force."""
        desk = self.desk
        try:
            chunk = read_chunk(act.body)
        except ValueError as error:
            raise InvalidEntry(str(error)) from error
        desk.loads, writes, complete = add_chunk(desk.loads, chunk)
        desk.new_ratings |= writes
        if complete:
            uncommitted = {k.encode(): v for k, v in desk.new_ratings.items() if isinstance(v, bytes)}
            stored: Any = await self.redis.hgetall(self.keys.ratings)
            # In a thread: a large load takes seconds, and the lease must be renewed meanwhile.
            desk.ratings = await asyncio.to_thread(in_force, desk.loads, stored | uncommitted)
        return complete

    async def between(self) -> float:
        """Publish what is due; say when the next may be (seconds)."""
        desk, now = self.desk, time.monotonic()
        await delivery.resend_some(self.redis, self.settings, self.shard, desk)
        ready = desk.due.take(now, STORIES_A_STEP, partial(due, desk, self.rules))
        await self._fetch(ready)
        before = desk.sequence
        for story in ready:
            PUBLISH_DELAY.observe(now - desk.dirty[story][0])
            publish(desk, self.rules, desk.drafts[story])
            if desk.is_dirty(story):  # it waits for the rest of a merge or split
                desk.due.note(story, now + IDLE_SECONDS)
        self._count_events(desk.sequence - before)
        return IDLE_SECONDS if desk.due.next is None else max(0.001, desk.due.next - now)

    def take(self, commit: Commit) -> None:
        self.desk.take(commit, self.keys)

    async def delivered(self) -> None:
        """Forward the outbox."""
        for kind, count in self.made.items():
            EVENTS.labels(kind).inc(count)
        self.made.clear()
        await delivery.forward(self.redis, self.settings, self.shard, self.desk)

    async def tidy(self, position: str, pressed: bool) -> None:
        """Trim what is applied or old, forget stories that have been silent beyond retention."""
        settings, names = self.settings, self.settings.names
        milliseconds, sequence = split_id(position)
        stream = self.source(self.shard)
        oldest = milliseconds - settings.retain_stories_seconds * 1000
        await trim_applied(self.redis, stream, (oldest, 0), (milliseconds, sequence), pressed)
        dead = milliseconds - settings.retain_dead_seconds * 1000
        await trim_below(self.redis, names.dead(stream), (dead, 0))
        now_ms = int((await self.redis.time())[0]) * 1000
        least = (now_ms - settings.retain_published_seconds * 1000, 0)
        await trim_read(self.redis, names.published, least, now_ms, pressed)
        await self._forget(milliseconds - settings.forget_after_seconds * 1000)
        await delivery.check(self.redis, names, self.shard, self.desk)

    async def _forget(self, before_ms: int) -> None:
        old = sorted(story for story, (updated, _, _) in self.desk.seen.items() if updated < before_ms)
        for story in old[:STORIES_A_STEP]:
            await self._fetch([story])
            self.desk.forget(story)
            await self.redis.zrem(self.settings.names.index, story)


def start(shell: Shell) -> list[asyncio.Task[None]]:
    """One task a shard: write it, or stand by; and the language model's, where one is set."""
    llm = llm_writer(shell.redis, shell.settings)
    works = [PublishWork(shell.redis, shell.settings, shard, llm=llm) for shard in shell.shards]
    writers = [writer_for(shell, work, work.shard) for work in works]
    tasks = [asyncio.create_task(ordered.run(writer, shell.stop)) for writer in writers]
    return [*tasks, asyncio.create_task(llm.run(shell.stop))] if llm else tasks
