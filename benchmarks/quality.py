"""``make quality SETS="…"``: how good the stories are, all tables that docs/quality.md prints.

``python -m benchmarks.quality [--noise FILE] [--orders N] [--only TABLE] FILE …`` plays labelled sets through
the services' own code, in one process: every set as it is, its titles alone, and with unlabelled articles in
between; beside them what scikit-learn's TF-IDF with average linkage reaches on everything at once, at its
best threshold for each set; then what each mechanism is worth (ablation), and what is left when the
parameters are chosen without the set (leave one out); and with `--only parameters` what each value is worth:
halved and doubled. `--dense DIRECTORY` prints what a sentence encoder adds, and nothing else.
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]  # ships no types
from scipy.spatial.distance import squareform  # type: ignore[import-untyped]  # ships no types

from dateline.articles import Article
from dateline.evaluation.datasets import Options, read_set
from dateline.evaluation.fast import HEADER, Run, clean_records, play, row
from dateline.evaluation.metrics import compare
from services.cluster.clusterer import DEFAULT, Parameters, Prepared, prepare_batch
from services.cluster.encoder import Encoder, fingerprint, load_encoder

TABLES = ("main", "ablation", "left-out")
SLOW_TABLES = ("parameters",)  # printed when asked for: two runs of every set for each parameter
PREPARING = frozenset({"title_weight", "lead_words", "body_words", "body_weight"})  # of an article alone
Named = tuple[str, Article]
Choice = Mapping[str, float | int | tuple[int, ...]]

ABLATION: dict[str, Choice] = {
    "everything": {},
    "the nearest member alone, not three": {"near_members": 1},
    "no cohort": {"cohort_weight": 0.0, "threshold": 0.2},
    "no days": {"gap_weight": 0.0},
    "no publisher's second article": {"publisher_weight": 0.0},
    "full weight of rare words": {"idf_power": 1.0},
    "word frequencies alone, no stream": {"prior_documents": 1e9},
    "no second look at stories (merging)": {"merge_margin": 9.0, "merge_ratio": 9.0},
    "no splitting": {"split_sizes": ()},
}
DENSE: dict[str, Choice] = {
    "words alone": {"dense_weight": 0.0},
    "and the encoder": {},
    "and twice as much of it": {"dense_weight": 2 * DEFAULT.dense_weight},
}
GRID: dict[str, tuple[float, ...]] = {
    "threshold": (0.12, 0.14, 0.16),
    "cohort_weight": (0.25, 0.45),
    "gap_weight": (0.05, 0.15),
}


@dataclass(frozen=True)
class Played:
    """A labelled set in one form, ready to be played: clean and prepared articles in each order."""

    name: str
    base: str
    truth: dict[str, str]
    orders: tuple[tuple[tuple[str, Article], ...], ...]
    prepared: dict[str, Prepared]  # by article id

    def runs(self, choice: Choice, orders: int) -> list[Run]:
        """Play the first orders with these parameters instead of the defaults."""
        parameters = replace(DEFAULT, **choice)  # type: ignore[arg-type]  # names and values of the dataclass's own fields
        return [self._run(order, parameters) for order in self.orders[:orders]]

    def _run(self, order: Sequence[tuple[str, Article]], parameters: Parameters) -> Run:
        ready = [self.prepared[article.article_id] for _, article in order]
        if any(getattr(parameters, name) != getattr(DEFAULT, name) for name in PREPARING):
            ready = prepare_batch([article for _, article in order], parameters)
        return play(self.name, list(order), self.truth, ready, parameters)

    def f1(self, choice: Choice) -> float:
        """B-cubed F1 of the first order."""
        return self.runs(choice, 1)[0].scores.f1


def ready(path: Path, options: Options, orders: int) -> Played:
    """Read and clean a set; an undated one gets several orders by seed, a dated one keeps its own."""
    labelled = read_set(path, options)
    clean = clean_records(labelled)
    shuffled = [clean]
    if not labelled.dated:
        own = [each for each in clean if each[0] in labelled.truth]
        noise = [each for each in clean if each[0] not in labelled.truth]
        shuffled = [between(random.Random(seed).sample(own, len(own)), noise) for seed in range(orders)]
    name = labelled.name + (" titles" if options.titles_only else "")
    prepared = prepare_batch([article for _, article in clean], DEFAULT)
    by_id = {each.article_id: each for each in prepared}
    return Played(name, path.name.split(".")[0], labelled.truth, tuple(map(tuple, shuffled)), by_id)


def between(own: Sequence[Named], noise: Sequence[Named]) -> list[Named]:
    """Unlabelled articles played evenly in between."""
    marked = [(at / max(1, len(own)), 0, each) for at, each in enumerate(own)]
    marked += [(at / max(1, len(noise)), 1, each) for at, each in enumerate(noise)]
    return [each for _, _, each in sorted(marked, key=lambda mark: mark[:2])]


def best_of_batch(played: Played) -> tuple[float, float]:
    """B-cubed F1 and threshold of TF-IDF and average linkage over everything at once, at its best cut."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415  # only for its own table

    articles = [(name, article) for name, article in played.orders[0] if name in played.truth]
    texts = [f"{article.title}\n{article.body}" for _, article in articles]
    vectors = TfidfVectorizer(sublinear_tf=True).fit_transform(texts)
    distances = np.clip(1.0 - (vectors @ vectors.T).toarray(), 0.0, None)
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances, checks=False), "average")
    found = []
    for cut in np.arange(0.4, 0.96, 0.02):
        labels = fcluster(tree, cut, "distance").tolist()
        names = [str(label) for label in labels]
        partition = dict(zip((name for name, _ in articles), names, strict=True))
        found.append((compare(partition, played.truth).f1, round(float(cut), 2)))
    return max(found)


def forms(paths: Sequence[Path], noise: Path | None, orders: int) -> Iterator[Played]:
    """Every set as it is, its titles alone, and with noise."""
    for path in paths:
        yield ready(path, Options(), orders)
        yield ready(path, Options(titles_only=True), orders)
        if noise is not None:
            yield ready(path, Options(noise=noise), orders)
            yield ready(path, Options(noise=noise, titles_only=True), orders)


def main_table(console: Console, paths: Sequence[Path], noise: Path | None, orders: int) -> None:
    """One line a set and form, scikit-learn's best beside it."""
    console.print(f"{HEADER}  sklearn", soft_wrap=True)
    for played in forms(paths, noise, orders):
        line = row(played.runs({}, orders))
        batch = "" if "+noise" in played.name else "  {:.3f} at {:.2f}".format(*best_of_batch(played))
        console.print(line + batch, soft_wrap=True, highlight=False)


def encoded(played: Played, encoder: Encoder) -> Played:
    """The same with a vector of each article."""
    articles = [article for _, article in played.orders[0]]
    prepared = [played.prepared[article.article_id] for article in articles]
    filled = encoder.with_vectors(articles, prepared)
    return replace(played, prepared={each.article_id: each for each in filled})


def compared(
    console: Console, sets: Sequence[Played], choices: Mapping[str, Choice] = ABLATION, head: str = "without"
) -> None:
    """B-cubed F1 of each set with each of some choices, by default without each mechanism."""
    table = Table(head, *(each.name for each in sets), "mean")
    for name, choice in track(choices.items(), "playing", console=console):
        scores = [each.f1(choice) for each in sets]
        table.add_row(name, *(f"{score:.3f}" for score in scores), f"{statistics.fmean(scores):.3f}")
    console.print(table)


def left_out(console: Console, sets: Sequence[Played]) -> None:
    """Each set with the parameters that are best on all other sets, and with the defaults."""
    choices = [dict(zip(GRID, values, strict=True)) for values in product(*GRID.values())]
    scores = [
        {each.name: each.f1(choice) for each in sets} for choice in track(choices, "grid", console=console)
    ]
    table = Table("set", "default", "chosen without it", *GRID, "best of the grid")
    held: list[float] = []
    for each in sets:
        others = [other.name for other in sets if other.base != each.base]
        at = max(range(len(choices)), key=lambda at, names=others: sum(scores[at][name] for name in names))
        held.append(scores[at][each.name])
        table.add_row(
            each.name,
            f"{each.f1({}):.3f}",
            f"{held[-1]:.3f}",
            *(f"{value:g}" for value in choices[at].values()),
            f"{max(one[each.name] for one in scores):.3f}",
        )
    plain = [score for each, score in zip(sets, held, strict=True) if each.name == each.base]
    console.print(table)
    whole, every = statistics.fmean(plain), statistics.fmean(held)
    console.print(f"mean of the sets as they are {whole:.3f}, of all {every:.3f}")


def varied(value: float) -> list[float]:
    """A parameter's value halved and doubled, where that is another value of its kind."""
    kind = type(value)
    found = [kind(value * 0.5), kind(value * 2)]
    return [each for each in found if each != value and each > 0]


def sensitive(console: Console, sets: Sequence[Played]) -> None:
    """What each parameter is worth: B-cubed F1 with its value halved and doubled, texts and titles apart."""
    console.print(f"{'parameter':20} {'value':>12}  texts  titles", highlight=False)

    def line(name: str, value: float, choice: Choice) -> None:
        texts, titles = (
            statistics.fmean(each.f1(choice) for each in sets if ("titles" in each.name) == titled)
            for titled in (False, True)
        )
        console.print(f"{name:20} {value:12g}  {texts:.3f}  {titles:.3f}", highlight=False)

    line("as they are", 0, {})
    for field in fields(DEFAULT):
        value = getattr(DEFAULT, field.name)
        for other in varied(value) if isinstance(value, int | float) else ():
            line(field.name, other, {field.name: other})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--noise", type=Path, help="unlabelled articles played in between")
    parser.add_argument("--orders", type=int, default=5, help="orders of an undated set")
    parser.add_argument(
        "--only", choices=TABLES + SLOW_TABLES, action="append", help="this table (may be repeated)"
    )
    parser.add_argument("--dense", type=Path, help="directory of an encoder (docs/dense.md): what it adds")
    options = parser.parse_args()
    console, wanted = Console(width=None), options.only or TABLES
    if options.dense is not None:
        encoder = load_encoder(str(options.dense), fingerprint(options.dense))
        assert encoder is not None
        sets = [encoded(each, encoder) for each in forms(options.files, None, 1)]
        compared(console, sets, DENSE, "with")
        return
    if "main" in wanted:
        main_table(console, options.files, options.noise, options.orders)
    if {"ablation", "left-out", "parameters"} & set(wanted):
        sets = list(forms(options.files, None, 1))
        if "ablation" in wanted:
            compared(console, sets)
        if "left-out" in wanted:
            left_out(console, sets)
        if "parameters" in wanted:
            sensitive(console, sets)


if __name__ == "__main__":
    main()
