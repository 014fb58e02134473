"""The table of shingles says what a dictionary of sets would say, also when buckets are full."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cluster import copies
from services.cluster.copies import (
    BUCKET,
    Holders,
    held_by,
    held_often,
    hold,
    look_up,
    release,
    rows_sharing,
)

MOST = 32
# few buckets and many shingles of each: collisions, full buckets, what is spilt, doubling
SHINGLES = st.sets(st.integers(0, 40).map(lambda each: each % 5 << 12 | each // 5), max_size=20)
STEPS = st.lists(st.tuples(st.integers(0, 60), SHINGLES), max_size=80)


def array(shingles: set[int]) -> copies.Shingles:
    return np.array(sorted(shingles), np.uint32)


def sharing(holders: Holders, asked: set[int], told: copies.Found | None = None) -> list[int]:
    """Twice: the second answer may come from the memory of the first."""
    first, second = (rows_sharing(holders, look_up(holders, array(asked)), told, MOST).tolist() for _ in "ab")
    assert first == second
    return first


def small() -> Holders:
    return Holders(np.zeros((4, BUCKET), np.uint64), np.zeros(4, np.bool_))


@settings(deadline=None)
@given(STEPS, SHINGLES)
def test_it_is_a_dictionary_of_sets(steps: list[tuple[int, set[int]]], asked: set[int]) -> None:
    holders, rows = small(), dict[int, set[int]]()
    for row, shingles in steps:
        if row in rows:
            release(holders, array(rows.pop(row)), row)
        else:
            hold(holders, array(shingles), row)
            rows[row] = shingles
    having = {each: [row for row, held in rows.items() if each in held] for each in asked}
    expected = Counter(row for found in having.values() if len(found) <= MOST for row in found)
    assert Counter(sharing(holders, asked)) == expected
    told = np.arange(len(asked)) % 2 == 0
    assert sharing(holders, asked, told) == sharing(holders, set(array(asked)[told].tolist()))
    seen = look_up(holders, array(asked))
    often = {int(seen.shingles[at]): sorted(rows) for at, rows in held_often(holders, seen, MOST)}
    assert often == {each: sorted(found) for each, found in having.items() if len(found) > MOST}
    some = list(rows)[:12]
    enough = held_by(holders, seen, some, 4)
    by_some = [len(set(having[shingle]) & set(some)) >= 4 for shingle in seen.shingles.tolist()]
    assert (enough.tolist() if enough is not None else [False] * len(asked)) == by_some
    assert holders.size == sum(len(held) for held in rows.values())


def test_a_shingle_of_everybody_says_nothing() -> None:
    holders = Holders()
    for row in range(MOST + 1):
        hold(holders, array({7, 1000 + row}), row)
    assert sharing(holders, {7, 1003}) == [3]
    release(holders, array({7, 1000}), 0)
    assert len(sharing(holders, {7})) == MOST


def test_doubling_keeps_all() -> None:
    holders, source = small(), np.random.default_rng(3)
    texts = [np.unique(source.integers(0, 1 << 30, 30).astype(np.uint32)) for _ in range(200)]
    for row, shingles in enumerate(texts):
        look_up(holders, shingles)  # what it remembers is void after doubling
        hold(holders, shingles, row)
    assert len(holders.places) >= 1024
    for row, shingles in enumerate(texts):
        assert Counter(sharing(holders, set(shingles.tolist())))[row] == len(shingles)
    for row, shingles in enumerate(texts):
        release(holders, shingles, row)
    assert not holders.places.any()
    assert not holders.spilt
