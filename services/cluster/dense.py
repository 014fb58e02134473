"""A second similarity, where a sentence encoder is set: what two texts mean, beside the words they share.

Vectors are whole numbers (length FULL), so that products are exact and a replay gives the same bytes. What
two articles agree in above what any two reports do is added to the product of their terms.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from services.cluster.parameters import Parameters

Dense = npt.NDArray[np.int8]
FULL = 127  # length of a vector
NONE: Dense = np.empty(0, np.int8)  # of an article that no encoder has read


def quantised(values: npt.ArrayLike) -> Dense:
    """A vector of any length as whole numbers of length FULL; NONE where it says nothing."""
    plain = np.asarray(values, np.float64)
    length = float(np.sqrt(plain @ plain))
    if not np.isfinite(length) or length == 0:
        return NONE
    found: Dense = np.rint(plain * (FULL / length)).astype(np.int8)
    return found


def agreement(one: Dense, rows: npt.NDArray[np.int8], parameters: Parameters) -> npt.NDArray[np.float64]:
    """What each row's text means of what this one does: 0 below `dense_from`, else its weighted excess."""
    if not rows.shape[1]:  # none of those held has been read
        return np.zeros(len(rows))
    cosines = (rows.astype(np.int32) @ one.astype(np.int32)) / (FULL * FULL)
    return np.maximum(cosines - parameters.dense_from, 0.0) * parameters.dense_weight
