"""Which traces led to a story's next event: those of the changes that are folded into it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

STORIES_KEPT = 10_000
CAUSES_KEPT = 32


@dataclass
class Causes:
    """Trace contexts by story, until its next event; empty while tracing is off.

    In memory only: what is still unpublished when publish ends has no trace to its event.
    """

    waiting: OrderedDict[str, list[str]] = field(default_factory=OrderedDict)

    def note(self, story_id: str, trace: str) -> None:
        """A change of a story, made by an entry with this context (empty: none)."""
        if not trace:
            return
        traces = self.waiting.setdefault(story_id, [])
        traces.append(trace)
        del traces[:-CAUSES_KEPT]
        self.waiting.move_to_end(story_id)
        if len(self.waiting) > STORIES_KEPT:
            self.waiting.popitem(last=False)

    def take(self, story_id: str) -> list[str]:
        """The contexts that led to the story's event; they are forgotten."""
        return self.waiting.pop(story_id, [])
