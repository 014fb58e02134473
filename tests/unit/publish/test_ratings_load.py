"""Ratings loads: chunks in any order, several at once, what is written and what is in force."""

from __future__ import annotations

from typing import Any

import pytest

from dateline.articles import Publisher
from services.publish.ratings import Ratings
from services.publish.ratings_load import Loads, Writes, add_chunk, in_force, read_chunk, read_loads


class Hash:
    """The shard's ratings hash."""

    def __init__(self) -> None:
        self.fields: dict[bytes, bytes] = {}

    def write(self, writes: Writes) -> None:
        for name, value in writes.items():
            if value is None:
                del self.fields[name.encode()]
            else:
                self.fields[name.encode()] = value.encode() if isinstance(value, str) else value

    def add(self, **body: Any) -> bool:
        loads, writes, complete = add_chunk(read_loads(self.fields), read_chunk(body))
        self.write(writes)
        assert read_loads(self.fields) == loads
        return complete

    @property
    def ratings(self) -> Ratings:
        return in_force(read_loads(self.fields), self.fields)


def chunk(load: str, number: int, of: int, *domains: str) -> dict[str, Any]:
    rows = [{"domain": domain, "bias": "left", "owner": ""} for domain in domains]
    return {"load_id": load, "name": load.upper(), "chunk": number, "chunks": of, "rows": rows}


def rated(ratings: Ratings, domain: str) -> bool:
    return ratings.look_up(Publisher(id=domain)) is not None


def test_a_load_is_in_force_from_its_last_chunk_on_in_whatever_order() -> None:
    held = Hash()

    assert not held.add(**chunk("one", 1, 2, "b.example"))
    assert held.ratings.name is None
    assert not held.add(**chunk("one", 1, 2, "b.example"))
    assert held.add(**chunk("one", 0, 2, "a.example"))
    assert held.ratings.name == "ONE"
    assert rated(held.ratings, "a.example") and rated(held.ratings, "b.example")


def test_two_loads_at_once_do_not_mix_and_the_last_complete_one_is_in_force() -> None:
    held = Hash()
    held.add(**chunk("one", 0, 2, "a.example"))
    held.add(**chunk("two", 0, 2, "c.example"))

    assert held.add(**chunk("one", 1, 2, "b.example"))
    assert held.ratings.name == "ONE" and not rated(held.ratings, "c.example")
    assert held.add(**chunk("two", 1, 2, "d.example"))
    assert held.ratings.name == "TWO" and not rated(held.ratings, "a.example")


def test_what_is_replaced_or_given_up_is_deleted() -> None:
    held = Hash()
    for number in range(9):
        held.add(**chunk(f"never{number}", 0, 2, "a.example"))
    held.add(**chunk("one", 0, 1, "a.example"))
    held.add(**chunk("two", 0, 1, "a.example"))

    assert len(read_loads(held.fields).coming) <= 4
    assert len(held.fields) == 1 + 1 + len(read_loads(held.fields).coming)


def test_the_same_id_with_another_content_replaces() -> None:
    held = Hash()
    held.add(**chunk("one", 0, 1, "a.example"))
    held.add(**chunk("one", 0, 1, "b.example"))

    assert rated(held.ratings, "b.example") and not rated(held.ratings, "a.example")


def test_before_the_first_load_nothing_is_in_force() -> None:
    assert read_loads({}) == Loads()
    assert in_force(Loads(), {}).name is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "load_id"),
        (chunk("one", 3, 2), "counted from 0"),
        (chunk("one", 0, 2) | {"rows": [{"bias": "left"}]}, "row 0: domain"),
        (chunk("one", 0, 2) | {"rows": [{"domain": "a.b"}, {"domain": "b", "bias": "red"}]}, "row 1: bias"),
        (chunk("one", 0, 10**9), "chunks"),
    ],
)
def test_what_is_no_chunk_is_refused_in_words(body: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_chunk(body)


def test_aliases_as_text_and_empty_cells() -> None:
    held = Hash()
    rows = [{"domain": "a.example", "aliases": "old.example, older.example", "bias": ""}]
    held.add(load_id="one", rows=rows)

    assert rated(held.ratings, "older.example")
