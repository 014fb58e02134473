"""Which articles could be near: an inverted index over heavy terms, and one over shingles.

Rows of a fixed-width matrix hold the vectors, so that many exact products are one numpy call. Nothing
here is stored: it is rebuilt from the articles in the order of their serial numbers.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.cluster.copies import Found, Holders, Seen, held_often, hold, release, rows_sharing
from services.cluster.dense import NONE, Dense
from services.cluster.parameters import Parameters
from services.cluster.representation import Ints, Shingles, Vector, Weights
from services.cluster.terms import TERM_SPACE, doubled

WEIGHT_BITS = 16
WEIGHT_MASK = (1 << WEIGHT_BITS) - 1
PRODUCT_BITS = 29  # of two weights: each is at most SCALE
PRODUCT_MASK = (1 << PRODUCT_BITS) - 1
SERIAL_BITS = 40  # running numbers of articles, for ever
SUM_DROPPED = 12  # low bits of a partial product that do not order rows
ASKED_MASK = (1 << 15) - 1  # 32 KB, a processor's nearest memory
DENSE_SHARE = 8  # rows of the index to entries read, below which a dense count is faster


@dataclass
class Index:
    """Vectors of live articles by row, and where their heavy terms and shingles occur."""

    parameters: Parameters
    ids: np.ndarray[tuple[int, int], np.dtype[np.int32]]
    weights: np.ndarray[tuple[int, int], np.dtype[np.int16]]
    serial: Ints
    story: Ints
    query: Weights  # the vector whose products are asked for, over the term space
    asked: npt.NDArray[np.bool_]  # the low bits of its terms
    dense: npt.NDArray[np.int8]  # a vector a row, where an encoder is set; else without width
    names: list[str] = field(default_factory=list)
    publishers: list[str] = field(default_factory=list)
    free: list[int] = field(default_factory=list)
    size: int = 0
    postings: dict[int, array[int]] = field(default_factory=dict)
    copies: Holders = field(default_factory=Holders)
    latest: dict[str, dict[int, None]] = field(default_factory=dict)  # publisher → rows of its articles


def new_index(parameters: Parameters, capacity: int = 1024) -> Index:
    """An empty index; grows by doubling."""
    width = parameters.vector_terms
    return Index(
        parameters,
        np.zeros((capacity, width), np.int32),
        np.zeros((capacity, width), np.int16),
        np.zeros(capacity, np.int64),
        np.full(capacity, -1, np.int64),
        np.zeros(TERM_SPACE, np.int16),
        np.zeros(ASKED_MASK + 1, np.bool_),
        np.zeros((capacity, 0), np.int8),
    )


class Entry(NamedTuple):
    """An article for the index. Not `searchable`: a reprint, which never is anybody's neighbour."""

    name: str
    publisher: str
    serial: int
    vector: Vector
    shingles: Shingles
    searchable: bool
    dense: Dense = NONE


def add(index: Index, entry: Entry) -> int:
    """Put an article in; returns its row."""
    vector, shingles = entry.vector, entry.shingles
    row = index.free.pop() if index.free else _next_row(index)
    index.ids[row] = 0
    index.weights[row] = 0
    index.ids[row, : len(vector.ids)] = vector.ids
    index.weights[row, : len(vector.ids)] = vector.weights
    index.serial[row] = entry.serial
    _set_dense(index, row, entry.dense)
    index.names[row] = entry.name
    index.publishers[row] = entry.publisher
    if entry.searchable:
        if entry.publisher:
            index.latest.setdefault(entry.publisher, {})[row] = None
        postings, place = index.postings, row << WEIGHT_BITS
        for term, weight in heavy(vector, index.parameters.query_terms):
            posting = postings.get(term)
            if posting is None:
                postings[term] = array("q", (place | weight,))
            else:
                posting.append(place | weight)
        hold(index.copies, shingles, row)
    return row


def remove(index: Index, row: int, vector: Vector, shingles: Shingles, searchable: bool) -> None:
    """Take an article out, every trace of it."""
    if searchable:
        _drop_latest(index, row)
        for term, weight in heavy(vector, index.parameters.query_terms):
            _drop(index.postings, term, row << WEIGHT_BITS | weight)
        release(index.copies, shingles, row)
    index.story[row] = -1
    index.serial[row] = 0
    index.names[row] = ""
    index.free.append(row)


def latest_of(index: Index, publisher: str, count: int) -> list[int]:
    """The rows of a publisher's latest articles, the last one first; reprints are not among them."""
    known = index.latest.get(publisher)
    return list(islice(reversed(known), count)) if known else []


def heavy(vector: Vector, count: int) -> list[tuple[int, int]]:
    """The heaviest terms of a vector, (id, weight)."""
    return list(zip(vector.ids[:count].tolist(), vector.weights[:count].tolist(), strict=True))


def open_query(index: Index, vector: Vector) -> None:
    """Spread a vector over the term space, so that products are gathers. Close it after use."""
    index.query[vector.ids] = vector.weights
    index.asked[vector.ids & ASKED_MASK] = True


def close_query(index: Index, vector: Vector) -> None:
    """Wipe the term space for the next vector."""
    index.query[vector.ids] = 0
    index.asked[vector.ids & ASKED_MASK] = False


def near_rows(index: Index, vector: Vector, count: int) -> Ints:
    """Rows of articles that share heavy terms, best first (partial product, then the older).

    Lists are read from the rarest term on, until `posting_cap` entries are read: what everybody
    writes about tells least.
    """
    packed, factors = _postings(index, vector)
    if not len(packed):
        return packed
    products = (packed & WEIGHT_MASK) * factors
    rows, sums = _summed(index, packed >> WEIGHT_BITS, products)
    coarse = sums >> SUM_DROPPED
    if len(rows) > count:
        ordered = coarse.copy()
        ordered.partition(len(rows) - count)
        kept = (coarse >= ordered[len(rows) - count]).nonzero()[0]
        rows, coarse = rows[kept], coarse[kept]
    keys = (coarse << SERIAL_BITS) - index.serial.take(rows)
    return rows[keys.argsort()[::-1][:count]]


def _summed(index: Index, rows: Ints, products: Ints) -> tuple[Ints, Ints]:
    """Each row once, and the sum of its products."""
    if index.size < DENSE_SHARE * len(rows):
        dense = np.bincount(rows, weights=products)
        found = dense.nonzero()[0]
        return found, dense[found].astype(np.int64)
    keys = rows << PRODUCT_BITS | products
    keys.sort()
    rows = keys >> PRODUCT_BITS
    first = np.ones(len(rows), np.bool_)
    np.not_equal(rows[1:], rows[:-1], out=first[1:])
    starts = first.nonzero()[0]
    return rows[starts], np.add.reduceat(keys & PRODUCT_MASK, starts)


def _postings(index: Index, vector: Vector) -> tuple[Ints, Ints]:
    """The entries of the vector's heavy terms, rarest term first, and the vector's own weight for each."""
    terms = vector.ids[: index.parameters.query_terms].tolist()
    lists = map(index.postings.get, terms)
    found = sorted([(len(posting), at, posting) for at, posting in enumerate(lists) if posting])
    parts: list[array[int]] = []
    left = index.parameters.posting_cap
    for length, _, posting in found:
        if left <= 0:
            break
        parts.append(posting[-left:] if length > left else posting)
        left -= length
    places = [at for _, at, _ in found[: len(parts)]]
    weights = vector.weights.take(places).astype(np.int64) if places else np.empty(0, np.int64)
    return np.frombuffer(b"".join(parts), np.int64), weights.repeat([len(part) for part in parts])


def products(index: Index, rows: Ints) -> Ints:
    """Exact products of the open query with rows (SCALE² = identical).

    Of a row's terms few are the query's: a small table, which stays near the processor, says which may be.
    """
    ids = index.ids.take(rows, 0)
    hits = index.asked.take(ids & ASKED_MASK).reshape(-1).nonzero()[0]
    owners = hits // ids.shape[1]
    both = index.query.take(ids.reshape(-1).take(hits)).astype(np.int64)
    both *= index.weights.reshape(-1).take(hits + (rows.take(owners) - owners) * ids.shape[1])
    return np.bincount(owners, both, len(rows)).astype(np.int64)  # whole numbers below 2^53: exact


def sharing(index: Index, seen: Seen, told: Found | None, least: int) -> list[tuple[int, int]]:
    """Rows whose articles have at least so many of the told shingles (None: of all), and how many."""
    rows = rows_sharing(index.copies, seen, told, index.parameters.phrase_articles)
    if len(rows) < least:
        return []
    rows.sort()
    starts = np.flatnonzero(rows[least - 1 :] == rows[: len(rows) - least + 1])
    if not len(starts):
        return []
    found = rows[starts[np.flatnonzero(np.diff(rows[starts], prepend=-1))]]
    counts = rows.searchsorted(found, "right") - rows.searchsorted(found)
    return list(zip(found.tolist(), counts.tolist(), strict=True))


def everywhere(index: Index, seen: Seen) -> list[int]:
    """Lines of those shingles that many articles in different stories have."""
    parameters = index.parameters
    return [
        at
        for at, rows in held_often(index.copies, seen, parameters.phrase_articles)
        if _in_stories(index, rows, parameters.phrase_stories)
    ]


def _in_stories(index: Index, rows: Iterable[int], least: int) -> bool:
    seen: set[int] = set()
    births = index.story
    for row in rows:
        seen.add(births.item(row))
        if len(seen) >= least:
            return True
    return False


def _next_row(index: Index) -> int:
    row = index.size
    index.size += 1
    index.names.append("")
    index.publishers.append("")
    if row >= len(index.serial):
        index.ids, index.weights = doubled(index.ids), doubled(index.weights)
        index.serial, index.story = doubled(index.serial), doubled(index.story)
        index.dense = doubled(index.dense)
        index.story[row:] = -1
    return row


def _set_dense(index: Index, row: int, dense: Dense) -> None:
    if len(dense) and not index.dense.shape[1]:
        index.dense = np.zeros((len(index.serial), len(dense)), np.int8)
    index.dense[row] = dense if len(dense) else 0


def _drop_latest(index: Index, row: int) -> None:
    known = index.latest.get(index.publishers[row])
    if known is not None:
        known.pop(row, None)
        if not known:
            del index.latest[index.publishers[row]]


def _drop(lists: dict[int, array[int]], key: int, value: int) -> None:
    kept = lists[key]
    kept.remove(value)
    if not kept:
        del lists[key]
