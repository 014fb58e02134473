"""Every command explains itself with an example, and the shell completes its name."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from dateline.cli import COMMANDS, app
from dateline.cli.stream_files import read_lines, write_line
from dateline.cli.terminal import err
from dateline.stage.entries import Entry


def commands() -> list[tuple[str, ...]]:
    """Every command and subcommand, as typed."""
    root = typer.main.get_group(app)
    found: list[tuple[str, ...]] = []
    for name in COMMANDS:
        command = root.get_command(None, name)  # type: ignore[arg-type]  # it does not look at the context
        inside = getattr(command, "commands", None)
        found += [(name, one) for one in inside] if inside else [(name,)]
    return found


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_help_has_an_example_that_begins_with_the_command(command: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "100"})

    assert done.exit_code == 0, done.output
    assert "Example" in done.stdout
    assert f"dateline {' '.join(command)}" in done.stdout.partition("Example")[2]
    assert "[[" not in done.stdout


def test_the_shell_completes_commands_and_options() -> None:
    def completed(words: str) -> list[str]:
        environment = {
            **os.environ,
            "_DATELINE_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        }
        command = [sys.executable, "-c", "from dateline.cli import app; app(prog_name='dateline')"]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        ).stdout.split()

    assert completed("dateline ex") == ["explain", "export"]
    assert "--until-idle" in completed("dateline watch --")
    assert completed("dateline dead re") == ["replay"]
    assert completed("dateline watch --type cl") == ["closed"]
    assert completed("dateline dead list --stage ") == ["ingest", "cluster", "publish"]


def test_an_unknown_command_names_the_nearest() -> None:
    done = CliRunner().invoke(app, ["shwo"])

    assert done.exit_code == 2
    assert "show" in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explain", ""), "ARTICLE is empty; give an article id"),
        (("export", "--since", "abc"), "--since: 'abc' is no entry id; write milliseconds"),
        (("evaluate", __file__), f"{__file__}:1: is not JSON"),
    ],
)
def test_what_was_wrong_is_a_sentence_with_the_remedy(words: tuple[str, ...], said: str) -> None:
    err.cache_clear()
    done = CliRunner().invoke(app, list(words), env={"COLUMNS": "300"})
    err.cache_clear()

    assert done.exit_code == 2
    assert said in done.output


@pytest.mark.parametrize(
    "fields",
    [
        {b"a": "Brücke".encode()},
        {b"a": b"\xff\x00"},
        {b"\xfe": b"\xff", b"x": b""},
        {b"base64": b'{"a":1}'},
    ],
)
def test_a_line_of_an_export_is_read_back_bytewise(fields: dict[bytes, bytes]) -> None:
    line = write_line("articles:{all}", Entry("5-1", fields))

    assert "\n" not in line
    assert list(read_lines([line.encode()], "x")) == [("articles:{all}", Entry("5-1", fields))]
