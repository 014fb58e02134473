"""The follower takes what it reads in portions: records of a megabyte must not cost it its memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from dateline.stage.health import Loop
from dateline.stories import StoryRecord
from dateline.streams import Names
from services.web import follow
from services.web.applying import Incoming
from services.web.follow import Follower
from services.web.since import events_after
from services.web.store import Store
from tests.unit.web.desk import record, story_id

STORIES = 30
AT_ONCE = 3


class Server:
    """The stream and the latest records of some stories. Notes how many records each answer held."""

    def __init__(self, records: Sequence[StoryRecord]) -> None:
        self.values = [one.model_dump_json().encode() for one in records]
        self.stories = {
            f"story:{one.story_id}": b'{"sequence":"1","epoch":1,' + value[1:]
            for one, value in zip(records, self.values, strict=True)
        }
        self.ids = [f"{one.story_id}:{one.version}" for one in records]
        self.asked: list[str] = []
        self.answers: list[int] = []

    async def xread(self, streams: dict[str, str], count: int, block: int) -> Any:
        after = int(streams["stories.published"].partition("-")[0])
        found = [self._entry(at) for at in range(after + 1, len(self.values) + 1)][:count]
        self.answers.append(len(found))
        return [[b"stories.published", found]] if found else []

    def _entry(self, at: int) -> tuple[bytes, dict[bytes, bytes]]:
        fields = {
            b"id": self.ids[at - 1].encode(),
            b"source": b"/dateline/default/all",
            b"epoch": b"1",
            b"type": b"dateline.story.created.v1",
            b"sequence": f"{at:020d}".encode(),
            b"time": b"2025-07-18T12:00:00Z",
            b"data": self.values[at - 1],
        }
        return f"{at}-0".encode(), fields

    async def exists(self, stream: str) -> int:
        return 1

    async def xinfo_stream(self, stream: str) -> dict[str, bytes]:
        return {"last-generated-id": f"{len(self.values)}-0".encode()}

    def pipeline(self, transaction: bool) -> Server:
        self.asked = []
        return self

    def strlen(self, key: str) -> None:
        self.asked.append(key)

    async def execute(self) -> list[int]:
        return [len(self.stories[key]) for key in self.asked]

    async def mget(self, keys: Sequence[str]) -> list[bytes]:
        self.answers.append(len(keys))
        return [self.stories[key] for key in keys]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Follower, Server, list[int]]]:
    """A follower, its server, and how many records the store was given at a time."""
    server = Server([record(number) for number in range(1, STORIES + 1)])
    most = AT_ONCE * max(map(len, server.values)) + 2_000  # the entries' other fields
    monkeypatch.setattr(follow, "READ_BYTES", most)
    store = Store(tmp_path / "index.db")
    applied: list[int] = []
    apply = store.apply

    def noted(batch: Sequence[Incoming], *more: Any) -> None:
        applied.append(len(batch))
        apply(batch, *more)

    monkeypatch.setattr(store, "apply", noted)
    one: Any = server
    yield Follower(one, Names(), store, Loop(), mean_size=most), server, applied
    store.close()


async def test_events_are_read_and_applied_in_portions(room: tuple[Follower, Server, list[int]]) -> None:
    follower, server, applied = room
    while sum(applied) < STORIES:
        await follower.turn()
    assert sum(applied) == STORIES
    assert max(applied) <= AT_ONCE
    assert server.answers[0] == 1
    assert max(server.answers) == AT_ONCE


async def test_what_comes_at_once_is_applied_in_portions_all_the_same(
    room: tuple[Follower, Server, list[int]],
) -> None:
    follower, server, applied = room
    follower.mean_size = 1.0  # all before was small
    await follower.turn()
    assert server.answers == [STORIES]
    assert sum(applied) == STORIES
    assert max(applied) <= AT_ONCE
    assert follower.position == f"{STORIES}-0"


async def test_latest_records_are_fetched_in_portions(room: tuple[Follower, Server, list[int]]) -> None:
    follower, server, applied = room
    follower.position = f"{STORIES}-0"
    assert await follower._fetch([story_id(number) for number in range(1, STORIES + 1)], {}) == set()
    assert sum(server.answers) == sum(applied) == STORIES
    assert max(server.answers) <= AT_ONCE


async def test_what_is_published_while_latest_records_are_fetched_reaches_readers_version_by_version(
    tmp_path: Path,
) -> None:
    """The latest record is the third version; two events before it have not been read yet."""
    server: Any = Server([record(1, version) for version in (1, 2, 3)])
    store = Store(tmp_path / "index.db")
    follower = Follower(server, Names(), store, Loop(), mean_size=follow.READ_BYTES)
    await follower.turn()
    assert [one.version for one in events_after(store, 0, 10)] == [1]

    await follower._fetch([story_id(1)], {story_id(1): (1, 1)})

    assert [one.version for one in events_after(store, 0, 10)] == [1, 2, 3]
    store.close()
