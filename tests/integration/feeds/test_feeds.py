"""Feeds from a server that misbehaves, and the service whole: every item an article, once."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
import redis as redis_py
from redis.asyncio import Redis as AsyncRedis
from typer.testing import CliRunner

from dateline import outbound
from dateline.cli import app
from dateline.client import AsyncClient
from dateline.embedded import running, start_server, stop_process
from dateline.feeds import NEVER_MS, Feed, due_key, feeds_key, health_in_words
from dateline.settings import Settings
from dateline.streams import Names
from services.feeds import fetch, store
from services.feeds.app import poll
from services.feeds.fetch import Fetcher
from tests.integration.feeds.bad_server import ANSWERS, Seen, answer, bad_server, redirect
from tests.integration.test_up import wait_for

NOW = 1_795_500_000_000
SETTINGS = Settings()
NAMES = Names()


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = start_server(tmp_path_factory.mktemp("feeds"))
    yield server.url
    stop_process(server.process)


@pytest.fixture
def raw(redis_url: str) -> Iterator[redis_py.Redis]:
    with redis_py.Redis.from_url(redis_url, decode_responses=True) as connection:
        connection.flushall()
        yield connection


@pytest.fixture
def host() -> Iterator[tuple[str, Seen]]:
    with bad_server() as found:
        yield found


@pytest.fixture
async def sender(redis_url: str) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(redis_url) as client:
        yield client


@pytest.fixture
async def fetcher(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fetcher]:
    monkeypatch.setattr(fetch, "TOTAL_SECONDS", 1.5)
    async with outbound.client(allow_private=True, follow_redirects=True, seconds=1.0) as client:
        yield Fetcher(client, 1_000_000, pause=0.0)


async def none(listed: Sequence[Feed]) -> int:
    """Nothing is to be added by a poll of one feed."""
    raise AssertionError(listed)


def feed(url: str, **facts: object) -> Feed:
    return Feed.model_validate({"url": url, "added": NOW, **facts})


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/missing", "nothing at this address (404)"),
        ("/gone", "gone for good (410)"),
        ("/login", "wants a login (401)"),
        ("/forbidden", "refuses access (403)"),
        ("/broken", "the server failed (500)"),
        ("/eager", "too eager (429)"),
        ("/loop", "redirects without end"),
        ("/to-file", "is not an absolute http(s) URL"),
        ("/short", "the answer is broken"),
        ("/not-gzip", "the answer is broken"),
        ("/huge", "more than 1,000,000 bytes"),
        ("/bomb", "more than 1,000,000 bytes"),
        ("/page", "a web page, not a feed"),
        ("/empty", "the document is empty"),
        ("/entities", "declares entities"),
        ("/garbled", "the answer is broken"),
        ("/silent-close", "the answer is broken"),
        ("/endless-head", "the answer is broken"),
        ("/never", "does not answer in time"),
        ("/drip", "not complete within"),
        ("/secret/feed", "robots.txt of 127.0.0.1"),
        ("/to-secret", "robots.txt of 127.0.0.1"),
        ("/opml", "a list of feeds (OPML) that names no feed"),
    ],
)
async def test_a_bad_answer_is_told_in_words_and_sends_nothing(
    path: str, said: str, host: tuple[str, Seen], fetcher: Fetcher, sender: AsyncClient, raw: redis_py.Redis
) -> None:
    one = feed(host[0] + path)

    due = await poll(SETTINGS, fetcher, sender, one, NOW, none)

    assert said in one.error
    assert one.failures == 1
    assert due == NEVER_MS if path == "/gone" else due >= NOW + (7_200_000 if path == "/eager" else 300_000)
    assert raw.xlen(NAMES.raw) == 0


async def test_a_robots_txt_that_cannot_be_read_forbids_everything(
    host: tuple[str, Seen], fetcher: Fetcher, sender: AsyncClient
) -> None:
    host[1].robots = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    one = feed(f"{host[0]}/well")

    await poll(SETTINGS, fetcher, sender, one, NOW, none)

    assert "robots.txt could not be read (503)" in one.error


async def test_private_addresses_are_refused_unless_allowed(
    host: tuple[str, Seen], sender: AsyncClient
) -> None:
    one = feed(f"{host[0]}/well")
    async with outbound.client(follow_redirects=True) as client:
        await poll(SETTINGS, Fetcher(client, 1_000_000, pause=0.0), sender, one, NOW, none)

    assert "not an address of the public internet" in one.error
    assert not host[1].paths


async def test_a_feed_is_sent_once_and_asked_for_conditionally(
    host: tuple[str, Seen], fetcher: Fetcher, sender: AsyncClient, raw: redis_py.Redis
) -> None:
    one = feed(f"{host[0]}/well")

    first = await poll(SETTINGS, fetcher, sender, one, NOW, none)
    second = await poll(SETTINGS, fetcher, sender, one, NOW, none)

    assert (one.title, one.sent, one.failures) == ("Gauge News", 3, 0)
    assert host[1].conditional == 1
    assert first < second  # the news were in the first
    entries = [fields for _, fields in raw.xrange(NAMES.raw)]
    assert [entry["url"].rsplit("/", 1)[1] for entry in entries] == ["2", "1", "0"]  # oldest first
    assert {entry["publisher"] for entry in entries} == {"Gauge News"}


async def test_moved_for_good_is_remembered_and_moved_for_now_is_not(
    host: tuple[str, Seen], fetcher: Fetcher, sender: AsyncClient
) -> None:
    moved, elsewhere = feed(f"{host[0]}/moved"), feed(f"{host[0]}/elsewhere")

    for one in (moved, elsewhere):
        await poll(SETTINGS, fetcher, sender, one, NOW, none)

    assert moved.address == f"{host[0]}/well"
    assert elsewhere.address == elsewhere.url


async def test_each_host_of_a_redirect_is_asked_for_its_robots_txt(
    host: tuple[str, Seen], fetcher: Fetcher, sender: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bad_server() as (other, seen):
        monkeypatch.setitem(ANSWERS, "/away", redirect(f"{other}/well", "301 Moved Permanently"))
        seen.robots = answer("User-agent: Dateline\nDisallow: /\n", content_type="text/plain")
        one = feed(f"{host[0]}/away")
        await poll(SETTINGS, fetcher, sender, one, NOW, none)
        assert f"robots.txt of {other.removeprefix('http://')} forbids it" in one.error
        assert dict(seen.paths) == {"/robots.txt": 1}
        seen.robots = answer("User-agent: *\nCrawl-delay: 7\n", content_type="text/plain")
        fetcher.hosts.clear()
        await poll(SETTINGS, fetcher, sender, one, NOW, none)
        assert (one.failures, one.address) == (0, f"{other}/well")
        assert fetcher.hosts[other.removeprefix("http://")].pause == 7.0


def opml(*urls: str) -> bytes:
    outlines = "".join(f'<outline text="News" xmlUrl="{url}"/>' for url in urls)
    text = f'<?xml version="1.0"?><opml version="2.0"><body>{outlines}</body></opml>'
    return answer(text, content_type="text/x-opml", etag='"v1"')


async def test_a_list_adds_its_feeds_once_and_no_other_lists(
    host: tuple[str, Seen],
    fetcher: Fetcher,
    sender: AsyncClient,
    raw: redis_py.Redis,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, inner = f"{host[0]}/list", f"{host[0]}/inner"
    well = f"{host[0]}/well"
    monkeypatch.setitem(ANSWERS, "/list", opml(well, inner, "file:///etc/passwd", well))
    monkeypatch.setitem(ANSWERS, "/inner", opml("https://further.example/"))
    one = feed(address, full_text=True)
    async with AsyncRedis.from_url(redis_url) as server:
        add = partial(store.add, server, NAMES)
        for _ in range(2):
            await poll(SETTINGS, fetcher, sender, one, NOW, add)
        assert (one.lists, one.failures, host[1].conditional) == (2, 0, 1)
        assert health_in_words(one, NOW) == "well: a list of feeds (OPML), 2 in it"
        added = {url: Feed.model_validate_json(text) for url, text in raw.hgetall(feeds_key(NAMES)).items()}
        assert set(added) == {well, inner}
        assert all(each.full_text and each.listed_by == address for each in added.values())
        assert raw.zrange(due_key(NAMES), 0, -1, withscores=True) == [(url, NOW) for url in sorted(added)]
        await poll(SETTINGS, fetcher, sender, added[inner], NOW, add)
        assert "a list of feeds within the list" in added[inner].error
        assert raw.hlen(feeds_key(NAMES)) == 2


async def test_full_texts_of_many_items_are_read_over_several_polls(
    host: tuple[str, Seen], fetcher: Fetcher, sender: AsyncClient, raw: redis_py.Redis
) -> None:
    one = feed(f"{host[0]}/many", full_text=True)
    due = await poll(SETTINGS, fetcher, sender, one, NOW, none)
    assert (one.sent, one.etag, due) == (30, None, NOW + SETTINGS.feeds_least_seconds * 1_000)
    await poll(SETTINGS, fetcher, sender, one, NOW, none)
    assert (one.sent, one.etag) == (40, '"m"')
    urls = [fields["url"].rsplit("/", 1)[1] for _, fields in raw.xrange(NAMES.raw)]
    assert urls == [str(n) for n in range(39, -1, -1)]


async def test_full_texts_come_from_the_items_own_pages(
    host: tuple[str, Seen], fetcher: Fetcher, sender: AsyncClient, raw: redis_py.Redis
) -> None:
    await poll(SETTINGS, fetcher, sender, feed(f"{host[0]}/latin", full_text=True), NOW, none)

    texts = {fields["url"][-1]: fields.get("text", "") for _, fields in raw.xrange(NAMES.raw)}
    assert "The gauge stood still all night long." in texts["0"]
    assert texts["1"] == ""  # its page is missing: the item goes without


def test_the_service_sends_every_item_once_though_it_is_killed(
    tmp_path: Path, host: tuple[str, Seen], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ANSWERS, "/list", opml(f"{host[0]}/well"))
    environment = {"DATELINE_FEEDS_ALLOW_PRIVATE": "true"}
    with running(tmp_path, environment=environment) as (url, services):
        run = CliRunner().invoke
        added = run(app, ["feeds", "add", f"{host[0]}/list", f"{host[0]}/missing", "--redis", url, "--json"])
        assert len(json.loads(added.output)["added"]) == 2
        child = services.start("feeds")
        wait_for(lambda: host[1].paths["/well"], "the first poll")
        child.process.kill()
        child.process.wait()
        services.start("feeds")
        assert run(app, ["feeds", "now", "--redis", url]).exit_code == 0
        with redis_py.Redis.from_url(url, decode_responses=True) as raw:
            outcomes = NAMES.outcomes
            wait_for(lambda: len(_accepted(raw, outcomes)) >= 3, "three articles")
            time.sleep(0.5)
            assert len(_accepted(raw, outcomes)) == len(set(_accepted(raw, outcomes))) == 3
        wait_for(lambda: "404" in run(app, ["feeds", "list", "--redis", url, "--json"]).output, "the failure")
        shown = json.loads(run(app, ["feeds", "list", "--redis", url, "--json"]).output)
        listed = {one["url"]: one for one in shown}
        assert listed[f"{host[0]}/well"]["health"] == "well"
        assert listed[f"{host[0]}/list"]["lists"] == 1
        assert "nothing at this address" in listed[f"{host[0]}/missing"]["health"]
        assert run(app, ["feeds", "remove", f"{host[0]}/missing", "--redis", url]).exit_code == 0
        assert run(app, ["feeds", "remove", "https://unknown.example/", "--redis", url]).exit_code == 1


def _accepted(raw: redis_py.Redis, outcomes: str) -> list[str]:
    entries = raw.xrange(outcomes)
    return [fields["article_id"] for _, fields in entries if fields["outcome"] == "accepted"]
