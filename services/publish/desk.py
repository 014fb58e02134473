"""The desk: what publish holds in memory of one shard, and what of it a commit must write."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dateline.articles import to_ms
from dateline.stage.commits import Commit
from dateline.stories import StoryRecord
from services.publish.drafts import Draft, Fold, Member
from services.publish.due import Due
from services.publish.packing import Keys, pack_draft, pack_event, pack_member, pack_record
from services.publish.ratings import Ratings, empty_ratings
from services.publish.ratings_load import Loads, Writes

Seen = list[int]
# Of such stories little is heard again.
ENDED = frozenset({"closed", "merged", "withdrawn"})


@dataclass
class Desk:
    """In-memory state of a shard: a cache of what is committed, and what is not yet.

    `seen` maps each story to [last change in ms, last published version, 1 if changed since]. `dirty`
    maps stories to the monotonic moments of their first and last unpublished change, `due` says when each is
    published. `waiting` is what a
    commit last said of both dirty stories and unsent events, for those who watch from outside. After a
    loss at the destination the latest records go out again: `resend_after` is the story up to which they
    have (None: all), `jump` the sequence of the first event after the loss.
    """

    sequence: int = 0
    epoch: int = 0
    loads: Loads = field(default_factory=Loads)
    ratings: Ratings = field(default_factory=empty_ratings)
    seen: dict[str, Seen] = field(default_factory=dict)
    dirty: dict[str, tuple[float, float]] = field(default_factory=dict)
    due: Due = field(default_factory=Due)
    drafts: dict[str, Draft] = field(default_factory=dict)
    records: dict[str, StoryRecord] = field(default_factory=dict)
    held: dict[str, Member] = field(default_factory=dict)
    outbox: list[dict[str, str]] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    new_ratings: Writes = field(default_factory=dict)
    changed_drafts: set[str] = field(default_factory=set)
    changed_members: set[str] = field(default_factory=set)
    gone_members: set[str] = field(default_factory=set)
    gone_stories: set[str] = field(default_factory=set)
    new_records: dict[str, str] = field(default_factory=dict)
    new_events: list[dict[str, str]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    waiting: int = -1
    resend_after: str | None = None
    jump: int = 0

    def published(self, story_id: str) -> bool:
        return self.seen.get(story_id, (0, 0, 0))[1] > 0

    def is_dirty(self, story_id: str) -> bool:
        return story_id in self.dirty

    def size(self, story_id: str) -> int:
        """Articles of a story in memory; 0 where its draft is not (it is fetched when due)."""
        draft = self.drafts.get(story_id)
        return len(draft.members) if draft else 0

    def touch(self, draft: Draft, members: Iterable[str], now: float) -> None:
        """Note that a draft has changed, and which of its members."""
        story = draft.story_id
        self.dirty[story] = (self.dirty.get(story, (now, now))[0], now)
        self.seen[story] = [to_ms(draft.updated_at), draft.version, 1]
        self.changed_drafts.add(story)
        for article_id in members:
            self.changed_members.add(article_id)
            self.gone_members.discard(article_id)
            self.held[article_id] = draft.members[article_id]

    def send(self, draft: Draft, record: StoryRecord, event: dict[str, str]) -> None:
        """Put a new version into the outbox; the draft starts its next fold."""
        story = draft.story_id
        draft.version = record.version
        draft.fold, draft.must_publish = Fold(), False
        for member in draft.members.values():
            member.added_in_version = member.added_in_version or record.version
        self.records[story] = record
        self.new_records[story] = event["data"]
        self.seen[story] = [to_ms(draft.updated_at), draft.version, 0]
        self.changed_drafts.add(story)
        self.new_events.append(event)
        self.outbox.append(event)

    def raise_epoch(self, epoch: int) -> None:
        """What comes next stands under a new epoch: some of what came before is erased."""
        self.epoch = epoch
        self.meta["epoch"] = str(epoch)

    def note_loss(self, epoch: int) -> None:
        """The destination has lost events: what is on its way goes under a new epoch, then all records."""
        self.epoch, self.resend_after = epoch, ""
        self.jump = int(self.outbox[0]["sequence"]) if self.outbox else self.sequence + 1
        self.meta |= {"epoch": str(epoch), "jump": str(self.jump), "resend_after": ""}
        for event in self.outbox:
            event["epoch"] = str(epoch)
        self.new_events = list(self.outbox)

    def note_resent(self, story: str | None) -> None:
        """Records up to this story are sent again (None: all)."""
        self.resend_after = story
        self.meta["resend_after"] = "-" if story is None else story

    def resend(self, event: dict[str, str]) -> None:
        """Send a stored record again under a new epoch."""
        self.new_events.append(event)
        self.outbox.append(event)

    def forwarded(self, count: int) -> None:
        """The first `count` events have arrived; the next commit drops them."""
        self.sent += [event["sequence"] for event in self.outbox[:count]]
        del self.outbox[:count]

    def forget(self, story: str) -> None:
        """Drop all that is kept of a story."""
        draft = self.drafts.pop(story, None)
        members = draft.members.items() if draft else ()
        self.gone_members |= {name for name, member in members if member.story_id == story}
        self.gone_stories.add(story)
        self.records.pop(story, None)
        self.dirty.pop(story, None)
        self.seen.pop(story, None)

    def take(self, commit: Commit, keys: Keys) -> None:
        """Write everything that has changed since the last take."""
        for story in sorted(self.changed_drafts - self.gone_stories):
            commit.put(keys.drafts, story, pack_draft(self.drafts[story]))
            commit.put(keys.seen, story, json.dumps(self.seen[story]))
        for article_id in sorted(self.changed_members - self.gone_members):
            commit.put(keys.members, article_id, pack_member(self.held[article_id]))
        for article_id in sorted(self.gone_members):
            commit.put(keys.members, article_id, None)
        packed = {data: pack_record(data) for data in self.new_records.values()}
        for story, data in self.new_records.items():
            commit.put(keys.records, story, packed[data])
        for story in sorted(self.gone_stories):
            for key in (keys.drafts, keys.seen, keys.records):
                commit.put(key, story, None)
        for name, value in self.new_ratings.items():
            commit.put(keys.ratings, name, value)
        self._take_outbox(commit, keys, packed)
        self.changed_drafts, self.changed_members = set(), set()
        self.gone_members, self.gone_stories = set(), set()
        self.new_records, self.new_events, self.meta, self.sent = {}, [], {}, []
        self.new_ratings = {}

    def _take_outbox(self, commit: Commit, keys: Keys, packed: Mapping[str, bytes]) -> None:
        for event in self.new_events:
            record = packed.get(event["data"]) or pack_record(event["data"])
            commit.put(keys.outbox, event["sequence"], pack_event(event, record))
        for sequence in self.sent:
            commit.put(keys.outbox, sequence, None)
        if self.new_events:
            self.meta["sequence"] = str(self.sequence)
        waiting = len(self.dirty) + len(self.outbox) + (self.resend_after is not None)
        if self.waiting != waiting:
            self.waiting = waiting
            self.meta["waiting"] = str(self.waiting)
        meta: Mapping[str, str] = self.meta
        for name, value in meta.items():
            commit.put(keys.meta, name, value)

    def settle_nothing_new(self, draft: Draft) -> None:
        """A fold that undid itself makes no version."""
        draft.fold = Fold()
        self.seen[draft.story_id] = [to_ms(draft.updated_at), draft.version, 0]
        self.changed_drafts.add(draft.story_id)

    def keep_small(self, stories: int, articles: int) -> None:
        """Between batches: forget drafts that are committed and not waiting: the ended ones, then the oldest.

        What is left is at most so many stories of at most so many articles, what waits aside.
        """
        still = [draft for story, draft in self.drafts.items() if story not in self.dirty]
        many = len(self.drafts) - stories
        large = sum(len(draft.members) for draft in self.drafts.values()) - articles
        for draft in still:
            if draft.status in ENDED or many > 0 or large > 0:
                many, large = many - 1, large - len(draft.members)
                del self.drafts[draft.story_id]
                self.records.pop(draft.story_id, None)
