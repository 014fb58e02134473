"""Tuning keeps what gains on the mean of the sets, and holds each set out for the honest figure."""

from __future__ import annotations

from collections.abc import Mapping

from dateline.evaluation.tuning import TUNED, Score, search, tune
from services.cluster.parameters import DEFAULT

START = {"threshold": 0.2, "gap_weight": 0.04}


def peaked(at: Mapping[str, float]) -> Score:
    """A score that falls with the distance of the threshold from a set's best."""

    def score(name: str, choice: Mapping[str, float]) -> float:
        return 1 - abs(choice.get("threshold", START["threshold"]) - at[name])

    return score


def test_the_best_value_within_reach_is_found_and_what_does_not_matter_stays() -> None:
    assert search(["one"], START, peaked({"one": 0.24})) == {"threshold": 0.24}


def test_nothing_is_chosen_where_nothing_gains() -> None:
    assert search(["one"], START, peaked({"one": 0.2})) == {}


def test_sets_that_disagree_are_held_out_honestly() -> None:
    tuned = tune(["low", "high"], START, peaked({"low": 0.16, "high": 0.24}))

    assert tuned.choice == {}
    assert tuned.held_out["low"] < tuned.before["low"]
    assert set(tuned.after) == {"low", "high"}


def test_one_set_has_nothing_to_hold_out() -> None:
    assert tune(["one"], START, peaked({"one": 0.22})).held_out == {}


def test_every_tuned_parameter_is_one() -> None:
    assert all(getattr(DEFAULT, name) > 0 for name in TUNED)
