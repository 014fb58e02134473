"""`dateline send`: articles from files, a directory or standard input."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from dateline.cli.article_files import Item, find_files, open_source, read_articles
from dateline.cli.options import LOCAL, Json, Namespace, RedisUrl, client
from dateline.cli.terminal import clean, err, note, out, plural, print_json, safe
from dateline.client import ArticleRefused, Client, ServerFull
from dateline.client.new_article import encode

AT_ONCE = 500
SHOWN = 20


@dataclass
class Tally:
    """What was sent and what became of it."""

    sent: int = 0
    waiting: dict[str, str] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    problems: list[tuple[str, str]] = field(default_factory=list)
    problem_count: int = 0
    unsent: int = 0
    started: float = field(default_factory=time.monotonic)

    def problem(self, where: str, why: str) -> None:
        """Note an article that was not sent or not accepted; the first few are shown."""
        self.problem_count += 1
        if len(self.problems) < SHOWN:
            self.problems.append((where, why))

    @property
    def rate(self) -> float:
        """Articles sent a second."""
        return self.sent / max(1e-9, time.monotonic() - self.started)


def send(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILE|DIR|-", help="What to read; - is standard input.")
    ],
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for what ingest says of each.")] = True,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds without any outcome after which waiting ends.")
    ] = 30.0,
    json: Json = False,
) -> None:
    """Send articles: JSON lines, a JSON array, gzipped or not.

    An article is a JSON object with the fields of the contract (title and url or id at least), or one
    in ninjs, schema.org, NewsAPI or Event Registry form. Exit code 1 when an article was not sent or
    was rejected, or its outcome did not come.

    Examples:

    * `dateline send articles.jsonl.gz`
    * `dateline send spool/ --no-wait`
    * `curl -s https://… | dateline send -`
    """
    files = find_files(paths)
    tally = Tally()
    with client(redis, namespace) as connection:
        since = connection.outcome_position() if wait else ""
        with _progress(json) as progress:
            task = progress.add_task("sending", total=_total(files), sent=0, rate=0.0)
            done = 0
            for path in files:
                with open_source(path) as source:
                    for part in _parts(read_articles(source)):
                        _send_part(connection, part, tally)
                        since = _collect(connection, tally, since, 0.0) if wait else since
                        progress.update(
                            task, completed=done + source.position(), sent=tally.sent, rate=tally.rate
                        )
                done += source.total or 0
            if wait:
                _wait(connection, tally, since, timeout, progress, task)
    _report(tally, wait, json)
    if tally.problem_count or (wait and tally.waiting):
        raise typer.Exit(1)


def _progress(quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[sent]:,} articles"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeElapsedColumn(),
        console=err(),
        transient=True,
        disable=quiet or not err().is_terminal,
    )


def _total(files: list[Path]) -> int | None:
    return None if Path("-") in files else sum(path.stat().st_size for path in files)


def _parts(items: Iterator[Item]) -> Iterator[list[Item]]:
    part: list[Item] = []
    for item in items:
        part.append(item)
        if len(part) == AT_ONCE:
            yield part
            part = []
    yield part


def _send_part(connection: Client, part: list[Item], tally: Tally) -> None:
    """Send the articles of a part that can be sent; the others are problems."""
    good: list[Item] = []
    for item in part:
        why = item.problem or _refusal(item.article)
        if why:
            tally.unsent += 1
            tally.problem(item.where, why)
        else:
            good.append(item)
    try:
        results = connection.send([item.article for item in good])
    except ServerFull as error:
        already = tally.sent + len(error.sent)
        raise ServerFull(
            f"{error}. {plural(already, 'article')} of this call had been sent; repeating the command is "
            "safe, what is known is recognised"
        ) from error
    tally.sent += len(results)
    tally.waiting.update((sent.entry_id, item.where) for sent, item in zip(results, good, strict=True))


def _refusal(article: Any) -> str:
    try:
        encode(article)
    except ArticleRefused as error:
        return str(error).removeprefix("article 0: ")
    return ""


def _collect(connection: Client, tally: Tally, since: str, wait: float) -> str:
    """Take the outcomes that have come; the position to go on at."""
    while found := connection.outcomes(since, wait):
        for outcome in found:
            since = outcome.position
            where = tally.waiting.pop(outcome.entry_id, None)
            if where is None:
                continue
            tally.outcomes[outcome.outcome] += 1
            tally.reasons[outcome.outcome, outcome.reason] += 1
            if outcome.outcome == "rejected":
                tally.problem(where, outcome.reason)
        if wait:
            break
    return since


def _wait(
    connection: Client, tally: Tally, since: str, timeout: float, progress: Progress, task: TaskID
) -> None:
    progress.update(task, description="waiting for outcomes")
    heard, left = time.monotonic(), len(tally.waiting)
    while tally.waiting and time.monotonic() - heard < timeout:
        since = _collect(connection, tally, since, min(0.5, timeout))
        if len(tally.waiting) < left:
            heard, left = time.monotonic(), len(tally.waiting)


def _report(tally: Tally, wait: bool, as_json: bool) -> None:
    if as_json:
        print_json(_facts(tally, wait))
        return
    unsent = f", {tally.unsent:,} not" if tally.unsent else ""
    out().print(safe(f"{plural(tally.sent, 'article')} sent{unsent} ({tally.rate:,.0f}/s)."))
    if tally.reasons:
        table = Table("outcome", "articles", "reason", box=None, pad_edge=False, header_style="dim")
        for (outcome, reason), count in sorted(tally.reasons.items(), key=lambda one: (one[0][0], -one[1]))[
            :40
        ]:
            style = "red" if outcome == "rejected" else "green" if outcome in ("accepted", "revision") else ""
            table.add_row(safe(outcome, style), f"{count:,}", safe(reason))
        out().print(table)
    for where, why in tally.problems:
        out().print(safe(f"{where}: {why}", "red"), soft_wrap=True)
    if tally.problem_count > len(tally.problems):
        out().print(safe(f"… and {tally.problem_count - len(tally.problems):,} more", "red"))
    if wait and tally.waiting:
        note(
            f"{plural(len(tally.waiting), 'outcome')} did not come. Does ingest run? "
            "Look at 'dateline status'; what was sent is kept and will be read."
        )


def _facts(tally: Tally, wait: bool) -> dict[str, Any]:
    return {
        "sent": tally.sent,
        "not_sent": tally.unsent,
        "outcomes": dict(tally.outcomes) if wait else None,
        "reasons": [
            {"outcome": outcome, "reason": clean(reason), "articles": count}
            for (outcome, reason), count in tally.reasons.most_common()
        ],
        "problems": [{"where": where, "reason": clean(why)} for where, why in tally.problems],
        "problem_count": tally.problem_count,
        "without_outcome": len(tally.waiting) if wait else None,
    }
