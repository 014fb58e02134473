"""Which rows hold a shingle: a hash table in one array, a cache line a bucket, so that all shingles of an
article are looked up at once, and one that is held costs some 20 bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.cluster.representation import Ints, Shingles

BUCKET = 8  # places of a bucket: 64 bytes
ROW_BITS = 32
ROW_MASK = np.uint64((1 << ROW_BITS) - 1)
ONE = np.uint64(1)
FILLED = 0.5  # share of the places that may be taken before the table doubles

Entries = npt.NDArray[np.uint64]
Found = npt.NDArray[np.bool_]


class Seen(NamedTuple):
    """What is held of some shingles: a line a shingle, a column a place of its bucket."""

    shingles: Shingles
    buckets: Ints
    keys: Entries  # an entry without its row
    held: Entries  # entries of the bucket
    rows: Entries  # the row in each place, where it is this shingle's
    found: Found  # where it is
    hits: int  # in how many places
    spilt: list[int]  # lines of which there are more


@dataclass
class Holders:
    """Entries are shingle and row + 1 in one number, 0 a free place; what finds its bucket full is spilt."""

    places: np.ndarray[tuple[int, int], np.dtype[np.uint64]] = field(
        default_factory=lambda: np.zeros((1 << 12, BUCKET), np.uint64)
    )
    full: Found = field(default_factory=lambda: np.zeros(1 << 12, np.bool_))
    spilt: dict[int, set[int]] = field(default_factory=dict)
    size: int = 0
    last: Seen | None = None  # the last look, until anything changes: what is asked for is then held


def look_up(holders: Holders, shingles: Shingles) -> Seen:
    """Look all these shingles up."""
    if holders.last is not None and holders.last.shingles is shingles:
        return holders.last
    numbers = shingles.astype(np.int64)
    keys, buckets = (numbers << ROW_BITS).view(np.uint64), numbers & (len(holders.places) - 1)
    held = holders.places.take(buckets, 0)
    rows = held ^ keys[:, None]  # the shingle goes, row + 1 stays
    rows -= ONE  # and a free place becomes the largest number
    found = rows < ROW_MASK
    full = holders.full.take(buckets).nonzero()[0].tolist()
    spilt = [at for at in full if int(shingles[at]) in holders.spilt]
    seen = Seen(shingles, buckets, keys, held, rows, found, int(np.count_nonzero(found)), spilt)
    holders.last = seen
    return seen


def hold(holders: Holders, shingles: Shingles, row: int) -> None:
    """Note that a row has these shingles (each once)."""
    holders.size += len(shingles)
    if holders.size > holders.places.size * FILLED:
        _double(holders)
    seen = look_up(holders, shingles)
    entries, buckets, held = seen.keys | np.uint64(row + 1), seen.buckets, seen.held
    holders.last = None
    places = holders.places.reshape(-1)
    while len(entries):
        targets = buckets * BUCKET + (held == 0).argmax(axis=1)
        taken = places[targets] != 0  # the bucket is full
        if taken.any():
            _spill(holders, entries[taken], buckets[taken])
            entries, buckets, targets = entries[~taken], buckets[~taken], targets[~taken]
        places[targets] = entries  # of two in one bucket one gets the place
        missed = (places[targets] != entries).nonzero()[0]
        entries, buckets = entries[missed], buckets[missed]
        held = holders.places.take(buckets, 0)


def _spill(holders: Holders, entries: Entries, buckets: Ints) -> None:
    holders.full[buckets] = True
    for entry in entries.tolist():
        holders.spilt.setdefault(entry >> ROW_BITS, set()).add((entry & int(ROW_MASK)) - 1)


def release(holders: Holders, shingles: Shingles, row: int) -> None:
    """Forget that a row has these shingles."""
    holders.size -= len(shingles)
    seen = look_up(holders, shingles)
    holders.last = None
    at, place = (seen.held == (seen.keys | np.uint64(row + 1))[:, None]).nonzero()
    holders.places[seen.buckets[at], place] = 0
    if len(at) < len(shingles):
        for shingle in np.delete(shingles, at).tolist():
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
    for at in seen.spilt:
        spilt = holders.spilt[int(seen.shingles[at])] if told is None or told[at] else ()
        if np.count_nonzero(found[at]) + len(spilt) > most:
            found = found.copy()
            found[at] = False
        else:
            more += spilt
    kept: Ints = seen.rows[found].astype(np.int64)
    return np.concatenate([kept, np.array(more, np.int64)]) if more else kept


def held_often(holders: Holders, seen: Seen, most: int) -> Iterator[tuple[int, Iterator[int]]]:
    """The lines of those shingles that more than `most` rows hold, with the rows (in no order)."""
    for at in seen.spilt:
        spilt = holders.spilt[int(seen.shingles[at])]
        if len(spilt) > most - BUCKET:
            first = seen.rows[at][seen.found[at]].tolist()
            if len(first) + len(spilt) > most:
                yield at, chain(first, spilt)


def held_by(holders: Holders, seen: Seen, rows: list[int], least: int) -> Found | None:
    """Which of the shingles at least so many of these rows hold; None: none."""
    asked = np.zeros(max(rows, default=0) + 2, np.bool_)
    asked[rows] = True
    theirs = asked.take(
        seen.rows[seen.found].view(np.int64), mode="clip"
    )  # those above all rows are not asked for
    if np.count_nonzero(theirs) < least and not seen.spilt:
        return None
    counts = np.bincount(seen.found.nonzero()[0][theirs], minlength=len(seen.shingles))
    for at in seen.spilt:
        counts[at] += len(holders.spilt[int(seen.shingles[at])].intersection(rows))
    enough: Found = counts >= least
    return enough if enough.any() else None


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
    holders.full[spilt.astype(np.int64) & (len(holders.places) - 1)] = True
