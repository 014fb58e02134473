"""`dateline status`: how far each stage is, what is stuck, and what to do about it."""

from __future__ import annotations

import typer
from rich.table import Table
from rich.text import Text

from dateline.cli.options import LOCAL, Json, Namespace, RedisUrl, named, server
from dateline.cli.stages import Memory, Report, Standing, look
from dateline.cli.terminal import clean, duration, out, plural, print_json, safe
from dateline.settings import load_settings


def status(redis: RedisUrl = LOCAL, namespace: Namespace = "", json: Json = False) -> None:
    """Say how far each stage is; exit code 1 when something is stuck.

    Of each stage: the entries it is behind, the age of the oldest, its dead letters, what the server keeps
    for it (stream, dead letters and state, estimated; of the ceiling), and who works on it, for how long
    the lease is. The shards are those of DATELINE_SHARDS, as for the services.

    Examples:

    * `dateline status`
    * `dateline status --json | jq '.stages[] | {stage, lag}'`
    """
    names, settings = named(namespace), load_settings()
    with server(redis) as connection:
        report = look(connection, names, settings.shard_map, settings.memory_soft_share)
    if json:
        print_json(report.facts())
    else:
        _print(report)
    if report.faults:
        raise typer.Exit(1)


def _print(report: Report) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("stage", "stream", "lag", "oldest", "dead", "memory", "lease"):
        table.add_column(name, justify="left" if name in ("stage", "stream") else "right", no_wrap=True)
    table.add_column("worker", overflow="fold")
    for standing in report.stages:
        table.add_row(*_row(standing))
    if report.stages:
        out().print(table)
    out().print(_memory(report.memory), soft_wrap=True)
    out().print(
        f"{plural(report.stories, 'story')} live, {plural(report.events, 'event')} kept in stories.published"
    )
    remarks = [*report.remarks, *report.memory.remarks]
    remarks += [f"{one.stage} {one.stream}: {remark}" for one in report.stages for remark in one.remarks]
    for remark in remarks:
        out().print(safe(f"  {remark}", "dim"), soft_wrap=True)
    for fault in report.faults:
        out().print(Text.assemble(("Stuck: ", "bold red"), clean(fault)), soft_wrap=True)
    if not report.faults:
        out().print("Nothing is stuck.", style="green")


def _row(standing: Standing) -> tuple[Text | str, ...]:
    bad = bool(standing.faults)
    lag = f"{standing.lag:,}{'+' if standing.more else ''}"
    oldest = duration(standing.oldest_seconds) if standing.oldest_seconds is not None else "–"
    others = f" and {standing.workers - 1} more" if standing.workers > 1 else ""
    return (
        safe(standing.stage, "bold red" if bad else "bold"),
        safe(standing.stream),
        safe(lag, "red" if bad else "yellow" if standing.lag else "green"),
        safe(oldest),
        safe(f"{standing.dead:,}", "yellow" if standing.dead else ""),
        safe(_held(standing)),
        safe(duration(standing.lease_seconds) if standing.lease_seconds is not None else "–"),
        safe(
            f"{standing.worker}{others}" if standing.worker else "none", "" if standing.worker else "yellow"
        ),
    )


def _held(standing: Standing) -> str:
    share = f" {standing.memory_share:.0%}" if standing.memory_share is not None else ""
    return f"{standing.memory_bytes / 2**20:,.1f} MiB{share}"


def _memory(memory: Memory) -> Text:
    used = f"{memory.used / 2**20:,.1f} MiB"
    if not memory.ceiling:
        return safe(f"memory {used}, no ceiling")
    said = f"memory {used} of {memory.ceiling / 2**20:,.1f} MiB ({memory.used / memory.ceiling:.0%})"
    return safe(said, "red" if memory.faults else "")
