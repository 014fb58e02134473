"""The referee of the door's subscribers: a good account has no findings, each breach has one."""

from __future__ import annotations

import pytest

from tests.chaos.received import BEHIND, Given, Received
from tests.chaos.referee import judge_subscribers
from tests.unit.chaos.test_referee import good


def received() -> Received:
    """What the subscribers of `good()` should have."""
    return Received(
        held={"A": 4},
        given=[
            Given(1, "added", "A", 1),
            Given(1, "added", "B", 1),
            Given(1, "changed", "A", 2),
            Given(1, "removed", "B", 2),
            Given(1, "changed", "A", 4),
        ],
        delivered=[(event.event_id, event.epoch) for event in good().events],
    )


def story_missed(told: Received) -> None:
    told.held = {}


def change_missed(told: Received) -> None:
    told.held["A"] = 3


def removal_missed(told: Received) -> None:
    told.held["B"] = 1


def webhook_missed(told: Received) -> None:
    del told.delivered[3]


def webhook_of_an_older_epoch(told: Received) -> None:
    told.delivered[3] = (told.delivered[3][0], 0)


def version_again(told: Received) -> None:
    told.given.append(told.given[-1])


def version_before(told: Received) -> None:
    told.given.append(Given(1, "changed", "A", 3))


@pytest.mark.parametrize(
    ("kind", "breach"),
    [
        *(("lost", one) for one in (story_missed, change_missed, removal_missed, webhook_missed)),
        ("lost", webhook_of_an_older_epoch),
        *(("doubled", one) for one in (version_again, version_before)),
    ],
)
def test_each_breach_is_found(kind, breach):
    told = received()
    breach(told)
    assert {finding.kind for finding in judge_subscribers(good(), told)} == {kind}


def test_a_good_account_has_no_findings():
    told = received()
    told.delivered.append(told.delivered[0])  # at least once
    told.given += [Given(2, "added", "A", 4)]  # the feed began anew
    assert judge_subscribers(good(), told) == []


def test_a_deleted_stream_excuses_only_what_lay_at_its_end():
    told = received()
    webhook_missed(told)
    told.deleted_at = [8]
    assert judge_subscribers(good(), told) == []
    told.deleted_at = [3, BEHIND + 4]
    assert judge_subscribers(good(), told) != []
