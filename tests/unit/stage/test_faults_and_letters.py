"""Which errors cost an entry, which dead letter it becomes, and whose entries are orphans."""

from __future__ import annotations

import hashlib
import os
import socket

import pytest
from redis import exceptions as redis_errors

from dateline.stage import faults
from dateline.stage.commits import ARGUMENTS_AN_OPERATION, Commit, arguments
from dateline.stage.dead_letters import Failure, dead_letter, original_fields
from dateline.stage.entries import Entry
from dateline.stage.failures import up_to_suspect
from dateline.stage.workers import gone, worker_name
from dateline.stage.writer import Refused


@pytest.mark.parametrize(
    ("error", "of_the_server"),
    [
        (redis_errors.ConnectionError("cut"), True),
        (redis_errors.ResponseError("WRONGTYPE"), True),
        (TimeoutError(), True),
        (ConnectionResetError(), True),
        (Refused("a key is a string"), True),
        (ValueError("bad"), False),
        (KeyError("x"), False),
        (RecursionError(), False),
    ],
)
def test_the_servers_faults_never_cost_an_entry(error: Exception, of_the_server: bool) -> None:
    assert faults.is_infrastructure(error) is of_the_server


def test_waiting_grows_and_is_bounded() -> None:
    waits = [faults.backoff(failures) for failures in range(20)]
    assert waits[0] == 0.0
    assert waits == sorted(waits)
    assert max(waits) == 2.0


def letter_of(fields: dict[bytes, bytes]) -> dict[bytes, bytes]:
    failure = Failure("bad", "url: is none", 2, "Trace")
    return dead_letter(Entry("7-1", fields), failure, stream="articles.raw", stage="ingest", now_ms=9)


def test_a_dead_letter_holds_what_the_contract_names_and_every_byte() -> None:
    original = {b"title": "Ægir".encode("latin-1"), b"f:x": b"\x00\xff", b"reason": b"mine"}
    letter = letter_of(original)
    head = b"entry_id stream stage code reason attempts time trace replayable".split()
    assert list(letter)[: len(head)] == head
    assert [letter[name] for name in head] == [
        b"7-1", b"articles.raw", b"ingest", b"bad", b"url: is none", b"2", b"9", b"Trace", b"1",
    ]  # fmt: skip  # a table
    assert original_fields(letter) == original


def test_of_an_entry_over_the_limit_head_length_and_hash_are_kept() -> None:
    large = b"z" * (3 * 2**20)
    letter = letter_of({b"title": b"T", b"text": large, b"one": b"x" * 60_000, b"two": b"y" * 60_000})
    assert letter[b"replayable"] == b"0"
    assert letter[b"f:title"] == b"T"
    assert letter[b"f:text"] == large[:65_536]
    others = sum(len(letter[name]) for name in (b"f:title", b"f:one", b"f:two"))
    assert others == 65_536
    assert letter[b"f:two:length"] == b"60000"
    assert letter[b"f:text:length"] == str(len(large)).encode()
    assert letter[b"f:text:sha256"] == hashlib.sha256(large).hexdigest().encode()


def test_an_entry_of_too_many_fields_still_becomes_a_letter() -> None:
    letter = letter_of({f"n{number}".encode(): b"1" for number in range(10_000)})
    assert letter[b"replayable"] == b"0"
    assert len(letter) < 400


def test_entries_before_a_suspect_go_first_and_it_goes_alone() -> None:
    entries = [Entry(f"{number}-0", {}) for number in range(5)]
    assert up_to_suspect(entries, None) == entries
    assert up_to_suspect(entries, "3-0") == entries[:3]
    assert up_to_suspect(entries, "0-0") == entries[:1]
    assert up_to_suspect(entries, "9-0") == entries


def test_a_worker_of_this_host_whose_process_has_ended_is_gone() -> None:
    host = socket.gethostname()
    assert gone(f"{host}-{2**22 + 1}-abcd"), "no process has this number"
    assert gone(f"{host}-{os.getpid()}-abcd"), "this one is not called that"
    assert not gone(f"{host}-{os.getppid()}-abcd"), "it lives"
    assert not gone("another-host-7-abcd")
    assert not gone("nobody")


def test_no_two_workers_share_a_name() -> None:
    assert len({worker_name() for _ in range(100)}) == 100


def test_a_commit_names_each_key_once_and_cuts_what_one_call_cannot_carry() -> None:
    change = Commit("5-0")
    for number in range(ARGUMENTS_AN_OPERATION):
        change.put("state", str(number), "x")
    change.put("state", "old", None)
    assert change.append("out", 3, {"kind": "change"}) == "5-1"
    assert change.append("out", 9, {"kind": "change"}) == "9-0"
    change.bury("in.dead", "4-0", {b"code": b"bad"})
    keys, args = arguments(change, "ledger")
    assert keys == ["ledger", "state", "out", "in.dead"]
    operations, at = [], 0
    while at < len(args):
        count = int(args[at + 2])
        operations.append((args[at], keys[int(args[at + 1]) - 1], count))
        at += 3 + count
    assert at == len(args)
    assert operations == [
        ("HSET", "state", ARGUMENTS_AN_OPERATION),
        ("HSET", "state", ARGUMENTS_AN_OPERATION),
        ("HDEL", "state", 1),
        ("XADD", "out", 3),
        ("XADD", "out", 3),
        ("LETTER", "in.dead", 3),
    ]


def test_an_empty_commit_says_so() -> None:
    change = Commit("0-0")
    assert change.empty
    change.bury("dead", "1-0", {b"code": b"x"})
    assert not change.empty
