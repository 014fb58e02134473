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
Found = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Seen:
    """What is held of some shingles: a line a shingle, a column a place of its bucket."""

    shingles: Shingles
    buckets: Ints
    held: Entries  # entries of the bucket
    rows: Entries  # the row in each place, where it is this shingle's
    found: Found  # where it is
    full: Found  # whether more of the bucket is spilt, by line


@dataclass
class Holders:
    """Entries are shingle and row + 1 in one number, 0 a free place; what finds its bucket full is spilt."""

    places: np.ndarray[tuple[int, int], np.dtype[np.uint64]] = field(
        default_factory=lambda: np.zeros((1 << 12, BUCKET), np.uint64)
    )
    full: Found = field(default_factory=lambda: np.zeros(1 << 12, np.bool_))
    spilt: dict[int, list[int]] = field(default_factory=dict)
    size: int = 0
    last: Seen | None = None  # the last look, until anything changes: what is asked for is then held


def look_up(holders: Holders, shingles: Shingles) -> Seen:
    """Look all these shingles up."""
    if holders.last is not None and holders.last.shingles is shingles:
        return holders.last
    buckets = _buckets(holders, shingles)
    held = holders.places.take(buckets, 0)
    rows = (
        held ^ (shingles.astype(np.uint64) << np.uint64(ROW_BITS))[:, None]
    )  # the shingle goes, row + 1 stays
    rows -= np.uint64(1)  # and a free place becomes the largest number
    seen = Seen(shingles, buckets, held, rows, rows < np.uint64(ROW_MASK), holders.full.take(buckets))
    holders.last = seen
    return seen


def hold(holders: Holders, shingles: Shingles, row: int) -> None:
    """Note that a row has these shingles (each once)."""
    holders.size += len(shingles)
    if holders.size > holders.places.size * FILLED:
        _double(holders)
    seen = look_up(holders, shingles)
    entries, buckets, held = _entries(shingles, row), seen.buckets, seen.held
    holders.last = None
    waiting = np.arange(len(shingles))
    while len(waiting):
        free = held == 0
        first = free.argmax(axis=1)
        room = free[np.arange(len(waiting)), first]
        if not room.all():
            for at in waiting[~room].tolist():
                holders.full[buckets[at]] = True
                holders.spilt.setdefault(int(shingles[at]), []).append(row)
            waiting, first = waiting[room], first[room]
        holders.places[buckets[waiting], first] = entries[waiting]  # of two in one bucket one gets the place
        waiting = waiting[holders.places[buckets[waiting], first] != entries[waiting]]
        held = holders.places.take(buckets[waiting], 0)


def release(holders: Holders, shingles: Shingles, row: int) -> None:
    """Forget that a row has these shingles."""
    holders.size -= len(shingles)
    holders.last = None
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


def rows_sharing(holders: Holders, seen: Seen, told: Found | None, most: int) -> Ints:
    """Rows that hold these shingles, once for each that they hold.

    Left out are shingles of more than `most` rows, and those that are not `told` (None: all are).
    """
    found = seen.found if told is None else seen.found & told[:, None]
    more: list[int] = []
    for at in np.flatnonzero(seen.full).tolist() if seen.full.any() else ():
        spilt = holders.spilt.get(int(seen.shingles[at]), ()) if told is None or told[at] else ()
        if spilt and np.count_nonzero(found[at]) + len(spilt) > most:
            found = found.copy()
            found[at] = False
        else:
            more += spilt
    kept: Ints = seen.rows[found].astype(np.int64)
    return np.concatenate([kept, np.array(more, np.int64)]) if more else kept


def held_often(holders: Holders, seen: Seen, most: int) -> list[tuple[int, list[int]]]:
    """The lines of those shingles that more than `most` rows hold, with the rows (in no order)."""
    often = []
    for at in np.flatnonzero(seen.full).tolist() if seen.full.any() else ():
        spilt = holders.spilt.get(int(seen.shingles[at]), [])
        if len(spilt) > most - BUCKET:
            rows = [*seen.rows[at][seen.found[at]].astype(np.int64).tolist(), *spilt]
            if len(rows) > most:
                often.append((at, rows))
    return often


def may_be_held(seen: Seen, by: int) -> bool:
    """Whether so many rows may hold one of these shingles; false: surely not."""
    if seen.full.any():
        return True
    return bool(np.count_nonzero(seen.found) >= by and (seen.found.sum(axis=1) >= by).any())


def _entries(shingles: Shingles, row: int) -> Entries:
    return shingles.astype(np.uint64) << np.uint64(ROW_BITS) | np.uint64(row + 1)


def _buckets(holders: Holders, shingles: Shingles) -> Ints:
    return shingles.astype(np.int64) & (len(holders.places) - 1)


def _double(holders: Holders) -> None:
    """Twice the buckets: each entry stays in its place, or goes to the same place of the new twin."""
    holders.last = None
    before, bit = holders.places, np.uint64(len(holders.places) << ROW_BITS)
    moved = (before & bit) != 0
    holders.places = np.zeros((2 * len(before), BUCKET), np.uint64)
    holders.places[: len(before)][~moved] = before[~moved]
    holders.places[len(before) :][moved] = before[moved]
    holders.full = np.zeros(len(holders.places), np.bool_)
    spilt = np.fromiter(holders.spilt, np.uint32, len(holders.spilt))
    holders.full[_buckets(holders, spilt)] = True
