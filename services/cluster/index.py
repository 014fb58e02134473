"""Which articles could be near: an inverted index over heavy terms, and one over shingles.

Rows of a fixed-width matrix hold the vectors, so that many exact products are one numpy call. Nothing
here is stored: it is rebuilt from the articles in the order of their serial numbers.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np

from services.cluster.parameters import Parameters
from services.cluster.representation import Floats, Ints, Shingles, Vector
from services.cluster.terms import TERM_SPACE

WEIGHT_BITS = 16


@dataclass
class Index:
    """Vectors of live articles by row, and where their heavy terms and shingles occur."""

    parameters: Parameters
    ids: np.ndarray[tuple[int, int], np.dtype[np.int32]]
    weights: np.ndarray[tuple[int, int], np.dtype[np.int16]]
    serial: Ints
    story: Ints
    query: Floats
    names: list[str] = field(default_factory=list)
    free: list[int] = field(default_factory=list)
    size: int = 0
    postings: dict[int, array[int]] = field(default_factory=dict)
    copies: dict[int, array[int]] = field(default_factory=dict)


def new_index(parameters: Parameters, capacity: int = 1024) -> Index:
    """An empty index; grows by doubling."""
    width = parameters.vector_terms
    return Index(
        parameters,
        np.zeros((capacity, width), np.int32),
        np.zeros((capacity, width), np.int16),
        np.zeros(capacity, np.int64),
        np.full(capacity, -1, np.int64),
        np.zeros(TERM_SPACE, np.float64),
    )


def add(index: Index, name: str, vector: Vector, serial: int, shingles: Shingles, searchable: bool) -> int:
    """Put an article in; `searchable` is False for reprints, which never are anybody's neighbour."""
    row = index.free.pop() if index.free else _next_row(index)
    index.ids[row] = 0
    index.weights[row] = 0
    index.ids[row, : len(vector.ids)] = vector.ids
    index.weights[row, : len(vector.ids)] = vector.weights
    index.serial[row] = serial
    index.names[row] = name
    if searchable:
        for term, weight in heavy(vector, index.parameters.query_terms):
            index.postings.setdefault(term, array("q")).append(row << WEIGHT_BITS | weight)
        for shingle in shingles.tolist():
            index.copies.setdefault(shingle, array("q")).append(row)
    return row


def remove(index: Index, row: int, vector: Vector, shingles: Shingles, searchable: bool) -> None:
    """Take an article out, every trace of it."""
    if searchable:
        for term, weight in heavy(vector, index.parameters.query_terms):
            _drop(index.postings, term, row << WEIGHT_BITS | weight)
        for shingle in shingles.tolist():
            _drop(index.copies, shingle, row)
    index.story[row] = -1
    index.serial[row] = 0
    index.names[row] = ""
    index.free.append(row)


def heavy(vector: Vector, count: int) -> list[tuple[int, int]]:
    """The heaviest terms of a vector, (id, weight), ties by id."""
    weights = vector.weights.astype(np.int64)
    order = np.lexsort((vector.ids, -weights))[:count]
    return list(zip(vector.ids[order].tolist(), weights[order].tolist(), strict=True))


def open_query(index: Index, vector: Vector) -> Floats:
    """Spread a vector over the term space, so that products are gathers. Close it after use."""
    index.query[vector.ids] = vector.weights
    return index.query


def close_query(index: Index, vector: Vector) -> None:
    index.query[vector.ids] = 0.0


def near_rows(index: Index, vector: Vector) -> Ints:
    """Rows of articles that share heavy terms, best first (partial product, then the older)."""
    cap = index.parameters.posting_cap
    parts: list[Ints] = []
    factors: list[Ints] = []
    for term, weight in heavy(vector, index.parameters.query_terms):
        posting = index.postings.get(term)
        if posting:
            part = np.frombuffer(posting, np.int64)[-cap:].copy()
            parts.append(part)
            factors.append(np.full(len(part), weight, np.int64))
    if not parts:
        return np.empty(0, np.int64)
    packed = np.concatenate(parts)
    products = (packed & ((1 << WEIGHT_BITS) - 1)) * np.concatenate(factors)
    scores = np.bincount(packed >> WEIGHT_BITS, weights=products)
    rows = np.flatnonzero(scores)
    order = np.lexsort((index.serial[rows], -scores[rows]))
    return rows[order]


def products(index: Index, rows: Ints) -> Floats:
    """Exact products of the open query with rows (SCALE² = identical)."""
    result: Floats = (index.query[index.ids[rows]] * index.weights[rows]).sum(axis=1)
    return result


def sharing(index: Index, shingles: Shingles, least: int) -> list[tuple[int, int]]:
    """Rows whose articles have at least so many of these shingles, and how many."""
    lists = [index.copies[shingle] for shingle in shingles.tolist() if shingle in index.copies]
    if len(lists) < least:
        return []
    found, counts = np.unique(
        np.concatenate([np.frombuffer(rows, np.int64) for rows in lists]), return_counts=True
    )
    enough = counts >= least
    return list(zip(found[enough].tolist(), counts[enough].tolist(), strict=True))


def _next_row(index: Index) -> int:
    row = index.size
    index.size += 1
    index.names.append("")
    if row >= len(index.serial):
        index.ids = np.concatenate([index.ids, np.zeros_like(index.ids)])
        index.weights = np.concatenate([index.weights, np.zeros_like(index.weights)])
        index.serial = np.concatenate([index.serial, np.zeros_like(index.serial)])
        index.story = np.concatenate([index.story, np.full_like(index.story, -1)])
    return row


def _drop(lists: dict[int, array[int]], key: int, value: int) -> None:
    kept = lists[key]
    kept.remove(value)
    if not kept:
        del lists[key]
