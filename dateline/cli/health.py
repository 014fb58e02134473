"""`dateline health`: ask a running service how it is."""

from __future__ import annotations

import json as json_module
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from dateline.cli.faults import Failed, Usage
from dateline.cli.options import Json
from dateline.cli.terminal import out, print_json, safe

MOST_BYTES = 65_536


def health(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where the service listens: http://host:port.")],
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for the answer.")] = 5.0,
    json: Json = False,
) -> None:
    """Ask a service how it is; exit code 1 when it is not alive.

    Example: `dateline health http://127.0.0.1:8081`
    """
    if not url.startswith(("http://", "https://")):
        raise Usage(f"{url}: is no http URL; write http://host:port")
    address = url if "/" in url.split("://", 1)[1].rstrip("/") else url.rstrip("/") + "/health"
    code, report = ask(address, timeout)
    if json:
        print_json(report)
    else:
        alive = code == 200
        out().print(
            safe(
                f"{report.get('stage', 'service')}: {'alive' if alive else 'not alive'}",
                "green" if alive else "bold red",
            )
        )
        _print_facts(report)
    if code != 200:
        raise typer.Exit(1)


def _print_facts(report: Mapping[str, Any]) -> None:
    """A line a fact, a line a loop."""
    for name, value in report.items():
        if name in ("stage", "alive", "loops") or value in (None, {}, ""):
            continue
        out().print(safe(f"  {name.replace('_', ' ')}: {value}"))
    loops = report.get("loops")
    for stream, loop in loops.items() if isinstance(loops, dict) else ():
        fault = loop.get("fault")
        said = f"  {stream}: {loop.get('role')}{f', kept from it by: {fault}' if fault else ''}"
        out().print(safe(said, "" if loop.get("well") else "red"))


def ask(address: str, timeout: float) -> tuple[int, dict[str, Any]]:
    """Status code and report of a health route.

    Raises:
        Failed: nobody answers there, or somebody else does.
    """
    try:
        with urllib.request.urlopen(address, timeout=timeout) as answer:
            code, body = answer.status, answer.read(MOST_BYTES)
    except urllib.error.HTTPError as error:
        code, body = error.code, error.read(MOST_BYTES)
        error.close()
    except (OSError, ValueError) as error:
        raise Failed(
            f"{address} does not answer ({error}); does the service run, and on that port?"
        ) from error
    try:
        report = json_module.loads(body)
    except ValueError:
        report = None
    if not isinstance(report, dict):
        raise Failed(f"{address} answered {code}, but not with a health report; is that a Dateline service?")
    return code, report
