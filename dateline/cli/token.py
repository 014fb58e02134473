"""`dateline token`: who may write and administrate through the HTTP door."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from dateline.cli.faults import Failed, Usage
from dateline.cli.options import Json
from dateline.cli.terminal import out, plural, print_json, safe
from dateline.settings import load_settings
from services.web.keep import Keep, KeepError
from services.web.tokens import NAME, SCOPES, Token

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="Add, list, rotate and revoke the door's tokens."
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Who it is for, for instance newsroom.")]
Data = Annotated[
    Path | None,
    typer.Option(help="The --data of `dateline up`; default: where DATELINE_WEB_DATA says."),
]
Days = Annotated[float, typer.Option(min=0, help="It ends after so many days; 0: never.")]


@contextmanager
def kept(data: Path | None, *, create: bool = False) -> Iterator[Keep]:
    """The door's file ``keep.db``, open; every fault is one sentence."""
    folder = data / "web" if data else Path(load_settings().web_data)
    path = folder / "keep.db"
    if not create and not path.exists():
        raise Failed(f"there is no {path}; give the --data of 'dateline up', or add a first token")
    if not os.access(next(one for one in (path, *path.parents) if one.exists()), os.W_OK):
        raise Failed(f"{path} cannot be written by this user; run the command as the user of the door")
    try:
        keep = Keep(path)
        try:
            yield keep
        finally:
            keep.close()
    except KeepError as error:
        raise Failed(str(error)) from error


@app.command()
def add(
    name: Name,
    scope: Annotated[str, typer.Option(help="read, write (reads too) or admin (everything).")] = "write",
    days: Days = 0,
    data: Data = None,
) -> None:
    """Make a token and print it, once: only its hash is kept.

    Examples:

    * `dateline token add newsroom`
    * `dateline token add me --scope admin --data ./dateline-data`
    * `docker compose exec web dateline token add newsroom`
    """
    chosen = next((one for one in SCOPES if one == scope), None)
    if chosen is None:
        raise Usage(f"--scope: {scope!r} is none of {', '.join(SCOPES)}")
    if not NAME.fullmatch(name):
        raise Usage(f"{name!r} is no name; use lower-case letters, digits, '.', '_' and '-' (64 at most)")
    with kept(data, create=True) as keep:
        _show(keep.add_token(name, chosen, days))


@app.command()
def rotate(
    name: Name,
    overlap: Annotated[float, typer.Option(min=0, help="Hours that the old one still works.")] = 24.0,
    days: Days = 0,
    data: Data = None,
) -> None:
    """Make a new token for a name; the old one ends after the overlap.

    Example: `dateline token rotate newsroom --overlap 1`
    """
    with kept(data) as keep:
        _show(keep.rotate_token(name, overlap, days))


@app.command()
def revoke(name: Name, data: Data = None) -> None:
    """End every token of a name, at once.

    Example: `dateline token revoke newsroom`
    """
    with kept(data) as keep:
        gone = keep.revoke_token(name)
    if not gone:
        raise Failed(f"there is no token {name!r}; 'dateline token list' shows them")
    out().print(f"{plural(gone, 'token')} revoked.")


@app.command("list")
def list_tokens(data: Data = None, json: Json = False) -> None:
    """List the tokens: names, scopes, ends. The tokens themselves are not kept.

    Example: `dateline token list`
    """
    with kept(data) as keep:
        tokens = keep.tokens()
    if json:
        print_json([_facts(one) for one in tokens])
        return
    for one in tokens:
        end = f"ends {_day(one.expires_ms)}" if one.expires_ms else "does not end"
        out().print(
            safe(f"{one.name:<24} {one.scope:<6} dl_{one.token_id}_…  made {_day(one.created_ms)}, {end}")
        )
    if not tokens:
        out().print("No tokens: writing and administration are closed.")


def _show(token: str) -> None:
    typer.echo(token)
    typer.echo("Shown this once; send it as 'Authorization: Bearer …'.", err=True)


def _facts(one: Token) -> dict[str, str | None]:
    return {
        "token_id": one.token_id,
        "name": one.name,
        "scope": one.scope,
        "created_at": _day(one.created_ms),
        "expires_at": _day(one.expires_ms) if one.expires_ms else None,
    }


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
