"""The dead-letter budget stops a stage when most entries fail unexpectedly, and only then."""

from __future__ import annotations

import pytest

from dateline.stage.budget import FEWEST, LOOKED_AT, Budget, BudgetSpent

BROKEN = KeyError("no such table")


def fail(budget: Budget, times: int, start: int = 0) -> None:
    for number in range(start, start + times):
        budget.failed(f"{number}-0", BROKEN)


def test_most_of_the_last_entries_failed() -> None:
    budget = Budget("articles:{all}")
    fail(budget, FEWEST - 1)
    with pytest.raises(BudgetSpent, match=r"articles:\{all\}: 10 of the last 10 .*KeyError.*start again"):
        fail(budget, 1, start=FEWEST)


def test_a_few_among_many_are_dead_letters() -> None:
    budget = Budget("articles:{all}")
    for number in range(200):
        budget.done(1)
        fail(budget, 1, start=number)
    assert sum(budget.last) == LOOKED_AT // 2


def test_what_was_long_ago_does_not_count() -> None:
    budget = Budget("articles:{all}")
    fail(budget, FEWEST - 1)
    budget.done(1000)
    fail(budget, FEWEST + 5, start=100)


def test_an_entry_tried_again_counts_once() -> None:
    budget = Budget("articles:{all}")
    for _ in range(50):
        budget.failed("1-0", BROKEN)
    assert list(budget.last) == [True]
