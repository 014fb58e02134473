"""Is one story two? Its members' similarities, cut in two by average linkage, and how deep the cut is."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import linkage  # type: ignore[import-untyped]  # ships no types

from services.cluster.parameters import Parameters

Matrix = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


def divide(similar: Matrix, terms: Places, parameters: Parameters) -> tuple[Places, Places] | None:
    """The two parts (places of rows) of a story that is two, else None.

    Outliers are peeled off until both parts have `split_part` members; of a large story also twice as many,
    and twice those, for some outliers of many hold together by chance.
    """
    if len(similar) < 2 * parameters.split_part:
        return None
    tree = grow_tree(similar)
    for least in parts_asked(len(similar), parameters):
        parts = two_parts(tree, least)
        if parts is None or are_two(similar, parts, terms, parameters):
            return parts
    return None


def parts_asked(count: int, parameters: Parameters) -> list[int]:
    """How many members the smaller part of so many must have, one size after the other."""
    asked = [parameters.split_part]
    while count >= parameters.split_large and 4 * asked[-1] <= count:
        asked.append(2 * asked[-1])
    return asked


def are_two(similar: Matrix, parts: tuple[Places, Places], terms: Places, parameters: Parameters) -> bool:
    """Whether what two parts of a story share is little beside what each holds together.

    That is so on average over all pairs, and over the best pairs. Of many pairs some are always good: in a
    large story each member is asked as when it joined, how near are the nearest of either part?
    """
    one, other = parts
    within = float(np.sqrt(inside(similar[np.ix_(one, one)]) * inside(similar[np.ix_(other, other)])))
    between = similar[np.ix_(one, other)]
    if between.mean() >= parameters.split_ratio * within:
        return False
    said = int(min(terms[part].sum() for part in parts))
    if len(similar) >= parameters.split_large:
        leaning = max(lean(similar, one, other, parameters), lean(similar, other, one, parameters))
        enough = said >= parameters.split_near_terms
        if leaning < (parameters.split_near if enough else parameters.split_near_few):
            return True
    if len(similar) > parameters.split_pairs or said < parameters.split_terms:
        return False
    best = np.sort(between, axis=None)[::-1][: min(len(one), len(other))]
    return bool(best.mean() < parameters.split_best * within)


def lean(similar: Matrix, own: Places, other: Places, parameters: Parameters) -> float:
    """How near members are to another part, as a share of how near they are to their own."""
    few = min(parameters.near_members, len(own) - 1, len(other))
    away = nearest_mean(similar[np.ix_(own, other)], few)
    home = nearest_mean(similar[np.ix_(own, own)] - np.eye(len(own)), few)
    return round(float(away.mean() / max(home.mean(), 1e-9)), 6)


def nearest_mean(similar: Matrix, few: int) -> Matrix:
    """Mean similarity of each row to the members nearest to it: a score before its cohort is taken off."""
    nearest: Matrix = np.sort(similar, axis=1)[:, -few:].mean(axis=1).round(6)
    return nearest


def two_parts(tree: Tree, least: int) -> tuple[Places, Places] | None:
    """The two largest groups of the highest cut that leaves both with at least so many members."""
    count = len(tree.heights) + 1
    for groups in range(2, count - 2 * least + 3):
        parts = cut(tree, groups)
        sizes = sorted(range(len(parts)), key=lambda at: (-len(parts[at]), at))[:2]
        if len(sizes) > 1 and len(parts[sizes[1]]) >= least:
            return np.sort(parts[sizes[0]]), np.sort(parts[sizes[1]])
    return None


def grow_tree(similar: Matrix) -> Tree:
    """Average linkage over members' similarities."""
    distances = np.round(np.clip(1.0 - similar[np.triu_indices(len(similar), 1)], 0.0, None), 6)
    return read_tree(linkage(distances, "average"))


class Tree(NamedTuple):
    """Merges of a linkage, lowest first, and of each group (first the members alone) who is in it."""

    heights: list[float]  # of the merges
    parents: list[int]  # the group that a group is merged into; of the whole: none, a larger number
    members: list[list[int]]  # in the order of the tree
    starts: list[int]  # where the first of them stands in the whole


def read_tree(linked: Matrix) -> Tree:
    """What `cut` needs of a linkage, whatever the cut."""
    count = len(linked) + 1
    parents, members = [2 * count] * (2 * count - 1), [[at] for at in range(count)]
    for group, (left, right) in enumerate(linked[:, :2].astype(np.int64).tolist(), count):
        parents[left] = parents[right] = group
        members.append(members[left] + members[right])
    places = dict(zip(members[-1], range(count), strict=True))
    return Tree(linked[:, 2].tolist(), parents, members, [places[each[0]] for each in members])


def cut(tree: Tree, most: int) -> list[list[int]]:
    """The finest cut of a tree that has at most so many parts: the places of each, in the tree's order.

    What scipy's `fcluster(tree, most, "maxclust")` says, without the checks that cost ten times the work.
    """
    count = len(tree.heights) + 1
    # merges of one height are made together
    groups = count + (bisect_right(tree.heights, tree.heights[count - most - 1]) if most < count else 0)
    tops = [(tree.starts[at], at) for at in range(groups) if tree.parents[at] >= groups]
    return [tree.members[at] for _, at in sorted(tops)]


def inside(similar: Matrix) -> float:
    """Mean similarity of two different members."""
    count = len(similar)
    return float((similar.sum() - np.trace(similar)) / (count * (count - 1))) if count > 1 else 0.0
