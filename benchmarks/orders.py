"""How much the order of arrival matters: at once, at rest, and with other ways to decide anew at rest.

``python -m benchmarks.orders [--orders N] [SET …]`` sends the seeds in many orders and compares the
partitions with each other (B-cubed F1) and with the labels; then what each attempt makes of the same ends.
With labelled sets (files as docs/quality.md describes them) it prints what each does to their B-cubed F1.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]  # ships no types

from benchmarks.quality import ready
from dateline.articles import LogEntry
from dateline.evaluation.datasets import Options
from dateline.evaluation.fast import log_of
from dateline.evaluation.metrics import compare
from services.cluster import clusterer
from services.cluster.assign import candidates
from services.cluster.clusterer import DEFAULT
from services.cluster.index import close_query, open_query
from services.cluster.parameters import HOUR
from services.cluster.review import similarities
from services.cluster.state import State, new_state
from services.cluster.story import Node, published
from tests.integration.guarantees.pressroom import NOW, Prepared, seeds

SEEDS = Path(__file__).resolve().parent.parent / "seeds" / "expected_stories.json"
Partition = dict[str, str]


def played(order: Sequence[Prepared]) -> State:
    """The clusterer's memory after these articles, a second apart."""
    state = new_state("all", DEFAULT)
    for at, (article, prepared) in enumerate(order):
        arrived = NOW + at * 1000
        entry = LogEntry(entry_id=f"{arrived}-0", kind="article", arrived=arrived, article=article)
        clusterer.apply(state, entry, prepared)
    return state


def as_it_is(state: State) -> Partition:
    return {name: node.story_id for name, node in state.articles.items() if node.story_id}


def neighbourhoods(state: State) -> Iterator[list[Node]]:
    """The articles of stories that hang together by an article near enough to another's, as published."""
    group = {story: {story} for story in state.stories if state.stories[story].members}
    for node in list(state.articles.values()):
        open_query(state.index, node.vector)
        for one in candidates(state, node) if node.copy_of is None else ():
            other = state.by_birth[one.birth]
            if one.base >= DEFAULT.threshold and group[other] is not group[node.story_id]:
                group[node.story_id] |= group[other]
                group |= dict.fromkeys(group[node.story_id], group[node.story_id])
        close_query(state.index, node.vector)
    for stories in {id(one): one for one in group.values()}.values():
        nodes = [state.articles[name] for story in stories for name in state.stories[story].members]
        yield sorted(nodes, key=published)


def at_rest(state: State) -> Partition:
    """After so long a silence that all stories settle: what came out of order has been decided anew."""
    arrived = state.clock + state.parameters.settle_after + HOUR
    entry = LogEntry(entry_id=f"{arrived}-0", kind="tick", arrived=arrived)
    while not clusterer.apply(state, entry).done:
        pass
    return as_it_is(state)


def linked(cut: float) -> Callable[[State], Partition]:
    """Each neighbourhood by average linkage, cut at this mean similarity."""

    def attempt(state: State) -> Partition:
        found = as_it_is(state)
        for nodes in neighbourhoods(state):
            own = [node for node in nodes if node.copy_of is None]
            if len({node.story_id for node in own}) < 2:
                continue
            upper = np.triu_indices(len(own), 1)
            apart = np.clip(1.0 - similarities(state, own)[upper], 0.0, None).round(6)
            labels = fcluster(linkage(apart, "average"), 1.0 - cut, "distance").tolist()
            name = own[0].article_id
            found |= {node.article_id: f"{name} {label}" for node, label in zip(own, labels, strict=True)}
            copies = ((node.article_id, node.copy_of) for node in nodes if node.copy_of is not None)
            found |= {article: found[original] for article, original in copies}
        return found

    return attempt


ATTEMPTS: Mapping[str, Callable[[State], Partition]] = {
    "as it is": as_it_is,
    "at rest": at_rest,
    "neighbourhoods by average linkage, .10": linked(0.10),
    "neighbourhoods by average linkage, .14": linked(0.14),
    "neighbourhoods by average linkage, .20": linked(0.20),
}


def labels() -> Partition:
    """The seeds' labels by article id."""
    stories = json.loads(SEEDS.read_text("utf-8"))["stories"]
    by_url = {url: str(at) for at, story in enumerate(stories) for url in story["articles"]}
    return {article.article_id: by_url[str(article.url)] for article, _ in seeds()}


def after_set(path: Path) -> Iterator[tuple[str, float]]:
    """Attempt → B-cubed F1 of a labelled set, in its first order."""
    one = ready(path, Options(), 1)
    state = new_state("all", DEFAULT)
    names = {article.article_id: name for name, article in one.orders[0]}
    for entry in log_of([article for _, article in one.orders[0]]):
        assert entry.article is not None
        clusterer.apply(state, entry, one.prepared[entry.article.article_id])
    for name, attempt in ATTEMPTS.items():
        found = {names[article]: story for article, story in attempt(copy.deepcopy(state)).items()}
        yield name, compare(found, one.truth).f1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", type=Path)
    parser.add_argument("--orders", type=int, default=50)
    options = parser.parse_args()
    console, truth = Console(width=120), labels()
    orders = [random.Random(each).sample(seeds(), len(seeds())) for each in range(options.orders)]
    states = [played(order) for order in track(orders, "orders", console=console)]
    table = Table(
        "partition", "agree: mean", "least", "with the labels", *(each.name for each in options.sets)
    )
    others = [dict(after_set(each)) for each in track(options.sets, "sets", console=console)]
    for name, attempt in track(ATTEMPTS.items(), "attempts", console=console):
        first, *rest = (attempt(copy.deepcopy(state)) for state in states)
        agree = [compare(first, other).f1 for other in rest]
        right = statistics.fmean(compare(found, truth).f1 for found in (first, *rest))
        values = [statistics.fmean(agree), min(agree), right, *(other[name] for other in others)]
        table.add_row(name, *(f"{value:.3f}" for value in values))
    console.print(table)


if __name__ == "__main__":
    main()
