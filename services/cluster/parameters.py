"""Every number that clustering depends on: its unit, its meaning, and the data that set it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

HOUR = 3_600_000
DAY = 24 * HOUR


@dataclass(frozen=True)
class Parameters:
    """The one configuration. Times in milliseconds, scores 0 to 1; `docs/quality.md` tells what set them."""

    # what of an article counts
    title_weight: float = 3.0  # a title word counts as this many words of the lead
    lead_words: int = 120  # words that count fully
    body_words: int = 400  # words that count at all
    body_weight: float = 0.5  # what a word after the lead counts
    vector_terms: int = 100  # heaviest terms kept of an article
    prior_documents: float = 120.0  # articles that the word-frequency prior is worth
    max_idf: float = 9.0  # ceiling of a term's information (nats)

    least_terms: int = 3  # an article with fewer terms says nothing: it stands alone

    # candidates
    query_terms: int = 20  # heaviest terms looked up, and indexed, of an article
    posting_cap: int = 6144  # entries read of the terms' lists together, rarest terms first, latest entries first
    near_articles: int = 48  # articles compared exactly
    candidate_stories: int = 8  # stories compared exactly

    # is it near enough
    near_members: int = 3  # nearest members whose mean similarity is the score
    threshold: float = 0.17  # score at which an article joins a story of one
    size_weight: float = 0.0  # bar raised by this times log(size)
    cohort_weight: float = 0.25  # share of the runner-up stories' mean that is taken off the score
    cohort_stories: int = 4  # runner-up stories that make the cohort
    cohort_skip: int = 0  # nearest of them left out: they may be parts of the same story
    gap_weight: float = 0.035  # bar raised by this times log(1 + gap / gap_days)
    gap_days: float = 1.0  # days between article and story that begin to count

    # near copies
    copy_containment: float = 0.6  # share of the smaller one's shingles that the other must hold
    copy_min_shingles: int = 6  # sampled shingles below which containment says nothing

    # second looks
    review_stories: int = 4  # stories near an arrival that are looked at again
    merge_margin: float = 0.03  # two stories must pass the bar by this to be merged
    small_story: int = 3  # stories up to this size are looked at again
    # sizes at which a story is examined
    split_sizes: tuple[int, ...] = (6, 8, 10, 13, 16, 20, 26, 32, 40, 52, 64)
    split_part: int = 3  # members that the smaller part needs
    split_ratio: float = 0.6  # two stories: similarity between the parts below this share of that within
    split_best: float = 0.95  # and that of the best pairs between them below this share
    reassign_margin: float = 0.08  # lead that another story needs to take a member away
    review_members: int = 12  # stories up to this size look at all members after a retraction

    # life (of logical silence)
    settle_after: int = 24 * HOUR
    close_after: int = 14 * DAY
    forget_after: int = 30 * DAY
    step_stories: int = 500  # stories settled, closed or forgotten in one step


DEFAULT = Parameters()


def overridden(parameters: Parameters, text: str, durations: Mapping[str, int]) -> Parameters:
    """Parameters with some replaced: by a JSON object of numbers, then by durations that are settings.

    Raises:
        ValueError: it is not a JSON object, names no parameter, or has a value of another kind.
    """
    given = json.loads(text or "{}")
    if not isinstance(given, dict):
        raise ValueError("is not a JSON object")
    values = {one.name: getattr(parameters, one.name) for one in fields(parameters)}
    known = {name: value for name, value in values.items() if isinstance(value, int | float)}
    for name, value in given.items():
        if name not in known or name in durations:
            near = difflib.get_close_matches(name, known.keys() - durations.keys(), n=1, cutoff=0)
            raise ValueError(f"{name!r} is no parameter; did you mean {near[0]}?")
        wanted = int if isinstance(known[name], int) else int | float
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise ValueError(f"{name}: {value!r} is not a number like {known[name]!r}")
    return replace(parameters, **given, **dict[str, Any](durations))
