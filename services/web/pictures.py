"""Pictures as numbers: widths in whole percent and points of lines, for the templates to draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

SIDES = (("left", "Left", "L"), ("center", "Center", "C"), ("right", "Right", "R"))
LEAST_LABELLED = 14  # percent of the bar that a label needs


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a bar: all widths of a bar make 100; `share` is its own whole percent, for the label."""

    key: str
    name: str
    count: int
    width: int
    label: str = ""
    share: int = 0


def parts(counts: Sequence[tuple[str, str, int]]) -> list[Part]:
    """(key, name, count) as parts of one bar, rounded so that they make 100 (largest remainder)."""
    total = sum(count for _, _, count in counts)
    if total <= 0:
        return []
    exact = [count * 100 / total for _, _, count in counts]
    widths = [int(one) for one in exact]
    rest = sorted(range(len(exact)), key=lambda at: (widths[at] - exact[at], at))
    for at in rest[: 100 - sum(widths)]:
        widths[at] += 1
    return [
        Part(key, name, count, width, share=round(100 * count / total))
        for (key, name, count), width in zip(counts, widths, strict=True)
        if count > 0
    ]


def bias_bar(grouped: Mapping[str, int]) -> list[Part]:
    """Left, center and right of the rated publishers, labelled where there is room."""
    letters = {key: (name, letter) for key, name, letter in SIDES}
    found = parts([(key, name, grouped.get(key, 0)) for key, name, _ in SIDES])
    return [replace(one, label=_label(letters[one.key], one)) for one in found]


def _label(names: tuple[str, str], part: Part) -> str:
    """Alike for parts alike, whatever the widths were rounded to."""
    name, letter = names
    if part.share < LEAST_LABELLED:
        return letter if part.share >= 6 else ""
    return f"{name if part.share >= 30 else letter} {part.share}%"


def rows(counts: Mapping[str, int], names: Mapping[str, str], most: int = 0) -> list[Part]:
    """One bar for each key, the longest 100 wide: those of `names` in their order."""
    longest = max(counts.values(), default=0)
    found = [
        Part(key, name, counts.get(key, 0), round(counts.get(key, 0) * 100 / longest) if longest else 0)
        for key, name in names.items()
        if counts.get(key, 0)
    ]
    return found[:most] if most else found


def spark(timeline: Sequence[tuple[datetime, int]], width: int = 120, height: int = 28) -> str:
    """Points of a line (SVG `points`) over the buckets, from zero to zero; gaps are zero too."""
    counts = [0, *(count for _, count in fill(timeline)), 0]
    most = max(counts)
    if not most:
        return ""
    step = width / (len(counts) - 1)
    return " ".join(
        f"{at * step:.1f},{height - 2 - (height - 4) * count / most:.1f}" for at, count in enumerate(counts)
    )


def fill(timeline: Sequence[tuple[datetime, int]], most: int = 96) -> list[tuple[datetime, int]]:
    """The buckets with the empty ones in between; the width of a bucket is the least distance of two."""
    if len(timeline) < 2:
        return list(timeline)
    ordered = sorted(timeline)
    step = min((later[0] - earlier[0] for earlier, later in pairwise(ordered)), default=timedelta(hours=1))
    if step <= timedelta(0) or (ordered[-1][0] - ordered[0][0]) / step > most:
        return ordered
    counts = dict(ordered)
    found, moment = [], ordered[0][0]
    while moment <= ordered[-1][0]:
        found.append((moment, counts.get(moment, 0)))
        moment += step
    return found


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a chart, in the units of its viewBox."""

    x: float
    y: float
    width: float
    height: float
    count: int
    moment: datetime


def columns(timeline: Sequence[tuple[datetime, int]], width: int = 600, height: int = 120) -> list[Column]:
    """A column a bucket over the whole width; the highest is as high as the chart."""
    filled = fill(timeline)
    most = max((count for _, count in filled), default=0)
    if not most:
        return []
    slot = width / len(filled)
    broad = min(slot * 0.8, 48.0)
    return [
        Column(
            round(at * slot + (slot - broad) / 2, 1),
            round(height - height * count / most, 1),
            round(broad, 1),
            round(height * count / most, 1),
            count,
            moment,
        )
        for at, (moment, count) in enumerate(filled)
    ]
