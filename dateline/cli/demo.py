"""``dateline demo``: everything on an embedded server, the seed articles, and the stories as they form."""

from __future__ import annotations

import base64
import contextlib
import csv
import json
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import redis
import typer
from rich.console import Console, Group
from rich.live import Live

from dateline.cli.demo_view import summary, view
from dateline.embedded import EmbeddedError, Services, door_port, running
from dateline.progress import caught_up
from dateline.streams import Names

console = Console()

SENDING_SECONDS = 22.0
LONGEST_SECONDS = 55.0
NAMES = Names()


@dataclass
class Demo:
    """What the demo has seen so far, from the public streams and keys only."""

    total: int
    sent: int = 0
    position: str = "0-0"
    events: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    rejected: dict[str, list[str]] = field(default_factory=dict)
    stories: dict[str, dict[str, Any]] = field(default_factory=dict)
    latest: list[tuple[str, str]] = field(default_factory=list)


def seeds() -> Path:
    """Where the seed articles are: in a checkout, or inside the installed package."""
    here = Path(__file__).resolve()
    for place in (here.parents[2] / "seeds", here.parents[1] / "seeds"):
        if (place / "articles.jsonl").exists():
            return place
    raise typer.BadParameter("the seed articles are not installed; run the demo from a checkout")


def demo(
    keep: Annotated[
        Path | None, typer.Option(help="Keep the data here, to look at it afterwards with `dateline up`.")
    ] = None,
    port: Annotated[int, typer.Option(help="The pages' port; another free one if it is taken.")] = 8080,
    stay: Annotated[
        bool, typer.Option("--stay", help="On a terminal: keep the pages open at the end, until Ctrl-C.")
    ] = False,
) -> None:
    """Send the seed articles through all services and watch the stories form (under a minute).

    While it runs the stories are on its pages, too.

    Example: dateline demo --stay
    """
    staying = stay and console.is_terminal and sys.stdin.isatty()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    for sign in (signal.SIGTERM, signal.SIGHUP):  # a terminal that is closed leaves no services behind
        signal.signal(sign, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="dateline-demo-") as scratch:
        data = keep or Path(scratch)
        try:
            console.print("[dim]Starting an embedded server and the services …[/]")
            environment = {"DATELINE_PUBLISH_SETTLE_SECONDS": "0.7"}
            door = door_port(port)
            with running(data, environment=environment, door=door) as (url, services):
                console.print(f"Its pages: [bold][link]http://localhost:{door}/[/][/]")
                state = _play(url, services)
                console.print(summary(state.stories, state.outcomes, state.rejected, state.events))
                if staying:
                    _stay(door, services)
        except EmbeddedError as error:
            console.print(f"[red]{error}[/]")
            raise typer.Exit(1) from error
    _say_how_to_go_on(keep, staying)


def _stay(door: int, services: Services) -> None:
    """Leave everything running until Ctrl-C; the address is the last line."""
    console.print("\nThe stories stay on their pages until Ctrl-C:")
    console.print(f"[bold green]http://localhost:{door}/[/]")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            services.mend()
            time.sleep(0.2)


def _play(url: str, services: Services) -> Demo:
    entries = list(_entries(seeds()))
    state = Demo(total=len(entries))
    started = time.monotonic()
    client = redis.Redis.from_url(url, decode_responses=True, encoding_errors="replace")
    _load_ratings(client, seeds() / "outlets.csv")
    with Live(console=console, refresh_per_second=8, transient=True) as live:
        while True:
            now = time.monotonic() - started
            _send_until(client, entries, state, int(len(entries) * min(1.0, now / SENDING_SECONDS)))
            services.mend()
            _look(client, state)
            live.update(Group(*view(state.stories, state.latest, state.outcomes, state.sent, state.total)))
            done = state.sent == state.total and caught_up(client, NAMES, ["all"]) and now > SENDING_SECONDS
            if done or now > LONGEST_SECONDS:
                _look(client, state)
                client.close()
                return state
            time.sleep(0.1)


def _entries(folder: Path) -> Iterator[dict[str, str | bytes]]:
    """The seed articles in order, with the invalid ones in between, as they are XADDed."""
    invalid = [json.loads(line) for line in (folder / "invalid.jsonl").read_text().splitlines()]
    articles = (folder / "articles.jsonl").read_text().splitlines()
    every = max(1, len(articles) // max(1, len(invalid)))
    for at, line in enumerate(articles):
        yield {"article": line}
        if at % every == 0 and invalid:
            one = invalid.pop(0)
            fields: dict[str, str | bytes] = dict(one.get("entry", {}))
            for name, value in one.get("entry_base64", {}).items():
                fields[name] = base64.b64decode(value)
            if fields:
                yield fields


def _load_ratings(client: redis.Redis, path: Path) -> None:
    """The fictional outlets' ratings, as one control act."""
    rows = list(csv.DictReader(path.read_text().splitlines()))
    body = {
        "load_id": "demo",
        "name": "Dateline demo ratings (fictional)",
        "version": "1",
        "licence": "Apache-2.0",
        "chunk": 0,
        "chunks": 1,
        "rows": rows,
    }
    client.xadd(NAMES.control, {"act": "ratings", "body": json.dumps(body)})


def _send_until(client: redis.Redis, entries: list[dict[str, str | bytes]], state: Demo, until: int) -> None:
    for fields in entries[state.sent : until]:
        client.xadd(NAMES.raw, fields)  # type: ignore[arg-type]  # str and bytes mixed
        state.sent += 1


def _look(client: redis.Redis, state: Demo) -> None:
    """Read new events and outcomes."""
    page: Any = client.xrange(NAMES.published, min=f"({state.position}", count=200)
    for entry_id, fields in page:
        state.position = entry_id
        state.events += 1
        record = json.loads(fields["data"])
        kind = fields["type"].split(".")[2]
        state.latest = [*state.latest, (kind, _line(record))][-6:]
        if record["status"] in ("merged", "withdrawn"):
            state.stories.pop(record["story_id"], None)
        else:
            state.stories[record["story_id"]] = record
    outcomes: Any = client.xrange(NAMES.beside(NAMES.raw, "outcomes"))
    state.outcomes = Counter(fields["outcome"] for _, fields in outcomes)
    dead: Any = client.xrange(NAMES.dead(NAMES.raw))
    state.rejected = {}
    for _, fields in dead:
        state.rejected.setdefault(fields["code"], []).append(fields["reason"])


def _line(record: dict[str, Any]) -> str:
    headline = (record.get("headline") or {}).get("text", record["story_id"])
    change = record["change"].get("statement") or ", ".join(record["change"]["reasons"])
    return f"{headline} — {change}"


def _say_how_to_go_on(keep: Path | None, stayed: bool) -> None:
    console.print("\n[bold]Go on[/]")
    console.print("  dateline up                      run it for yourself, data in ./dateline-data")
    console.print("  dateline send articles.jsonl     send articles of your own (docs/send.md)")
    console.print("  dateline watch                   subscribe to story events (docs/subscribe.md)")
    console.print("  docker compose up                the same as a deployment (docs/operate.md)")
    if not stayed:
        console.print("  dateline demo --stay             this again, with its pages open until Ctrl-C")
    if keep:
        console.print(f"  dateline up --data {keep}      start again on this demo's data")
