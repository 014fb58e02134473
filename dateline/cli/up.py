"""``dateline up``: a private server and all services, until Ctrl-C."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dateline.embedded import EmbeddedError, answers, door_port, running

console = Console()


def up(
    data: Annotated[
        Path, typer.Option(help="Where the private server and the logs keep their files.")
    ] = Path("dateline-data"),
    redis: Annotated[str | None, typer.Option(help="Use this server instead of a private one.")] = None,
    port: Annotated[int, typer.Option(help="The HTTP door's port; another free one if it is taken.")] = 8080,
    feeds: Annotated[
        bool, typer.Option("--feeds", help="Poll feeds, too: those that `dateline feeds add` names.")
    ] = False,
) -> None:
    """Run everything on this machine: a private server and the services; restart what dies.

    Example: dateline up --data ./news --feeds
    """
    if redis and not answers(redis):
        console.print(f"[red]No server answers at {redis}.[/] Start it, or leave --redis out.")
        raise typer.Exit(1)
    asked: list[int] = []
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda number, _frame: asked.append(number))
    try:
        door = door_port(port)
        with running(data, url=redis, door=door, feeds=feeds) as (url, services):
            _greet(url, data, door, feeds)
            while not asked:
                for name in services.mend():
                    console.print(
                        f"[yellow]{name} had died and was restarted[/] (log: {data}/logs/{name}.log)"
                    )
                time.sleep(0.1)
            console.print(f"Stopping: {', '.join([*services.children, *(() if redis else ('server',))])} …")
    except EmbeddedError as error:
        console.print(f"[red]{error}[/]")
        raise typer.Exit(1) from error
    console.print("Stopped. Nothing is lost: start again with the same --data.")


def _greet(url: str, data: Path, door: int, feeds: bool) -> None:
    console.print(f"[bold green]Dateline is up[/] on [bold]{url}[/] (data and logs in {data})")
    console.print(f"  look    [link]http://localhost:{door}/[/]")
    console.print(f"  send    dateline send articles.jsonl --redis {url}")
    if feeds:
        console.print(f"  feeds   dateline feeds add https://… --redis {url}")
    console.print(f"  watch   dateline watch --redis {url}")
    console.print(f"  status  dateline status --redis {url}")
    console.print("Ctrl-C stops everything in order.")
