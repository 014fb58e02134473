"""A commit of an ordered stage: what changes together with its position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dateline.stage.entries import next_id

Argument = str | bytes | int | float

ARGUMENTS_AN_OPERATION = 2_000


@dataclass
class Commit:
    """Operations collected by a stage, in order. Hash fields are merged key by key.

    `out_last` is the id of the last entry appended to the outgoing stream, kept in the state: ids are
    explicit and above it, so that a deleted stream or a clock set back cannot hide entries.
    """

    out_last: str
    hashes: dict[str, dict[str, bytes | str | None]] = field(default_factory=dict)
    appended: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    letters: list[tuple[str, str, Mapping[bytes, bytes]]] = field(default_factory=list)
    size: int = 0

    def put(self, key: str, name: str, value: bytes | str | None) -> None:
        """Set a hash field, or delete it (None)."""
        self.hashes.setdefault(key, {})[name] = value
        self.size += len(name) + len(value or "")

    def append(self, stream: str, milliseconds: int, fields: Mapping[str, str]) -> str:
        """Append to the outgoing stream; returns the explicit id."""
        self.out_last = next_id(self.out_last, milliseconds)
        self.appended.append((stream, self.out_last, fields))
        self.size += sum(len(name) + len(value) for name, value in fields.items())
        return self.out_last

    def bury(self, stream: str, entry_id: str, letter: Mapping[bytes, bytes]) -> None:
        """Append a dead letter, under the id of its entry or, if that is taken, the next free one above."""
        self.letters.append((stream, entry_id, letter))

    @property
    def empty(self) -> bool:
        return not (self.hashes or self.appended or self.letters)


def arguments(commit: Commit, ledger: str) -> tuple[list[str], list[Argument]]:
    """Keys and operation arguments for `commit.lua`."""
    keys = [ledger]
    places: dict[str, int] = {}

    def place(key: str) -> int:
        if key not in places:
            keys.append(key)
            places[key] = len(keys)
        return places[key]

    args: list[Argument] = []
    for key, fields in sorted(commit.hashes.items()):
        kept = [part for name, value in fields.items() if value is not None for part in (name, value)]
        gone = [name for name, value in fields.items() if value is None]
        for command, parts in (("HSET", kept), ("HDEL", gone)):
            for start in range(0, len(parts), ARGUMENTS_AN_OPERATION):
                chunk = parts[start : start + ARGUMENTS_AN_OPERATION]
                args += [command, place(key), len(chunk), *chunk]
    for stream, entry_id, entry in commit.appended:
        parts = [part for pair in entry.items() for part in pair]
        args += ["XADD", place(stream), len(parts) + 1, entry_id, *parts]
    for stream, entry_id, letter in commit.letters:
        args += ["LETTER", place(stream), 2 * len(letter) + 1, entry_id]
        args += [part for pair in letter.items() for part in pair]
    return keys, args
