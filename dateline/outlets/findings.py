"""What came of a file of ratings: the rows that are taken, and what is not, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dateline.outlets import scales

COLUMNS = (
    "domain", "name", "aliases", "bias", "factuality", "owner", "owner_type", "country", "language",
    "provider", "date",
)  # fmt: skip  # a row of values
READERS: dict[str, Callable[[str], str]] = {
    "bias": scales.bias,
    "factuality": scales.factuality,
    "owner_type": scales.owner_type,
    "country": scales.country,
}
FACTS = ("name", "bias", "factuality", "owner", "owner_type", "country", "language")
KINDS = {
    "csv": "CSV",
    "mbfc": "Media Bias/Fact Check JSON",
    "allsides": "AllSides CSV",
    "lin": "Lin et al. CSV",
}
MOST_EXAMPLES = 20

Row = dict[str, Any]
Told = Callable[[int], None]


class UnreadableRatings(ValueError):
    """The file as a whole is none; the message says what is wrong and what is needed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A row, or a value of it, that was not taken. `where` is a line of a CSV file or a place in JSON."""

    where: str
    reason: str
    row_taken: bool = False


@dataclass
class Import:
    """What came of a file. `tally` counts the problems by kind, `problems` holds the first of each kind."""

    kind: str
    rows: list[Row] = field(default_factory=list)
    read: int = 0
    problems: list[Problem] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def outlets(self) -> int:
        return len({row["domain"] for row in self.rows})

    @property
    def complete(self) -> bool:
        """Whether everything in the file was taken (what it says twice, once)."""
        return not self.tally.keys() - {"repeated"}

    def miss(self, what: str, where: str, reason: str, *, row_taken: bool = False) -> None:
        """Note that something is not taken; `what` is the kind of problem, as the tally names it."""
        self.tally[what] += 1
        if self.tally[what] <= MOST_EXAMPLES:
            self.problems.append(Problem(where, reason, row_taken))


def said(row: Row) -> Row:
    """A row without what it leaves open."""
    return {name: value for name, value in row.items() if value not in ("", [], None)}


def host_of(found: Import, given: str, where: str) -> str | None:
    """The host that a row speaks of; None, and noted, where it names none."""
    if not given:
        found.miss("no domain", where, "has no domain")
        return None
    try:
        return scales.domain(given)
    except scales.OffScale as error:
        found.miss("bad domain", where, f"domain {error}")
        return None


def aliases_of(found: Import, given: str, where: str) -> list[str]:
    """The further hosts of a row; what is none is noted."""
    hosts = []
    for each in given.replace("|", " ").replace(";", " ").replace(",", " ").split():
        try:
            hosts.append(scales.domain(each))
        except scales.OffScale as error:
            found.miss("bad alias", where, f"alias {error}", row_taken=True)
    return hosts


def says_nothing(found: Import, host: str, where: str) -> None:
    """Note a row of which nothing could be taken."""
    found.miss("says nothing", where, f"says nothing of {host} that could be taken")
