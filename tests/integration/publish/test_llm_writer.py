"""The language model's writer against a server that answers, lies, stalls and breaks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import redis as redis_py
from redis.asyncio import Redis

from dateline.metrics import GENERATED
from dateline.settings import Settings
from services.publish.generated import Words
from services.publish.llm_writer import LlmWriter, llm_writer
from services.publish.prompt import Question, question
from tests.integration.publish.model_server import Model, model_server
from tests.integration.publish.test_ratings_reload import FERRY, dateline, events
from tests.integration.test_up import up, wait_for
from tests.unit.publish.press import ferry, record

PATIENCE = 20.0
Settle = Callable[..., Settings]


@pytest.fixture
def model() -> Iterator[Model]:
    with model_server() as server:
        yield server


def asking(story_id: str = "s-all-1-0-0") -> Question:
    of = ferry(story_id=story_id)
    rec = record(of)
    assert rec.headline is not None
    words = Words(headline=rec.headline, summary=rec.summary, key_points=rec.key_points)
    return question(story_id, words, of.members, rec.language)


@asynccontextmanager
async def writing(redis: Redis, settings: Settings) -> AsyncIterator[LlmWriter]:
    writer, stop = llm_writer(redis, settings), asyncio.Event()
    assert writer is not None
    task = asyncio.create_task(writer.run(stop))
    try:
        yield writer
    finally:
        stop.set()
        await asyncio.wait_for(task, PATIENCE)


async def result(writer: LlmWriter, what: str, ask: Question) -> None:
    """Offer a question and wait until this came of it."""
    counter = GENERATED.labels(what)._value
    before = counter.get()
    writer.offer(ask)
    await until(lambda: counter.get() > before)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  # a counter and a thread's list tell nobody
            await asyncio.sleep(0.01)


def chosen(make_settings: Settle, model: Model, **given: Any) -> Settings:
    return make_settings(llm_model="small", llm_base_url=model.url, **given)


async def test_an_answer_goes_to_the_log_as_an_act(redis: Redis, make_settings: Settle, model: Model) -> None:
    async with writing(redis, chosen(make_settings, model)) as writer:
        await result(writer, "accepted", asking())
        writer.offer(asking())
        assert not writer.waiting
    (_, act), *more = await redis.xrange("articles.control")
    body = json.loads(act[b"body"])

    assert not more
    assert (act[b"act"], body["story_id"], body["basis"]) == (b"generated", "s-all-1-0-0", asking().basis)
    assert body["headline"]["text"].endswith("articles say")
    assert model.asked[0]["response_format"]["json_schema"]["strict"]


@pytest.mark.parametrize(
    ("mode", "what"),
    [
        ("lies", "unsupported"),
        ("prose", "broken"),
        ("wrong", "broken"),
        ("empty", "refused"),
        ("refuses", "refused"),
        ("limits", "rate_limited"),
        ("breaks", "unreachable"),
        ("hangs up", "unreachable"),
        ("denies", "failed"),
        ("stalls", "timeout"),
        ("trickles", "timeout"),
    ],
)
async def test_what_goes_wrong_is_counted_and_nothing_is_sent(
    redis: Redis, make_settings: Settle, model: Model, mode: str, what: str
) -> None:
    model.mode = mode
    async with writing(redis, chosen(make_settings, model, llm_timeout_seconds=0.5)) as writer:
        await result(writer, what, asking())
    assert await redis.xlen("articles.control") == 0


async def test_after_a_limit_it_waits_as_told_and_the_story_can_be_asked_about_again(
    redis: Redis, make_settings: Settle, model: Model
) -> None:
    model.mode = "limits"
    async with writing(redis, chosen(make_settings, model)) as writer:
        await result(writer, "rate_limited", asking())
        assert writer.resume_at > 0
        model.mode = "honest"
        await result(writer, "accepted", asking())


async def test_a_server_that_cannot_enforce_a_form_is_asked_without(
    redis: Redis, make_settings: Settle, model: Model
) -> None:
    model.mode = "simple"
    async with writing(redis, chosen(make_settings, model)) as writer:
        await result(writer, "accepted", asking("s-all-1-0-0"))
        await result(writer, "accepted", asking("s-all-2-0-0"))
    assert ["response_format" in body for body in model.asked] == [True, False, False]


async def test_the_budget_of_a_day_holds_across_processes(
    redis: Redis, make_settings: Settle, model: Model
) -> None:
    cost = asking().tokens
    settings = chosen(make_settings, model, llm_daily_tokens=cost + 400)
    async with writing(redis, settings) as writer:
        await result(writer, "accepted", asking("s-all-1-0-0"))
    async with writing(redis, settings) as writer:
        await result(writer, "over_budget", asking("s-all-2-0-0"))
    (key,) = await redis.keys("*llm_tokens*")

    assert int(await redis.get(key)) == 500
    assert await redis.ttl(key) > 0
    assert len(model.asked) == 1


async def test_it_stops_at_once_while_the_server_stalls(
    redis: Redis, make_settings: Settle, model: Model
) -> None:
    model.mode = "stalls"
    async with writing(redis, chosen(make_settings, model)) as writer:
        writer.offer(asking())
        await until(lambda: model.asked)


async def test_without_a_model_there_is_no_writer(redis: Redis, make_settings: Settle) -> None:
    assert llm_writer(redis, make_settings()) is None


def test_a_story_is_published_at_once_then_in_generated_words_and_a_replay_gives_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Model
) -> None:
    settings = {
        "PUBLISH_SETTLE_SECONDS": "0",
        "PUBLISH_MIN_PUBLISHERS": "1",
        "LLM_MODEL": "small",
        "LLM_BASE_URL": model.url,
        "LLM_MIN_PUBLISHERS": "2",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"DATELINE_{name}", value)
    with up(tmp_path / "data") as (_, url):
        client = redis_py.Redis.from_url(url, decode_responses=True)
        for host in ("one.example", "two.example"):
            article = {"title": FERRY[:48], "text": f"{FERRY} {FERRY[10:]}", "url": f"https://{host}/1"}
            client.xadd("articles.raw", {"article": json.dumps(article)})
        wait_for(lambda: len(events(client)) == 3, "the generated version")
        first, second, third = events(client)
        assert [event["headline"]["method"] for event in (first, second, third)] == [
            "extractive",
            "extractive",
            "generated",
        ]
        assert third["change"]["reasons"] == ["text_generated"]
        assert third["provenance"]["models"] == ["small"]
        asked = len(model.asked)

        replayed = dateline(url, "replay", "--events")
        assert replayed.returncode == 0, replayed.stdout + replayed.stderr
        assert len(model.asked) == asked
