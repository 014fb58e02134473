"""Labelled news: JSON lines (plain or .gz), an article a line, `story` the label.

What a sender would not know (label, story title, bias, topic) is taken off before anything sees it.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

HIDDEN = ("story", "story_title", "bias", "topic", "outlet")
Record = dict[str, Any]


@dataclass(frozen=True)
class Labelled:
    """A set in the order of its play: records as a sender would send them, and the truth by id."""

    name: str
    records: tuple[Record, ...]
    truth: dict[str, str]

    @property
    def dated(self) -> bool:
        """Whether most of its labelled articles carry a date: then the file's order is the news' order."""
        known = [record for record in self.records if record["id"] in self.truth]
        return sum("published_at" in record for record in known) > len(known) / 2


@dataclass(frozen=True)
class Options:
    """How a set is played."""

    titles_only: bool = False
    language: str | None = None
    shuffle: int | None = None  # seed of the order; None keeps the file's
    noise: Path | None = None  # unlabelled articles played in between


def read_set(path: Path, options: Options = Options()) -> Labelled:
    """Read a labelled set.

    Raises:
        ValueError: a line is not a JSON object with `id` and `title`; the message names file and line.
    """
    lines = list(_lines(path))
    if options.language:
        lines = [line for line in lines if (line.get("language") or "").startswith(options.language)]
    truth = {str(line["id"]): str(line["story"]) for line in lines if line.get("story")}
    records = [_as_sent(line, options.titles_only) for line in lines]
    if options.shuffle is not None:
        random.Random(options.shuffle).shuffle(records)
    found = Labelled(path.name.split(".")[0], tuple(records), truth)
    return with_noise(found, _lines(options.noise), options.titles_only) if options.noise else found


def with_noise(labelled: Labelled, background: Iterable[Record], titles_only: bool = False) -> Labelled:
    """Play unlabelled articles evenly in between."""
    noise = [_as_sent(line, titles_only) for line in background]
    marked = [(at / max(1, len(labelled.records)), 0, record) for at, record in enumerate(labelled.records)]
    marked += [(at / max(1, len(noise)), 1, record) for at, record in enumerate(noise)]
    marked.sort(key=lambda each: each[:2])
    return replace(labelled, name=f"{labelled.name}+noise", records=tuple(record for _, _, record in marked))


def sent(record: Record) -> Record:
    """A record as a sender sends it: `id` is the sender's own, a publisher's bare name is its domain."""
    publisher = record.get("publisher")
    return record | {"publisher": {"domain": publisher}} if isinstance(publisher, str) else record


def _as_sent(line: Record, titles_only: bool) -> Record:
    kept = {key: value for key, value in line.items() if key not in HIDDEN and value not in (None, "")}
    if "source" in kept:
        kept["publisher"] = kept.pop("source")
    if titles_only:
        kept.pop("text", None)
        kept.pop("description", None)
    return kept


def _lines(path: Path) -> Iterator[Record]:
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")  # noqa: SIM115  # closed by the caller's `with`
    with opened as lines:
        for at, text in enumerate(lines, 1):
            line = _object(text, f"{path}:{at}")
            if not isinstance(line, dict) or "id" not in line or "title" not in line:
                raise ValueError(f"{path}:{at}: an article needs `id` and `title`")
            yield line


def _object(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"{where}: is not JSON ({error}); a set has one article a line") from error
