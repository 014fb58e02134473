"""Dead letters as an operator handles them: found by stage, code, reason or id, replayed or dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import redis

from dateline.stage.dead_letters import original_fields
from dateline.stage.entries import Entry, read_entries
from dateline.streams import Names

PAGE = 200
STAGES = ("ingest", "cluster", "publish")


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter and the stream it lies in."""

    place: str
    entry: Entry

    def said(self, name: str) -> str:
        """One of its own fields as text."""
        return self.entry.fields.get(name.encode(), b"").decode("utf-8", "replace")

    @property
    def letter_id(self) -> str:
        """Its id in the dead-letter stream."""
        return self.entry.entry_id

    @property
    def originals(self) -> dict[bytes, bytes]:
        """The fields of the entry it is about, bytes untouched."""
        return original_fields(self.entry.fields)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which letters; everything given must fit. `ids` are of the letter or of the original entry."""

    stage: str = ""
    code: str = ""
    reason: str = ""
    ids: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        """Whether nothing was chosen."""
        return not (self.stage or self.code or self.reason or self.ids)

    def fits(self, letter: Letter) -> bool:
        """Whether a letter is chosen."""
        return (
            (not self.stage or letter.said("stage") == self.stage)
            and (not self.code or letter.said("code") == self.code)
            and (not self.reason or self.reason.casefold() in letter.said("reason").casefold())
            and (not self.ids or bool(self.ids & {letter.letter_id, letter.said("entry_id")}))
        )


def places(names: Names, shards: Iterable[str]) -> list[str]:
    """Every dead-letter stream."""
    streams = [names.raw, names.control]
    for shard in shards:
        streams += [names.articles(shard), names.stories(shard)]
    return [names.dead(stream) for stream in streams]


def letters(server: redis.Redis, where: Iterable[str], choice: Choice) -> Iterator[Letter]:
    """The chosen letters, stream by stream, the oldest first; what is added meanwhile is left out."""
    for place in where:
        last: Any = server.xrevrange(place, count=1)
        if not last:
            continue
        end, at = last[0][0], "-"
        while page := _page(server, place, at, end):
            for entry in page:
                letter = Letter(place, entry)
                if choice.fits(letter):
                    yield letter
            at = f"({page[-1].entry_id}"


def _page(server: redis.Redis, place: str, at: str, end: bytes) -> list[Entry]:
    reply: Any = server.xrange(place, min=at, max=end, count=PAGE)
    return read_entries(reply)


def why_not(letter: Letter, names: Names) -> str:
    """Why a letter cannot be replayed, with what can be done instead; empty when it can."""
    if letter.said("replayable") != "1":
        return (
            "the entry was over the limit and only its head is kept, beside its length and SHA-256; "
            "shorten it at the sender and send it again"
        )
    stream = letter.said("stream")
    if stream in (names.raw, names.control):
        return ""
    if letter.said("stage") == "publish":
        return (
            f"{stream} is read in its order and never goes back; the next change of the story brings its "
            "record up to date, or rebuild everything in another namespace with 'dateline replay'"
        )
    return (
        f"{stream} is read in its order and never goes back; send the article again with a change (a newer "
        "updated_at and text), or correct the fault and rebuild in another namespace with 'dateline replay'"
    )


def put_back(server: redis.Redis, letter: Letter) -> str:
    """Append the original entry to its stream and drop the letter, together; the new entry's id."""
    pipe = server.pipeline(transaction=True)
    pipe.xadd(letter.said("stream"), letter.originals)  # type: ignore[arg-type]  # bytes are right
    pipe.xdel(letter.place, letter.letter_id)
    new_id: bytes = pipe.execute()[0]
    return new_id.decode()


def drop(server: redis.Redis, letter: Letter) -> None:
    """Delete a letter."""
    server.xdel(letter.place, letter.letter_id)
