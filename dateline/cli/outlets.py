"""`dateline outlets`: the registry of outlets, and ratings of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from dateline.cli.faults import Failed
from dateline.cli.options import LOCAL, Json, Namespace, RedisUrl, client
from dateline.cli.terminal import err, note, out, plural, print_json, safe
from dateline.coverage import RatingsInfo
from dateline.outlets import Outlet, registry
from dateline.outlets.findings import Import, UnreadableRatings
from dateline.outlets.importing import read_file

app = typer.Typer(
    no_args_is_help=True, help="Look at the registry of outlets; rate them.", rich_markup_mode="markdown"
)

File = Annotated[
    Path,
    typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="CSV or JSON, see docs/ratings.md."),
]
Provider = Annotated[str, typer.Option(help="Who rates, where the file does not say.")]
LEAST_SHOWN = 50


@app.command("list")
def list_outlets(
    country: Annotated[str, typer.Option(help="Only those of a country (ISO 3166).")] = "",
    owner: Annotated[str, typer.Option(help="Only those whose owner's name contains this.")] = "",
    agencies: Annotated[bool, typer.Option("--agencies", help="Only news agencies.")] = False,
    limit: Annotated[int, typer.Option(min=0, help="How many to print; 0: all.")] = LEAST_SHOWN,
    json: Json = False,
) -> None:
    """List the outlets that Dateline knows.

    Example: `dateline outlets list --country ZA`
    """
    known = registry().outlets
    found = [
        outlet
        for outlet in known
        if (not country or outlet.country == country.upper())
        and owner.casefold() in outlet.owner.casefold()
        and (outlet.agency or not agencies)
    ]
    shown = found[:limit] if limit else found
    if json:
        print_json([asdict(outlet) for outlet in shown])
        return
    table = Table("outlet", "name", "country", "owner", "factuality", box=None, header_style="dim")
    for outlet in shown:
        owned = f"{outlet.owner} (2018)" if outlet.owner else ""
        table.add_row(*map(safe, (outlet.domain, outlet.name, outlet.country, owned, outlet.factuality)))
    out().print(table)
    more = f"; --limit 0 prints all {len(found):,}" if len(shown) < len(found) else ""
    note(f"{plural(len(shown), 'outlet')} of {len(known):,} that Dateline knows{more}.")


@app.command("show")
def show_outlet(
    outlet: Annotated[
        str, typer.Argument(metavar="HOST|NAME", help="An outlet; none: what records rest on.")
    ] = "",
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    json: Json = False,
) -> None:
    """Show what the registry knows of an outlet; without one, which ratings the newest records rest on.

    Example: `dateline outlets show abcnews.go.com`
    """
    if not outlet:
        _show_in_force(redis, namespace, json)
        return
    found = registry().find(outlet) or registry().named(outlet)
    if found is None:
        raise Failed(
            f"{outlet}: not in the registry, so it is an outlet of its own by its registered domain, with "
            "nothing known of it; 'dateline outlets import' adds facts and ratings"
        )
    if json:
        print_json(asdict(found))
        return
    table = Table.grid(padding=(0, 2))
    for label, value in _facts(found):
        table.add_row(safe(label, "dim"), safe(value))
    out().print(table)


def _facts(outlet: Outlet) -> list[tuple[str, str]]:
    facts = [
        ("outlet", outlet.domain),
        ("name", outlet.name),
        ("also", ", ".join((*outlet.aliases, *outlet.other_names))),
        ("country", outlet.country),
        ("language", outlet.language),
        ("owner", f"{outlet.owner} (as of 2018)" if outlet.owner else ""),
        ("owner type", outlet.owner_type),
        ("news agency", "yes" if outlet.agency else ""),
        ("factuality", f"{outlet.factuality} (Wikipedia, perennial sources)" if outlet.factuality else ""),
        ("bias", "unrated: the registry rates nobody; 'dateline outlets import' loads ratings"),
        ("sources", ", ".join(outlet.sources)),
    ]
    return [(label, value) for label, value in facts if value]


def _show_in_force(redis: str, namespace: str, json: bool) -> None:
    with client(redis, namespace) as connection:
        found: dict[tuple[str, str], tuple[int, RatingsInfo]] = {}
        for story in connection.stories(200):
            ratings = story.coverage.ratings
            key = (ratings.name or "", ratings.version or "")
            found[key] = (found.get(key, (0, ratings))[0] + 1, ratings)
    if json:
        print_json([{"stories": count, **info.model_dump(mode="json")} for count, info in found.values()])
        return
    if not found:
        raise Failed("no story is published yet, so no record names ratings; send articles first")
    table = Table("stories", "ratings", "version", "licence", "raters", box=None, header_style="dim")
    for count, info in found.values():
        raters = ", ".join(info.raters)
        table.add_row(
            str(count), *map(safe, (info.name or "none", info.version or "", info.licence or "", raters))
        )
    out().print(table)


@app.command("check")
def check_ratings(file: File, provider: Provider = "", json: Json = False) -> None:
    """Read a file of ratings and say what would be taken of it, and what not. Nothing is sent.

    Example: `dateline outlets check ratings.csv`
    """
    found = _read(file, provider)
    _report(found, "can be taken", json)
    if not found.rows:
        raise typer.Exit(1)


@app.command("import")
def import_ratings(
    file: File,
    name: Annotated[str, typer.Option(help="What these ratings are called; it stands in every record.")],
    licence: Annotated[str, typer.Option(help="Under which licence you may use them.")],
    version: Annotated[str, typer.Option(help="Their version or date.")] = "",
    provider: Provider = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Send nothing unless all of the file can be taken.")
    ] = False,
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    json: Json = False,
) -> None:
    """Load ratings from a file; they replace those in force, and the stories they concern are published anew.

    Known are a CSV (domain, bias, factuality, owner, owner_type, country, language, name, aliases, provider,
    date), Media Bias/Fact Check JSON, AllSides CSV and the list of Lin et al. Several lines of one outlet
    by several providers are averaged. What cannot be taken is reported and left out.

    Example: `dateline outlets import outlets.csv --name "Our ratings" --licence CC-BY-4.0`
    """
    found = _read(file, provider)
    if strict and not found.complete:
        _report(found, "could be taken", json)
        raise Failed("not everything in the file can be taken, so nothing was sent (--strict)")
    if not found.rows:
        _report(found, "can be taken", json)
        raise Failed("nothing in the file can be taken, so nothing was sent; the ratings in force stay")
    with client(redis, namespace) as connection, _progress() as progress:
        progress.add_task(f"Sending {plural(len(found.rows), 'row')}", total=None)
        connection.load_ratings(found.rows, name=name, version=version, licence=licence)
    _report(found, "sent; records follow as publish rates the stories anew", json)


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        console=err(),
        transient=True,
        disable=not err().is_terminal,
    )


def _read(file: Path, provider: str) -> Import:
    with _progress() as progress:
        task = progress.add_task(f"Reading {file.name}", total=None)
        try:
            return read_file(
                file.read_bytes(),
                provider,
                lambda rows: progress.update(task, description=f"Reading {file.name}: {rows:,} rows"),
            )
        except UnreadableRatings as error:
            raise Failed(f"{file}: {error}") from error


def _report(found: Import, done: str, json: bool) -> None:
    """What was taken, what not, and why, with the first cases of each kind."""
    facts = _summary(found)
    if json:
        print_json(facts)
        return
    for line in found.notes:
        note(line)
    if found.problems:
        table = Table("where", "what was not taken", box=None, header_style="dim")
        for problem in found.problems:
            left = "" if problem.row_taken else " (row left out)"
            table.add_row(safe(problem.where), safe(f"{problem.reason}{left}"))
        out().print(table)
        hidden = found.tally.total() - len(found.problems)
        if hidden:
            note(f"… and {hidden:,} more of the same kinds.")
    for kind, count in found.tally.most_common():
        out().print(safe(f"{count:>9,}  {kind}"))
    out().print(
        safe(
            f"{found.kind}: {plural(found.read, 'row')} read; {plural(len(found.rows), 'rating')} of "
            f"{plural(found.outlets, 'outlet')} {done}."
        )
    )


def _summary(found: Import) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "read": found.read,
        "taken": len(found.rows),
        "outlets": found.outlets,
        "not_taken": dict(found.tally),
        "problems": [asdict(problem) for problem in found.problems],
        "notes": found.notes,
        "bias": dict(Counter(row["bias"] for row in found.rows if "bias" in row)),
        "factuality": dict(Counter(row["factuality"] for row in found.rows if "factuality" in row)),
    }
