"""`dateline access`: users of the Redis server with the least rights, their passwords, the ACL file."""

from __future__ import annotations

import os
import secrets
import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import redis as redis_py
import typer

from dateline.access import MODES, acl_file, after_loading, users
from dateline.cli.faults import Failed, Usage
from dateline.cli.options import LOCAL, Namespace, RedisUrl, named, server
from dateline.cli.terminal import note, out

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Users of the Redis server, each with the least rights.",
)

Folder = Annotated[
    Path, typer.Option("--folder", envvar="ACCESS_FOLDER", metavar="DIR", help="Where passwords lie.")
]
FOLDER = Path("access")
PASSWORD_BYTES = 32
LOADING_SECONDS = 600.0


@app.command()
def make(
    mode: Annotated[
        str,
        typer.Option(
            envvar="REDIS_ACCESS",
            help="What one who names no user may do: contract (send, send acts, read), closed, open (all).",
        ),
    ] = "contract",
    folder: Folder = FOLDER,
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
) -> None:
    """Make the passwords that are missing (DIR/USER/password) and write DIR/acl/users.acl.

    A server that runs with that ACL file takes the new rules. DIR/acl/after_loading is the transaction that
    restricts who names no user: send it after each start, again until the answer holds PONG. Before that the
    server loads its data and refuses the whole of it.

    Example: `dateline access make --folder /etc/dateline --mode closed`
    """
    if mode not in MODES:
        raise Usage(f"--mode: {mode!r} is none of {', '.join(MODES)}")
    names = named(namespace)
    passwords = {user.name: _password(folder / user.name / "password") for user in users(names)}
    place, command = folder / "acl" / "users.acl", after_loading(names, mode)
    changed = _written(place, acl_file(names, passwords, mode))
    _written(folder / "acl" / "after_loading", f"MULTI\nPING\n{shlex.join(command)}\nEXEC\n")
    note(f"{place} is {'written' if changed else 'up to date'} ({mode}).")
    _have_applied(redis, [["ACL", "LOAD"], command] if changed else [command])


@app.command()
def show(
    user: Annotated[str, typer.Argument(metavar="USER", help="sender, subscriber, group, editor, admin …")],
    at: Annotated[
        str, typer.Option("--at", envvar="REDIS_AT", metavar="HOST:PORT", help="Where the server is.")
    ] = "127.0.0.1:6379",
    folder: Folder = FOLDER,
) -> None:
    """Print a user's Redis URL, its password included.

    Example: `dateline access show admin --folder /etc/dateline`
    """
    known = {one.name: one.purpose for one in users(named(""))}
    if user not in known:
        raise Usage(f"{user!r} is no user; there are {', '.join(known)}")
    place = folder / user / "password"
    try:
        password = place.read_text("utf-8").strip()
    except OSError as error:
        raise Failed(f"{place} cannot be read ({error}); 'dateline access make' makes it") from error
    typer.echo(f"redis://{user}:{password}@{at}/0")


@app.command("list")
def list_users(namespace: Namespace = "") -> None:
    """Print the users and what each is for.

    Example: `dateline access list`
    """
    for user in users(named(namespace)):
        out().print(f"{user.name:11} {user.purpose}")


def _password(place: Path) -> str:
    """The password in this file, made if there is none; never half written."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        made = place.with_suffix(".new")
        made.unlink(missing_ok=True)
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
            file.write(secrets.token_hex(PASSWORD_BYTES))
        made.replace(place)
    return place.read_text("utf-8").strip()


def _written(place: Path, text: str) -> bool:
    """Whether the file had to be written; it is never there by halves."""
    if place.exists() and place.read_text("utf-8") == text:
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    made = place.with_suffix(".new")
    made.write_text(text, "utf-8")
    made.chmod(0o444)  # the server, another user, reads it; it holds hashes only
    made.replace(place)
    return True


def _have_applied(url: str, commands: Sequence[Sequence[str]]) -> None:
    """Let a server that runs already take the rules; one that does not will, when it starts."""
    try:
        with server(url) as connection:
            _when_loaded(connection, commands)
    except (redis_py.RedisError, OSError) as error:
        note(f"No server has taken the rules ({error}): they count from its next start.")
    else:
        note("The server has taken the rules.")


def _when_loaded(connection: redis_py.Redis, commands: Sequence[Sequence[str]]) -> None:
    """Apply commands in one transaction; a server that loads refuses the PING, and with it all."""
    deadline = time.monotonic() + LOADING_SECONDS
    while True:
        pipe = connection.pipeline(transaction=True)
        pipe.ping()
        for command in commands:
            pipe.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py leaves it so
        try:
            pipe.execute()
        except redis_py.BusyLoadingError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return
