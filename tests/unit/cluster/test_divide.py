"""Cuts of a tree are scipy's, and a story that is two is cut where it is two."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]  # ships no types

from services.cluster.divide import cut, divide, grow_tree, read_tree, two_parts
from services.cluster.parameters import DEFAULT


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
    parts = two_parts(grow_tree(similar), 3)
    assert parts is not None
    assert [part.tolist() for part in parts] == [[0, 1, 2, 3], [4, 5, 6]]
    assert two_parts(grow_tree(similar), 4) is None


def vectors(
    seed: int, sizes: tuple[int, ...], shared: int, own: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Similarities of made-up articles, each with most words of its event and of what all share."""
    source = np.random.default_rng(seed)
    words = shared + own * len(sizes)
    rows = []
    for event, size in enumerate(sizes):
        usual = np.zeros(words)
        usual[:shared], usual[shared + own * event : shared + own * (event + 1)] = 0.6, 0.6
        rows.append(source.random((size, words)) < usual)
    found = np.concatenate(rows).astype(np.float64)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found @ found.T


@pytest.mark.parametrize("sizes", [(100, 60), (120, 8), (70, 70, 4)])
def test_a_large_story_is_two_where_members_are_near_to_their_own_part_alone(sizes: tuple[int, ...]) -> None:
    similar = vectors(1, sizes, shared=4, own=40)
    parts = divide(similar, np.full(len(similar), 100), DEFAULT)
    assert parts is not None
    events = np.repeat(range(len(sizes)), sizes)
    one, other = (set(events[part].tolist()) for part in parts)
    assert not one & other


def test_a_large_story_of_one_event_stays_whole_though_a_few_of_its_members_hold_together() -> None:
    similar = vectors(2, (150,), shared=0, own=60)
    similar[:3, :3] = 1.0
    assert divide(similar, np.full(150, 100), DEFAULT) is None


def test_few_words_are_weaker_proof_of_two_stories() -> None:
    similar = vectors(3, (30, 30), shared=20, own=30)
    assert divide(similar, np.full(60, 100), DEFAULT) is not None
    assert divide(similar, np.full(60, 5), DEFAULT) is None
    assert divide(vectors(3, (30, 30), shared=2, own=30), np.full(60, 5), DEFAULT) is not None
