"""Measurements over a run, one a second: memory of processes, entries of streams; and whether they rise."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Samples:
    """What was measured, by name, each with the moment (seconds since the start)."""

    at: list[float] = field(default_factory=list)
    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, moment: float, measured: Mapping[str, float]) -> None:
        self.at.append(moment)
        for name, value in measured.items():
            self.values.setdefault(name, []).append(value)


def rise(at: Sequence[float], values: Sequence[float]) -> float:
    """By what share of their mean the samples' line rises over their last half (0: they are nothing)."""
    start = int(np.searchsorted(at, at[-1] / 2))
    moments, last = np.array(at[start:]), np.array(values[start:])
    if not last.any():
        return 0.0
    slope = float(np.polyfit(moments - moments[0], last, 1)[0])
    return slope * float(moments[-1] - moments[0]) / float(last.mean())


def resident_bytes(pid: int) -> float:
    """What a process holds in memory."""
    return float(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES)
