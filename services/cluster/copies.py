"""Which rows hold a shingle: a hash table in one array, a cache line a bucket, so that all shingles of an
article are looked up at once, and one that is held costs some 20 bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from services.cluster.representation import Ints, Shingles

BUCKET = 8  # places of a bucket: 64 bytes
ROW_BITS = 32
ROW_MASK = (1 << ROW_BITS) - 1
FILLED = 0.5  # share of the places that may be taken before the table doubles

Entries = npt.NDArray[np.uint64]


@dataclass
class Holders:
    """Entries are shingle and row + 1 in one number, 0 a free place; what finds its bucket full is spilt."""

    places: np.ndarray[tuple[int, int], np.dtype[np.uint64]] = field(
        default_factory=lambda: np.zeros((1 << 12, BUCKET), np.uint64)
    )
    full: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(1 << 12, np.bool_))
    spilt: dict[int, list[int]] = field(default_factory=dict)
    size: int = 0


def hold(holders: Holders, shingles: Shingles, row: int) -> None:
    """Note that a row has these shingles (each once)."""
    holders.size += len(shingles)
    if holders.size > holders.places.size * FILLED:
        _double(holders)
    entries = _entries(shingles, row)
    buckets = _buckets(holders, shingles)
    waiting = np.arange(len(shingles))
    while len(waiting):
        free = holders.places[buckets[waiting]] == 0
        first = free.argmax(axis=1)
        room = free[np.arange(len(waiting)), first]
        for at in waiting[~room].tolist():
            holders.full[buckets[at]] = True
            holders.spilt.setdefault(int(shingles[at]), []).append(row)
        waiting, first = waiting[room], first[room]
        holders.places[buckets[waiting], first] = entries[waiting]  # of two in one bucket one gets the place
        waiting = waiting[holders.places[buckets[waiting], first] != entries[waiting]]


def release(holders: Holders, shingles: Shingles, row: int) -> None:
    """Forget that a row has these shingles."""
    holders.size -= len(shingles)
    entries, buckets = _entries(shingles, row), _buckets(holders, shingles)
    at, place = np.nonzero(holders.places[buckets] == entries[:, None])
    holders.places[buckets[at], place] = 0
    missing = np.ones(len(shingles), np.bool_)
    missing[at] = False
    for shingle in shingles[missing].tolist():
        rows = holders.spilt[shingle]
        rows.remove(row)
        if not rows:
            del holders.spilt[shingle]


def rows_sharing(holders: Holders, shingles: Shingles, most: int) -> Ints:
    """Rows that hold these shingles, once for each that they hold; shingles of more than `most` left out."""
    buckets = _buckets(holders, shingles)
    held = holders.places[buckets]
    found = (held >> np.uint64(ROW_BITS) == shingles[:, None]) & (held != 0)
    spilt = {
        at: holders.spilt[shingle]
        for at in np.flatnonzero(holders.full[buckets]).tolist()
        if (shingle := int(shingles[at])) in holders.spilt
    }
    more: list[int] = []
    for at, rows in spilt.items():
        if np.count_nonzero(found[at]) + len(rows) > most:
            found[at] = False
        else:
            more += rows
    kept: Ints = (held[found] & np.uint64(ROW_MASK)).astype(np.int64) - 1
    return np.concatenate([kept, np.array(more, np.int64)]) if more else kept


def held_often(holders: Holders, shingles: Shingles, most: int) -> list[tuple[int, list[int]]]:
    """Those of these shingles that more than `most` rows hold, with the rows (in no order)."""
    buckets = _buckets(holders, shingles)
    found = []
    for at in np.flatnonzero(holders.full[buckets]).tolist():
        shingle = int(shingles[at])
        rows = holders.spilt.get(shingle, [])
        if len(rows) > most - BUCKET:
            held = holders.places[buckets[at]]
            first = held[held >> np.uint64(ROW_BITS) == shingle]
            rows = [*((first & np.uint64(ROW_MASK)).astype(np.int64) - 1).tolist(), *rows]
            if len(rows) > most:
                found.append((shingle, rows))
    return found


def _entries(shingles: Shingles, row: int) -> Entries:
    return shingles.astype(np.uint64) << np.uint64(ROW_BITS) | np.uint64(row + 1)


def _buckets(holders: Holders, shingles: Shingles) -> Ints:
    return shingles.astype(np.int64) & (len(holders.places) - 1)


def _double(holders: Holders) -> None:
    """Twice the buckets: each entry stays in its place, or goes to the same place of the new twin."""
    before, bit = holders.places, np.uint64(len(holders.places) << ROW_BITS)
    moved = (before & bit) != 0
    holders.places = np.zeros((2 * len(before), BUCKET), np.uint64)
    holders.places[: len(before)][~moved] = before[~moved]
    holders.places[len(before) :][moved] = before[moved]
    holders.full = np.zeros(len(holders.places), np.bool_)
    spilt = np.fromiter(holders.spilt, np.uint32, len(holders.spilt))
    holders.full[_buckets(holders, spilt)] = True
