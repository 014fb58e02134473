"""`dateline tune`: choose clustering parameters on one's own labelled news."""

from __future__ import annotations

import json as json_text
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from dateline.cli.evaluate import read
from dateline.cli.options import Json
from dateline.cli.terminal import err, note, out, print_json, safe
from dateline.evaluation.datasets import Options
from dateline.evaluation.fast import clean_records, default_parameters, play
from dateline.evaluation.tuning import TUNED, Tuned
from dateline.evaluation.tuning import tune as search_all


def tune(
    files: Annotated[list[Path], typer.Argument(help="Labelled JSON lines (.jsonl or .jsonl.gz).")],
    titles_only: Annotated[bool, typer.Option(help="Play titles without texts.")] = False,
    json: Json = False,
) -> None:
    """Find clustering parameters that suit your labelled news better than the defaults, and say by how much.

    With several files the column to trust is 'held out': each file scored with what was chosen without it.
    Gains below a point are noise. Takes some minutes for a thousand articles.

    Example: `dateline tune march.jsonl.gz april.jsonl.gz`
    """
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=err(), transient=True
    ) as bar:
        task = bar.add_task("reading")
        tuned = _tune(files, titles_only, lambda said: bar.update(task, description=said))
    if json:
        print_json(asdict(tuned))
        return
    out().print(_table(tuned))
    if not tuned.choice:
        out().print("The defaults are as good as anything found.", style="green")
        return
    note("Set this for the cluster service (it is part of config_hash; stories formed before stay):")
    out().print(f"DATELINE_CLUSTER_PARAMETERS='{json_text.dumps(tuned.choice)}'", soft_wrap=True)


def _tune(files: list[Path], titles_only: bool, say: Callable[[str], None]) -> Tuned:
    sets = {labelled.name: labelled for labelled in (read(path, Options(titles_only)) for path in files)}
    cleaned = {name: clean_records(labelled) for name, labelled in sets.items()}
    defaults = default_parameters()
    known: dict[tuple[str, str], float] = {}

    def score(name: str, choice: Mapping[str, float]) -> float:
        key = (name, json_text.dumps(choice, sort_keys=True))
        if key not in known:
            say(f"{name}: play {len(known) + 1}")
            parameters = replace(defaults, **choice)
            run = play(name, cleaned[name], sets[name].truth, parameters=parameters)
            known[key] = run.scores.f1
        return known[key]

    start = {name: float(getattr(defaults, name)) for name in TUNED}
    return search_all(list(sets), start, score)


def _table(tuned: Tuned) -> Table:
    table = Table(title="B-cubed F1", title_justify="left")
    for name in ("set", "defaults", "tuned", "held out"):
        table.add_column(name, justify="left" if name == "set" else "right")
    for name, before in tuned.before.items():
        held = f"{tuned.held_out[name]:.3f}" if name in tuned.held_out else "–"
        table.add_row(safe(name), f"{before:.3f}", f"{tuned.after[name]:.3f}", held)
    return table
