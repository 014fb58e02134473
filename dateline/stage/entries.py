"""Stream entries and their ids, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

START = "0-0"
LAST_SEQUENCE = 2**64 - 1  # of one millisecond: ids are two unsigned 64-bit numbers


@dataclass(frozen=True, slots=True)
class Entry:
    """One stream entry, bytes untouched."""

    entry_id: str
    fields: Mapping[bytes, bytes]

    @property
    def size(self) -> int:
        """Bytes of all fields and values."""
        return sum(len(name) + len(value) for name, value in self.fields.items())

    @property
    def milliseconds(self) -> int:
        return split_id(self.entry_id)[0]


def split_id(entry_id: str) -> tuple[int, int]:
    """(milliseconds, sequence) of an entry id; a missing sequence is 0."""
    milliseconds, _, sequence = entry_id.partition("-")
    return int(milliseconds), int(sequence or 0)


def join_id(milliseconds: int, sequence: int) -> str:
    return f"{milliseconds}-{sequence}"


def next_id(last: str, milliseconds: int) -> str:
    """The smallest id above `last` that is not before `milliseconds`."""
    last_ms, _ = split_id(last)
    return join_id(milliseconds, 0) if milliseconds > last_ms else join_id(*id_above(last))


def id_before(entry_id: str) -> str:
    """The greatest id below `entry_id` (reading behind it meets that entry again)."""
    milliseconds, sequence = split_id(entry_id)
    return join_id(milliseconds, sequence - 1) if sequence else join_id(milliseconds - 1, LAST_SEQUENCE)


def id_above(entry_id: str) -> tuple[int, int]:
    """The least id above `entry_id`, as numbers."""
    milliseconds, sequence = split_id(entry_id)
    return (milliseconds, sequence + 1) if sequence < LAST_SEQUENCE else (milliseconds + 1, 0)


def padded_id(entry_id: str) -> str:
    """An id whose text order is its stream order (for sorted sets)."""
    milliseconds, sequence = split_id(entry_id)
    return f"{milliseconds:020d}-{sequence:020d}"


def read_entries(reply: Iterable[Any]) -> list[Entry]:
    """Entries of an XRANGE, XREAD or XAUTOCLAIM reply; deleted ones (no fields) are left out."""
    return [Entry(raw_id.decode(), fields) for raw_id, fields in reply if fields]


def of_stream(reply: Any) -> list[Entry]:
    """Entries of the one stream an XREAD or XREADGROUP asked for (RESP2 and RESP3 shapes)."""
    return read_entries(_items(reply))


def last_of(reply: Any) -> str | None:
    """The id of the last entry of such a reply, a deleted one too; None: it is empty."""
    items = _items(reply)
    return items[-1][0].decode() if items else None


def _items(reply: Any) -> list[Any]:
    if not reply:
        return []
    if isinstance(reply, dict):
        ((_, chunks),) = reply.items()
        return [item for chunk in chunks for item in chunk]
    ((_, entries),) = reply
    return list(entries)


class Sized(Protocol):
    """What takes memory."""

    @property
    def size(self) -> int: ...


T = TypeVar("T", bound=Sized)


def bounded(things: Sequence[T], most: int, most_bytes: int) -> Iterator[list[T]]:
    """Cut what comes into batches of at most `most` and of `most_bytes` bytes (one at least)."""
    batch: list[T] = []
    size = 0
    for one in things:
        if batch and (len(batch) >= most or size + one.size > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch


def read_count(most: int, most_bytes: int, mean_size: float) -> int:
    """How many entries to ask for so that `most_bytes` is not passed by entries of the usual size."""
    return max(1, min(most, int(most_bytes / max(mean_size, 1.0))))


def mean_size(before: float, entries: Sequence[Entry]) -> float:
    """The usual size after these entries: rises at once, falls slowly."""
    if not entries:
        return before
    mean = sum(entry.size for entry in entries) / len(entries)
    return max(mean, 0.8 * before + 0.2 * mean)
