"""`dateline dead`: list, show, replay and drop dead letters."""

from __future__ import annotations

import base64
from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any

import redis as redis_py
import typer
from rich.text import Text

from dateline.cli.faults import Failed, Usage
from dateline.cli.letters import STAGES, Choice, Letter, drop, letters, places, put_back, why_not
from dateline.cli.options import LOCAL, Json, Namespace, RedisUrl, named, server
from dateline.cli.terminal import complain, out, plural, print_json, safe
from dateline.settings import load_settings
from dateline.streams import Names

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="List, show, replay and drop dead letters."
)

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID", help="Ids of letters, or of the entries they are about."),
]
Stage = Annotated[
    str,
    typer.Option(help=f"Only of this stage ({', '.join(STAGES)}).", autocompletion=lambda: list(STAGES)),
]
Code = Annotated[str, typer.Option(help="Only with this code, for instance bad_url.")]
Reason = Annotated[str, typer.Option(help="Only with these words in the reason.")]
All = Annotated[bool, typer.Option("--all", help="Really all of them.")]
SHOWN_BYTES = 2_000
LISTED = 50


@app.command("list")
def list_letters(
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    stage: Stage = "",
    code: Code = "",
    reason: Reason = "",
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"How many to list; the sums count all. Default {LISTED}, with --json all."),
    ] = None,
    json: Json = False,
) -> None:
    """List dead letters with their reasons, the oldest first.

    Examples:

    * `dateline dead list`
    * `dateline dead list --code bad_url --json`
    """
    choice = _choice(None, stage, code, reason)
    with server(redis) as connection:
        chosen = letters(connection, _places(namespace), choice)
        listed = list(islice(chosen, limit if limit or json else LISTED))
        sums = Counter((one.said("stage"), one.said("code")) for one in listed)
        sums.update((one.said("stage"), one.said("code")) for one in chosen)
    if json:
        print_json([_facts(letter) for letter in listed])
        return
    for letter in listed:
        out().print(_line(letter), soft_wrap=True)
    if sums.total() > len(listed):
        out().print(safe(f"… and {sums.total() - len(listed):,} more (--limit)", "dim"))
    for (of_stage, of_code), count in sums.most_common():
        out().print(safe(f"{count:>7,}  {of_stage} {of_code}"))
    if not listed:
        out().print("No dead letters." if choice.everything else "No dead letter fits.", style="green")


@app.command("show")
def show_letters(
    ids: Ids = None,
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    stage: Stage = "",
    code: Code = "",
    reason: Reason = "",
    json: Json = False,
) -> None:
    """Show dead letters whole: the reason, the trace and the fields as they were sent.

    Examples:

    * `dateline dead show 1795479140451-0`
    * `dateline dead show --code unexpected_error`
    """
    with server(redis) as connection:
        found = list(letters(connection, _places(namespace), _needed(_choice(ids, stage, code, reason))))
    _some(found)
    if json:
        print_json([_facts(letter) for letter in found])
        return
    for letter in found:
        _show(letter, named(namespace))


@app.command("replay")
def replay_letters(
    ids: Ids = None,
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    stage: Stage = "",
    code: Code = "",
    reason: Reason = "",
    every: All = False,
    json: Json = False,
) -> None:
    """Put the original entries back on their stream, as new entries, and drop the letters.

    This works for articles.raw and articles.control. The streams between the services are read in
    their order and take nothing back; for those the command says what can be done.

    Examples:

    * `dateline dead replay 1795479140451-0`
    * `dateline dead replay --code unexpected_error`
    """
    choice, names = _needed(_choice(ids, stage, code, reason), every), named(namespace)
    replayed: dict[str, str] = {}
    refused: list[tuple[str, str]] = []
    with server(redis) as connection:
        for letter in letters(connection, _places(namespace), choice):
            why = why_not(letter, names)
            if why:
                refused.append((letter.letter_id, why))
            else:
                replayed[letter.letter_id] = put_back(connection, letter)
    if json:
        reasons = [{"letter": one, "reason": why} for one, why in refused]
        print_json({"replayed": replayed, "refused": reasons})
    else:
        if replayed:
            out().print(f"{plural(len(replayed), 'entry')} put back.")
        for why, count in Counter(why for _, why in refused).items():
            complain(f"{plural(count, 'letter')} not replayed: {why}")
    if refused:
        raise typer.Exit(1)
    _some(list(replayed))


@app.command("drop")
def drop_letters(
    ids: Ids = None,
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    stage: Stage = "",
    code: Code = "",
    reason: Reason = "",
    every: All = False,
    json: Json = False,
) -> None:
    """Delete dead letters for good.

    Examples:

    * `dateline dead drop 1795479140451-0`
    * `dateline dead drop --stage ingest --code missing_title`
    """
    choice = _needed(_choice(ids, stage, code, reason), every)
    with server(redis) as connection:
        gone = [_dropped(connection, one) for one in letters(connection, _places(namespace), choice)]
    _some(gone)
    if json:
        print_json({"dropped": gone})
    else:
        out().print(f"{plural(len(gone), 'dead letter')} dropped.")


def _dropped(connection: redis_py.Redis, letter: Letter) -> str:
    drop(connection, letter)
    return letter.letter_id


def _places(namespace: str) -> list[str]:
    return places(named(namespace), load_settings().shard_map)


def _choice(ids: list[str] | None, stage: str, code: str, reason: str) -> Choice:
    if stage and stage not in STAGES:
        raise Usage(f"--stage: {stage!r} is none of {', '.join(STAGES)}")
    return Choice(stage, code, reason, frozenset(ids or ()))


def _needed(choice: Choice, every: bool = False) -> Choice:
    if choice.everything and not every:
        raise Usage("name ids, or choose by --stage, --code or --reason (replay and drop: --all for all)")
    return choice


def _some(found: list[Any]) -> None:
    if not found:
        raise Failed("no dead letter fits; 'dateline dead list' shows what there is")


def _when(letter: Letter) -> str:
    time = letter.said("time")
    moment = datetime.fromtimestamp(int(time) / 1000, UTC) if time.isdigit() else None
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else "–"


def _line(letter: Letter) -> Text:
    said = safe(f"{letter.letter_id}  ", "cyan")
    said.append_text(safe(f"{_when(letter)}  {letter.said('stage')} ", "dim"))
    return (
        said.append_text(safe(letter.said("code"), "yellow"))
        .append(" ")
        .append_text(safe(letter.said("reason")))
    )


def _show(letter: Letter, names: Names) -> None:
    out().print(_line(letter), soft_wrap=True)
    facts = (
        f"entry {letter.said('entry_id')} of {letter.said('stream')}, {letter.said('attempts')} attempt(s)"
    )
    out().print(safe(f"  {facts}"), soft_wrap=True)
    for name, value in letter.originals.items():
        more = f" … ({len(value):,} bytes)" if len(value) > SHOWN_BYTES else ""
        shown = value[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
        field = safe(f"  {name.decode('utf-8', 'backslashreplace')}: ", "bold")
        out().print(field.append_text(safe(shown + more)), soft_wrap=True)
    for line in letter.said("trace").splitlines():
        out().print(safe(f"  | {line}", "dim"), soft_wrap=True)
    why = why_not(letter, names)
    out().print(safe(f"  cannot be replayed: {why}" if why else "  can be replayed", "dim"), soft_wrap=True)


def _facts(letter: Letter) -> dict[str, Any]:
    names = ("entry_id", "stream", "stage", "code", "reason", "attempts", "time", "trace", "replayable")
    return {
        "letter_id": letter.letter_id,
        **{name: letter.said(name) for name in names},
        "fields": {_key(name): _value(value) for name, value in letter.originals.items()},
    }


def _key(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")


def _value(value: bytes) -> Any:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}
