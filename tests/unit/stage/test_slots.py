"""On a Redis Cluster a script may touch one hash slot only: the slot of every script's keys, computed."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from redis.crc import key_slot

from dateline.articles import ControlAct
from dateline.feeds import Feed
from dateline.settings import Settings
from dateline.stage import scripts, trim
from dateline.stage.commits import Commit
from dateline.stage.entries import Entry
from dateline.stage.health import Health
from dateline.stage.lease import Lease
from dateline.stage.memory import MemoryMark
from dateline.stage.reader import Reader, Result, audit, count_attempt, ensure_group
from dateline.stage.unordered import _report_deleted, _settle
from dateline.stage.writer import Writer, send
from dateline.stage.writer import audit as audit_position
from services.cluster.store import COLLECTIONS, collection_key
from services.feeds import store as feeds
from services.ingest import store as ingest
from services.ingest.clean import clean
from services.ingest.publishers import default_registry
from services.publish import store as publish
from services.publish.packing import keys_of
from tests.conftest import ROOT

ANSWERS: dict[str, Any] = {
    "accept": [b"accepted", b""] * 2,
    "claim": [],
    "commit": [b"committed", b""],
    "forward": [1],
    "home": b"rest",
    "index": 1,
    "latest": 1,
    "lease": [b"me", b"1"],
    "settle": [1],
}


MAY_BE_REFUSED = ("llm_writer.py",)  # a text that is not written now is asked for again


class Server:
    """Stands where the server is: it notes which script is run on which keys."""

    def __init__(self) -> None:
        self.calls: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        self.names = {scripts._digest(*_parts(path)): path.stem for path in all_scripts()}

    async def evalsha(self, digest: str, count: int, *rest: Any) -> Any:
        return self.note(digest, count, *rest)

    def note(self, digest: str, count: int, *rest: Any) -> Any:
        name = self.names[digest]
        self.calls[name].append(tuple(str(key) for key in rest[:count]))
        return ANSWERS.get(name, 0)

    def pipeline(self, **_: Any) -> Pipeline:
        return Pipeline(self)

    async def info(self, *_: Any) -> dict[str, str]:
        return {}

    async def hget(self, *_: Any) -> None: ...
    async def exists(self, *_: Any) -> int:
        return 0


class Pipeline:
    """Commands of a pipeline: scripts are noted, anything else finds nothing."""

    def __init__(self, server: Server) -> None:
        self.server, self.answers = server, []

    def evalsha(self, *call: Any) -> None:
        self.answers.append(self.server.note(*call))

    def exists(self, *_: Any) -> None:
        self.answers.append(0)

    async def execute(self) -> list[Any]:
        return self.answers


def all_scripts() -> list[Path]:
    """Those that are run; `_NAME.lua` is a part of others."""
    found = [*ROOT.glob("dateline/**/*.lua"), *ROOT.glob("services/**/*.lua")]
    return sorted(path for path in found if not path.name.startswith("_"))


def _parts(path: Path) -> tuple[str, str]:
    return ".".join(path.relative_to(ROOT).parts[:-2]), path.stem


async def run_all(namespace: str) -> dict[str, list[tuple[str, ...]]]:
    """Everything that runs a script, once each, with two shards."""
    server: Any = Server()
    settings = Settings(namespace=namespace, shards="europe=de;rest=*")
    names = settings.names
    await _read(server, settings, names.raw)
    await _read(server, settings, names.control)
    await _write(server, settings)
    store = ingest.Store(server, settings, names)
    fields = {b"title": b"A bridge opens", b"url": b"https://a.example/1"}
    cleaned = clean(fields, arrived=1, registry=default_registry())
    arrivals = [ingest.Arrival(f"{at}-1", at, cleaned) for at in (1, 2)]
    await ingest.home_shards(store, arrivals)
    await ingest.accept(store, "rest", arrivals)
    await ingest.pass_on(store, "rest", [(Entry("1-1", {}), ControlAct(act="note"), "")], 1)
    await ingest.tick(store, "rest")
    event = {"id": "s-1:1", "subject": "s-1", "type": "dateline.story.created.v1"}
    event |= {"sequence": "1", "epoch": "1", "data": "{}"}
    await publish.forward(server, names, "rest", [event], 0)
    await publish.set_latest(server, names, "rest", [event], 1)
    await feeds.claim_due(server, names, 1)
    await feeds.add(server, names, [Feed(url="https://a.example/feed", added=1)])
    await feeds.save(server, names, Feed(url="https://a.example/feed", added=1), 1)
    return server.calls


async def _read(server: Any, settings: Settings, stream: str) -> None:
    async def handler(entries: Any) -> list[Result]:
        raise NotImplementedError

    names = settings.names
    reader = Reader(server, settings, names, stream, "me", handler, Health("ingest"), retain_seconds=1)
    await ensure_group(reader)
    await count_attempt(reader, "1-1")
    await _settle(reader, [Result(Entry("1-1", {}), "accepted")])
    keys = [reader.key("ledger"), reader.key("settled")]
    await scripts.run(server, "floor", keys, [])
    await scripts.run(server, "forget_consumer", [stream], [])
    await _report_deleted(reader, [b"1-1"])
    await audit(reader)
    await scripts.run(server, "backlog", [stream], [])
    for trimmed in (stream, reader.key("outcomes"), names.dead(stream)):
        await trim.trim_below(server, trimmed, (1, 0))


async def _write(server: Any, settings: Settings) -> None:
    """The largest commits there can be: every key that cluster and publish hold in a shard."""
    names, shard = settings.names, "europe"
    held = {
        "cluster": [collection_key(names, shard, what) for what in COLLECTIONS],
        "publish": [getattr(keys_of(names, shard), what) for what in keys_of(names, shard).__slots__],
    }
    for stage, source in (("cluster", names.articles(shard)), ("publish", names.stories(shard))):
        ledger = names.of_shard(stage, shard, "ledger")
        lease = Lease(server, names.of_shard(stage, shard, "lease"), ledger, "me", 1.0, stage, shard)
        await lease.take()
        await scripts.run(server, "note", [ledger], [])

        work: Any = SimpleNamespace(stage=stage, source=lambda _, stream=source: stream)
        memory = MemoryMark(server, 1.0)
        writer = Writer(server, settings, names, shard, work, lease, Health(stage), memory)
        change = Commit("0-0")
        for key in held[stage]:
            change.put(key, "field", "value")
        if stage == "cluster":
            change.append(names.stories(shard), 1, {"kind": "change"})
        change.bury(names.dead(source), "1-1", {b"code": b"x"})
        await send(writer, change, "1-1", 0)
        await audit_position(writer)
        await scripts.run(server, "backlog", [source], [])
        await trim.trim_below(server, source, (1, 0))


@pytest.mark.parametrize("namespace", ["", "eu"])
def test_the_keys_of_every_call_lie_in_one_slot(namespace: str) -> None:
    calls = asyncio.run(run_all(namespace))
    assert set(calls) == {path.stem for path in all_scripts()}, "every script is called here"
    scattered = {
        (name, keys)
        for name, found in calls.items()
        for keys in found
        if len({slot(key) for key in keys}) != 1
    }
    assert not scattered
    assert max(len(keys) for found in calls.values() for keys in found) >= 8


def test_shards_and_source_streams_lie_apart() -> None:
    names = Settings().names
    assert slot(names.articles("europe")) == slot(names.stories("europe")) != slot(names.articles("rest"))
    assert slot(names.raw) == slot(names.dead(names.raw)) == slot(names.outcomes) != slot(names.published)


def slot(key: str) -> int:
    return int(key_slot(key.encode()))


def test_scripts_run_on_a_full_server_unless_they_only_read() -> None:
    """A full server must drain: a plain script is refused when memory is out."""
    for path in all_scripts():
        first = path.read_text().splitlines()[0]
        assert first in ("#!lua flags=allow-oom", "#!lua flags=no-writes"), path.name


def test_what_grows_is_written_by_scripts_only() -> None:
    """A command of its own that writes is refused on a full server, and would fail a hop."""
    refused = re.compile(
        r"redis\.(h(set|setnx|mset|incrby)|x(add|group_create)|zadd|set|incr\w*|\w*push|sadd)\("
    )
    for folder in ("dateline/stage", "services/ingest", "services/cluster", "services/publish"):
        for path in (ROOT / folder).glob("*.py"):
            found = [] if path.name in MAY_BE_REFUSED else refused.findall(path.read_text())
            assert not found, path


def test_no_two_scripts_share_a_name() -> None:
    stems = [path.stem for path in all_scripts()]
    assert len(stems) == len(set(stems))
