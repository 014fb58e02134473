"""How good the records are: ten measures with what they must be, over the seeds and over labelled news.

    make records SETS="labelled.jsonl.gz"        (or: python -m tests.quality.measure_records SET --show 20)

Everything goes through the real services on a private server. A set has one article a line: id, title,
text, url, source, published_at, language, bias, story, story_title, fields absent where unknown.
Exit status 1 when a measure is missed.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.records import cost_of_size, records_per_second
from dateline.cli.story_view import story_view
from dateline.evaluation.datasets import read_set
from dateline.stories import StoryRecord
from tests.quality import places, record_checks, record_measures, title_words
from tests.quality.record_measures import mean
from tests.quality.regrouped import set_ratings
from tests.quality.story_run import StoryRun, run_stories

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "seeds"
WIDTH = 110
REDUNDANCY, PUBLISHERS, RIGHT, WRONG, SPEED, LINEAR = 0.4, 3.0, 0.85, 0.05, 1000.0, 1.1
Json = dict[str, Any]
console = Console(width=WIDTH)


@dataclass
class Report:
    """Rows of the table: what, of which run, the figure, what it must be, whether it is."""

    rows: list[tuple[str, str, str, str, bool]] = field(default_factory=list)

    def add(self, what: str, run: str, figure: str, must: str, good: bool) -> None:
        self.rows.append((what, run, figure, must, good))

    def all_of(self, what: str, run: str, checks: Iterator[tuple[bool, str]]) -> None:
        """A row for checks that must all hold; the first three that do not are printed."""
        held = list(checks)
        wrong = [said for good, said in held if not good]
        for said in wrong[:3]:
            console.print(f"[red]{what}[/] {run}: {said}", soft_wrap=True)
        percent = 100 * (1 - len(wrong) / len(held)) if held else 0.0
        self.add(what, run, f"{percent:.4g} % of {len(held)}", "100 %", bool(held) and not wrong)

    def table(self) -> Table:
        table = Table("measure", "run", "figure", "must be", "", title="Records", title_justify="left")
        for what, run, figure, must, good in self.rows:
            table.add_row(what, run, figure, must, "[green]yes[/]" if good else "[red]NO[/]")
        return table


CHECKS: dict[str, Callable[[StoryRun], Iterator[tuple[bool, str]]]] = {
    "1 verbatim at the spans": record_checks.verbatim,
    "2 ids exist and live": record_checks.known_ids,
    "3 contract and counts": record_checks.consistent,
    "4 shares over rated": record_checks.whole_shares,
    "5 nothing retracted": record_checks.nothing_retracted,
}


def seed_run(settle: float = 0.0) -> StoryRun:
    """The seeds with their fictional ratings; without settling every change is a version to check."""
    articles = [json.loads(line) for line in (SEEDS / "articles.jsonl").read_text("utf-8").splitlines()]
    ratings = list(csv.DictReader((SEEDS / "outlets.csv").read_text("utf-8").splitlines()))
    with tempfile.TemporaryDirectory(prefix="dateline-records-") as data:
        return run_stories("seeds", articles, Path(data), ratings=ratings, settle=settle)


def set_run(path: Path, rows: Sequence[Json]) -> StoryRun:
    """A labelled set with its own bias labels imported as ratings."""
    with (
        tempfile.TemporaryDirectory(prefix="dateline-records-") as data,
        console.status(path.name) as status,
    ):
        return run_stories(
            path.name.split(".")[0],
            read_set(path).records,
            Path(data),
            ratings=set_ratings(rows),
            progress=lambda done, of: status.update(f"{path.name}: {done} of {of}"),
        )


def event_run() -> StoryRun:
    """The forty public events of the places list."""
    articles = [article for event in places.events() for article in places.articles(event)]
    with tempfile.TemporaryDirectory(prefix="dateline-records-") as data:
        return run_stories("events", articles, Path(data))


def measure_points(report: Report, run: StoryRun) -> None:
    """8: how much key points repeat each other, and how many publishers stand behind one."""
    records = record_checks.live(run)
    points = [[point["text"] for point in record["key_points"]] for record in records]
    repeated = mean(record_measures.redundancy(texts) for texts in points if len(texts) > 1)
    large = [r for r in records if r["article_count"] >= record_measures.ENOUGH_ARTICLES and r["key_points"]]
    publishers = mean(mean(p["publisher_count"] for p in r["key_points"]) for r in large)
    report.add("8 key points repeat", run.name, f"{repeated:.3f}", f"<= {REDUNDANCY}", repeated <= REDUNDANCY)
    if large:
        good = publishers >= PUBLISHERS
        report.add("8 publishers a key point", run.name, f"{publishers:.1f}", f">= {PUBLISHERS:g}", good)


def measure_places(report: Report, events: StoryRun, seeds: StoryRun) -> None:
    """9: places against sixty labels."""
    verdicts: list[str] = []
    for key, right, record in _placed(events, seeds):
        verdict = places.judged(record, right)
        verdicts.append(verdict)
        if verdict != "right":
            said = ((record or {}).get("summary") or {}).get("dateline")
            console.print(f"[yellow]place {verdict}[/]: {key} is in {right}, the record says {said}")
    right_part, wrong_part = (verdicts.count(word) / len(verdicts) for word in ("right", "wrong"))
    name = f"{len(verdicts)} stories"
    report.add("9 places right", name, f"{right_part:.3f}", f">= {RIGHT}", right_part >= RIGHT)
    report.add("9 places wrong", name, f"{wrong_part:.3f}", f"<= {WRONG}", wrong_part <= WRONG)


def _placed(events: StoryRun, seeds: StoryRun) -> Iterator[tuple[str, list[str], Json | None]]:
    labels = {a["id"]: event["key"] for event in places.events() for a in places.articles(event)}
    ours = record_measures.by_label(record_checks.live(events), labels)
    for event in places.events():
        yield event["key"], event["place"], ours.get(event["key"])
    for key, (right, urls) in places.seed_places().items():
        held = {
            r["story_id"]: sum(a.get("url") in urls for a in r["articles"]) for r in record_checks.live(seeds)
        }
        best = max(held, key=lambda story: held[story])
        yield key, right, seeds.records[best] if held[best] else None


def measure_speed(report: Report) -> None:
    """10: records a second, and what an article costs in small and large stories."""
    rate, slope = records_per_second(20), cost_of_size()
    report.add("10 records a second", "20 articles", f"{rate:,.0f}", f">= {SPEED:,.0f}", rate >= SPEED)
    report.add("10 cost by articles, exponent", "20 to 640", f"{slope:.2f}", f"<= {LINEAR}", slope <= LINEAR)


def show(run: StoryRun, count: int) -> None:
    """The largest stories as `dateline show` prints them."""
    records = sorted(record_checks.live(run), key=lambda r: (-r["article_count"], r["story_id"]))
    for record in records[:count]:
        console.rule(run.name)
        console.print(story_view(StoryRecord.model_validate(record), WIDTH))


def read_rows(path: Path) -> list[Json]:
    """A labelled set with its labels."""
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")  # noqa: SIM115  # closed by the `with` below
    with opened as lines:
        return [row for row in map(json.loads, lines) if row.get("story")]


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="*", type=Path, help="labelled JSON lines (.jsonl, .jsonl.gz)")
    parser.add_argument("--show", type=int, default=0, help="print so many records of each run")
    options = parser.parse_args()
    report = Report()
    seeds, events = seed_run(), event_run()
    runs = [
        (seeds, []),
        (events, []),
        *((set_run(path, rows), rows) for path in options.sets if (rows := read_rows(path))),
    ]
    for run, rows in runs:
        for what, check in CHECKS.items():
            if what != "5 nothing retracted" or run.retracted:
                report.all_of(what, run.name, check(run))
        if rows:
            sides = {row["id"]: (row["source"], row.get("bias", "")) for row in rows}
            report.all_of("6 bias as labelled", run.name, record_checks.own_ratings(run, sides))
            for figures in title_words.measure(run, rows, console):
                report.add(*figures)
        measure_points(report, run)
    measure_places(report, events, seeds)
    measure_speed(report)
    for run, _ in runs:
        show(run, options.show)
    console.print(report.table())
    sys.exit(0 if all(row[-1] for row in report.rows) else 1)


if __name__ == "__main__":
    main()
