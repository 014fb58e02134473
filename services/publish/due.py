"""When changed stories are due, without a look at each of them every time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from math import inf


class Due:
    """Stories in order of the earliest moment at which each may be due.

    A story that changes again is due later: where its moment comes, the moment is asked for anew.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, str]] = []
        self._moments: dict[str, float] = {}

    def note(self, story: str, moment: float) -> None:
        """A story is due at a moment, or later."""
        if moment < self._moments.get(story, inf):
            self._moments[story] = moment
            heappush(self._heap, (moment, story))

    def take(self, now: float, most: int, moment_of: Callable[[str], float | None]) -> list[str]:
        """Up to `most` stories that are due now, by moment, then id; they are to be noted again.

        `moment_of` is when a story is due: None where it no longer waits.
        """
        found: list[tuple[float, str]] = []
        for story in self._come(now):
            moment = moment_of(story)
            if moment is not None and moment > now:
                self.note(story, moment)
            elif moment is not None:
                found.append((moment, story))
        found.sort()
        for moment, story in found[most:]:
            self.note(story, moment)
        return [story for _, story in found[:most]]

    def _come(self, now: float) -> Iterator[str]:
        """Stories whose moment has come, taken out."""
        while self._heap and self._heap[0][0] <= now:
            moment, story = heappop(self._heap)
            if self._moments.get(story) == moment:
                del self._moments[story]
                yield story

    @property
    def next(self) -> float | None:
        """The moment before which nothing is due; None where nothing waits."""
        return self._heap[0][0] if self._heap else None
