"""Acts are checked before they are sent and before they enter the log."""

from __future__ import annotations

import json

import pytest

from dateline.acts import check_act
from dateline.articles import ControlAct
from dateline.stage.dead_letters import Failure
from services.ingest.acts import read_act, shard_named


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("move", {"article_id": "a-1", "to_story_id": "s-all-1-0-0", "reason": "the same trial"}),
        ("merge", {"winner": "s-all-1-0-0", "loser": "s-all-2-0-0"}),
        ("split", {"story_id": "s-all-1-0-0", "groups": [["a-1"], ["a-2", "a-3"]]}),
        ("pin", {"article_id": "a-1", "pinned": False}),
        ("block", {"article_id": "a-1", "story_id": "s-all-1-0-0"}),
        ("note", {"story_id": "s-all-1-0-0", "text": "Denied since."}),
        ("erase", {"article_id": "a-1"}),
        ("ratings", {"anything": "its reader checks it"}),
    ],
)
def test_good_acts_enter_the_log(act: str, body: dict[str, object]) -> None:
    read = read_act("7-0", {b"act": act.encode(), b"body": json.dumps(body).encode()})

    assert read == ControlAct(act=act, act_id="7-0", body=body)


@pytest.mark.parametrize(
    ("act", "body", "said"),
    [
        ("mvoe", {}, "did you mean move?"),
        ("move", {"article_id": "a-1"}, "to_story_id"),
        ("move", {"article_id": "a-1", "to_story_id": "nonsense"}, "to_story_id"),
        ("split", {"story_id": "s-all-1-0-0", "groups": [[]]}, "groups"),
        ("split", {"story_id": "s-all-1-0-0", "groups": "a-1"}, "groups"),
        ("note", {"story_id": "s-all-1-0-0", "text": "  "}, "text"),
        ("note", {"story_id": "s-all-1-0-0", "text": "x" * 501}, "text"),
        ("pin", {"article_id": "a-1", "pinned": "yes"}, "pinned"),
        ("pin", {"article_id": "a-1", "pined": True}, "pined"),
    ],
)
def test_bad_acts_are_refused_in_words(act: str, body: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=r"act|move|split|note|pin") as refused:
        check_act(act, body)
    read = read_act("7-0", {b"act": act.encode(), b"body": json.dumps(body).encode()})

    assert said in str(refused.value)
    assert isinstance(read, Failure)
    assert (read.code, read.reason) == ("bad_act", str(refused.value))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "bad_act"),
        ({b"act": b"pin", b"body": b"{"}, "bad_json"),
        ({b"act": b"pin", b"body": b"\xff"}, "bad_json"),
        ({b"act": b"pin", b"body": b"[" * 100_000}, "bad_json"),
        ({b"act": b"pin", b"body": b"[]"}, "not_an_object"),
    ],
)
def test_what_is_no_act_is_a_dead_letter(fields: dict[bytes, bytes], code: str) -> None:
    read = read_act("7-0", fields)

    assert isinstance(read, Failure)
    assert read.code == code


def test_an_act_goes_to_the_shard_of_the_story_it_names() -> None:
    to_europe = ControlAct(act="move", body={"article_id": "a-1", "to_story_id": "s-europe-1-0-0"})

    assert shard_named(to_europe, ["europe", "rest"]) == "europe"
    assert shard_named(to_europe, ["rest"]) is None
    assert shard_named(ControlAct(act="pin", body={"article_id": "a-1"}), ["rest"]) is None
