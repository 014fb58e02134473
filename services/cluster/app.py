"""The cluster service: per shard, read clean articles by position and decide their stories."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from redis.asyncio import Redis

from dateline import tracing
from dateline.articles import Article, ControlAct, LogEntry, from_ms, read_log_entry, to_ms
from dateline.changes import act_fields, change_fields
from dateline.metrics import DECISIONS, LIVE_STORIES
from dateline.settings import PREFIX, Settings, SettingsError
from dateline.stage import ordered
from dateline.stage.commits import Commit
from dateline.stage.entries import Entry, split_id
from dateline.stage.service import Shell, writer_for
from dateline.stage.trim import trim_applied, trim_below
from dateline.stage.writer import InvalidEntry
from dateline.streams import Names
from services.cluster import clusterer
from services.cluster.encoder import Encoder, load_encoder
from services.cluster.parameters import Parameters, overridden
from services.cluster.store import load_collections, put_writes

log = structlog.get_logger()

PASSED_ON = frozenset({"ratings", "generated"})
ERASE = "erase"  # carried out here, and then by publish


@dataclass
class ClusterWork:
    """Cluster on the ordered stage, for one shard."""

    redis: Redis
    settings: Settings
    names: Names
    parameters: Parameters
    encoder: Encoder | None = None
    stage: str = "cluster"
    shard: str = ""
    state: clusterer.State | None = None
    outgoing: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    read: dict[str, LogEntry] = field(default_factory=dict)  # what the batch holds, by entry
    prepared: dict[str, clusterer.Prepared] = field(default_factory=dict)  # by entry
    decided: Counter[str] = field(default_factory=Counter)  # by reason, since the last commit

    def source(self, shard: str) -> str:
        return self.names.articles(shard)

    def destination(self, shard: str) -> str:
        return self.names.stories(shard)

    async def load(self, shard: str) -> None:
        """Load the whole state; in a thread, for the lease must be renewed meanwhile."""
        stored = await load_collections(self.redis, self.names, shard)
        self.shard, self.outgoing, self.decided = shard, [], Counter()
        self.state = await asyncio.to_thread(clusterer.load_state, shard, self.parameters, stored)
        LIVE_STORIES.labels(shard).set(len(self.state.by_birth))

    async def gather(self, entries: Sequence[Entry]) -> None:
        """Nothing to fetch: the state is in memory. Articles are prepared together, which is faster."""
        self.prepared, self.read = {}, {}
        for entry in entries:
            with contextlib.suppress(InvalidEntry):  # `apply` says why, in its place
                self.read[entry.entry_id] = parse(entry)
        articles = {key: parsed.article for key, parsed in self.read.items() if parsed.article is not None}
        try:
            if self.encoder is None:
                ready = self._ready(list(articles.values()))
            else:  # takes its time, and the lease must be renewed meanwhile
                ready = await asyncio.to_thread(self._ready, list(articles.values()))
        except Exception:  # noqa: BLE001  # one of them cannot be: `apply` meets it alone, in its place
            return
        self.prepared = dict(zip(articles, ready, strict=True))

    def _ready(self, articles: Sequence[Article]) -> list[clusterer.Prepared]:
        prepared = clusterer.prepare_batch(articles, self.parameters)
        return self.encoder.with_vectors(articles, prepared) if self.encoder else prepared

    async def apply(self, entry: Entry, step: int) -> bool:  # noqa: ARG002  # the stage's protocol names it
        with tracing.consuming(self.stage, self.source(self.shard), [entry]) as traces:
            return self._apply(entry, traces.fields(entry.entry_id))

    def _apply(self, entry: Entry, trace: Mapping[str, str]) -> bool:
        assert self.state is not None
        parsed = self.read.get(entry.entry_id) or parse(entry)
        if parsed.control is not None and parsed.control.act in PASSED_ON:
            self._pass_on(parsed.control, entry, trace)
            return True
        ready = self.prepared.get(entry.entry_id)
        if ready is None and parsed.article is not None:
            (ready,) = self._ready([parsed.article])
        try:
            applied = clusterer.apply(self.state, parsed, ready)
        except clusterer.ActRefused as error:
            raise InvalidEntry(str(error), code="act_refused") from error
        if applied.done and parsed.control is not None and parsed.control.act == ERASE:
            self._pass_on(
                parsed.control, entry, trace
            )  # before its changes: they go out under the epoch it raises
        for change in applied.changes:
            self.outgoing.append((to_ms(change.logical_time), {**change_fields(change), **trace}))
            for reason in change.reasons:
                self.decided[reason] += 1
        if parsed.kind == "tick" and applied.done:
            self.outgoing.append((self.state.clock, {"kind": "tick"}))  # publish's time goes on as well
        return applied.done

    def _pass_on(self, act: ControlAct, entry: Entry, trace: Mapping[str, str]) -> None:
        assert self.state is not None
        now = self.state.clock
        self.outgoing.append((now, {**act_fields(act, entry.entry_id, from_ms(now)), **trace}))

    async def between(self) -> float:
        return 0.5

    def take(self, commit: Commit) -> None:
        assert self.state is not None
        put_writes(commit, self.names, self.shard, clusterer.take_writes(self.state))
        stream = self.names.stories(self.shard)
        for milliseconds, fields in self.outgoing:
            commit.append(stream, milliseconds, fields)
        self.outgoing = []

    async def delivered(self) -> None:
        assert self.state is not None
        LIVE_STORIES.labels(self.shard).set(len(self.state.by_birth))
        for reason, count in self.decided.items():
            DECISIONS.labels(reason).inc(count)
        self.decided.clear()

    async def tidy(self, position: str, pressed: bool) -> None:
        """Trim the shard's log below what is applied and older than retention (by the log's own time)."""
        milliseconds, sequence = split_id(position)
        oldest = milliseconds - self.settings.retain_articles_seconds * 1000
        applied = (milliseconds, sequence)
        await trim_applied(self.redis, self.source(self.shard), (oldest, 0), applied, pressed)
        dead = self.names.dead(self.source(self.shard))
        await trim_below(self.redis, dead, (milliseconds - self.settings.retain_dead_seconds * 1000, 0))


def parse(entry: Entry) -> LogEntry:
    """A log entry of the shard.

    Raises:
        InvalidEntry: it is not one that ingest writes.
    """
    try:
        return read_log_entry(entry.entry_id, entry.fields)
    except ValueError as error:
        raise InvalidEntry(str(error)[:500]) from error


def parameters_from(settings: Settings) -> Parameters:
    """The clustering parameters in force: defaults, what the settings override, those that are settings.

    Raises:
        SettingsError: an override names no parameter, or has a value of another kind.
    """
    own: dict[str, int | str] = {
        "dense_hash": settings.dense_hash.lower(),
        "public_from": settings.publish_min_publishers,
        "settle_after": settings.settle_after_seconds * 1000,
        "close_after": settings.close_after_seconds * 1000,
        "forget_after": settings.forget_after_seconds * 1000,
    }
    try:
        return overridden(Parameters(), settings.cluster_parameters, own)
    except ValueError as error:
        raise SettingsError(f"{PREFIX}CLUSTER_PARAMETERS: {error}") from error


def start(shell: Shell) -> list[asyncio.Task[None]]:
    """One task a shard: write it, or stand by."""
    parameters = parameters_from(shell.settings)
    encoder = load_encoder(shell.settings.dense_model, shell.settings.dense_hash)

    def work() -> ClusterWork:
        return ClusterWork(shell.redis, shell.settings, shell.settings.names, parameters, encoder)

    writers = [writer_for(shell, work(), shard) for shard in shell.shards]
    return [asyncio.create_task(ordered.run(writer, shell.stop)) for writer in writers]
