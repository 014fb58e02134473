"""`dateline outlets`: load outlet ratings."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from dateline.cli.faults import Failed
from dateline.cli.options import LOCAL, Json, Namespace, RedisUrl, client
from dateline.cli.terminal import out, plural, print_json, safe
from dateline.client.ratings import COLUMNS, read_ratings
from dateline.stories import RatingsInfo

app = typer.Typer(no_args_is_help=True, help="Load and look at outlet ratings.", rich_markup_mode="markdown")


@app.command("import")
def import_ratings(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A CSV file.")],
    name: Annotated[str, typer.Option(help="What these ratings are called; it stands in every record.")],
    licence: Annotated[str, typer.Option(help="Under which licence you may use them.")],
    version: Annotated[str, typer.Option(help="Their version or date.")] = "",
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    check: Annotated[bool, typer.Option("--check", help="Only read the file and say what is in it.")] = False,
    json: Json = False,
) -> None:
    """Load ratings from a CSV file; they replace those in force and re-rate all published stories.

    The first line names the columns: domain (needed), name, aliases, bias (far_left left lean_left center
    lean_right right far_right), factuality (very_high high mixed low very_low), owner, owner_type,
    country, provider. Several lines of one domain are several raters.

    Example: `dateline outlets import outlets.csv --name "Our ratings" --licence CC-BY-4.0`
    """
    rows = read_ratings(file)
    if not check:
        with client(redis, namespace) as connection:
            connection.load_ratings(rows, name=name, version=version, licence=licence)
    facts = {
        "rows": len(rows),
        "outlets": len({row["domain"] for row in rows}),
        "loaded": not check,
        "bias": dict(Counter(row["bias"] for row in rows if "bias" in row)),
        "factuality": dict(Counter(row["factuality"] for row in rows if "factuality" in row)),
    }
    if json:
        print_json(facts)
        return
    done = "would be loaded" if check else "sent; records follow as publish re-rates the stories"
    out().print(safe(f"{plural(len(rows), 'row')} for {plural(facts['outlets'], 'outlet')} {done}."))  # type: ignore[arg-type]


@app.command("show")
def show_ratings(redis: RedisUrl = LOCAL, namespace: Namespace = "", json: Json = False) -> None:
    """Show which ratings the newest records were made with.

    Example: `dateline outlets show`
    """
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


__all__ = ["COLUMNS", "app"]
