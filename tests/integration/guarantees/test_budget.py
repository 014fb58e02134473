"""Broken code stops a stage before it has made dead letters of everything; bad input never does."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from dateline.cli import app
from dateline.settings import Settings
from dateline.stage.budget import FEWEST, BudgetSpent
from services.cluster import clusterer
from services.ingest import app as ingest
from tests.integration.stage.conftest import Server
from tests.integration.stage.house import ALL, House, dead, done, house, live, raw, send, settings_for, until

COUNT = 30
RESTARTS = 4
BROKEN = {"ingest": (ingest, "clean", "articles.raw"), "cluster": (clusterer, "apply", "articles:{all}")}


def broken(*_args, **_options):
    raise KeyError("no such table")


async def ended(built: House, name: str) -> BaseException:
    """Wait until a task of the worker has ended; what it died of."""
    tasks = built.workers[name].shell.tasks
    await until(lambda: any(task.done() for task in tasks), "the stage stops")
    error = next(task for task in tasks if task.done()).exception()
    assert error is not None
    return error


@pytest.mark.parametrize("stage", BROKEN)
async def test_broken_code_stops_the_stage_and_loses_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """Started again and again it spends no more; mended, it goes on by itself."""
    module, function, stream = BROKEN[stage]
    settings, client = settings_for(server.url, max_attempts=2), server.client
    send(client, settings, *(raw("quake", number) for number in range(COUNT)))
    async with house(settings) as built:
        with monkeypatch.context() as patch:
            patch.setattr(module, function, broken)
            for _ in range(RESTARTS):
                built.start(*ALL)
                assert isinstance(await ended(built, stage), BudgetSpent)
                await built.kill(*ALL)
        letters = len(dead(client, settings, stream))
        assert letters < FEWEST
        assert f"{stream}: 10 of the last 10 entries failed" in told(settings)
        built.start(*ALL)
        await done(client, settings, COUNT)
    assert sum(map(len, live(client, settings).values())) == COUNT - letters
    assert "failed unexpectedly" not in told(settings)


@pytest.mark.parametrize("stage", BROKEN)
async def test_an_operator_clears_it(server: Server, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    """Where the entries are to blame after all: it goes on over as many again."""
    module, function, stream = BROKEN[stage]
    settings, client = settings_for(server.url, max_attempts=1), server.client
    send(client, settings, *(raw("quake", number) for number in range(COUNT)))
    monkeypatch.setattr(module, function, broken)
    async with house(settings) as built:
        for spent in (1, 2):
            built.start(*ALL)
            assert isinstance(await ended(built, stage), BudgetSpent)
            await built.kill(*ALL)
            assert spent * (FEWEST - 1) <= len(dead(client, settings, stream)) <= spent * FEWEST
            assert "budget is unspent again" in dateline(settings, "clear")
            assert "failed unexpectedly" not in told(settings)


def told(settings: Settings) -> str:
    """What `dateline status` says."""
    return dateline(settings, "status", code=None)


def dateline(settings: Settings, *words: str, code: int | None = 0) -> str:
    result = CliRunner().invoke(app, [*words, "--redis", settings.redis_url], env={"COLUMNS": "200"})
    assert code is None or result.exit_code == code, result.output
    return result.output


async def test_bad_input_never_stops_it(server: Server) -> None:
    settings, client = settings_for(server.url), server.client
    for number in range(60):
        client.xadd("articles.raw", {"article": f"{{not json {number}"})
    async with house(settings, *ALL):
        await done(client, settings, 60)
        send(client, settings, raw("quake", 1))
        await done(client, settings, 61)
    assert len(dead(client, settings, "articles.raw")) == 60
    assert len(live(client, settings)) == 1
