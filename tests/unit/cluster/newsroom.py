"""Made-up news for tests: articles, entries, and a run that can reload at every step."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from dateline.articles import Article, ControlAct, LogEntry, Publisher, Retraction
from dateline.changes import StoryChange
from services.cluster.clusterer import DEFAULT, Parameters, State, apply, load_state, new_state, take_writes

START = 1_750_000_000_000
DAY = 86_400_000

EVENTS = {
    "quake": "earthquake magnitude 6.1 Valmora coast tremor rescuers rubble Port Ilden seismologists aftershocks collapsed school",
    "trial": "jury verdict embezzlement Corwin Thale prosecutor courtroom accountant sentencing Brackwater judge appeal bail",
    "match": "Kestrels Harriers derby penalty striker Odalys Ferro stadium equaliser goalkeeper league referee extra time",
    "merger": "shareholders takeover Lumexa Northwind Freight antitrust bid premium regulators merger board offer shares",
    "flood": "Sarn river flooding evacuated dyke sandbags Tellmark downstream rainfall villages ferry helicopters shelter",
}


def article(name: str, title: str, text: str = "", **fields: Any) -> Article:
    """An article that arrived at START, undated unless `published_at` is given."""
    given = "published_at" in fields
    fields.setdefault("published_at", datetime(2025, 6, 15, tzinfo=UTC))
    return Article(
        article_id=name,
        title=title,
        text=text,
        received_at=datetime(2025, 6, 15, tzinfo=UTC),
        published_at_source="given" if given else "received",
        language=fields.pop("language", "en"),
        publisher=Publisher(id=fields.pop("publisher", f"{name}.example")),
        **fields,
    )


def report(event: str, number: int, seed: int = 0, **fields: Any) -> Article:
    """One outlet's report of an event: the event's words in its own order."""
    words = EVENTS[event].split()
    chosen = random.Random(f"{event}-{number}-{seed}")
    chosen.shuffle(words)
    title = " ".join(words[:6])
    body = " ".join(chosen.choice(words) for _ in range(60))
    return article(f"{event}-{number}", title, body, **fields)


def entries(values: Iterable[Article | Retraction | ControlAct | int], spacing: int = 1000) -> list[LogEntry]:
    """Log entries in order; an int is a tick that advances the clock by as many ms."""
    log: list[LogEntry] = []
    for at, value in enumerate(values):
        entry_id, arrived = f"{START + at * spacing}-0", START + at * spacing
        if isinstance(value, Article):
            log.append(LogEntry(entry_id=entry_id, kind="article", arrived=arrived, article=value))
        elif isinstance(value, Retraction):
            log.append(LogEntry(entry_id=entry_id, kind="retraction", arrived=arrived, retraction=value))
        elif isinstance(value, ControlAct):
            log.append(LogEntry(entry_id=entry_id, kind="control", arrived=arrived, control=value))
        else:
            log.append(LogEntry(entry_id=entry_id, kind="tick", advance=value))
    return log


def play(
    log: list[LogEntry], parameters: Parameters = DEFAULT, reload_every: int = 0
) -> tuple[State, list[StoryChange]]:
    """Apply a log; with `reload_every`, throw the memory away after so many steps and load what was stored."""
    state = new_state("all", parameters)
    stored: dict[str, dict[str, bytes]] = {}
    changes: list[StoryChange] = []
    steps = 0
    for entry in log:
        done = False
        while not done:
            applied = apply(state, entry)
            changes += applied.changes
            done = applied.done
            steps += 1
            store(stored, state)
            if reload_every and steps % reload_every == 0:
                state = load_state("all", parameters, stored)
    return state, changes


def store(stored: dict[str, dict[str, bytes]], state: State) -> None:
    """What the commit does with the writes."""
    for collection, documents in take_writes(state).items():
        kept = stored.setdefault(collection, {})
        for key, document in documents.items():
            if document is None:
                kept.pop(key, None)
            else:
                kept[key] = document


def membership(changes: list[StoryChange]) -> dict[str, str]:
    """Article → story, as a subscriber of the changes would know it."""
    where: dict[str, str] = {}
    for change in changes:
        for left in change.left:
            if where.get(left.article_id) == change.story_id:
                del where[left.article_id]
        for joined in change.joined:
            where[joined.article_id] = change.story_id
    return where
