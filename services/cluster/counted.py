"""What an article's weights are made of: kept beside its vector, so that they can be made again.

Of each term of the vector how often the article says it and how common it is anywhere, two bytes each. A
later vector has the same terms: what had not been among the heaviest is not known any more.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.cluster.parameters import Parameters
from services.cluster.representation import (
    SCALE,
    Ids,
    Prepared,
    Vector,
    information,
)

Halves = npt.NDArray[np.float16]


class Counted(NamedTuple):
    """Damped counts and priors (`Prepared.counts`, `.priors`) of a vector's terms, in its order; or empty."""

    counts: Halves
    priors: Halves


NOTHING = Counted(np.empty(0, np.float16), np.empty(0, np.float16))


def counted(prepared: Prepared, vector: Vector) -> Counted:
    """What a vector was made of."""
    places = prepared.ids.searchsorted(vector.ids)
    counts, priors = prepared.counts.take(places), prepared.priors.take(places)
    return Counted(counts.astype(np.float16), priors.astype(np.float16))


Weighed = tuple[Vector, Counted, tuple[str, ...]]


def weigh_again(
    vector: Vector,
    made_of: Counted,
    words: tuple[str, ...],
    frequency: Ids,
    documents: int,
    parameters: Parameters,
) -> Weighed:
    """The vector with other frequencies, what it is made of and its words, in its new order.

    Words are known of the terms that were heaviest at first; a term between them has an empty one.
    """
    if not len(made_of.counts):
        return vector, made_of, words
    priors, counts = made_of.priors.astype(np.float64), made_of.counts.astype(np.float64)
    told = information(priors, frequency.take(vector.ids), documents, parameters)
    raw = np.rint(counts * told * 1e6).astype(np.int64)
    length = math.sqrt(int(raw @ raw))
    if not length:
        return vector, made_of, words
    weights = np.rint(raw * (SCALE / length)).astype(np.int16)
    order = np.lexsort((vector.ids, -weights))
    again = Vector(vector.ids.take(order), np.maximum(weights, 1).take(order))
    known = len(words)
    named = order[: np.flatnonzero(order < known).max(initial=-1) + 1].tolist()
    return (
        again,
        Counted(*(part.take(order) for part in made_of)),
        tuple(words[at] if at < known else "" for at in named),
    )
