"""`dateline watch`: story events as they are published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.text import Text

from dateline.cli.faults import Usage
from dateline.cli.options import LOCAL, Json, Namespace, RedisUrl, client
from dateline.cli.terminal import complain, out, plural, print_json, safe
from dateline.client import Event

KINDS = ("created", "updated", "merged", "split", "withdrawn", "closed")
KIND_STYLES = {
    "created": "bold green",
    "updated": "cyan",
    "merged": "magenta",
    "split": "yellow",
    "withdrawn": "red",
    "closed": "dim",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events to show; everything that is given must fit."""

    kinds: frozenset[str] = frozenset()
    story: str = ""
    publisher: str = ""
    text: str = ""

    def passes(self, event: Event) -> bool:
        """Whether to show an event."""
        return (
            (not self.kinds or event.kind in self.kinds)
            and (not self.story or self.story in _stories(event))
            and (not self.publisher or _has_publisher(event, self.publisher.casefold()))
            and (not self.text or self.text.casefold() in _words(event).casefold())
        )


def _stories(event: Event) -> set[str]:
    """The story itself, and those it was merged with or split from."""
    data = event.data
    named = {event.subject, data.merged_into or "", *(one.story_id for one in data.merged_from)}
    return named | ({data.split_from.story_id} if data.split_from else set())


def _has_publisher(event: Event, wanted: str) -> bool:
    publishers = (article.publisher for article in event.data.articles)
    return any(
        wanted in (said or "").casefold() for one in publishers for said in (one.id, one.name, one.domain)
    )


def _words(event: Event) -> str:
    data = event.data
    said = [data.headline.text if data.headline else "", data.summary.text if data.summary else ""]
    return "\n".join(
        [*said, *(point.text for point in data.key_points), *(one.title for one in data.articles)]
    )


Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        help=f"Only these ({', '.join(KINDS)}); may be repeated.",
        autocompletion=lambda: list(KINDS),
    ),
]


def watch(
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    since: Annotated[
        str, typer.Option(metavar="WHEN", help="new, all, an entry id, or a time like 2025-07-18T09:00:00Z.")
    ] = "new",
    kinds: Kinds = None,
    story: Annotated[str, typer.Option(help="Only this story.")] = "",
    publisher: Annotated[
        str, typer.Option(help="Only stories with a publisher of this name or domain.")
    ] = "",
    text: Annotated[
        str, typer.Option(help="Only stories with these words in headline, summary or titles.")
    ] = "",
    count: Annotated[int | None, typer.Option(min=1, help="End after so many events.")] = None,
    until_idle: Annotated[
        float | None, typer.Option(min=0.1, metavar="SECONDS", help="End when nothing came for so long.")
    ] = None,
    json: Json = False,
) -> None:
    """Show story events as they are published, until Ctrl-C.

    With --json each event is one line: the CloudEvents attributes, and the record in `data`. A line that
    begins with MISSED says that events are missing (or may be) before the next one.

    Examples:

    * `dateline watch --since all --until-idle 2`
    * `dateline watch --type created --text election`
    * `dateline watch --json | jq -r '.data.headline.text'`
    """
    unknown = set(kinds or ()) - set(KINDS)
    if unknown:
        raise Usage(f"--type: {min(unknown)!r} is none of {', '.join(KINDS)}")
    chosen = Filter(frozenset(kinds or ()), story, publisher, text)
    with client(redis, namespace) as connection:
        try:
            events = connection.subscribe(since=since, until_idle=until_idle)
        except ValueError as error:
            raise Usage(f"--{error}") from error
        for shown, event in enumerate(_chosen(events, chosen), 1):
            _print(event, json)
            if shown == count:
                break


def _chosen(events: Iterable[Event], chosen: Filter) -> Iterator[Event]:
    """The events that pass; what was missed is said, whatever the filter."""
    for event in events:
        if event.notice:
            complain(f"MISSED: {event.notice}; read again what you hold ('dateline show')")
        if chosen.passes(event):
            yield event


def _print(event: Event, as_json: bool) -> None:
    if as_json:
        print_json(event.model_dump(mode="json"), line=True)
        return
    out().print(event_line(event), soft_wrap=True)


def event_line(event: Event) -> Text:
    """An event in two lines: what happened to which story, and what changed."""
    data = event.data
    said = safe(event.time.strftime("%H:%M:%S "), "dim")
    said.append_text(safe(f"{event.kind:<9}", KIND_STYLES.get(event.kind, "")))
    said.append(" ").append_text(safe(data.headline.text if data.headline else event.subject, "bold"))
    counts = f"{plural(data.article_count, 'article')}, {plural(data.publisher_count, 'publisher')}"
    change = data.change.statement or ", ".join(data.change.reasons)
    if data.merged_into:
        change = f"merged into {data.merged_into}"
    mark = " (may be a duplicate)" if event.duplicate else ""
    return said.append("\n         ").append_text(safe(f"{event.id} · {counts} · {change}{mark}", "dim"))
