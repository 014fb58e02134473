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

SIDES = (("left", "blue"), ("center", "white"), ("right", "red"))
BAR_WIDTH = 24
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
    table = Table(box=None, padding=(0, 1), show_header=True, header_style="dim")
    table.add_column("articles", justify="right")
    table.add_column("sources", justify="right")
    table.add_column("left · center · right", width=BAR_WIDTH)
    table.add_column("story", no_wrap=True, overflow="ellipsis")
    for record in largest(stories)[:SHOWN]:
        table.add_row(
            str(record["article_count"]),
            str(record["publisher_count"]),
            bias_bar(record),
            Text(plain((record.get("headline") or {}).get("text", ""))),
        )
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
    for at, (side, colour) in enumerate(SIDES):
        last = at == len(SIDES) - 1
        width = BAR_WIDTH - filled if last else round(BAR_WIDTH * grouped.get(side, 0) / rated)
        bar.append("█" * width, colour)
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
    facts = (
        f"{record['article_count']} Articles from {record['publisher_count']} sources, "
        f"{record['reprint_count']} of them reprints; {record['independent_source_count']} independent"
    )
    lines.append(Text(facts, "dim"))
    title = Text(plain((record.get("headline") or {}).get("text", "")), "bold")
    return Panel(Group(*lines), title=title, title_align="left", padding=(1, 2))


def summary(
    stories: Mapping[str, Record], outcomes: Counter[str], rejected: Mapping[str, str], events: int
) -> Group:
    """The end of the demo: two stories whole, the others in a line, what was rejected and why."""
    ranked = largest(stories)
    table = Table(
        title="All published stories", title_justify="left", box=None, padding=(0, 1), header_style="dim"
    )
    for name, justify in (
        ("articles", "right"),
        ("sources", "right"),
        ("coverage", "left"),
        ("headline", "left"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]  # literals
    for record in ranked:
        headline = plain((record.get("headline") or {}).get("text", ""))
        table.add_row(
            str(record["article_count"]), str(record["publisher_count"]), bias_bar(record), headline
        )
    accepted = outcomes.get("accepted", 0)
    others = ", ".join(f"{count} {name}" for name, count in outcomes.most_common() if name != "accepted")
    said = f"{accepted} articles became {len(ranked)} published stories in {events} events; {others}."
    why = Table(
        title="What was rejected, and why", title_justify="left", box=None, padding=(0, 1), header_style="dim"
    )
    why.add_column("code")
    why.add_column("in words")
    for code, reason in sorted(rejected.items()):
        why.add_row(code, Text(plain(reason), no_wrap=True, overflow="ellipsis"))
    return Group(
        *(story_panel(record) for record in ranked[:2]), table, Text(), Text(said, "bold"), Text(), why
    )
