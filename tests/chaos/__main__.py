"""`make chaos`: a run of chosen size, its progress, and the table at its end."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import tempfile
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from tests.chaos.faults import ALL, FAULTS, KILLS, LOSSES, lacks
from tests.chaos.run import Plan, Report, run
from tests.chaos.servers import EMBEDDED

# Played behind the others, under everysec: of these the referee knows that the server may lose writes.
AFTER = {name: times for name, (_, times) in LOSSES.items()} | {"kill_publish": 2, "kill_ingest": 2}
LOSSES_SECONDS = 120.0


def main() -> None:
    """Exit status 1 when the referee found anything."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="of traffic and faults (default: drawn)")
    parser.add_argument(
        "--articles", type=int, default=20_000, help="sent, garbage and duplicates among them"
    )
    parser.add_argument("--share", type=float, default=1.0, help="of the faults of a full run")
    parser.add_argument("--only", default="", help="only these faults, comma-separated")
    parser.add_argument("--minutes", type=float, default=17.0, help="then it is brought to its end")
    parser.add_argument("--engine", default=EMBEDDED, help="the server: embedded, or an image: redis:8")
    parser.add_argument("--keep", type=Path, default=None, help="keep server data and logs here")
    options = parser.parse_args()
    console = Console()
    seed = secrets.randbelow(2**31) if options.seed is None else options.seed
    plans = [
        Plan(
            seed, options.articles, chosen(options.only, options.share), 60 * options.minutes, options.engine
        )
    ]
    if not options.only:
        plans.append(Plan(seed, options.articles // 40, AFTER, LOSSES_SECONDS, options.engine))
    with tempfile.TemporaryDirectory(prefix="dateline-chaos-") as directory:
        bad = [
            played(console, plan, (options.keep or Path(directory)) / f"{at}")
            for at, plan in enumerate(plans)
        ]
    sys.exit(any(bad))


def played(console: Console, plan: Plan, directory: Path) -> bool:
    """Play a plan and print what came of it; whether the referee found anything."""
    console.print(
        f"seed {plan.seed}, {plan.articles} articles, {len(plan.order())} faults, {plan.engine} server"
    )
    for name, why in lacks(plan.engine).items():
        console.print(f"skipped: {name}: {why}")
    directory.mkdir(parents=True, exist_ok=True)
    report = show(console, plan, directory)
    console.print(table(report))
    sums = Counter(f"{one.kind}: {' '.join(one.words.split()[:3])} …" for one in report.findings)
    for what, number in sums.items():
        console.print(f"{number:6} {what}", highlight=False)
    for finding in report.findings[:40]:
        console.print(f"[red]{finding.kind}[/red]: {finding.words}", highlight=False, soft_wrap=True)
    return bool(report.findings)


def chosen(only: str, share: float) -> dict[str, int]:
    """How often each fault is played; the small shares keep at least one of each."""
    names = only.split(",") if only else list(FAULTS)
    return {name: max(1, round(ALL[name][1] * share)) for name in names}


def show(console: Console, plan: Plan, directory: Path) -> Report:
    """Run with a progress bar."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("starting", total=plan.articles)

        def tell(what: str, done: int, of: int) -> None:
            bar.update(task, description=what, completed=min(done, of), total=of)

        return asyncio.run(run(plan, directory, tell))


def table(report: Report) -> Table:
    """faults, entries, lost, doubled, stuck, late."""
    grid = Table(title=f"chaos, seed {report.plan.seed}, {report.seconds:.0f} s")
    for name in ("faults", "times", "entries", "lost", "doubled", "stuck", "wrong", "late"):
        grid.add_column(name, justify="left" if name == "faults" else "right")
    kills = sum(times for name, times in report.played.items() if name in KILLS)
    for name, times in sorted(report.played.items()):
        grid.add_row(name, str(times), *[""] * 6)
    counts = [str(report.count(kind)) for kind in ("lost", "doubled", "stuck", "wrong")]
    grid.add_section()
    total = sum(report.played.values())
    grid.add_row(f"all ({kills} × kill -9)", str(total), str(report.entries), *counts, str(report.late))
    kinds = Counter(event.kind for event in report.history.events)
    told = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
    epochs = len({event.epoch for event in report.history.events})
    grid.caption = (
        f"{report.events} events ({told}) in {epochs} epochs, {report.acts} acts, "
        f"{report.restarts} restarts of services, {report.refused} batches refused and sent again; "
        f"{report.webhooks} webhooks, {report.changes} items of /v1/changes; "
        f"{report.polled} entries came through the feeds service"
    )
    if report.plan.lossy:
        grid.caption += f", {report.allowed} acknowledged entries lost by the server, as it may"
    return grid


if __name__ == "__main__":
    main()
