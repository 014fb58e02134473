"""The client's plans, fed with replies; what a subscriber notices; how long it waits."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from redis.exceptions import (
    AuthenticationError,
    ConnectionError,
    NoPermissionError,
    OutOfMemoryError,
    ResponseError,
)

from dateline.client import ServerFull, ServerRefused, Unreachable, plans
from dateline.client.connection import Patience, shown_url
from dateline.client.events import Before, Tracker, Verdict, judge
from dateline.client.outcomes import OUTCOMES, Sent
from dateline.client.subscription import position
from dateline.streams import Names

NAMES = Names("")
SOURCE = "/dateline/default/all"


def driven(plan: plans.Plan[Any], *replies: list[Any]) -> tuple[Any, list[list[Any]]]:
    """What a plan returns when the server says these replies, and the commands it asked."""
    asked = [next(plan)]
    for reply in replies:
        try:
            asked.append(plan.send(reply))
        except StopIteration as done:
            return done.value, asked
    raise AssertionError(f"the plan goes on: {asked[-1]}")


def test_sending_keeps_the_order_and_is_cut_by_count():
    articles = [{"title": str(number), "id": str(number)} for number in range(450)]
    cut = plans.parts(articles)
    assert [len(part) for part in cut] == [200, 200, 50]
    assert [fields for part in cut for fields in part] == articles


def test_sending_is_cut_by_bytes():
    assert [len(part) for part in plans.parts([{"text": "x" * 2**21}] * 5)] == [2, 2, 1]


def test_outcomes_are_matched_by_entry_id():
    sent = [Sent("1-0"), Sent("2-0")]
    said = {b"entry_id": b"2-0", b"outcome": b"duplicate", b"article_id": b"a-2", b"reason": b"same"}
    others = {b"entry_id": b"9-0", b"outcome": b"accepted", b"article_id": b"a-9", b"reason": b""}
    mine = {b"entry_id": b"1-0", b"outcome": b"accepted", b"article_id": b"a-1", b"reason": b""}
    stream = NAMES.outcomes.encode()
    found, _ = driven(
        plans.await_outcomes(NAMES, sent, "0-0", 5),
        [[[stream, [(b"5-0", said), (b"5-1", others)]]]],
        [[[stream, [(b"5-2", mine)]]]],
    )
    assert found == [Sent("1-0", "accepted", "a-1", ""), Sent("2-0", "duplicate", "a-2", "same")]


def test_a_full_server_says_what_was_sent_before():
    replies = [b"1-0", OutOfMemoryError("command not allowed when used memory > 'maxmemory'.")]
    with pytest.raises(ServerFull) as full:
        driven(plans.send(NAMES, [{"id": "1"}, {"id": "2"}]), replies)
    assert full.value.sent == (Sent("1-0"),)


def test_the_soft_mark():
    room, _ = driven(plans.fill_mark(0.8), [{"used_memory": 79, "maxmemory": 100}])
    full, _ = driven(plans.fill_mark(0.8), [{"used_memory": 81 * 2**20, "maxmemory": 100 * 2**20}])
    endless, _ = driven(plans.fill_mark(0.8), [{"used_memory": 81, "maxmemory": 0}])
    assert (room, endless) == ("", "") and "81 of 100 MiB" in full


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoPermissionError("no permissions to run 'xadd'"), "lacks a right"),
        (ResponseError("WRONGTYPE Operation against a key"), "what Dateline did not write"),
        (ResponseError("ERR unknown command"), "the server refused"),
    ],
)
def test_errors_of_the_server_in_our_words(error: Exception, words: str):
    with pytest.raises(ServerRefused, match=words):
        plans.good(error)


def test_a_merged_story_is_followed_where_asked(monkeypatch: pytest.MonkeyPatch):
    def latest(story_id: str, value: bytes) -> SimpleNamespace:
        return SimpleNamespace(story_id=story_id, merged_into=value.decode() or None)

    monkeypatch.setattr(plans, "latest", latest)
    found, asked = driven(plans.story(NAMES, "s-1", True), [b"s-2"], [b""])
    alone, _ = driven(plans.story(NAMES, "s-1", False), [b"s-2"])
    assert (found.story_id, alone.story_id) == ("s-2", "s-1")
    assert [command for (command,) in asked] == [("GET", "story:s-1"), ("GET", "story:s-2")]


def test_a_story_that_is_not_there():
    assert driven(plans.story(NAMES, "s-1", True), [None])[0] is None


@pytest.mark.parametrize(
    ("before", "place", "verdict"),
    [
        ((1, 5), (1, 6), Verdict()),
        ((1, 5), (1, 9), Verdict(3, notice=f"{SOURCE}: 3 missing before sequence 9")),
        ((1, 5), (1, 5), Verdict(duplicate=True)),
        ((1, 5), (1, 2), Verdict(duplicate=True)),
        ((2, 1), (1, 9), Verdict(duplicate=True)),
        (Before.ANYTHING, (1, 9), Verdict()),
        (Before.NOTHING, (1, 1), Verdict()),
        (Before.NOTHING, (1, 3), Verdict(2, notice=f"{SOURCE}: the first 2 events are trimmed")),
        (Before.UNKNOWN, (1, 1), Verdict()),
    ],
)
def test_what_a_subscriber_notices(before: Any, place: tuple[int, int], verdict: Verdict):
    assert judge(SOURCE, place, before) == verdict


def test_another_epoch_and_a_trimmed_past_are_noticed():
    assert "epoch 2 after 1" in judge(SOURCE, (2, 1), (1, 7)).notice
    assert "trimmed, perhaps unread" in judge(SOURCE, (1, 7), Before.UNKNOWN).notice


def test_a_duplicate_does_not_set_the_tracker_back():
    tracker = Tracker()
    for place in ((1, 1), (1, 2), (1, 1)):
        tracker.note(SOURCE, place, tracker.last.get(SOURCE, Before.NOTHING))
    assert tracker.follows(SOURCE, (1, 3))


@pytest.mark.parametrize(
    ("since", "at"),
    [
        ("new", "77-0"),
        ("all", "0-0"),
        ("0", "0-0"),
        ("1752840000000-3", "1752840000000-3"),
        ("1752840000000", "1752840000000-0"),
        ("2025-07-18T12:00:00Z", f"1752839999999-{2**63 - 1}"),
        ("2025-07-18T12:00:00", f"1752839999999-{2**63 - 1}"),
        (datetime(2025, 7, 18, 14, tzinfo=timezone(timedelta(hours=2))), f"1752839999999-{2**63 - 1}"),
        (datetime(1970, 1, 1, tzinfo=UTC), "0-0"),
    ],
)
def test_where_a_subscription_starts(since: Any, at: str):
    assert position(since, "77-0") == at


@pytest.mark.parametrize("since", ["", "tomorrow", "1-x", "newest"])
def test_a_start_that_means_nothing(since: str):
    with pytest.raises(ValueError, match="none of new, all"):
        position(since, "0-0")


def test_patience_ends():
    patience = Patience(0.0)
    with pytest.raises(Unreachable, match="is the server running"):
        patience.wait(ConnectionError("refused"), "redis://there")


def test_a_subscription_that_was_answered_once_waits_for_ever():
    patience = Patience(0.0, lasting=True)
    patience.good()
    patience.since = time.monotonic() - 3600
    assert 0 < patience.wait(ConnectionError("refused"), "redis://there") <= 5


def test_a_refused_login_is_not_waited_for():
    with pytest.raises(ServerRefused, match="refuses the login"):
        Patience(30.0).wait(AuthenticationError("WRONGPASS"), "redis://there")


def test_passwords_are_not_shown():
    assert shown_url("redis://me:secret@host:1/0") == "redis://me:***@host:1/0"


def test_the_outcomes_are_the_contracts():
    assert (
        tuple("accepted revision duplicate stale retracted reinstated unknown expired rejected".split())
        == OUTCOMES
    )
