"""What each user may do, and what it is refused: tried on real servers, nothing assumed."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from dateline.client import Client
from dateline.embedded import free_port, stop_process
from dateline.feeds import Feed, due_key, feeds_key
from dateline.settings import Settings
from dateline.stage.health import Health
from dateline.stage.service import Shell, connect
from dateline.stage.workers import worker_name
from dateline.streams import Names
from services.feeds import store as feeds_store
from services.web import app as web
from tests.conftest import ROOT
from tests.integration.access.certificates import make_certificates
from tests.integration.access.commands import (
    DESTRUCTIVE,
    FAR_ID,
    MAY,
    NOT,
    NOT_ON_STREAMS,
    SERVICES_NOT,
    refused,
)
from tests.integration.access.conftest import TAKEN, Fort
from tests.integration.stage import house
from tests.integration.stage.house import House, until
from tests.integration.test_up import wait_for

NAMES = Names()

SERVICES = ("ingest", "cluster", "publish", "web", "feeds")


@pytest.mark.parametrize("user", list(MAY))
def test_a_person_may_do_what_is_theirs_and_nothing_else(fort: Fort, user: str) -> None:
    with fort.connect(user) as client:
        assert [one for one in MAY[user] if refused(client, one)] == []
        forbidden = [*DESTRUCTIVE, *NOT_ON_STREAMS, *NOT[user]]
        assert [one for one in forbidden if not refused(client, one)] == []


@pytest.mark.parametrize("user", list(SERVICES_NOT))
def test_a_service_cannot_touch_what_is_not_its_own(fort: Fort, user: str) -> None:
    with fort.connect(user) as client:
        forbidden = [*DESTRUCTIVE, *SERVICES_NOT[user]]
        assert [one for one in forbidden if not refused(client, one)] == []


def test_a_wrong_password_is_no_password(fort: Fort) -> None:
    for user in (*SERVICES, "admin", "sender"):
        with fort.connect(user, "wrong") as client, pytest.raises(AuthenticationError):
            client.ping()


@pytest.fixture
def watched(fort: Fort) -> Iterator[Redis]:
    """The administrator; at the end the server has refused none of the services."""
    with fort.connect("admin") as admin:
        admin.flushall()
        admin.script_flush()
        admin.execute_command("ACL", "LOG", "RESET")
        yield admin
        denied = [one for one in admin.acl_log() if one["username"] in (*SERVICES, "operator")]
        assert denied == [], denied


def shell(name: str, settings: Settings) -> Shell:
    return Shell(settings, connect(settings), Health(name), asyncio.Event(), worker_name())


async def test_everything_works_with_each_its_own_user(fort: Fort, watched: Redis, tmp_path: Any) -> None:
    """Articles, duplicates, garbage, acts, ratings, a killed group, full memory, trimming, forgetting."""
    common = house.settings_for(
        fort.url("admin"),
        retain_raw_seconds=0,
        retain_articles_seconds=0,
        retain_stories_seconds=0,
        tick_seconds=0.3,
    )
    rooms = House(common)
    for name in ("ingest", "cluster", "publish"):
        rooms.start(name, redis_url=fort.url(name))
    try:
        await _go_through(fort, watched, common, tmp_path)
    except BaseException:
        for name in tuple(rooms.workers):
            await rooms.kill(name)
        raise
    await rooms.stop()


async def _go_through(fort: Fort, watched: Redis, common: Settings, tmp_path: Any) -> None:
    names = common.names
    articles = [house.raw(event, number) for event in ("quake", "trial") for number in range(3)]
    with Client(fort.url("sender")) as sender:
        sent = await asyncio.to_thread(sender.send, [*articles, articles[0]], wait=True)
        assert [one.outcome for one in sent] == ["accepted"] * 6 + ["duplicate"]
    with fort.connect() as anybody:
        garbage = str(anybody.xadd(names.raw, {"title": "no address"}))
    await house.done(watched, common, sent=8)
    live = house.live(watched, common)
    assert sorted(map(len, live.values())) == [3, 3]
    with Client(fort.url("editor")) as editor:
        story, other = sorted(live)
        editor.control("merge", winner=story, loser=other)
        editor.load_ratings([{"domain": "outlet1.example", "bias": 0}], name="r", version="1", licence="CC0")
    with fort.connect("admin") as admin:
        admin.xgroup_destroy(names.raw, "dateline-ingest")
        admin.config_set("maxmemory", int(admin.info("memory")["used_memory"] * 1.1))
        await asyncio.sleep(2.0)
        admin.config_set("maxmemory", 0)
    await until(lambda: len(house.outcomes(watched, common)) >= 8 and watched.exists(names.raw), "the group")
    await house.done(watched, common)
    events = house.events(watched, common)
    house.check_numbers(events)
    with Client(fort.url("subscriber")) as alone, Client(fort.url("group")) as grouped:
        assert _first(alone, None) == _first(grouped, "readers") == events[0]["id"]
    await _operate(fort, garbage)
    await _door(fort, tmp_path, live)
    await _feeds(fort)


def _first(client: Client, group: str | None) -> str:
    for event in client.subscribe(since="all", group=group):
        return event.id
    raise AssertionError("no event came")


async def _operate(fort: Fort, garbage: str) -> None:
    for user in ("", "operator"):
        status = await asyncio.to_thread(fort.typed, "status", user=user)
        assert status.exit_code == 0, status.output
    refused = await asyncio.to_thread(fort.typed, "dead", "drop", garbage)
    assert refused.exit_code == 1
    assert "run --rm operator" in refused.output
    dropped = await asyncio.to_thread(fort.typed, "dead", "drop", garbage, user="operator")
    assert dropped.exit_code == 0, dropped.output


async def _door(fort: Fort, tmp_path: Any, live: Any) -> None:
    settings = Settings(
        redis_url=fort.url("web"), web_port=free_port(), web_data=str(tmp_path), web_public_url="http://d"
    )
    door = shell("web", settings)
    tasks = web.start(door)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.web_port}") as client:
        for path in ("/v1/stories", "/operations", "/"):
            for _ in range(100):
                try:
                    answer = await client.get(path)
                    if answer.status_code == 200 and (path != "/v1/stories" or answer.json()["stories"]):
                        break
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)
            assert answer.status_code == 200, path
    door.stop.set()
    await asyncio.gather(*tasks)
    await door.redis.aclose()


async def _feeds(fort: Fort) -> None:
    feed = Feed(url="https://feed.example/rss", added=1)
    with fort.connect("operator") as operator:
        operator.hset(feeds_key(NAMES), feed.url, feed.model_dump_json())
        operator.zadd(due_key(NAMES), {feed.url: 0})
    polled = shell("feeds", Settings(redis_url=fort.url("feeds")))
    (claimed,) = await feeds_store.claim_due(polled.redis, NAMES, 5)
    assert await feeds_store.save(polled.redis, NAMES, claimed, 5)
    await polled.redis.aclose()


def test_who_may_append_may_also_destroy_and_is_found_out(fort: Fort, watched: Redis) -> None:
    """XADD cannot be granted without its options: senders are trusted, and status says what one did."""
    with fort.connect("sender") as sender:
        for number in range(3):
            sender.xadd("articles.raw", {"title": "t", "id": str(number)})
        sender.xadd("articles.raw", {"title": "t"}, maxlen=1, approximate=False)
        said = fort.typed("status", "--json")
        assert any("deleted before ingest read" in fault for fault in json.loads(said.stdout)["faults"])
        sender.xadd("articles.raw", {"title": "t"}, id=FAR_ID)
    said = fort.typed("status", "--json")
    assert said.exit_code == 1
    assert any("used up its ids" in fault for fault in json.loads(said.stdout)["faults"])


def test_closed_to_who_has_no_password(fort: Fort, watched: Redis) -> None:
    """The running server takes the new rules; the passwords stay; and back."""
    before = (fort.folder / "sender" / "password").read_text()
    try:
        closed = fort.make("closed")
        assert closed.exit_code == 0 and TAKEN in closed.stderr
        with fort.connect() as anybody, pytest.raises(AuthenticationError):
            anybody.xadd("articles.raw", {"title": "t"})
        with fort.connect("sender") as sender:
            assert sender.xadd("articles.raw", {"title": "t"})
        assert (fort.folder / "sender" / "password").read_text() == before
    finally:
        opened = fort.make("contract")
    assert opened.exit_code == 0 and TAKEN in opened.stderr
    assert "up to date" in fort.make("contract").stderr
    with fort.connect() as anybody:
        assert anybody.xadd("articles.raw", {"title": "t"})


def test_a_service_process_comes_in_by_its_files(fort: Fort, watched: Redis, tmp_path: Path) -> None:
    """As containers have it: the user in the URL, password and authority in files."""
    with process(fort, tmp_path, "publish") as answer:
        wait_for(lambda: answer("/ready")[0] == 200, "the service to be ready")


@pytest.mark.parametrize("fort", ["redis:8 with TLS"], indirect=True)
def test_a_server_that_cannot_prove_itself_is_not_talked_to(fort: Fort, tmp_path: Path) -> None:
    stranger = make_certificates(tmp_path / "other")
    with process(fort, tmp_path, "publish", DATELINE_REDIS_CA_FILE=str(stranger)) as answer:
        wait_for(lambda: "CERTIFICATE_VERIFY_FAILED" in answer("/health")[1], "the service to say so")
        assert answer("/ready")[0] == 503


@contextmanager
def process(
    fort: Fort, tmp_path: Path, name: str, **environment: str
) -> Iterator[Callable[[str], tuple[int, str]]]:
    """A service as a process of its own; asks it: a path's status code and text."""
    port = free_port()
    url = fort.url(name, "").replace(":@", "@").partition("?")[0]
    said = {
        "DATELINE_REDIS_URL": url,
        "DATELINE_REDIS_PASSWORD_FILE": str(fort.folder / name / "password"),
        "DATELINE_REDIS_CA_FILE": str(fort.ca or ""),
        "DATELINE_HTTP_PORT": str(port),
        **environment,
    }
    command = [sys.executable, "-m", f"services.{name}"]
    with (tmp_path / "log").open("wb") as log:
        child = subprocess.Popen(command, env={**os.environ, **said}, stderr=log, cwd=ROOT)

    def answer(path: str) -> tuple[int, str]:
        try:
            said = httpx.get(f"http://127.0.0.1:{port}{path}")
        except httpx.TransportError:
            return 0, ""
        return said.status_code, said.text

    try:
        yield answer
    finally:
        stop_process(child)
