"""Merges, splits and moves name each other; merged ids resolve."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from tests.chaos.history import History, Version


def complaints(history: History) -> Iterator[str]:
    """Every break in the lineage, in words."""
    first: dict[str, Version] = {}
    for event in history.events:
        first.setdefault(event.event_id, event)
    once = list(first.values())
    by_story: dict[str, list[Version]] = defaultdict(list)
    for event in once:
        by_story[event.story].append(event)
    if not history.lossy:
        yield from _merges(once, by_story)
        yield from _splits(once, by_story)
        yield from _moves(once, by_story)
    yield from _resolve(history)


def _merges(events: list[Version], by_story: Mapping[str, list[Version]]) -> Iterator[str]:
    """The winner's event first, the tombstone right behind; both name the other."""
    at = {(event.source, event.sequence): event for event in events}
    for event in events:
        if event.status != "merged":
            continue
        winner = _before_tombstones(at, event)
        if winner is None or winner.story != event.merged_into:
            yield f"{event.event_id} is merged into {event.merged_into}, before it stands {_name(winner)}"
        elif event.story not in {story for story, _ in winner.merged_from}:
            yield f"{winner.event_id} does not name {event.story}, which is merged into it"
    for story, versions in by_story.items():
        for loser, unpublished in versions[-1].merged_from:
            ended = by_story.get(loser, [])
            if unpublished != (not ended):
                yield f"{story} calls {loser} unpublished={unpublished}; it has {len(ended)} events"
            elif ended and (ended[-1].status, ended[-1].merged_into) != ("merged", story):
                yield f"{story} takes in {loser}, which ends {ended[-1].status} into {ended[-1].merged_into}"


def _before_tombstones(at: Mapping[tuple[str, int], Version], event: Version) -> Version | None:
    """The event before a run of tombstones of one winner."""
    number = event.sequence - 1
    while (one := at.get((event.source, number))) is not None:
        if one.status != "merged" or one.merged_into != event.merged_into:
            return one
        number -= 1
    return None


def _name(event: Version | None) -> str:
    return event.event_id if event else "nothing"


def _splits(events: list[Version], by_story: Mapping[str, list[Version]]) -> Iterator[str]:
    """The part that keeps the id names the new parts, and they name it, as published or not."""
    for event in events:
        if event.version == 1 and event.split_from:
            kept, unpublished = event.split_from
            if unpublished != (kept not in by_story):
                yield f"{event.event_id} calls {kept} unpublished={unpublished}"
            elif not unpublished and event.story not in {part for part, _ in by_story[kept][-1].split_into}:
                yield f"{event.event_id} is split from {kept}, which does not name it"
    for story, versions in by_story.items():
        for part, unpublished in versions[-1].split_into:
            parts = by_story.get(part, [])
            if not parts and not unpublished:
                yield f"{story} names {part} as its published part; it has no event"
            elif parts and (parts[0].split_from or ("", False))[0] != story:
                yield f"{story} names {part} as its part, which says {parts[0].split_from}"


def _moves(events: list[Version], by_story: Mapping[str, list[Version]]) -> Iterator[str]:
    """An article that moved is found where it is said to have gone."""
    for event in events:
        for one in event.removed:
            if one.to_story is None:
                continue
            held = any(one.article_id in version.articles for version in by_story.get(one.to_story, ()))
            if not held:
                yield f"{event.event_id} sends {one.article_id} to {one.to_story}, which never lists it"


def _resolve(history: History) -> Iterator[str]:
    """From a merged id, merged_into leads to a story that is not merged."""
    for story, record in history.latest.items():
        seen = {story}
        at = record
        while at is not None and at.status == "merged":
            target = at.merged_into or ""
            if target in seen:
                yield f"{story} is merged in a circle: {sorted(seen)}"
                break
            seen.add(target)
            at = history.latest.get(target)
            if at is None:
                yield f"{story} leads to {target}, which does not resolve"
