"""The referee is only worth something if it catches every kind of breach: one bad history for each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chaos.history import Sent
from tests.chaos.referee import expected_alive, judge, latest
from tests.unit.chaos.breaches import BREACHES, events_swapped, good


def test_a_good_history_has_no_findings():
    assert judge(good()) == []


@pytest.mark.parametrize(
    ("kind", "breach"), [(kind, breach) for kind, breaches in BREACHES.items() for breach in breaches]
)
def test_each_breach_is_found(kind, breach):
    history = good()
    breach(history)
    assert kind in {finding.kind for finding in judge(history)}, judge(history)


def test_events_swapped_are_found():
    history = good()
    events_swapped(history)
    assert {"lost", "doubled"} <= {finding.kind for finding in judge(history)}


def test_the_same_version_may_come_again_under_a_higher_epoch():
    history = good()
    again = replace(history.events[5], epoch=2, sequence=9)
    history.events.append(again)
    history.latest["A"], history.index["A"] = again, 9
    assert judge(history) == []


def test_a_version_may_not_be_skipped_under_a_higher_epoch():
    history = good()
    again = replace(history.events[5], epoch=2, sequence=9, version=6, event_id="A:6")
    history.events.append(again)
    history.latest["A"], history.index["A"] = again, 9
    assert "lost" in {finding.kind for finding in judge(history)}


def test_what_was_on_its_way_may_come_again_under_a_higher_epoch():
    """The end of a lost stream, from where it is not known to have arrived: all of it, in order."""
    history = good()
    again = [replace(event, epoch=2) for event in history.events[4:]]
    history.events += again
    history.latest |= {event.story: event for event in again}
    assert judge(history) == []
    del history.events[-2]
    assert "lost" in {finding.kind for finding in judge(history)}


def test_an_event_that_a_server_may_have_lost_needs_no_record_unless_it_stands():
    history = good()
    lost = replace(history.events[-1], story="Z", event_id="Z:1", version=1, previous=None, sequence=99)
    standing = frozenset((event.event_id, event.epoch) for event in history.events)
    history.events.append(lost)
    history.lossy, history.standing = True, standing
    assert list(latest(history)) == []
    history.standing |= {("Z:1", lost.epoch)}
    assert "lost" in {finding.kind for finding in latest(history)}


def test_the_last_word_decides_and_canceled_is_for_good():
    sent = [
        Sent("1-0", "back", "usable"),
        Sent("2-0", "back", "withheld"),
        Sent("3-0", "back", "usable"),
        Sent("1-1", "gone", "canceled"),
        Sent("2-1", "gone", "usable"),
        Sent("1-2", "ordered", "usable", order=9),
        Sent("2-2", "ordered", "withheld", order=3),
        Sent("9-3", "held", "withheld"),
        Sent("10-3", "held", "usable"),
        Sent("4-4", "rubbish", "garbage"),
    ]
    assert expected_alive(sent) == {"back": True, "gone": False, "ordered": True, "held": True}
