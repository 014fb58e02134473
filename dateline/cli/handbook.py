"""The reference of all commands, written from what the commands say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

INTRODUCTION = """# Commands

Generated from the commands' own help by `python -m dateline.schemas docs/reference`.

Exit codes: 0 done; 1 it could not be done, or what was asked about is not well; 2 not called as it must be;
130 Ctrl-C. Results go to standard output, progress and complaints to standard error. Completion of commands
and options: `dateline --install-completion`.
"""


def commands_page(app: typer.Typer) -> str:
    """All commands as Markdown, in the order of the help."""
    root: Any = typer.main.get_group(app)
    parts = [INTRODUCTION]
    for name in root.list_commands(None):
        command = root.get_command(None, name)
        inside: dict[str, Any] = getattr(command, "commands", {})
        parts += _section(f"dateline {name}", command, "##")
        for inner, one in inside.items():
            parts += _section(f"dateline {name} {inner}", one, "###")
    return "\n".join(parts)


def _section(called: str, command: Any, level: str) -> Iterator[str]:
    yield f"{level} {called}\n"
    yield _help(command.help or "") + "\n"
    rows = [_row(one) for one in command.params if not getattr(one, "hidden", False) and one.name != "help"]
    if rows:
        yield "| argument or option | default | meaning |\n|---|---|---|"
        yield "\n".join(rows) + "\n"


def _help(text: str) -> str:
    """The help as Markdown; an example that is not marked as code is marked."""
    return re.sub(r"(Example: )(dateline [^`\n]+)", r"\1`\2`", text.replace("\f", "").strip())


def _row(param: Any) -> str:
    if param.param_type_name == "argument":
        name = f"`{param.metavar or (param.name or '').upper()}`" + ("" if param.required else " (optional)")
    else:
        opts = ", ".join(f"`{one}`" for one in (*param.opts, *param.secondary_opts))
        value = (
            "" if getattr(param, "is_flag", False) else f" `{param.metavar or (param.name or '').upper()}`"
        )
        name = f"{opts}{value}"
    default = param.default
    plain = default if isinstance(default, str | int | float) and not isinstance(default, bool) else ""
    variable = f" (`{param.envvar}`)" if getattr(param, "envvar", None) else ""
    meaning = " ".join((getattr(param, "help", "") or "").split())
    shown = f"`{plain}`" if plain != "" else ""
    return f"| {_cell(name)} | {shown} | {_cell(meaning)}{variable} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
