"""Health: alive means that the loop turns and work gets done, not that a port answers."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass
class Health:
    """What a stage reports of itself. Moments are monotonic seconds."""

    stage: str
    stuck_after: float = 60.0
    role: str = "starting"
    fault: str | None = None
    last_turn: float = field(default_factory=time.monotonic)
    last_batch: float | None = None
    stopped: bool = False
    shards: dict[str, str] = field(default_factory=dict)

    def turn(self) -> None:
        """The loop has come round: it reads, or waits for its lease."""
        self.last_turn = time.monotonic()

    def batch(self) -> None:
        """A batch is committed."""
        self.last_turn = self.last_batch = time.monotonic()
        self.fault = None

    def alive(self, now: float | None = None) -> bool:
        """The loop turned recently and has not stopped."""
        moment = time.monotonic() if now is None else now
        return not self.stopped and moment - self.last_turn < self.stuck_after

    def report(self) -> dict[str, object]:
        """What /health answers: the verdict, and its reasons."""
        now = time.monotonic()
        return {
            "stage": self.stage,
            "alive": self.alive(now),
            "role": self.role,
            "fault": self.fault,
            "seconds_since_turn": round(now - self.last_turn, 3),
            "seconds_since_batch": None if self.last_batch is None else round(now - self.last_batch, 3),
            "shards": self.shards,
        }
