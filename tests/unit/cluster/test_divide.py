"""Cuts of a tree are scipy's, and a story that is two is cut where it is two."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]  # ships no types

from services.cluster.divide import cut, read_tree, two_parts


def distances(seed: int, count: int, steps: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Condensed distances; few `steps` make many of them equal."""
    source = np.random.default_rng(seed)
    return source.integers(0, steps, count * (count - 1) // 2) / steps


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("steps", [2, 5, 1000])
def test_cuts_are_those_of_scipy(seed: int, steps: int) -> None:
    count = 2 + seed
    tree = linkage(distances(seed, count, steps), "average")
    for groups in range(1, count + 1):
        labels = fcluster(tree, groups, "maxclust")
        theirs = [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]
        ours = [np.sort(part).tolist() for part in cut(read_tree(tree), groups)]
        assert sorted(ours) == sorted(theirs)
        assert [part for part in ours if len(part) > 1] == [part for part in theirs if len(part) > 1]


def test_outliers_are_peeled_off_until_two_groups_are_left() -> None:
    similar = np.full((8, 8), 0.1)
    similar[:4, :4], similar[4:7, 4:7] = 0.8, 0.7
    similar[7, :] = similar[:, 7] = 0.0
    np.fill_diagonal(similar, 1.0)
    parts = two_parts(similar, 3)
    assert parts is not None
    assert [part.tolist() for part in parts] == [[0, 1, 2, 3], [4, 5, 6]]
    assert two_parts(similar, 4) is None
