"""The referee: what must be true of a run, by the contract alone, and every way in which it is not.

It knows what was sent (`Sent`), and the public streams and keys (`History`). Each finding has a kind:
lost (an entry or event that is nowhere), doubled (an effect that came twice), stuck (no outcome when all
is quiet), wrong (what came out contradicts itself or the sender).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.chaos import lineage, received
from tests.chaos.history import LIVE, History, Outcome, Sent, Version

Kind = Literal["lost", "doubled", "stuck", "wrong"]

TAKEN = frozenset({"accepted", "revision", "reinstated"})
OUTCOMES = TAKEN | {"duplicate", "stale", "retracted", "unknown", "expired", "rejected"}


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Kind
    words: str


def judge(history: History) -> list[Finding]:
    """Every finding; none: all guarantees held."""
    return [
        *entries(history),
        *articles(history),
        *sequences(history),
        *versions(history),
        *latest(history),
        *(Finding("wrong", words) for words in lineage.complaints(history)),
    ]


def judge_subscribers(history: History, told: received.Received) -> list[Finding]:
    """What the subscribers of the door missed, or got twice where they must not."""
    return [
        *(Finding("lost", words) for words in received.missed(history, told)),
        *(Finding("doubled", words) for words in received.doubled(history, told)),
    ]


# --- entries: each ends in exactly one place ------------------------------------------------------


def entries(history: History) -> Iterator[Finding]:
    """Every entry has one outcome; garbage is rejected with one dead letter, and nothing else is."""
    sent = {one.entry_id: one for one in history.sent}
    counted = Counter(one.entry_id for one in history.outcomes)
    letters = Counter(history.letters)
    said = {one.entry_id: one.outcome for one in history.outcomes}
    for entry_id, one in sent.items():
        if counted[entry_id] == 0:
            yield Finding("stuck", f"entry {entry_id} ({one.sense} {one.article}) has no outcome")
        elif counted[entry_id] > 1:
            yield Finding("doubled", f"entry {entry_id} has {counted[entry_id]} outcomes")
        yield from _letter(one, said.get(entry_id), letters[entry_id])
    for entry_id in sorted((counted.keys() | letters.keys()) - sent.keys()):
        yield Finding("wrong", f"an outcome or dead letter of {entry_id}, which nobody sent")
    for entry_id in history.later_letters:
        yield Finding("lost", f"a dead letter behind ingest: {entry_id}")


def _letter(one: Sent, outcome: str | None, letters: int) -> Iterator[Finding]:
    if outcome is not None and outcome not in OUTCOMES:
        yield Finding("wrong", f"entry {one.entry_id}: outcome {outcome!r} is none of the contract's")
    if outcome is not None and (one.sense == "garbage") != (outcome == "rejected"):
        yield Finding("wrong", f"entry {one.entry_id} ({one.sense} {one.article}) was {outcome}")
    if letters > 1:
        yield Finding("doubled", f"entry {one.entry_id} has {letters} dead letters")
    elif outcome == "rejected" and not letters:
        yield Finding("lost", f"entry {one.entry_id} was rejected, but there is no dead letter")
    elif letters and outcome not in ("rejected", None):
        yield Finding("doubled", f"entry {one.entry_id} was {outcome} and is a dead letter as well")


# --- articles: what the entries mean together ------------------------------------------------------


def articles(history: History) -> Iterator[Finding]:
    """One identity an article; it lives in one live story exactly if its last word says so."""
    names = _identities(history)
    yield from _apart(names)
    homes = homes_of(history)
    alive = expected_alive(history.sent)
    by_article: dict[str, list[Outcome]] = defaultdict(list)
    sent = {one.entry_id: one for one in history.sent}
    for outcome in history.outcomes:
        if outcome.entry_id in sent:
            by_article[sent[outcome.entry_id].article].append(outcome)
    for article, lives in alive.items():
        identity = next(iter(names.get(article, ())), None)
        found = homes.get(identity, []) if identity else []
        if lives and not found and identity not in history.expired:
            yield Finding("lost", f"article {article} ({identity}) is in no live story")
        if not lives and found:
            yield Finding("wrong", f"article {article} ({identity}) was retracted and is in {found}")
        yield from _accepted_once(article, [(sent[one.entry_id], one.outcome) for one in by_article[article]])
    for identity, found in homes.items():
        if len(found) > 1:
            yield Finding("doubled", f"article {identity} is in {len(found)} live stories: {sorted(found)}")
    known = {identity for ids in names.values() for identity in ids}
    for identity in sorted(homes.keys() - known):
        yield Finding("wrong", f"article {identity} is in a live story, but nobody sent it")


def _identities(history: History) -> dict[str, set[str]]:
    sent = {one.entry_id: one.article for one in history.sent if one.sense != "garbage"}
    names: dict[str, set[str]] = defaultdict(set)
    for outcome in history.outcomes:
        if outcome.entry_id in sent and outcome.article_id:
            names[sent[outcome.entry_id]].add(outcome.article_id)
    return names


def _apart(names: dict[str, set[str]]) -> Iterator[Finding]:
    """A sender's article has one identity, and no two articles share one."""
    owners: dict[str, list[str]] = defaultdict(list)
    for article, ids in names.items():
        if len(ids) > 1:
            yield Finding("wrong", f"article {article} has the identities {sorted(ids)}")
        for identity in ids:
            owners[identity].append(article)
    for identity, several in owners.items():
        if len(several) > 1:
            yield Finding("wrong", f"articles {sorted(several)} share the identity {identity}")


def _accepted_once(article: str, messages: Sequence[tuple[Sent, str]]) -> Iterator[Finding]:
    """Without a retraction, one message of an article is accepted, the others add to it."""
    if any(one.sense != "usable" for one, _ in messages):
        return
    said = [outcome for _, outcome in messages]
    if said.count("accepted") > 1:
        yield Finding("doubled", f"article {article} was accepted {said.count('accepted')} times")
    if said and "accepted" not in said and "expired" not in said:
        yield Finding("lost", f"article {article} was never accepted: {said}")


def expected_alive(sent: Iterable[Sent]) -> dict[str, bool]:
    """Whether each article should be in a story in the end: canceled is for good, else its last word."""
    by_article: dict[str, list[Sent]] = defaultdict(list)
    for one in sent:
        if one.sense != "garbage":
            by_article[one.article].append(one)
    return {
        article: not any(one.sense == "canceled" for one in messages)
        and max(messages, key=last_word).sense == "usable"
        for article, messages in by_article.items()
    }


def last_word(one: Sent) -> tuple[int, int, int]:
    """The order of an article's messages: the sender's where he gives one, else the entry's id."""
    milliseconds, _, number = one.entry_id.partition("-")
    return one.order or 0, int(milliseconds), int(number)


def homes_of(history: History) -> dict[str, list[str]]:
    """Article → the live stories whose latest record lists it."""
    homes: dict[str, list[str]] = defaultdict(list)
    for story, record in history.latest.items():
        if record is not None and record.status in LIVE:
            for article in record.articles:
                homes[article].append(story)
    return homes


# --- events: each version once, in order -----------------------------------------------------------


def sequences(history: History) -> Iterator[Finding]:
    """Per source: epochs rise; within one the sequence is the last plus 1, across one it may only go back."""
    last: dict[str, Version] = {}
    seen: set[tuple[int, str]] = set()
    for event in history.events:
        before = last.get(event.source)
        where = f"{event.source} {event.event_id}: {event.place}"
        if (event.epoch, event.event_id) in seen:
            yield Finding("doubled", f"{where} came twice")
        seen.add((event.epoch, event.event_id))
        if before is None:
            if event.sequence != 1:
                yield Finding("lost", f"{where} is the first event")
        elif event.epoch < before.epoch:
            yield Finding("wrong", f"{where} follows epoch {before.epoch}")
        elif event.epoch == before.epoch and event.sequence != before.sequence + 1:
            kind: Kind = "lost" if event.sequence > before.sequence else "doubled"
            yield Finding(kind, f"{where} follows {before.place}")
        elif event.epoch > before.epoch and not history.lossy and event.sequence > before.sequence + 1:
            yield Finding("lost", f"{where} follows {before.place}")
        last[event.source] = event


def versions(history: History) -> Iterator[Finding]:
    """A story's versions are 1, 2, 3 …; one that was there comes again only under a higher epoch."""
    last: dict[str, Version] = {}
    for event in history.events:
        before = last.get(event.story)
        where = f"{event.event_id} ({event.kind})"
        if event.event_id != f"{event.story}:{event.version}":
            yield Finding("wrong", f"{where} is version {event.version} of {event.story}")
        yield from (Finding("wrong", f"{where} {fault}") for fault in event.faults)
        raised = before is not None and event.epoch > before.epoch
        if event.version != (before.version + 1 if before else 1):
            if not raised or (not history.lossy and before and event.version > before.version):
                kind: Kind = "lost" if event.version > (before.version if before else 0) else "doubled"
                yield Finding(kind, f"{where} follows {before.event_id if before else 'nothing'}")
        else:
            yield from _step(event, before if not raised or not history.lossy else None, where)
        last[event.story] = event


def _step(event: Version, before: Version | None, where: str) -> Iterator[Finding]:
    if before is None:
        return
    if event.previous != before.version:
        yield Finding("wrong", f"{where} names {event.previous} as its previous version")
    if before.status in ("merged", "withdrawn"):
        yield Finding("wrong", f"{where} follows the end: {before.status}")
    if before.status == "closed" and event.status not in ("closed", "withdrawn"):
        yield Finding("wrong", f"{where} opens a closed story again")
    if event.truncated or before.truncated:
        return
    if event.added != event.articles - before.articles:
        yield Finding("wrong", f"{where} adds {_differ(event.articles - before.articles, event.added)}")
    gone = {one.article_id for one in event.removed}
    if gone != before.articles - event.articles:
        yield Finding("wrong", f"{where} removes {_differ(before.articles - event.articles, gone)}")


def _differ(true: Iterable[str], said: Iterable[str]) -> str:
    return f"{sorted(true)}, and says {sorted(said)}"


def latest(history: History) -> Iterator[Finding]:
    """story:<id> and stories.index say what each story's last event says, of those that the server kept."""
    last = {
        event.story: event
        for event in history.events
        if not history.lossy or (event.event_id, event.epoch) in history.standing
    }
    for story, event in last.items():
        record = history.latest.get(story)
        if record is None:
            yield Finding("lost", f"story:{story} does not exist, its last event is {event.event_id}")
            continue
        if (record.place, record.version) != (event.place, event.version):
            said = f"{record.place} version {record.version}"
            yield Finding(
                "wrong", f"story:{story} holds {said}, the last event is {event.place} {event.event_id}"
            )
        elif (record.articles, record.status) != (event.articles, event.status):
            yield Finding("wrong", f"story:{story} differs from its last event {event.event_id}")
    live = {story: event.sequence for story, event in last.items() if event.status in LIVE}
    for story in sorted(live.keys() | history.index.keys()):
        if live.get(story) != history.index.get(story):
            words = f"{story}: last event {live.get(story)}, stories.index says {history.index.get(story)}"
            yield Finding("wrong", words)
