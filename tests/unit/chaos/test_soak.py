"""What the soak calls flat."""

from __future__ import annotations

import math

import pytest

from benchmarks.samples import Samples, rise
from tests.chaos.soak import MOST_RISE, table

AT = [float(second) for second in range(600)]


@pytest.mark.parametrize(
    ("values", "risen"),
    [
        ([100.0] * 600, 0.0),
        ([100 + 0.1 * at for at in AT], 0.207),  # a leak
        ([min(at, 300.0) for at in AT], 0.0),  # a memory that was full at the half
        ([100 + 10 * math.sin(at / 5) for at in AT], 0.0),  # trimmed again and again
        ([0.0] * 600, 0.0),
    ],
    ids=["flat", "leak", "full", "saw", "nothing"],
)
def test_the_rise_over_the_last_half(values: list[float], risen: float) -> None:
    assert rise(AT, values) == pytest.approx(risen, abs=0.01)


def test_only_memory_is_judged_and_a_leak_is_named() -> None:
    samples = Samples()
    for at in AT:
        measured = {"server: used memory": 1e6, "publish: resident memory": 1e6 + 100 * at, "keys": at}
        samples.add(at, measured)
    _, bad = table(samples, 1)
    assert [said.split(" rose by ")[0] for said in bad] == ["publish: resident memory"]
    assert rise(AT, samples.values["publish: resident memory"]) > MOST_RISE
