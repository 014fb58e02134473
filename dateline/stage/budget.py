"""The dead-letter budget: when most entries fail unexpectedly, the code is wrong, not the entries.

Then a stage stops, loudly, instead of making dead letters of everything that comes. Invalid input does not
count, however much of it there is; nor do the server's faults.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

LOOKED_AT = 40
FEWEST = 10


class BudgetSpent(Exception):
    """Most of the last entries failed unexpectedly; the message says what to do."""


@dataclass
class Budget:
    """The last entries of one loop: whether each failed unexpectedly. An entry tried again counts once."""

    stream: str
    last: deque[bool] = field(default_factory=lambda: deque(maxlen=LOOKED_AT))
    latest: str = ""

    def done(self, entries: int) -> None:
        """Entries that were dealt with: applied, or refused as invalid."""
        self.last.extend([False] * min(entries, LOOKED_AT))

    def failed(self, entry_id: str, error: Exception) -> None:
        """Note an unexpected failure.

        Raises:
            BudgetSpent: at least 10 of the last 40 entries failed so, and more than half of them.
        """
        if entry_id == self.latest:
            return
        self.latest = entry_id
        self.last.append(True)
        failures = sum(self.last)
        if failures >= FEWEST and 2 * failures > len(self.last):
            raise BudgetSpent(
                f"{self.stream}: {failures} of the last {len(self.last)} entries failed unexpectedly, the "
                f"last ({entry_id}) with {type(error).__name__}: {error}. This looks like a fault of the "
                "code or of its surroundings, not of the entries: the stage stops before it makes dead "
                "letters of all. Mend it (or run the version before) and start again; dead letters are "
                "kept for replay."
            ) from error
