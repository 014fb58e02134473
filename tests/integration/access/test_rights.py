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
import yaml
from redis import Redis
from redis.exceptions import AuthenticationError, BusyLoadingError, NoPermissionError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError

from dateline.access import MODES
from dateline.client import Client
from dateline.embedded import free_port, start_server, stop_process
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
from tests.integration.access.conftest import Fort
from tests.integration.stage import house
from tests.integration.stage.house import House, until
from tests.integration.test_up import wait_for

NAMES = Names()
SERVICES = ("ingest", "cluster", "publish", "web", "feeds")
FILLED = 4_000  # a server that loads looks at its clients after every 1,024 commands
TAKEN = "The server has taken the rules"
FAR_ID = f"{2**64 - 1}-{2**64 - 1}"

STORY = "XREAD COUNT 1 STREAMS stories.published 0"
MAY: dict[str, tuple[str, ...]] = {
    "sender": ("XADD articles.raw * title t", "XREAD STREAMS {articles.raw}.outcomes 0", "INFO memory"),
    "editor": ("XADD articles.control * act note body {}", STORY),
    "subscriber": (
        STORY, "XINFO STREAM stories.published", "XRANGE stories.published - +", "GET story:none",
        "ZREVRANGE stories.index 0 -1", "SMEMBERS stories.erased",
    ),
    "group": (
        "XGROUP CREATE stories.published mine 0 MKSTREAM",
        "XREADGROUP GROUP mine me STREAMS stories.published >",
        "XACK stories.published mine 1-1",
        "XAUTOCLAIM stories.published mine me 0 0", STORY, "GET story:none",
    ),
    "": (
        "XADD articles.raw * title t", "XADD articles.control * act note body {}", STORY,
        "XGROUP CREATE stories.published anybody 0 MKSTREAM",
        "XREADGROUP GROUP anybody me STREAMS stories.published >", "XACK stories.published anybody 1-1",
        "XPENDING stories.published anybody", "XINFO GROUPS stories.published", "XINFO STREAM articles.raw",
        "XRANGE {articles.raw}.dead - +", "XLEN articles:{all}", "GET story:none", "KEYS story:*", "DBSIZE",
        "SCAN 0", "CONFIG GET maxmemory", "XGROUP DESTROY stories.published anybody",
    ),
}  # fmt: skip
"""By user ("": one who names none): commands that are theirs."""

DESTRUCTIVE = (
    "FLUSHALL", "FLUSHDB", "SHUTDOWN", "CONFIG SET maxmemory 1", "ACL LIST",
    "ACL SETUSER me on nopass ~* +@all", "SCRIPT FLUSH", "MONITOR", "REPLICAOF NO ONE", "CLIENT KILL ID 1",
    "MODULE LIST", "SAVE", "SWAPDB 0 1", "FUNCTION FLUSH",
)  # fmt: skip
NOT_ON_STREAMS = (
    "XADD stories.published * a b", "XADD stories.published MAXLEN 1 * a b",
    f"XADD stories.published {FAR_ID} a b", "XTRIM stories.published MAXLEN 1", "XDEL stories.published 1-1",
    "DEL stories.published", "DEL story:none", "SET story:none x", "ZADD stories.index 1 x",
    "XADD articles:{all} * a b", "XADD articles:{all} MAXLEN 1 * a b", "XADD stories:{all} * a b",
    "XDEL articles.raw 1-1", "XTRIM articles.raw MAXLEN 0", "DEL articles.raw", "RENAME articles.raw b",
    "UNLINK articles.raw", "SET articles.raw x", "XADD {articles.raw}.dead * a b",
    "XGROUP DESTROY articles.raw dateline-ingest",
    "XREADGROUP GROUP dateline-ingest me STREAMS articles.raw >",
    "XACK articles.raw dateline-ingest 1-1", "HSET cluster:{all}:ledger position 9-9",
    "SET cluster:{all}:lease me", "EVAL return 0 articles.raw",
)  # fmt: skip
NOT: dict[str, tuple[str, ...]] = {
    "sender": (
        "XADD articles.control * act a", "XRANGE articles.raw - +", "XINFO STREAM articles.raw",
        "XREAD STREAMS stories.published 0", "GET story:none", "KEYS *", "SCAN 0", "GET cluster:{all}:lease",
        "XRANGE {articles.raw}.dead - +", "CONFIG GET maxmemory",
    ),
    "editor": ("XADD articles.raw * title t", "XRANGE articles.control - +", "KEYS *", "SCAN 0"),
    "subscriber": (
        "XADD articles.raw * title t", "XADD articles.control * act a", "XRANGE articles.raw - +",
        "XRANGE {articles.raw}.outcomes - +", "XRANGE articles:{all} - +", "HGETALL publish:{all}:drafts",
        "KEYS *", "SCAN 0", "XGROUP CREATE stories.published mine 0", "CONFIG GET maxmemory",
        "XREADGROUP GROUP mine me STREAMS stories.published >", "XGROUP DESTROY stories.published mine",
    ),
    "group": (
        "XADD articles.raw * title t", "XADD articles.control * act a", "XRANGE articles.raw - +",
        "XGROUP DESTROY stories.published mine", "XGROUP SETID stories.published mine 0",
        "XGROUP CREATE articles.raw mine 0", "XGROUP CREATE articles:{all} mine 0 MKSTREAM", "KEYS *",
        "SCAN 0",
    ),
    "": (),
}  # fmt: skip
"""By user: what it is refused, beside DESTRUCTIVE and NOT_ON_STREAMS."""

SERVICES_NOT: dict[str, tuple[str, ...]] = {
    "ingest": (
        "XADD articles.raw * title t", "DEL articles.raw", "XADD stories.published * a b", "GET story:none",
        "XADD stories:{all} * a b", "DEL articles:{all}", "SET articles:{all} x",
        "XTRIM articles:{all} MAXLEN 0",
        "SET cluster:{all}:lease me", "XGROUP DESTROY articles.raw dateline-ingest", "KEYS *",
    ),
    "cluster": (
        "XADD articles:{all} * a b", "XADD articles:{all} MAXLEN 1 * a b", "DEL articles:{all}",
        "XADD articles.raw * title t", "XADD stories.published * a b", "XTRIM stories:{all} MAXLEN 0",
        "DEL stories:{all}", "SET publish:{all}:lease me", "XRANGE articles.raw - +", "KEYS *",
    ),
    "publish": (
        "XADD stories:{all} * a b", "XADD articles:{all} * a b", "XADD articles.raw * title t",
        "DEL stories.published", "SET stories.published x", "DEL story:none", "SET cluster:{all}:lease me",
        "XRANGE articles:{all} - +", "CONFIG SET maxmemory 1", "KEYS *",
    ),
    "web": (
        "XADD stories.published * a b", "DEL articles.raw", "XDEL articles.raw 1-1", "SET story:none x",
        "XADD articles:{all} * a b", "XTRIM {articles.raw}.dead MAXLEN 0", "EVAL return 0 articles.raw",
        "KEYS *",
    ),
    "feeds": ("XRANGE articles.raw - +", "XADD articles.control * act a", "GET story:none", "KEYS *"),
    "operator": ("KEYS *",),
}  # fmt: skip


def refused(client: Redis, command: str) -> bool:
    """Whether the server says that this user may not."""
    words = command.split(" ", 2) if command.startswith("EVAL") else command.split()
    if command.startswith("EVAL"):
        words = ["EVAL", "return 0", "1", words[2].split()[-1]]
    try:
        client.execute_command(*words)
    except NoPermissionError:
        return True
    except ResponseError:
        return False  # it may, and only then was something else wrong
    return False


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
    common = house.settings_for(fort.url("admin"), retain_raw_seconds=0, retain_articles_seconds=0,
                                retain_stories_seconds=0, tick_seconds=0.3)  # fmt: skip
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


@pytest.mark.parametrize("mode", MODES)
def test_a_restart_loses_nothing_whoever_may_do_what(tmp_path: Path, mode: str) -> None:
    """A server judges the transactions in its AOF by the rights of who names no user."""
    fort = Fort(tmp_path)
    fort.make(mode)
    for _ in range(2):
        with _started(fort):
            fort.make(mode)
            with fort.connect("operator") as operator:
                operator.pipeline(transaction=True).hset("h", "a", "b").incr("n").execute()
    with _started(fort), fort.connect("admin") as admin:
        assert (admin.get("n"), admin.hgetall("h")) == ("2", {"a": "b"})


def test_rights_given_while_a_server_loads_cost_no_data(docker_engine: None, tmp_path: Path) -> None:
    """It takes ACL SETUSER while it loads its AOF, and drops by it what comes then: both givers must wait."""
    fort = Fort(tmp_path, port=free_port())
    tmp_path.chmod(0o755)
    fort.make()
    (tmp_path / "keeper" / "password").chmod(0o444)  # the container's user is another
    with as_composed(fort) as container:
        with fort.connect("admin") as admin:
            pipe = admin.pipeline(transaction=False)
            for _ in range(FILLED):  # a script's writes are a transaction in the AOF
                pipe.eval("redis.call('INCR', KEYS[1]) redis.call('HSET', KEYS[2], 'a', 'b')", 2, "n", "h")
            pipe.execute()
        container.kill()
        container.start()
        wait_for(lambda: TAKEN in fort.make().stderr, "the server")
        with fort.connect("admin") as admin:
            assert admin.get("n") == str(FILLED)
        with fort.connect() as anybody:
            assert refused(anybody, "SET a b")


@contextmanager
def as_composed(fort: Fort) -> Iterator[Any]:
    """redis:8 started as docker-compose.yml does it, but slow to load (0.2 ms a command)."""
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415  # not everybody has an engine

    composed = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["redis"]
    words = ["redis-server", "--aclfile /access/acl/users.acl", "--appendonly yes", "--appendfsync always"]
    words += ["--save ''", "--key-load-delay 200"]
    container = DockerContainer("redis:8").with_bind_ports(6379, fort.port).with_command(words)
    container.with_kwargs(entrypoint=[part.replace("$$", "$") for part in composed["entrypoint"]])
    container.with_volume_mapping(str(fort.folder / "acl"), "/access/acl", "ro")
    container.with_volume_mapping(str(fort.folder / "keeper"), "/access/own", "ro")
    with container, fort.connect("probe", "any") as probe:
        wait_for(lambda: _pongs(probe), "the server")
        yield container.get_wrapped_container()


@contextmanager
def _started(fort: Fort) -> Iterator[None]:
    """The embedded server with the fort's ACL file, its data loaded."""
    options = {"aclfile": str(fort.folder / "acl" / "users.acl")}
    server = start_server(fort.folder / "server", options=options)
    fort.port = server.port
    try:
        with fort.connect("probe", "any") as probe:
            wait_for(lambda: _pongs(probe), "the data to be loaded")
        yield
    finally:
        stop_process(server.process)


def test_a_bigger_server_with_users(tmp_path: Path) -> None:
    """The runbook's steps where servers have users: the replica has the ACL file, and comes in as admin."""
    old, new = Fort(tmp_path), Fort(tmp_path)
    old.make()
    options = {"aclfile": str(tmp_path / "acl" / "users.acl")}
    with _started(old):
        larger = start_server(tmp_path / "larger", options=options)
        new.port = larger.port
        try:
            with old.connect("admin") as here, new.connect("admin") as there:
                here.set("n", "1")
                there.config_set("masteruser", "admin")
                there.config_set("masterauth", (tmp_path / "admin" / "password").read_text())
                there.replicaof("127.0.0.1", old.port)
                wait_for(lambda: there.info("replication")["master_link_status"] == "up", "the link")
                assert here.wait(1, 5_000) == 1
                there.replicaof("NO", "ONE")
                assert there.get("n") == "1"
        finally:
            stop_process(larger.process)


def _pongs(probe: Redis) -> bool:
    try:
        return bool(probe.ping())
    except (BusyLoadingError, RedisConnectionError):
        return False


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
        "DATELINE_REDIS_URL": url, "DATELINE_REDIS_PASSWORD_FILE": str(fort.folder / name / "password"),
        "DATELINE_REDIS_CA_FILE": str(fort.ca or ""), "DATELINE_HTTP_PORT": str(port), **environment,
    }  # fmt: skip
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
