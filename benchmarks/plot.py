"""A measured quantity over a size, both in steps of ten, as a small SVG picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 360, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 40, 44
COLOURS = ("#1f5fa8", "#b8541a")


@dataclass(frozen=True)
class Panel:
    """One picture: its title, the sizes, and lines by name. `goals` are (size, value) that must be passed."""

    title: str
    sizes: Sequence[int]
    lines: dict[str, Sequence[float]]
    goals: Sequence[tuple[int, float]] = ()


def svg(panels: Sequence[Panel], sizes_are: str) -> str:
    """The panels side by side."""
    drawn = "".join(
        f'<g transform="translate({at * WIDTH} 0)">{_panel(panel, sizes_are)}</g>'
        for at, panel in enumerate(panels)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(panels) * WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="11" fill="#333"><rect width="100%" height="100%" fill="#fff"/>'
        f"{drawn}</svg>\n"
    )


def _panel(panel: Panel, sizes_are: str) -> str:
    highest = _round_up(max(value for values in panel.lines.values() for value in values))
    lowest, widest = math.log10(min(panel.sizes)), math.log10(max(panel.sizes))
    span = max(widest - lowest, 1e-9)

    def x(size: float) -> float:
        return LEFT + (math.log10(size) - lowest) / span * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / highest * (HEIGHT - TOP - BOTTOM)

    parts = [f'<text x="{LEFT}" y="20" font-size="13" font-weight="bold">{escape(panel.title)}</text>']
    for step in range(5):
        value = highest * step / 4
        parts.append(
            f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
            f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:,.0f}</text>'
        )
    parts += [
        f'<text x="{x(size):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{size:,}</text>'
        for size in panel.sizes
    ]
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 8}">{escape(sizes_are)}</text>')
    for colour, (name, values) in zip(COLOURS, panel.lines.items(), strict=False):
        spots = [(x(size), y(value)) for size, value in zip(panel.sizes, values, strict=True)]
        path = "L".join(f"{across:.1f} {down:.1f}" for across, down in spots)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{across:.1f}" cy="{down:.1f}" r="3" fill="{colour}"/>' for across, down in spots
        ]
        parts.append(
            f'<text x="{spots[0][0] + 8:.1f}" y="{spots[0][1] - 8:.1f}" fill="{colour}">{escape(name)}</text>'
        )
    for size, value in panel.goals:
        parts.append(
            f'<path d="M{x(size) - 14:.1f} {y(value):.1f}h28" stroke="#555" stroke-dasharray="3 2"/>'
            f'<text x="{x(size):.1f}" y="{y(value) + 14:.1f}" text-anchor="middle">≥ {value:,.0f}</text>'
        )
    return "".join(parts)


def _round_up(value: float) -> float:
    """The next number of one or two digits and zeros, that four steps divide evenly."""
    step = 10.0 ** math.floor(math.log10(value))
    return next(step * each for each in (1, 2, 4, 8, 10, 20) if step * each >= value)
