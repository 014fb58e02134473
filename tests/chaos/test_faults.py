"""Each fault by itself: some traffic, the fault twice in its midst, and nothing to complain of."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.chaos.faults import FAULTS, lacks
from tests.chaos.run import Cast, Plan, Report, cast_with_subscriber, play
from tests.chaos.stack import stack
from tests.chaos.traffic import traffic

SEED, ARTICLES = 11, 50
MESSAGES = traffic(SEED, 100_000)
TRICKS = {"drop_reply", "cut_request", "delay", "half_open"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def players(tmp_path_factory) -> AsyncIterator[Cast]:
    """One running stack for all: starting six processes takes longer than a fault."""
    async with stack(tmp_path_factory.mktemp("chaos"), web=True) as built:
        found = await cast_with_subscriber(built, SEED, window=20)
        await play(found, itertools.islice(MESSAGES, 10), 10, [], Report(Plan(SEED, 10, {})))
        yield found
        await found.end()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("fault", FAULTS)
async def test_fault(players: Cast, fault: str) -> None:
    if fault in lacks():
        pytest.skip(lacks()[fault])
    before = set((await players.verdict())[1])
    kills, tricks = players.stack.kills, sum(players.stack.proxy.played.values())
    report = Report(Plan(SEED, ARTICLES, {fault: 2}))
    await play(players, itertools.islice(MESSAGES, ARTICLES), ARTICLES, [fault] * 2, report)
    new = {*report.findings, *(await players.verdict())[1]} - before
    assert not new
    assert report.played[fault] == 2
    if fault.startswith("kill"):
        assert players.stack.kills >= kills + 2
    if fault in TRICKS:
        assert sum(players.stack.proxy.played.values()) > tricks
