"""The referee of the e2e test sees each kind of wrong: a referee that cannot complain proves nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.e2e.audit import Seen, complaints


def event(story: str, version: int, sequence: int, epoch: int = 1, **data: Any) -> dict[str, Any]:
    record = {"version": version, "status": "developing", "articles": [], **data}
    return {
        "id": f"{story}:{version}",
        "subject": story,
        "source": "/dateline/default/all",
        "sequence": f"{sequence:020}",
        "epoch": str(epoch),
        "data": record,
    }


def latest(one: dict[str, Any]) -> dict[str, Any]:
    return {**one["data"], "sequence": one["sequence"], "epoch": int(one["epoch"])}


FIRST = event("s-1", 1, 1, articles=[{"article_id": "a-1"}])
SECOND = event("s-2", 1, 2, articles=[{"article_id": "a-2"}])
THIRD = event("s-1", 2, 3, articles=[{"article_id": "a-1"}, {"article_id": "a-3"}])

GOOD = Seen(
    raw=("1-0", "2-0", "3-0", "4-0", "5-0", "6-0"),
    outcomes=(
        ("1-0", "accepted", "a-1"),
        ("2-0", "accepted", "a-2"),
        ("3-0", "rejected", ""),
        ("4-0", "accepted", "a-3"),
        ("5-0", "accepted", "a-4"),
        ("6-0", "retracted", "a-4"),
    ),
    dead=("3-0",),
    events=(FIRST, SECOND, THIRD),
    index=("s-1", "s-2"),
    latest={"s-1": latest(THIRD), "s-2": latest(SECOND)},
)


def test_what_is_right_is_right() -> None:
    assert complaints(GOOD) == []


def test_events_may_come_again_under_a_higher_epoch() -> None:
    again = event("s-2", 1, 1, epoch=2, articles=[{"article_id": "a-2"}])
    seen = replace(GOOD, events=(*GOOD.events, again), latest={**GOOD.latest, "s-2": latest(again)})
    assert complaints(seen) == []


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"outcomes": GOOD.outcomes[1:]}, "entry 1-0 has no outcome"),
        ({"outcomes": (*GOOD.outcomes, GOOD.outcomes[0])}, "entry 1-0 has 2 outcomes"),
        ({"raw": GOOD.raw[1:]}, "an outcome of 1-0, which nobody sent"),
        ({"dead": ()}, "entry 3-0: 0 dead letters"),
        ({"dead": ("3-0", "3-0")}, "entry 3-0: 2 dead letters"),
        ({"dead": ("3-0", "4-0")}, "entry 4-0: 1 dead letters, rejected 0 times"),
        ({"events": (FIRST, THIRD)}, "(1, 3) follow (1, 1)"),
        ({"events": (FIRST, SECOND, SECOND, THIRD)}, "(1, 2) follow (1, 2)"),
        ({"events": (SECOND, THIRD)}, "begins with sequence 2"),
        ({"events": (FIRST, SECOND, event("s-1", 3, 3))}, "s-1: version 3 follows 1"),
        ({"events": (FIRST, SECOND, event("s-1", 1, 3))}, "s-1: version 1 follows 1"),
        ({"latest": {**GOOD.latest, "s-2": None}}, "story:s-2 does not exist"),
        ({"latest": {**GOOD.latest, "s-1": latest(FIRST)}}, "story:s-1 holds version 1"),
        ({"index": ("s-1",)}, "s-2 is live but not in stories.index"),
        ({"index": ("s-1", "s-2", "s-3")}, "s-3 is in stories.index but not live"),
        ({"latest": {**GOOD.latest, "s-1": latest(FIRST)}}, "article a-3 was taken but is in no story"),
        ({"outcomes": tuple(one for one in GOOD.outcomes if one[2] != "a-3")}, "a-3 is in a story but"),
        (
            {"latest": {**GOOD.latest, "s-2": {**latest(SECOND), "articles": [{"article_id": "a-1"}]}}},
            "article a-1 is in ['s-1', 's-2']",
        ),
    ],
)
def test_what_is_wrong_is_said(wrong: dict[str, Any], complaint: str) -> None:
    found = complaints(replace(GOOD, **wrong))
    assert any(complaint in one for one in found), found
