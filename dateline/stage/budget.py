"""The dead-letter budget: when most entries fail unexpectedly, the code is wrong, not the entries.

Then a stage stops, loudly, instead of making dead letters of everything that comes. Invalid input does not
count, however much of it there is; nor do the server's faults.

The count is kept in the stage's ledger, so a stage that is started again and again spends no more: it tries
the entry at which it stopped, and stops there until that one succeeds or an operator clears the budget
(`dateline clear`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from dateline.stage import faults, scripts

LOOKED_AT = 40
FEWEST = 10
DONE, FAILED = ".", "x"
MARKS, LATEST, SAID = FIELDS = ("budget", "budget_latest", "budget_said")


class BudgetSpent(Exception):
    """Most of the last entries failed unexpectedly; the message says what to do."""


def spent(marks: str) -> bool:
    """Whether at least 10 of the last 40 entries failed unexpectedly, and more than half of them."""
    failures = marks.count(FAILED)
    return failures >= FEWEST and 2 * failures > len(marks)


def in_words(stream: str, marks: str, latest: str, said: str) -> str:
    """Why the stage has stopped, and what to do."""
    return (
        f"{stream}: {marks.count(FAILED)} of the last {len(marks)} entries failed unexpectedly, the last "
        f"({latest}) with {said}. This looks like a fault of the code or of its surroundings, not of the "
        "entries: the stage stops before it makes dead letters of all. Mend it (or run the version before) "
        "and start again: it goes on once that entry succeeds; dead letters are kept for replay. If the "
        "entries are to blame after all, 'dateline clear' lets it go on over them."
    )


@dataclass
class Budget:
    """The last entries of one loop, as marks: `.` dealt with, `x` failed unexpectedly.

    An entry tried again counts once. The ledger is written only while a failure is among them.
    """

    redis: Redis
    stream: str
    ledger: str
    marks: str = ""
    latest: str = ""
    said: str = ""
    loaded: bool = False

    @property
    def spent(self) -> bool:
        return spent(self.marks)

    async def load(self) -> None:
        """Take up, once, what processes before this one have counted."""
        if not self.loaded:
            found: Any = await self.redis.hmget(self.ledger, FIELDS)
            self.take({name: value.decode() for name, value in zip(FIELDS, found, strict=True) if value})

    def take(self, ledger: Mapping[str, str]) -> None:
        """The same, of a ledger that was read."""
        if not self.loaded:
            self.marks, self.latest, self.said = (ledger.get(name, "") for name in FIELDS)
            self.loaded = True

    async def done(self, entries: int) -> None:
        """Entries that were dealt with: applied, or refused as invalid."""
        failing = FAILED in self.marks
        self._mark(DONE * min(entries, LOOKED_AT))
        if failing:
            await self._keep()

    async def failed(self, entry_id: str, error: Exception) -> None:
        """Note an unexpected failure.

        Raises:
            BudgetSpent: at least 10 of the last 40 entries failed so, and more than half of them.
        """
        self.said = faults.kind(error)
        if entry_id != self.latest and not self.spent:
            self.latest = entry_id
            self._mark(FAILED)
            await self._keep()
        if self.spent:
            raise BudgetSpent(in_words(self.stream, self.marks, self.latest, self.said)) from error

    def _mark(self, marks: str) -> None:
        self.marks = (self.marks + marks)[-LOOKED_AT:]

    async def _keep(self) -> None:
        note: list[scripts.Argument] = [MARKS, self.marks, LATEST, self.latest, SAID, self.said]
        await scripts.run(self.redis, "note", [self.ledger], note)
