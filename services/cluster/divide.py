"""Is one story two? Its members' similarities, cut in two by average linkage, and how deep the cut is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import (  # type: ignore[import-untyped]  # ships no types
    leaves_list,
    linkage,
)

from services.cluster.parameters import Parameters

Matrix = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


def divide(similar: Matrix, terms: Places, parameters: Parameters) -> tuple[Places, Places] | None:
    """The two parts (places of rows) of a story that is two, else None.

    Outliers are peeled off until both parts have `split_part` members. The parts are two stories when what
    they share is little beside what each holds together: on average over all pairs, and over the best pairs.
    """
    halves = two_parts(similar, parameters.split_part)
    if halves is None:
        return None
    one, other = halves
    if min(terms[one].sum(), terms[other].sum()) < parameters.split_terms:
        return None
    within = float(np.sqrt(inside(similar[np.ix_(one, one)]) * inside(similar[np.ix_(other, other)])))
    between = similar[np.ix_(one, other)]
    best = np.sort(between, axis=None)[::-1][: min(len(one), len(other))]
    deep = between.mean() < parameters.split_ratio * within and best.mean() < parameters.split_best * within
    return halves if deep else None


def two_parts(similar: Matrix, least: int) -> tuple[Places, Places] | None:
    """The two largest groups of the highest cut that leaves both with at least so many members."""
    count = len(similar)
    if count < 2 * least:
        return None
    upper = np.triu_indices(count, 1)
    tree = read_tree(linkage(np.round(np.clip(1.0 - similar[upper], 0.0, None), 6), "average"))
    for groups in range(2, count - 2 * least + 3):
        parts = cut(tree, groups)
        sizes = sorted(range(len(parts)), key=lambda at: (-len(parts[at]), at))[:2]
        if len(sizes) > 1 and len(parts[sizes[1]]) >= least:
            return np.sort(parts[sizes[0]]), np.sort(parts[sizes[1]])
    return None


class Tree(NamedTuple):
    """Merges of a linkage: of each group (the leaves first) its height, the later group it goes into,
    and its leaves, a slice of `order`.
    """

    heights: Matrix  # of the merges
    parents: Places
    order: Places
    starts: Places
    sizes: Places


def read_tree(linked: Matrix) -> Tree:
    """What `cut` needs of a linkage, whatever the cut."""
    count = len(linked) + 1
    parents = np.full(2 * count - 1, 2 * count)
    parents[linked[:, :2].astype(np.int64).ravel()] = np.repeat(np.arange(count, 2 * count - 1), 2)
    order, sizes = leaves_list(linked), np.concatenate([np.ones(count), linked[:, 3]]).astype(np.int64)
    left = np.arange(2 * count - 1)
    for node, child in enumerate(linked[:, 0].astype(np.int64).tolist(), count):
        left[node] = left[child]
    return Tree(linked[:, 2], parents, order, np.argsort(order)[left], sizes)


def cut(tree: Tree, most: int) -> list[Places]:
    """The finest cut of a tree that has at most so many parts: the places of each, in the tree's order.

    What scipy's `fcluster(tree, most, "maxclust")` says, without the checks that cost ten times the work.
    """
    count = len(tree.order)
    # merges of one height are made together
    joined = int(tree.heights.searchsorted(tree.heights[count - most - 1], "right")) if most < count else 0
    tops = (tree.parents[: count + joined] >= count + joined).nonzero()[0]
    slices = zip(tree.starts[tops].tolist(), tree.sizes[tops].tolist(), strict=True)
    return [tree.order[start : start + size] for start, size in sorted(slices)]


def inside(similar: Matrix) -> float:
    """Mean similarity of two different members."""
    count = len(similar)
    return float((similar.sum() - np.trace(similar)) / (count * (count - 1))) if count > 1 else 0.0
