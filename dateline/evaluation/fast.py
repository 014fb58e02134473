"""Labelled sets through the real cleaning and the real clusterer, without Redis.

Run it by ``python -m dateline.evaluation.fast``. The same pure functions as the services run, in one process.
The imports of services are inside functions: this is the one place of `dateline` that looks at them, and
only when it is run.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dateline.articles import Article, LogEntry
from dateline.changes import Membership, StoryChange
from dateline.evaluation.datasets import Labelled, Options, Record, read_set, sent
from dateline.evaluation.metrics import Scores, churn, compare, harmonic

NOMINAL = datetime(2026, 1, 1, tzinfo=UTC)  # arrival where a set has no date at all


@dataclass(frozen=True)
class Run:
    """One set played once: final partition, its scores, what subscribers saw on the way, the rate."""

    name: str
    partition: dict[str, str]
    scores: Scores
    first_f1: float  # B-cubed F1 of what each article's story was when it was first assigned
    changed: float  # share of articles whose published story id changed
    changed_twice: float
    rate: float  # articles a second, clustering alone
    why: dict[str, Membership] = field(default_factory=dict)  # evidence of each article's membership


def clean_records(labelled: Labelled) -> list[tuple[str, Article]]:
    """Record id → the clean article, as ingest makes it; what ingest refuses is left out."""
    ingest = importlib.import_module("services.ingest.clean")
    registry = importlib.import_module("services.ingest.publishers").default_registry()
    arrived = int(latest(labelled.records).timestamp() * 1000)
    cleaned: list[tuple[str, Article]] = []
    for record in labelled.records:
        fields = {b"article": json.dumps(sent(record)).encode()}
        result = ingest.clean(fields, arrived=arrived, registry=registry)
        if getattr(result, "article", None) is not None:
            cleaned.append((str(record["id"]), result.article))
    return cleaned


def latest(records: Iterable[Record]) -> datetime:
    """The end of a set's latest day: when all its articles arrive, none of them from the future."""
    dates = [str(record["published_at"])[:10] for record in records if record.get("published_at")]
    if not dates:
        return NOMINAL
    return datetime.fromisoformat(max(dates)).replace(tzinfo=UTC) + timedelta(days=1)


def log_of(articles: Sequence[Article]) -> Iterator[LogEntry]:
    """The articles as entries of a log, a millisecond apart."""
    for at, article in enumerate(articles):
        arrived = int(article.received_at.timestamp() * 1000) + at
        yield LogEntry(entry_id=f"{arrived}-0", kind="article", arrived=arrived, article=article)


def play(
    name: str,
    cleaned: list[tuple[str, Article]],
    truth: dict[str, str],
    prepared: Any = None,
    parameters: Any = None,
) -> Run:
    """Cluster a set in its order and compare."""
    clusterer = importlib.import_module("services.cluster.clusterer")
    parameters = parameters or clusterer.DEFAULT
    prepared = prepared or clusterer.prepare_batch([article for _, article in cleaned], parameters)
    state = clusterer.new_state("all", parameters)
    names = {article.article_id: name for name, article in cleaned}
    watcher = Watcher(names, truth, parameters.public_from)
    elapsed = 0.0
    for entry, ready in zip(log_of([article for _, article in cleaned]), prepared, strict=True):
        started = time.perf_counter()
        applied = clusterer.apply(state, entry, ready)
        elapsed += time.perf_counter() - started
        watcher.see(applied.changes)
    partition = {watcher.names[key]: story for key, story in watcher.where.items()}
    changed, twice = churn(watcher.published)
    scores = compare(partition, truth)
    rate = len(cleaned) / max(elapsed, 1e-9)
    why = {watcher.names[key]: member for key, member in watcher.why.items()}
    return Run(name, partition, scores, watcher.first_f1, changed, twice, rate, why)


def default_parameters() -> Any:
    """The parameters that the service runs with."""
    return importlib.import_module("services.cluster.clusterer").DEFAULT


class Watcher:
    """A subscriber: where each article is, where it was first seen, which published stories it was in."""

    def __init__(self, names: dict[str, str], truth: dict[str, str], public_from: int) -> None:
        self.names, self.truth, self.public_from = names, truth, public_from
        self.where: dict[str, str] = {}
        self.why: dict[str, Membership] = {}
        self.members: dict[str, dict[str, None]] = {}
        self.publishers: dict[str, str] = {}
        self.public: set[str] = set()
        self.published: dict[str, list[str]] = {}
        self.label_sizes: dict[str, int] = {}
        self.firsts: list[tuple[float, float]] = []  # precision and recall of each at first

    def see(self, changes: Iterable[StoryChange]) -> None:
        """Apply changes in their order."""
        for change in changes:
            members = self.members.setdefault(change.story_id, {})
            for left in change.left:
                members.pop(left.article_id, None)
            for joined in change.joined:
                members[joined.article_id] = None
                self.where[joined.article_id] = change.story_id
                self.why[joined.article_id] = joined.membership
                if joined.article is not None:
                    self.publishers[joined.article_id] = joined.article.publisher.id or ""
            self._publish(change, members)
            for joined in change.joined:
                if joined.article is not None:
                    self._first(joined.article_id, members)

    def _publish(self, change: StoryChange, members: dict[str, None]) -> None:
        story = change.story_id
        if story not in self.public:
            taken_in = any(other in self.public for other in change.merged_from)
            if not taken_in and len({self.publishers.get(each, "") for each in members}) < self.public_from:
                return
            self.public.add(story)
            for each in members:
                self.published.setdefault(each, []).append(story)
            return
        for joined in change.joined:
            self.published.setdefault(joined.article_id, []).append(story)

    def _first(self, article_id: str, members: dict[str, None]) -> None:
        label = self.truth.get(self.names[article_id])
        if label is None:
            return
        self.label_sizes[label] = self.label_sizes.get(label, 0) + 1
        labels = [self.truth.get(self.names[each]) for each in members]
        same = labels.count(label)
        known = len(labels) - labels.count(None)
        self.firsts.append((same / known, same / self.label_sizes[label]))

    @property
    def first_f1(self) -> float:
        """As B-cubed is defined: precision and recall averaged over articles, then their harmonic mean."""
        if not self.firsts:
            return 0.0
        precision, recall = zip(*self.firsts, strict=True)
        return harmonic(statistics.fmean(precision), statistics.fmean(recall))


def run_set(path: Path, options: Options = Options()) -> Run:  # noqa: B008  # frozen
    """Read, clean, cluster, compare."""
    labelled = read_set(path, options)
    return play(labelled.name, clean_records(labelled), labelled.truth)


def runs_of(path: Path, options: Options, orders: int) -> list[Run]:
    """A dated set once in the file's order; an undated one shuffled, in several orders."""
    plain = read_set(path, options)
    if options.shuffle is not None or plain.dated:
        return [run_set(path, options)]
    return [
        run_set(path, Options(options.titles_only, options.language, seed, options.noise))
        for seed in range(orders)
    ]


HEADER = (
    "set                      B3-P  B3-R  B3-F1 pair  ARI   AMI   stories   alone large first churn twice"
    "  art/s"
)


def row(runs: list[Run]) -> str:
    """One printed line: the mean over orders."""

    def mean(read: Any) -> float:
        return statistics.fmean(read(run) for run in runs)

    values = [
        mean(lambda run, name=name: getattr(run.scores, name))
        for name in ("precision", "recall", "f1", "pairwise_f1", "ari", "ami")
    ]
    found, true = mean(lambda run: run.scores.stories_found), runs[0].scores.stories_true
    return (
        f"{runs[0].name:24} "
        + " ".join(f"{value:.3f}" for value in values)
        + f" {found:5.0f}/{true:<5}{mean(lambda run: run.scores.singletons_right):.2f}"
        + f" {mean(lambda run: run.scores.largest):5.0f} {mean(lambda run: run.first_f1):.3f}"
        + f" {mean(lambda run: run.changed):.3f} {mean(lambda run: run.changed_twice):.3f}"
        + f" {mean(lambda run: run.rate):6.0f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--titles-only", action="store_true")
    parser.add_argument("--noise", type=Path)
    parser.add_argument("--shuffle", type=int)
    parser.add_argument("--language")
    parser.add_argument("--orders", type=int, default=5, help="orders of an undated set")
    options = parser.parse_args(arguments)
    print(HEADER)
    for path in options.files:
        chosen = Options(options.titles_only, options.language, options.shuffle, options.noise)
        print(row(runs_of(path, chosen, options.orders)), flush=True)


if __name__ == "__main__":
    main()
