"""How much of one text another holds, from samples of their three-word runs."""

from __future__ import annotations

import random
from statistics import fmean

import numpy as np
import pytest

from services.cluster.parameters import DEFAULT
from services.cluster.representation import containment, prepare
from tests.unit.cluster.newsroom import article

WORDS = [f"{first}{second}{last}" for first in "bdfgklmnprst" for second in "aeiou" for last in "bdglmnrstvz"]


def estimate(seed: int, words: int, kept: float) -> float:
    """The containment of a cut copy of a made-up text in the text: the truth is 1."""
    chosen = random.Random(seed)
    text = [chosen.choice(WORDS) for _ in range(words)]
    whole, cut = (
        prepare(article(name, "Sarn floods Tellmark", " ".join(part)), DEFAULT).shingles
        for name, part in (("whole", text), ("cut", text[: int(words * kept)]))
    )
    return containment(whole, cut, len(np.intersect1d(whole, cut)))


@pytest.mark.parametrize("words", [40, 60, 90, 140, 300])
@pytest.mark.parametrize("kept", [1.0, 0.75, 0.5])
def test_a_cut_copy_is_held_whole_whatever_its_length(words: int, kept: float) -> None:
    found = [estimate(seed, words, kept) for seed in range(40)]

    assert fmean(found) > 0.93
    assert sum(share >= DEFAULT.copy_containment for share in found) == len(found)


def test_other_texts_share_nothing() -> None:
    one = prepare(article("one", "Sarn floods Tellmark", " ".join(WORDS[:120])), DEFAULT).shingles
    other = prepare(article("other", "Jury out on Thale", " ".join(WORDS[300:420])), DEFAULT).shingles

    assert containment(one, other, len(np.intersect1d(one, other))) == 0.0
