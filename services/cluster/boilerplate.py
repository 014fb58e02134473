"""What a publisher writes under everything: phrases that half of its latest articles have are nobody's news.

Seen from the stream alone, in any language: "Sign up for our newsletter", a cookie notice, the house's own
description. An article is compared without them; its shingles stay whole, so that the habit is still seen.
One run of words in four is known, so what lies between two known ones belongs to them.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from services.cluster.copies import Found, Seen, held_by
from services.cluster.index import Index, everywhere, latest_of
from services.cluster.parameters import Parameters
from services.cluster.representation import IN_TITLE, Prepared, Shingles, word_shares

# Words from a known phrase to the next, or to an end of the text, that belong to it too: of a publisher's
HABIT_REACH = 10  # phrases, between which it may have written news,
SHARED_REACH = 24  # and of a text that another article has too.
LEAST_SHARE = 1e-6


def boilerplate(index: Index, publisher: str, seen: Seen, parameters: Parameters) -> Found | None:
    """Which phrases of an article are nobody's news: its publisher's habits, and everybody's. None: none."""
    usual = _habits(index, publisher, seen, parameters)
    common = everywhere(index, seen)
    if common:
        usual = np.zeros(len(seen.shingles), np.bool_) if usual is None else usual
        usual[common] = True
    return usual


def _habits(index: Index, publisher: str, seen: Seen, parameters: Parameters) -> Found | None:
    if not publisher or (seen.hits < parameters.habit_least and not seen.spilt):
        return None
    latest = latest_of(index, publisher, parameters.habit_articles)
    needed = max(parameters.habit_least, math.ceil(len(latest) * parameters.habit_share))
    if len(latest) < needed:
        return None
    return held_by(index.copies, seen, latest, needed)


def without(prepared: Prepared, phrases: Shingles, reach: int, parameters: Parameters) -> Prepared:
    """The article without the words of these phrases; what its title says stays."""
    covered = _covered(prepared, phrases, reach)
    if not covered.any():
        return prepared
    told = (prepared.body > 0) & covered
    shares = word_shares(len(covered), parameters)[told]
    taken = np.bincount(prepared.ids.searchsorted(prepared.body[told]), shares, len(prepared.ids))
    left = np.expm1(prepared.counts) - taken
    kept = (left > LEAST_SHARE) | ((prepared.kinds & IN_TITLE) > 0)
    return prepared._replace(
        ids=prepared.ids[kept],
        counts=np.log1p(np.maximum(left[kept], 0.0)),
        priors=prepared.priors[kept],
        kinds=prepared.kinds[kept],
        surfaces=prepared.surfaces[kept],
    )


def _covered(prepared: Prepared, phrases: Shingles, reach: int) -> npt.NDArray[np.bool_]:
    """Which words of the text lie in these phrases, or between two of them."""
    length = len(prepared.body)
    starts = _among(prepared.runs, phrases).nonzero()[0]
    if not len(starts):
        return np.zeros(length, np.bool_)
    ends = starts + 3
    starts[0] = 0 if starts[0] <= reach else starts[0]
    ends[-1] = length if length - ends[-1] <= reach else ends[-1]
    ends[:-1] = np.where(starts[1:] - ends[:-1] <= reach, starts[1:], ends[:-1])
    steps = np.zeros(length + 1, np.int8)  # where a covered run starts and ends; no two end at one place
    steps[starts] = 1
    steps[ends] -= 1
    covered: npt.NDArray[np.bool_] = steps[:-1].cumsum(dtype=np.int8) > 0
    return covered


def _among(values: Shingles, known: Shingles) -> npt.NDArray[np.bool_]:
    """Which values are among the known ones (sorted)."""
    found: npt.NDArray[np.bool_] = known.take(known.searchsorted(values), mode="clip") == values
    return found
