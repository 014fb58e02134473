"""What the demo shows: stories as they form, and a summary a person enjoys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

Record = Mapping[str, Any]

# Each side has a shade of its own as well as a colour: bars must be read without colours too.
SIDES = (("left", "█", "blue"), ("center", "▒", "white"), ("right", "▓", "red"))
LEGEND = " ".join(f"{shade} {side}" for side, shade, _ in SIDES)
BAR_WIDTH = 24
PLURALS = {"revision": "revisions", "duplicate": "duplicates"}
SHOWN = 9


def plain(text: str) -> str:
    """Text of an article without control characters: it must not steer the terminal."""
    return "".join(ch if ch.isprintable() or ch == " " else " " for ch in text)


def view(
    stories: Mapping[str, Record],
    latest: Sequence[tuple[str, str]],
    outcomes: Counter[str],
    sent: int,
    total: int,
) -> list[RenderableType]:
    """The live view: progress, the largest stories, the latest events."""
    progress = Table.grid(padding=(0, 1))
    counts = "  ".join(f"{name} {count}" for name, count in outcomes.most_common())
    progress.add_row(
        ProgressBar(total=total, completed=sent, width=30), f"{sent}/{total} sent", Text(counts, "dim")
    )
    table = _table(largest(stories)[:SHOWN])
    events = [
        Text(f"{kind:>9}  {plain(line)}", "dim", no_wrap=True, overflow="ellipsis") for kind, line in latest
    ]
    return [progress, Text(), table, Text(), *events]


def largest(stories: Mapping[str, Record]) -> list[Record]:
    """Stories by sources, then articles, then id."""
    return sorted(
        stories.values(), key=lambda one: (-one["publisher_count"], -one["article_count"], one["story_id"])
    )


def bias_bar(record: Record) -> Text:
    """Shares of rated sources as a bar; dots where none is rated."""
    bias = record["coverage"]["bias"]
    grouped, rated = bias["grouped"], bias["rated"]
    if not rated:
        return Text("·" * BAR_WIDTH, "dim")
    bar = Text()
    filled = 0
    for at, (side, shade, colour) in enumerate(SIDES):
        last = at == len(SIDES) - 1
        width = BAR_WIDTH - filled if last else round(BAR_WIDTH * grouped.get(side, 0) / rated)
        bar.append(shade * width, colour)
        filled += width
    return bar


def story_panel(record: Record) -> Panel:
    """One story as a reader would see it."""
    lines: list[RenderableType] = []
    if record.get("summary"):
        lines.append(Text(plain(record["summary"]["text"])))
    for point in record["key_points"]:
        sources = f" [{point['publisher_count']} sources]" if point["publisher_count"] > 1 else ""
        lines.append(Text.assemble("• ", plain(point["text"]), (sources, "dim")))
    bias = record["coverage"]["bias"]
    lines.append(Text())
    lines.append(Text.assemble(bias_bar(record), "  ", (bias["statement"], "italic")))
    reprints = record["reprint_count"]
    facts = (
        f"{record['article_count']} Articles from {record['publisher_count']} sources, "
        f"{reprints} of them {'a reprint' if reprints == 1 else 'reprints'}; "
        f"{record['independent_source_count']} independent"
    )
    lines.append(Text(facts, "dim"))
    title = Text(plain((record.get("headline") or {}).get("text", "")), "bold")
    return Panel(Group(*lines), title=title, title_align="left", padding=(1, 2))


def summary(
    stories: Mapping[str, Record], outcomes: Counter[str], rejected: Mapping[str, Sequence[str]], events: int
) -> Group:
    """The end of the demo: two stories whole, the others in a line, what was rejected and why.

    `rejected` maps codes to the reasons given under it, in words.
    """
    ranked = largest(stories)
    said = f"{outcomes.get('accepted', 0)} articles became {len(ranked)} published stories in {events} events"
    others = ", ".join(
        f"{count} {PLURALS.get(name, name) if count > 1 else name}"
        for name, count in outcomes.most_common()
        if name != "accepted"
    )
    return Group(
        *(story_panel(record) for record in ranked[:2]),
        _table(ranked, "All published stories"),
        Text(),
        Text(f"{said}; {others}." if others else f"{said}.", "bold"),
        Text(),
        _reasons(rejected),
    )


def _table(ranked: Sequence[Record], title: str | None = None) -> Table:
    """Stories in a line each; the headline takes what room the terminal leaves."""
    table = Table(
        title=title, title_justify="left", box=None, padding=(0, 1), header_style="dim", expand=True
    )
    table.add_column("articles", justify="right", width=8)
    table.add_column("sources", justify="right", width=7)
    table.add_column(LEGEND, width=BAR_WIDTH)
    table.add_column("story", no_wrap=True, overflow="ellipsis", ratio=1)
    for record in ranked:
        headline = plain((record.get("headline") or {}).get("text", ""))
        counts = str(record["article_count"]), str(record["publisher_count"])
        table.add_row(*counts, bias_bar(record), Text(headline))
    return table


def _reasons(rejected: Mapping[str, Sequence[str]]) -> Table:
    table = Table(
        title="What was rejected, and why",
        title_justify="left",
        box=None,
        padding=(0, 1),
        header_style="dim",
        expand=True,
    )
    table.add_column("", justify="right", width=3)
    table.add_column("code", width=max((len(code) for code in rejected), default=4))
    table.add_column("in words, one of them", no_wrap=True, overflow="ellipsis", ratio=1)
    for code, reasons in sorted(rejected.items(), key=lambda one: (-len(one[1]), one[0])):
        table.add_row(str(len(reasons)), code, Text(plain(reasons[0])))
    return table
