"""What clustering remembers, how it is stored, and how it comes back.

Stored are a small document an article and a smaller one a story. Everything else (sums, index, the
stream's word statistics, queues) is rebuilt from them, exactly: sums are integers.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgpack
import numpy as np

from services.cluster.counted import NOTHING, Counted
from services.cluster.dense import NONE
from services.cluster.index import Entry, Index, add, new_index, remove
from services.cluster.names import Marks, note
from services.cluster.parameters import Parameters
from services.cluster.representation import Ids, Vector
from services.cluster.story import Node, Story, add_vector, note_dates, remove_vector
from services.cluster.terms import TERM_SPACE

Stored = Mapping[str, Mapping[str, bytes]]
Writes = dict[str, dict[str, bytes | None]]
SCHEMA = 3
READABLE = (2, 3)  # of 2, articles come without what their weights are made of


@dataclass
class State:
    """One shard's memory. `stories` and `articles` are stored; the rest follows from them."""

    shard: str
    parameters: Parameters
    index: Index
    frequency: Ids  # live stories that have a term
    clock: int = 0  # logical time, ms
    position: str = ""  # entry being applied or applied last
    ordinal: int = 0  # stories founded by that entry
    serial: int = 0  # last running number given
    stories: dict[str, Story] = field(default_factory=dict)
    articles: dict[str, Node] = field(default_factory=dict)
    by_birth: dict[int, str] = field(default_factory=dict)  # live stories only
    copies: dict[str, dict[str, None]] = field(default_factory=dict)  # original → its reprints
    due: list[tuple[int, int, str]] = field(default_factory=list)  # (time, birth, story)
    expiring: list[tuple[int, str]] = field(default_factory=list)  # (time, article)
    dirty: tuple[dict[str, None], dict[str, None]] = field(default_factory=lambda: ({}, {}))
    marks: Marks = field(default_factory=Marks)
    meta_dirty: bool = False


def new_state(shard: str, parameters: Parameters) -> State:
    """An empty memory."""
    return State(shard, parameters, new_index(parameters), np.zeros(TERM_SPACE, np.int32))


def number(state: State) -> int:
    """The next running number."""
    state.serial += 1
    return state.serial


def touch(state: State, story: Story | None = None, node: Node | None = None) -> None:
    """Remember that a story or an article must be written."""
    state.meta_dirty = True
    if story is not None:
        state.dirty[0][story.story_id] = None
    if node is not None:
        state.dirty[1][node.article_id] = None


def due_time(state: State, story: Story) -> int:
    """When a story next changes by silence alone."""
    after = {
        "developing": state.parameters.settle_after,
        "settled": state.parameters.close_after,
        "closed": max(state.parameters.forget_after, state.parameters.close_after),
    }
    return story.changed + after[story.status]


def schedule(state: State, story: Story) -> None:
    """Queue a story for its next change by silence."""
    heapq.heappush(state.due, (due_time(state, story), story.birth, story.story_id))


def stir(state: State, story: Story) -> None:
    """Something happened to a story: its silence starts anew."""
    story.changed = state.clock
    if story.status == "settled":
        story.status = "developing"
    schedule(state, story)
    touch(state, story)


def place(state: State, story: Story, node: Node) -> None:
    """Make an article a member: sums, statistics, index, dates. Closed stories only keep its name."""
    story.members[node.article_id] = None
    node.story_id = story.story_id
    if node.copy_of is not None:
        state.copies.setdefault(node.copy_of, {})[node.article_id] = None
    note_dates(story, node)
    touch(state, story, node)
    if story.status == "closed":
        return
    if node.copy_of is None:
        state.frequency[add_vector(story, node.vector)] += 1
        note(state.marks, story.birth, node.language, node.words, 1)
    if node.row < 0:
        enter(state, node, node.copy_of is None)
    state.index.story[node.row] = story.birth


def in_order(state: State, story: Story) -> None:
    """A story's members in the order of their joining, as they come back from what is stored."""
    story.members = dict.fromkeys(sorted(story.members, key=lambda each: state.articles[each].joined))


def enter(state: State, node: Node, searchable: bool) -> None:
    """Put an article into the index."""
    entry = Entry(
        node.article_id, node.publisher, node.serial, node.vector, node.shingles, searchable, node.dense
    )
    node.row = add(state.index, entry)


def displace(state: State, story: Story, node: Node) -> None:
    """Take an article out of its story; it stays in the index until `unindex`."""
    del story.members[node.article_id]
    if node.copy_of is not None:
        state.copies.get(node.copy_of, {}).pop(node.article_id, None)
        if not state.copies.get(node.copy_of):
            state.copies.pop(node.copy_of, None)
    elif story.status != "closed":
        state.frequency[remove_vector(story, node.vector)] -= 1
        note(state.marks, story.birth, node.language, node.words, -1)
    story.first = story.last = None
    story.arrived = 0
    for each in story.members:
        note_dates(story, state.articles[each])
    node.story_id = ""
    touch(state, story, node)


def unindex(state: State, node: Node) -> None:
    """Take an article's vector and shingles out of every search."""
    if node.row >= 0:
        remove(state.index, node.row, node.vector, node.shingles, node.copy_of is None)
        node.row = -1


def forget_vectors(state: State, story: Story) -> None:
    """What closing does to memory: members leave the index and the statistics, their records stay."""
    for article_id in story.members:
        node = state.articles[article_id]
        unindex(state, node)
        if node.copy_of is None:
            note(state.marks, story.birth, node.language, node.words, -1)
        lighten(node)
        touch(state, node=node)
    state.frequency[story.ids[story.sums > 0]] -= 1
    story.ids, story.sums, story.square, story.own = np.empty(0, np.int32), np.empty(0, np.int64), 0, 0
    state.by_birth.pop(story.birth, None)
    touch(state, story)


def lighten(node: Node) -> None:
    """What can be compared goes: the article is only remembered."""
    node.dense = NONE
    node.vector = Vector(np.empty(0, np.int32), np.empty(0, np.int16))
    node.shingles, node.words, node.counted = np.empty(0, np.uint32), (), NOTHING


def take_writes(state: State) -> Writes:
    """What changed since the last call; None deletes. At most a few kilobytes an article."""
    stories, articles = state.dirty
    writes: Writes = {}
    if stories:
        writes["stories"] = {key: _pack_story(state.stories.get(key)) for key in stories}
    if articles:
        writes["articles"] = {
            key: _pack_node(state.articles.get(key), state.parameters.dense_hash) for key in articles
        }
    if state.meta_dirty:
        writes["meta"] = {"state": _pack_meta(state)}
    state.dirty, state.meta_dirty = ({}, {}), False
    return writes


def load_state(shard: str, parameters: Parameters, stored: Stored) -> State:
    """The memory exactly as it was after the last writes.

    Raises:
        ValueError: the documents were written by another schema version.
    """
    state = new_state(shard, parameters)
    meta = stored.get("meta", {}).get("state")
    if meta is not None:
        _read_meta(state, meta)
    for key, document in stored.get("stories", {}).items():
        state.stories[key] = _read_story(key, document)
    model = parameters.dense_hash
    nodes = [_read_node(key, document, model) for key, document in stored.get("articles", {}).items()]
    for story in sorted(state.stories.values(), key=lambda each: each.birth):
        if story.status != "closed":
            state.by_birth[story.birth] = story.story_id
        schedule(state, story)
    for node in sorted(nodes, key=lambda each: each.serial):
        state.articles[node.article_id] = node
        if node.story_id and state.stories[node.story_id].status != "closed":
            enter(state, node, node.copy_of is None)
        if node.story_id and node.expires is not None:
            heapq.heappush(state.expiring, (node.expires, node.article_id))
        elif not node.story_id:
            heapq.heappush(state.expiring, (node.arrived + parameters.forget_after, node.article_id))
    for node in sorted(nodes, key=lambda each: each.joined):
        if node.story_id:
            place(state, state.stories[node.story_id], node)
    for story in state.stories.values():
        for other, _ in story.related:
            state.marks.linked.setdefault(story.story_id, set()).add(other)
    state.dirty, state.meta_dirty = ({}, {}), False
    return state


def _pack_meta(state: State) -> bytes:
    packed: bytes = msgpack.packb([SCHEMA, state.clock, state.position, state.ordinal, state.serial])
    return packed


def _read_meta(state: State, document: bytes) -> None:
    values: list[Any] = msgpack.unpackb(document)
    if values[0] not in READABLE:
        raise ValueError(
            f"cluster state has schema {values[0]}, this version reads {SCHEMA}: rebuild it from the log"
        )
    state.clock, state.position, state.ordinal, state.serial = values[1:5]


def _pack_story(story: Story | None) -> bytes | None:
    if story is None:
        return None
    values = [
        story.birth, story.status, story.changed, story.related, story.pinned, story.apart, story.disordered
    ]  # fmt: skip  # a table
    packed: bytes = msgpack.packb(values)
    return packed


def _read_story(story_id: str, document: bytes) -> Story:
    birth, status, changed, related, pinned, apart, *disordered = msgpack.unpackb(document)
    return Story(
        story_id, birth, status, changed, pinned=pinned, apart=tuple(apart),
        related=tuple((other, score) for other, score in related), disordered=any(disordered),
    )  # fmt: skip  # a row of values


def _pack_node(node: Node | None, model: str) -> bytes | None:
    if node is None:
        return None
    words = dict(
        zip(node.vector.ids[: len(node.words)].tolist(), node.words, strict=True)
    )  # the heaviest have one
    values = [
        node.revision, node.story_id, node.joined, node.vector.ids.tobytes(), node.vector.weights.tobytes(),
        node.shingles.tobytes(), words, node.published, node.arrived, node.publisher, node.language,
        node.expires, node.copy_of, node.score, node.pinned, node.blocked, node.serial,
        node.counted.counts.tobytes(), node.counted.priors.tobytes(),
    ]  # fmt: skip  # a table
    if len(node.dense):
        values += [model, node.dense.tobytes()]
    packed: bytes = msgpack.packb(values)
    return packed


def _read_node(article_id: str, document: bytes, model: str) -> Node:
    """An article as stored; what another model than this one made of it is left."""
    values: list[Any] = msgpack.unpackb(document, strict_map_key=False)
    vector = Vector(np.frombuffer(values[3], np.int32), np.frombuffer(values[4], np.int16))
    shingles = np.frombuffer(values[5], np.uint32)
    revision, story_id, joined = values[:3]
    words, published, arrived, publisher, language, expires, copy_of, score, pinned, blocked, serial = values[
        6:17
    ]
    made_of = (
        Counted(*(np.frombuffer(each, np.float16) for each in values[17:19])) if values[17:] else NOTHING
    )
    read = values[19:] if values[19:20] == [model] else []
    return Node(
        article_id, revision, story_id, joined, vector, shingles, tuple(words.values()), published, arrived,
        publisher, language, expires, copy_of, score, pinned, tuple(blocked), serial, counted=made_of,
        dense=np.frombuffer(read[1], np.int8) if read else NONE,
    )  # fmt: skip  # a row of values
