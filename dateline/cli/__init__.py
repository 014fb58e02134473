"""The command `dateline`: each subcommand is a module, loaded when it is asked for.

One that cannot be loaded says so when it is called and does not break the others.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from dateline import __version__
from dateline.cli.faults import in_a_sentence
from dateline.cli.terminal import complain

COMMANDS = {
    "demo": "dateline.cli.demo:demo",
    "up": "dateline.cli.up:up",
    "send": "dateline.cli.send:send",
    "watch": "dateline.cli.watch:watch",
    "show": "dateline.cli.show:show",
    "explain": "dateline.cli.explain:explain",
    "status": "dateline.cli.status:status",
    "health": "dateline.cli.health:health",
    "dead": "dateline.cli.dead:app",
    "clear": "dateline.cli.clear:clear",
    "feeds": "dateline.cli.feeds:app",
    "edit": "dateline.cli.edit:app",
    "erase": "dateline.cli.erase:erase",
    "outlets": "dateline.cli.outlets:app",
    "token": "dateline.cli.token:app",
    "backup": "dateline.cli.backup:backup",
    "access": "dateline.cli.access:app",
    "export": "dateline.cli.transfer:export_streams",
    "import": "dateline.cli.transfer:import_streams",
    "replay": "dateline.cli.replay:replay",
    "evaluate": "dateline.cli.evaluate:evaluate",
    "tune": "dateline.cli.tune:tune",
}
"""Name → where its function (or, for a group, its Typer application) lies, in the order of the help."""


class Commands(TyperGroup):
    """The subcommands by name. Errors end as one sentence and an exit code, never as a traceback."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # click's own signature
        """All names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # click's own signature
        """Load a subcommand; None where there is none of that name."""
        place = COMMANDS.get(cmd_name)
        return None if place is None else _load(cmd_name, place)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command asked for; for one that does not exist the nearest is named."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, n=1, cutoff=0.5)
            hint = f"Did you mean '{near[0]}'?" if near else "'dateline --help' lists them."
            ctx.fail(f"'{args[0]}' is no command. {hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the subcommand."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, Exception) as error:
            ended = in_a_sentence(error)
            if ended is None:
                raise
            complain(ended.sentence)
            raise typer.Exit(ended.code) from None


def _load(name: str, place: str) -> Any:
    module_name, _, attribute = place.partition(":")
    try:
        target = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError, SyntaxError) as error:
        target = _missing(name, error)
    if isinstance(target, typer.Typer):
        group = typer.main.get_group(target)
        group.name = name
        return group
    single = typer.Typer(add_completion=False, rich_markup_mode="markdown")
    single.command(name, no_args_is_help=False)(cast("Callable[..., Any]", target))
    return typer.main.get_command(single)


def _missing(name: str, error: Exception) -> Callable[[], None]:
    def missing() -> None:
        complain(f"'{name}' cannot be loaded ({type(error).__name__}: {error}); install dateline again")
        raise typer.Exit(1)

    missing.__doc__ = "Not available in this installation."
    return missing


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"dateline {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="dateline",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Dateline turns a stream of raw news articles into stories.

    Try `dateline demo`, or `dateline up` and then `dateline send articles.jsonl`. Every command takes
    --redis URL (or DATELINE_REDIS_URL) and --namespace NAME (or DATELINE_NAMESPACE).
    """
