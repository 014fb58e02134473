"""Entry ids and batches, as values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.stage.entries import (
    LAST_SEQUENCE,
    Entry,
    bounded,
    id_above,
    id_before,
    join_id,
    last_of,
    next_id,
    of_stream,
    padded_id,
    read_count,
    split_id,
)

IDS = st.tuples(st.integers(1, 2**63), st.integers(0, LAST_SEQUENCE))


@given(IDS)
def test_the_neighbours_of_an_id(parts: tuple[int, int]) -> None:
    entry_id = join_id(*parts)
    assert split_id(id_before(entry_id)) < parts < id_above(entry_id)
    assert id_above(id_before(entry_id)) == parts
    assert id_before(join_id(*id_above(entry_id))) == entry_id


@given(IDS, st.integers(0, 2**63))
def test_the_next_id_is_above_and_not_before_its_time(last: tuple[int, int], milliseconds: int) -> None:
    new = split_id(next_id(join_id(*last), milliseconds))
    assert new > last
    assert new[0] >= milliseconds
    assert new[1] <= LAST_SEQUENCE


@given(IDS, IDS)
def test_padded_ids_are_ordered_as_their_streams_are(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert (padded_id(join_id(*one)) < padded_id(join_id(*other))) == (one < other)


@given(st.lists(st.integers(0, 500), max_size=60), st.integers(1, 9), st.integers(1, 900))
def test_batches_hold_all_in_order_and_keep_to_the_bounds(
    sizes: list[int], most: int, most_bytes: int
) -> None:
    entries = [Entry(f"{at}-0", {b"": b"x" * size}) for at, size in enumerate(sizes)]
    batches = list(bounded(entries, most, most_bytes))
    assert [entry for batch in batches for entry in batch] == entries
    assert all(1 <= len(batch) <= most for batch in batches)
    assert all(sum(entry.size for entry in batch) <= most_bytes or len(batch) == 1 for batch in batches)


@pytest.mark.parametrize(
    ("mean", "count"), [(0.0, 256), (1024.0, 256), (65_536.0, 128), (4 * 2**20, 2), (2.0**30, 1)]
)
def test_as_many_are_read_as_bytes_allow(mean: float, count: int) -> None:
    assert read_count(256, 8 * 2**20, mean) == count


def test_replies_of_both_protocols_and_deleted_entries() -> None:
    live, gone = (b"1-1", {b"n": b"1"}), (b"1-2", None)
    for reply in ([[b"s", [live, gone]]], {b"s": [[live, gone]]}):
        assert of_stream(reply) == [Entry("1-1", {b"n": b"1"})]
        assert last_of(reply) == "1-2"
    assert of_stream(None) == []
    assert last_of([[b"s", []]]) is None
