"""What must be true of everything that came out, by the public streams and keys alone.

The rules are those of the contract, written down here a second time; nothing is imported from the
services.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis

HELD = frozenset({"accepted", "revision", "duplicate", "stale", "reinstated"})
LIVE = frozenset({"developing", "settled", "closed"})


@dataclass(frozen=True)
class Seen:
    """What stands in the public streams and keys.

    `outcomes` are (entry id, outcome, article id), `dead` entry ids, `events` the CloudEvents in their
    order with `data` parsed, `index` the ids in stories.index, `latest` story:<id> for every story that
    an event names.
    """

    raw: tuple[str, ...]
    outcomes: tuple[tuple[str, str, str], ...]
    dead: tuple[str, ...]
    events: tuple[Mapping[str, Any], ...]
    index: tuple[str, ...]
    latest: Mapping[str, Mapping[str, Any] | None]

    @property
    def live_articles(self) -> dict[str, list[str]]:
        """Article id → the live stories it is in."""
        homes: dict[str, list[str]] = defaultdict(list)
        for story_id, record in self.latest.items():
            if record and record["status"] in LIVE:
                for article in record["articles"]:
                    homes[article["article_id"]].append(story_id)
        return homes


def look(client: Redis) -> Seen:
    """Read it all. The client decodes answers."""
    events = [
        {**fields, "data": json.loads(fields["data"])} for _, fields in client.xrange("stories.published")
    ]
    stories = sorted({event["subject"] for event in events})
    latest = {story: client.get(f"story:{story}") for story in stories}
    return Seen(
        raw=tuple(entry_id for entry_id, _ in client.xrange("articles.raw")),
        outcomes=tuple(
            (fields["entry_id"], fields["outcome"], fields.get("article_id", ""))
            for _, fields in client.xrange("{articles.raw}.outcomes")
        ),
        dead=tuple(fields["entry_id"] for _, fields in client.xrange("{articles.raw}.dead")),
        events=tuple(events),
        index=tuple(client.zrange("stories.index", 0, -1)),
        latest={story: json.loads(value) if value else None for story, value in latest.items()},
    )


def complaints(seen: Seen) -> list[str]:
    """Everything that is not as promised, in words; empty: all is well."""
    return [*_entries(seen), *_sequences(seen.events), *_versions(seen.events), *_latest(seen), *_homes(seen)]


def _entries(seen: Seen) -> Iterator[str]:
    """Every entry has exactly one outcome, every rejected one exactly one dead letter."""
    counted = Counter(entry_id for entry_id, _, _ in seen.outcomes)
    yield from (f"entry {entry_id} has no outcome" for entry_id in seen.raw if entry_id not in counted)
    yield from (f"entry {entry_id} has {count} outcomes" for entry_id, count in counted.items() if count > 1)
    yield from (f"an outcome of {entry_id}, which nobody sent" for entry_id in counted.keys() - set(seen.raw))
    rejected = Counter(entry_id for entry_id, outcome, _ in seen.outcomes if outcome == "rejected")
    letters = Counter(seen.dead)
    for entry_id in sorted(rejected | letters):
        if letters[entry_id] != 1 or not rejected[entry_id]:
            yield f"entry {entry_id}: {letters[entry_id]} dead letters, rejected {rejected[entry_id]} times"


def _sequences(events: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Per source: epochs rise, and within one each sequence is the last plus 1."""
    last: dict[str, tuple[int, int]] = {}
    for event in events:
        epoch, sequence = int(event["epoch"]), int(event["sequence"])
        before = last.get(event["source"])
        if before and (epoch < before[0] or (epoch == before[0] and sequence != before[1] + 1)):
            yield f"{event['source']}: epoch and sequence {(epoch, sequence)} follow {before}"
        if before is None and sequence != 1:
            yield f"{event['source']} begins with sequence {sequence}"
        last[event["source"]] = (epoch, sequence)


def _versions(events: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A story's versions are 1, 2, 3 …; an event that comes again carries a higher epoch."""
    known: dict[str, tuple[int, int]] = {}
    for event in events:
        story, version, epoch = event["subject"], event["data"]["version"], int(event["epoch"])
        last_version, last_epoch = known.get(story, (0, 0))
        again = version == last_version and epoch > last_epoch
        if version != last_version + 1 and not again:
            yield f"{story}: version {version} follows {last_version}"
        if event["id"] != f"{story}:{version}":
            yield f"{story}: the event of version {version} calls itself {event['id']}"
        known[story] = (version, epoch)


def _latest(seen: Seen) -> Iterator[str]:
    """story:<id> and stories.index say what the last event of each story says."""
    last = {event["subject"]: event for event in seen.events}
    for story, event in last.items():
        record = seen.latest[story]
        if record is None:
            yield f"story:{story} does not exist"
        elif (record["version"], int(record["sequence"])) != (
            event["data"]["version"],
            int(event["sequence"]),
        ):
            yield f"story:{story} holds version {record['version']}, the last event is {event['id']}"
    live = {story for story, event in last.items() if event["data"]["status"] in LIVE}
    yield from (f"{story} is live but not in stories.index" for story in sorted(live - set(seen.index)))
    yield from (f"{story} is in stories.index but not live" for story in sorted(set(seen.index) - live))


def _homes(seen: Seen) -> Iterator[str]:
    """Every article that was taken is in exactly one live story, unless it was retracted; no other is."""
    homes = seen.live_articles
    taken = {article for _, outcome, article in seen.outcomes if outcome in HELD}
    gone = {article for _, outcome, article in seen.outcomes if outcome == "retracted"}
    yield from (f"article {one} was taken but is in no story" for one in sorted(taken - gone - homes.keys()))
    yield from (f"article {one} is in a story but was never taken" for one in sorted(homes.keys() - taken))
    yield from (
        f"article {one} is in {stories}" for one, stories in sorted(homes.items()) if len(stories) > 1
    )
