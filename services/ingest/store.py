"""Ingest's side of Redis: what was accepted, in which shard an identity lives, the shards' clocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from dateline.articles import ControlAct, Retraction
from dateline.settings import Settings, shard_for
from dateline.stage import scripts
from dateline.stage.entries import Entry, split_id
from dateline.streams import Names
from services.ingest.clean import Cleaned

PACKAGE = "services.ingest"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A cleaned entry on its way into a shard; `trace` is the context of its span (empty: none)."""

    raw_id: str
    arrived: int
    cleaned: Cleaned
    trace: str = ""


@dataclass
class Store:
    """The keys ingest writes in the shards."""

    redis: Redis
    settings: Settings
    names: Names

    def of(self, shard: str, what: str) -> str:
        return self.names.of_shard("ingest", shard, what)


async def server_time(store: Store) -> int:
    """The server's clock, ms: arrival times never lie ahead of it."""
    seconds, micros = await store.redis.time()
    return int(seconds) * 1000 + int(micros) // 1000


async def home_shards(store: Store, arrivals: Sequence[Arrival]) -> list[str]:
    """The shard of each arrival: its identity's home, claimed by its first accepted revision."""
    shards = store.settings.shard_map
    if len(shards) == 1:
        return list(shards) * len(arrivals)
    before = await _known_homes(store, arrivals)
    calls: list[tuple[list[str], list[scripts.Argument]]] = []
    for arrival in arrivals:
        article_id = arrival.cleaned.article_id
        wanted = before.get(article_id) or shard_for(arrival.cleaned.language, shards)
        calls.append(([store.names.home(article_id)], [wanted, _kept(store)]))
    homes = [answer.decode() for answer in await scripts.run_each(store.redis, "home", calls, PACKAGE)]
    return [home if home in shards else shard_for(None, shards) for home in homes]


async def home_shard(store: Store, article_id: str) -> str | None:
    """Where an identity lives; None where it has no home (any more)."""
    shards = list(store.settings.shard_map)
    if len(shards) == 1:
        return shards[0]
    claimed = await store.redis.get(store.names.home(article_id))
    if claimed is not None:
        home = claimed.decode() if isinstance(claimed, bytes) else str(claimed)
        return home if home in shards else None
    held = await _exist(store, [store.names.identity(shard, article_id) for shard in shards])
    return next((shard for shard, holds in zip(shards, held, strict=True) if holds), None)


async def _known_homes(store: Store, arrivals: Sequence[Arrival]) -> dict[str, str]:
    """Where identities already live that have claimed no home: those from when there was one shard."""
    ids = list(dict.fromkeys(arrival.cleaned.article_id for arrival in arrivals))
    claims = await _exist(store, [store.names.home(article_id) for article_id in ids])
    unclaimed = [article_id for article_id, claimed in zip(ids, claims, strict=True) if not claimed]
    places = [(article_id, shard) for article_id in unclaimed for shard in store.settings.shard_map]
    held = await _exist(store, [store.names.identity(shard, article_id) for article_id, shard in places])
    return {article_id: shard for (article_id, shard), holds in zip(places, held, strict=True) if holds}


async def _exist(store: Store, keys: Sequence[str]) -> list[bool]:
    pipe = store.redis.pipeline(transaction=False)
    for key in keys:
        pipe.exists(key)
    return [bool(answer) for answer in await pipe.execute()]


async def accept(store: Store, shard: str, arrivals: Sequence[Arrival]) -> list[tuple[str, str]]:
    """Apply arrivals in a shard; (outcome, reason) of each, the same again when applied before."""
    keys = [store.names.articles(shard), store.of(shard, "applied"), store.of(shard, "ledger")]
    args: list[scripts.Argument] = [_kept(store)]
    for arrival in arrivals:
        keys.append(store.names.identity(shard, arrival.cleaned.article_id))
        args += _item(arrival, len(keys))
    answers = await scripts.run(store.redis, "accept", keys, args, PACKAGE)
    words = [answer.decode() for answer in answers]
    return list(zip(words[::2], words[1::2], strict=True))


def _item(arrival: Arrival, key_index: int) -> list[scripts.Argument]:
    cleaned = arrival.cleaned
    usable = cleaned.status == "usable"
    expired = usable and cleaned.expires_at is not None and cleaned.expires_at <= arrival.arrived
    status = cleaned.status if not usable else "live" if cleaned.article else "bare"
    return [
        arrival.raw_id,
        key_index,
        status,
        int(expired),
        cleaned.content_hash,
        "" if cleaned.updated_at is None else max(0, cleaned.updated_at),
        cleaned.version or "",
        arrival.arrived,
        cleaned.article.model_dump_json(exclude_defaults=True) if cleaned.article else "{}",
        _retraction(cleaned, expired),
        arrival.trace,
    ]


def _retraction(cleaned: Cleaned, expired: bool) -> str:
    """What goes into the log if this entry ends the article (the script decides whether it does)."""
    status = "canceled" if cleaned.status == "canceled" else "withheld"
    if cleaned.status == "usable" and not expired:
        return "{}"
    reason = "expired" if cleaned.status == "usable" else cleaned.status
    return Retraction(article_id=cleaned.article_id, status=status, reason=reason).model_dump_json()


async def pass_on(
    store: Store, shard: str, acts: Sequence[tuple[Entry, ControlAct, str]], arrived: int
) -> None:
    """Append control acts, each with the context of its span (empty: none), to a shard's log."""
    keys = [store.names.articles(shard), store.of(shard, "applied"), store.of(shard, "ledger")]
    args: list[scripts.Argument] = []
    for entry, act, trace in acts:
        args += [entry.entry_id, min(arrived, entry.milliseconds), act.model_dump_json(), trace]
    await scripts.run(store.redis, "pass_on", keys, args, PACKAGE)


async def tick(store: Store, shard: str) -> bool:
    """Let an idle shard's clock tick; True if this call made the tick."""
    keys = [store.names.articles(shard), store.of(shard, "ledger")]
    return bool(
        await scripts.run(store.redis, "tick", keys, [int(store.settings.tick_seconds * 1000)], PACKAGE)
    )


async def forget_acknowledged(
    store: Store, shard: str, floor: tuple[int, int], control: tuple[int, int]
) -> None:
    """Drop remembered outcomes of entries at or below the acknowledged floors: never delivered again."""
    gone = []
    async for name, _ in store.redis.hscan_iter(store.of(shard, "applied"), count=1000):
        text = name.decode()
        is_control = text.startswith("control ")
        limit = control if is_control else floor
        if split_id(text.removeprefix("control ")) <= limit:
            gone.append(name)
    for start in range(0, len(gone), 1000):
        await store.redis.hdel(store.of(shard, "applied"), *gone[start : start + 1000])


def _kept(store: Store) -> int:
    return store.settings.forget_after_seconds
