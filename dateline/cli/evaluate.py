"""``dateline evaluate``: labelled articles through the real pipeline, and how right the stories are."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from dateline.cli.faults import Usage
from dateline.evaluation.datasets import Labelled, Options, read_set
from dateline.evaluation.inspection import SHIFTS, inspect
from dateline.evaluation.metrics import Scores, churn, compare
from dateline.evaluation.pipeline import Run, Stuck
from dateline.evaluation.pipeline import run as run_pipeline
from dateline.evaluation.report import page

console = Console(width=None if sys.stdout.isatty() else 150)


def evaluate(
    files: Annotated[list[Path], typer.Argument(help="Labelled JSON lines (.jsonl or .jsonl.gz).")],
    titles_only: Annotated[bool, typer.Option(help="Send titles without texts.")] = False,
    noise: Annotated[Path | None, typer.Option(help="Unlabelled articles to play in between.")] = None,
    shuffle: Annotated[int | None, typer.Option(help="Shuffle with this seed.")] = None,
    language: Annotated[str | None, typer.Option(help="Only articles of this language.")] = None,
    kill: Annotated[bool, typer.Option(help="Kill -9 each service once on the way.")] = False,
    redis: Annotated[str | None, typer.Option(help="Use this (empty) server, not a private one.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a page with pictures and every error (plays without a server).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a set.")] = False,
) -> None:
    """Run labelled sets through the real services on a private server and score the stories.

    A line of a set is an article with `id`, `title` and the label `story`; see docs/quality.md.

    Examples:

    * `dateline evaluate my-labelled-news.jsonl.gz --kill`
    * `dateline evaluate my-labelled-news.jsonl.gz --report errors.html`
    """
    if report is not None:
        _write_report(report, [read(path, Options(titles_only, language, shuffle, noise)) for path in files])
        return
    failed = False
    table = _table()
    for path in files:
        labelled = read(path, Options(titles_only, language, shuffle, noise))
        run, scores = _evaluate(labelled, redis, kill)
        failed = failed or bool(run.missing or run.doubled)
        if as_json:
            console.print_json(json.dumps({"set": labelled.name, **_facts(run), **asdict(scores)}))
        else:
            _add_row(table, labelled, run, scores)
    if not as_json:
        console.print(table)
    if failed:
        console.print("[red]Articles are missing or stand in two stories; see the columns.[/]")
        raise typer.Exit(1)


def read(path: Path, options: Options) -> Labelled:
    """A labelled set; what is wrong with the file is said as a usage error."""
    try:
        return read_set(path, options)
    except FileNotFoundError as error:
        raise Usage(f"{error.filename}: there is no such file; check the path") from error
    except ValueError as error:
        raise Usage(str(error)) from error


def _write_report(target: Path, sets: list[Labelled]) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    sections = []
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        for labelled in sets:
            task = bar.add_task(labelled.name, total=len(SHIFTS))
            sections.append(inspect(labelled, lambda task=task: bar.advance(task)))  # type: ignore[misc]  # mypy does not infer a lambda's defaults
    target.write_text(page(sections), encoding="utf-8")
    for section in sections:
        console.print(
            f"{section.name}: B³ F1 {section.scores.f1:.3f}, {len(section.torn)} stories torn, "
            f"{len(section.glued)} glued"
        )
    console.print(f"Written: {target}", markup=False)


def _evaluate(labelled: Labelled, redis: str | None, kill: bool) -> tuple[Run, Scores]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory(prefix="dateline-evaluate-") as data,
        Progress(*columns, console=Console(stderr=True), transient=True) as bar,
    ):
        task = bar.add_task(labelled.name, total=len(labelled.records))
        try:
            run = run_pipeline(
                labelled,
                Path(data),
                url=redis,
                progress=lambda done, of: bar.update(task, completed=done, total=of),
                kill=("ingest", "cluster", "publish") if kill else (),
            )
        except Stuck as error:
            console.print(f"[red]{labelled.name}: {error}[/]")
            raise typer.Exit(1) from error
    return run, compare(run.partition, {item: labelled.truth[item] for item in run.partition})


def _facts(run: Run) -> dict[str, Any]:
    once, twice = churn(run.histories)
    return {
        "articles": run.sent,
        "articles_a_second": round(run.sent / run.seconds, 1),
        "missing": len(run.missing),
        "doubled": len(run.doubled),
        "changed_story": once,
        "changed_twice": twice,
        "outcomes": run.outcomes,
        "kills": run.kills,
    }


def _table() -> Table:
    table = Table(title="Stories found against stories labelled", title_justify="left")
    for name in ("set", "articles", "B³ P", "B³ R", "B³ F1", "pair F1", "ARI", "AMI", "found/true"):
        table.add_column(name, justify="left" if name == "set" else "right")
    for name in ("alone", "moved", "missing", "doubled", "art./s", "killed"):
        table.add_column(name, justify="right")
    return table


def _add_row(table: Table, labelled: Labelled, run: Run, scores: Scores) -> None:
    facts = _facts(run)
    table.add_row(
        labelled.name,
        str(run.sent),
        f"{scores.precision:.3f}",
        f"{scores.recall:.3f}",
        f"[bold]{scores.f1:.3f}[/]",
        f"{scores.pairwise_f1:.3f}",
        f"{scores.ari:.3f}",
        f"{scores.ami:.3f}",
        f"{scores.stories_found}/{scores.stories_true}",
        f"{scores.singletons_right:.0%}",
        f"{facts['changed_story']:.1%}",
        str(len(run.missing)),
        str(len(run.doubled)),
        f"{facts['articles_a_second']:.0f}",
        str(len(run.kills)),
    )
