"""Dead letters: what could not be processed, with its reason and its bytes.

Fields as the contract names them: ``entry_id stream stage code reason attempts time trace
replayable``, then the original fields bytewise with prefix ``f:``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from dateline.stage.entries import Entry

ENTRY_LIMIT = 2 * 2**20
KEPT_OF_LARGE = 64 * 1024
FIELDS_LIMIT = 3_000  # what a script can pass on to one XADD: Lua unpacks 8,000 values at most
MOST_HEADS = 200  # fields of a large entry that are kept beside the largest
ORIGINAL = b"f:"
TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an entry is not processed: a code for programs, a reason in words, attempts made."""

    code: str
    reason: str
    attempts: int = 1
    trace: str = ""


def dead_letter(
    entry: Entry, failure: Failure, *, stream: str, stage: str, now_ms: int
) -> dict[bytes, bytes]:
    """The fields of the dead letter of `entry`.

    What is over a limit (`too_large`, 2 MiB, 3,000 fields) is kept by head, length and hash: sent
    again it would only be refused again.
    """
    within = entry.size <= ENTRY_LIMIT and len(entry.fields) <= FIELDS_LIMIT
    whole = within and failure.code != TOO_LARGE
    head = {
        "entry_id": entry.entry_id,
        "stream": stream,
        "stage": stage,
        "code": failure.code,
        "reason": failure.reason[:2000],
        "attempts": str(failure.attempts),
        "time": str(now_ms),
        "trace": failure.trace[-4000:],
        "replayable": "1" if whole else "0",
    }
    letter = {name.encode(): value.encode("utf-8", "replace") for name, value in head.items()}
    letter.update(_originals(entry.fields) if whole else _heads(entry.fields))
    return letter


def original_fields(letter: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """The fields of the entry that a dead letter is about."""
    return {name[len(ORIGINAL) :]: value for name, value in letter.items() if name.startswith(ORIGINAL)}


def _originals(fields: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    return {ORIGINAL + name: value for name, value in fields.items()}


def _heads(fields: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """The first 64 KiB of the largest field, and as much of all others together, the smallest first.

    The largest and each that is cut get length and SHA-256 beside.
    """
    kept: dict[bytes, bytes] = {}
    room = KEPT_OF_LARGE
    largest = max(fields, key=lambda name: len(fields[name]))
    others = sorted((name for name in fields if name != largest), key=lambda name: len(fields[name]))
    for name in (largest, *others[:MOST_HEADS]):
        value, most = fields[name], KEPT_OF_LARGE if name == largest else room
        key = ORIGINAL + name[:256]
        kept[key] = value[:most]
        if len(value) > most or name == largest:
            kept[key + b":length"] = str(len(value)).encode()
            kept[key + b":sha256"] = hashlib.sha256(value).hexdigest().encode()
        if name != largest:
            room = max(0, room - len(value))
    return kept
