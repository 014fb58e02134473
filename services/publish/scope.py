"""What composing a record takes from outside its story."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# Whether another story has ever been published.
Published = Callable[[str], bool]


@dataclass(frozen=True)
class RecordLimits:
    """Bounds on a record. `snapshot_bytes`: its JSON in UTF-8, the event's own fields not counted."""

    snapshot_bytes: int = 1_048_576 - 4_096
