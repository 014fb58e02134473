"""The dead-letter budget stops a stage when most entries fail unexpectedly, and only then."""

from __future__ import annotations

from typing import Any

import pytest

from dateline.stage.budget import FAILED, FEWEST, LOOKED_AT, Budget, BudgetSpent

BROKEN = KeyError("no such table")


class Ledger:
    """Stands where the server is."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.writes = 0

    async def evalsha(self, digest: str, count: int, key: str, *pairs: str) -> int:
        self.kept |= dict(zip(pairs[::2], pairs[1::2], strict=True))
        self.writes += 1
        return 1

    async def hmget(self, key: str, names: Any) -> list[bytes | None]:
        return [self.kept[name].encode() if name in self.kept else None for name in names]


def budget_of(ledger: Any) -> Budget:
    return Budget(ledger, "articles:{all}", "cluster:{all}:ledger")


async def fail(budget: Budget, times: int, start: int = 0) -> None:
    for number in range(start, start + times):
        await budget.failed(f"{number}-0", BROKEN)


async def test_most_of_the_last_entries_failed() -> None:
    budget = budget_of(Ledger())
    await fail(budget, FEWEST - 1)
    with pytest.raises(BudgetSpent, match=r"articles:\{all\}: 10 of the last 10 .*KeyError.*start again"):
        await fail(budget, 1, start=FEWEST)


async def test_a_few_among_many_are_dead_letters() -> None:
    budget = budget_of(Ledger())
    for number in range(200):
        await budget.done(1)
        await fail(budget, 1, start=number)
    assert budget.marks.count(FAILED) == LOOKED_AT // 2


async def test_what_was_long_ago_does_not_count() -> None:
    budget = budget_of(Ledger())
    await fail(budget, FEWEST - 1)
    await budget.done(1000)
    await fail(budget, FEWEST + 5, start=100)


async def test_an_entry_tried_again_counts_once() -> None:
    budget = budget_of(Ledger())
    for _ in range(50):
        await budget.failed("1-0", BROKEN)
    assert budget.marks == FAILED


async def test_a_restart_spends_nothing_more() -> None:
    """Each process that comes after stops at the entry at which the first one stopped."""
    ledger = Ledger()
    with pytest.raises(BudgetSpent):
        await fail(budget_of(ledger), FEWEST)
    for _ in range(5):
        again = budget_of(ledger)
        await again.load()
        assert again.spent
        with pytest.raises(BudgetSpent):
            await again.failed(f"{FEWEST - 1}-0", BROKEN)
    assert ledger.kept["budget"] == FAILED * FEWEST


async def test_what_succeeds_again_earns_it_back() -> None:
    ledger = Ledger()
    with pytest.raises(BudgetSpent):
        await fail(budget_of(ledger), FEWEST)
    mended = budget_of(ledger)
    await mended.load()
    await mended.done(LOOKED_AT)
    later = budget_of(ledger)
    await later.load()
    assert not later.spent and FAILED not in later.marks


async def test_nothing_is_written_while_all_is_well() -> None:
    ledger = Ledger()
    budget = budget_of(ledger)
    for _ in range(100):
        await budget.done(256)
    assert ledger.writes == 0
