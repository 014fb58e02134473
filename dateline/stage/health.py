"""Health: well means that every loop turns and gets its work done, not that a port answers."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

STUCK_AFTER = 60.0
NOT_READY = ("starting", "loading", "paused")


@dataclass
class Loop:
    """One reading loop's account of itself. Moments are monotonic seconds.

    `role` is what it does now (``reading``, ``writer``, ``standby``, ``paused: …``), `fault` what keeps
    it from doing it. `deleted`: entries that somebody deleted unread, found since the start.
    """

    stuck_after: float = STUCK_AFTER
    role: str = "starting"
    fault: str | None = None
    fault_since: float | None = None
    last_turn: float = field(default_factory=time.monotonic)
    last_batch: float | None = None
    deleted: int = 0

    def turn(self) -> None:
        """The loop has come round: it reads, or waits for its lease."""
        self.last_turn = time.monotonic()

    def batch(self) -> None:
        """A batch is committed."""
        self.last_turn = self.last_batch = time.monotonic()
        self.recovered()

    def failed(self, fault: str) -> None:
        """The loop turns, but something (the server, a refused key) keeps it from working."""
        self.last_turn = time.monotonic()
        self.fault = fault
        self.fault_since = self.fault_since or self.last_turn

    def recovered(self) -> None:
        self.fault = self.fault_since = None

    def well(self, now: float) -> bool:
        """It turned lately, and no fault has lasted."""
        lasting = self.fault_since is not None and now - self.fault_since >= self.stuck_after
        return now - self.last_turn < self.stuck_after and not lasting

    @property
    def ready(self) -> bool:
        """It works now, or could at once: it neither loads nor pauses, and nothing keeps it from working."""
        return self.fault is None and not self.role.startswith(NOT_READY)

    def report(self, now: float) -> dict[str, object]:
        return {
            "well": self.well(now),
            "role": self.role,
            "fault": self.fault,
            "deleted_unread": self.deleted,
            "seconds_since_turn": round(now - self.last_turn, 3),
            "seconds_since_batch": None if self.last_batch is None else round(now - self.last_batch, 3),
        }


@dataclass
class Health:
    """What a service reports of itself: each of its loops, by the stream it reads.

    One loop that is stuck is a service that is stuck, however well the others do.
    """

    stage: str
    stuck_after: float = STUCK_AFTER
    stopped: bool = False
    loops: dict[str, Loop] = field(default_factory=dict)

    def loop(self, stream: str) -> Loop:
        """The account of the loop that reads `stream`."""
        if stream not in self.loops:
            self.loops[stream] = Loop(self.stuck_after)
        return self.loops[stream]

    def alive(self, now: float | None = None) -> bool:
        """Every loop is well, and none has stopped."""
        moment = time.monotonic() if now is None else now
        return not self.stopped and all(loop.well(moment) for loop in self.loops.values())

    def ready(self) -> bool:
        """Every loop does its work; a loop that pauses for memory or loads its state is alive, not ready."""
        return self.alive() and all(loop.ready for loop in self.loops.values())

    def report(self) -> dict[str, object]:
        """What /health answers: the verdict, and its reasons."""
        now = time.monotonic()
        return {
            "stage": self.stage,
            "alive": self.alive(now),
            "ready": self.ready(),
            "loops": {stream: loop.report(now) for stream, loop in self.loops.items()},
        }
