"""Agreement of a partition with the true one, as the clustering literature measures it.

Partitions are mappings item → group. Items that are not in `truth` are ignored: unlabelled background
articles are never counted as wrong. All values are 0 to 1 (ARI and AMI can be below 0).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise as pairwise_items

Partition = Mapping[str, Hashable]


@dataclass(frozen=True)
class Scores:
    """Every figure of one comparison."""

    precision: float
    recall: float
    f1: float
    pairwise_precision: float
    pairwise_recall: float
    pairwise_f1: float
    ari: float
    ami: float
    stories_found: int
    stories_true: int
    singletons_right: float  # share of true singletons that stand alone
    largest: int  # articles in the largest story found


def compare(found: Partition, truth: Partition) -> Scores:
    """Compare a partition with the truth over the truth's items."""
    items = [item for item in truth if item in found]
    cells = Counter((found[item], truth[item]) for item in items)
    rows = Counter(found[item] for item in items)
    columns = Counter(truth[item] for item in items)
    precision, recall = bcubed(cells, rows, columns)
    pair_precision, pair_recall = pairwise(cells, rows, columns)
    alone = [item for item in items if columns[truth[item]] == 1]
    right = sum(rows[found[item]] == 1 for item in alone)
    return Scores(
        precision, recall, harmonic(precision, recall), pair_precision, pair_recall,
        harmonic(pair_precision, pair_recall), adjusted_rand(cells, rows, columns),
        adjusted_mutual_information(cells, rows, columns), len(rows), len(columns),
        right / len(alone) if alone else 1.0, max(rows.values(), default=0),
    )  # fmt: skip  # a row of values


def harmonic(precision: float, recall: float) -> float:
    """F1."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


Cells = Counter[tuple[Hashable, Hashable]]
Sizes = Counter[Hashable]


def bcubed(cells: Cells, rows: Sizes, columns: Sizes) -> tuple[float, float]:
    """B-cubed precision and recall (Bagga and Baldwin 1998): per article, then averaged."""
    total = sum(rows.values())
    if not total:
        return 0.0, 0.0
    precision = sum(count * count / rows[row] for (row, _), count in cells.items())
    recall = sum(count * count / columns[column] for (_, column), count in cells.items())
    return precision / total, recall / total


def pairwise(cells: Cells, rows: Sizes, columns: Sizes) -> tuple[float, float]:
    """Share of found pairs that are true, and of true pairs that are found."""
    together = sum(map(_pairs, cells.values()))
    found, true = sum(map(_pairs, rows.values())), sum(map(_pairs, columns.values()))
    return together / found if found else 1.0, together / true if true else 1.0


def adjusted_rand(cells: Cells, rows: Sizes, columns: Sizes) -> float:
    """Adjusted Rand index (Hubert and Arabie 1985)."""
    together = sum(map(_pairs, cells.values()))
    found, true = sum(map(_pairs, rows.values())), sum(map(_pairs, columns.values()))
    total = _pairs(sum(rows.values()))
    expected = found * true / total if total else 0.0
    most = (found + true) / 2
    return (together - expected) / (most - expected) if most != expected else 1.0


def adjusted_mutual_information(cells: Cells, rows: Sizes, columns: Sizes) -> float:
    """Adjusted mutual information, arithmetic mean (Vinh, Epps and Bailey 2010)."""
    total = sum(rows.values())
    if len(rows) == len(columns) == len(cells) or not total:
        return 1.0
    mutual = sum(
        count / total * math.log(total * count / (rows[row] * columns[column]))
        for (row, column), count in cells.items()
    )
    expected = _expected_information(list(rows.values()), list(columns.values()), total)
    mean = (_entropy(rows, total) + _entropy(columns, total)) / 2
    return (mutual - expected) / (mean - expected) if abs(mean - expected) > 1e-12 else 0.0


def churn(histories: Mapping[str, Sequence[Hashable]]) -> tuple[float, float]:
    """Share of articles whose story changed at least once, and at least twice."""
    moves = [sum(a != b for a, b in pairwise_items(history)) for history in histories.values()]
    count = len(moves) or 1
    return sum(move >= 1 for move in moves) / count, sum(move >= 2 for move in moves) / count


def groups(partition: Partition) -> dict[Hashable, list[str]]:
    """Group → its items."""
    result: dict[Hashable, list[str]] = defaultdict(list)
    for item, group in partition.items():
        result[group].append(item)
    return dict(result)


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _entropy(sizes: Sizes, total: int) -> float:
    return -sum(size / total * math.log(size / total) for size in sizes.values())


def _expected_information(rows: list[int], columns: list[int], total: int) -> float:
    # sizes repeat a lot: one term for each pair of sizes, times how often it occurs
    factorial = [math.lgamma(value + 1) for value in range(total + 1)]
    result = 0.0
    for row, row_times in Counter(rows).items():
        for column, column_times in Counter(columns).items():
            result += row_times * column_times * _cell_information(row, column, total, factorial)
    return result


def _cell_information(row: int, column: int, total: int, factorial: list[float]) -> float:
    fixed = (
        factorial[row]
        + factorial[column]
        + factorial[total - row]
        + factorial[total - column]
        - factorial[total]
    )
    result = 0.0
    for count in range(max(1, row + column - total), min(row, column) + 1):
        chance = fixed - factorial[count] - factorial[row - count] - factorial[column - count]
        chance -= factorial[total - row - column + count]
        result += count / total * math.log(total * count / (row * column)) * math.exp(chance)
    return result
