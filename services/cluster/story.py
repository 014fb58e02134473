"""The story and its articles as clustering keeps them: sums of integer vectors, exact in any order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from services.cluster.counted import NOTHING, Counted
from services.cluster.dense import NONE, Dense
from services.cluster.parameters import DAY
from services.cluster.representation import SCALE, Ids, Ints, Shingles, Vector

Life = Literal["developing", "settled", "closed"]
UNIT = float(SCALE) * SCALE


@dataclass(slots=True)
class Node:
    """An article held: where it is, and what is compared. Times in ms of logical time or of its date."""

    article_id: str
    revision: int
    story_id: str  # empty: it has left (retracted, expired), only its revision is remembered
    joined: int  # running number of its joining: the order of a story's members
    vector: Vector
    shingles: Shingles
    words: tuple[str, ...]  # the vector's heaviest terms as printed
    published: int | None
    arrived: int
    publisher: str
    language: str
    expires: int | None = None
    copy_of: str | None = None
    score: float = 1.0
    pinned: bool = False  # an editor put it here
    blocked: tuple[str, ...] = ()  # stories an editor keeps it out of
    serial: int = 0  # running number of its vector: the order of the index
    row: int = -1  # place in the index; -1: not in it. Never stored
    dense: Dense = field(default_factory=lambda: NONE)  # what an encoder makes of it, where one is set
    counted: Counted = NOTHING  # what its vector was made of


def published(node: Node) -> tuple[int, str]:
    """The order in which articles were published; one without a date counts from its arrival."""
    return (node.arrived if node.published is None else node.published), node.article_id


@dataclass(slots=True)
class Story:
    """A story held. `ids` and `sums` add up its members' vectors (reprints left out), `square` is |sums|²."""

    story_id: str
    birth: int  # running number: older stories have smaller ones
    status: Life
    changed: int  # logical time of the last change to its members
    members: dict[str, None] = field(default_factory=dict)
    own: int = 0  # members that are not reprints
    ids: Ids = field(default_factory=lambda: np.empty(0, np.int32))
    sums: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    square: int = 0
    first: int | None = None  # earliest and latest given date of its members
    last: int | None = None
    arrived: int = 0  # latest arrival
    apart: tuple[int, ...] = ()  # births of stories it was split from or into: never merged again
    related: tuple[tuple[str, float], ...] = ()
    pinned: bool = False  # an editor merged or split it: the machine leaves it whole
    disordered: bool = False  # an article came out of order: at rest it is decided anew


def add_vector(story: Story, vector: Vector) -> Ids:
    """Add a member's vector; returns the terms the story did not have before."""
    values = vector.weights.astype(np.int64)
    story.own += 1
    if not len(story.ids):
        order = vector.ids.argsort()
        story.ids, story.sums = vector.ids.take(order), values.take(order)
        story.square = int(values @ values)
        return vector.ids
    places = story.ids.searchsorted(vector.ids)
    known = story.ids.take(places, mode="clip") == vector.ids
    inside, added = places[known], values[known]
    before = story.sums.take(inside)
    story.square += int(2 * (before @ added) + values @ values)
    story.sums[inside] = before + added
    new = ~known
    ids = np.concatenate([story.ids, vector.ids[new]])
    order = ids.argsort(kind="stable")
    story.ids, story.sums = ids.take(order), np.concatenate([story.sums, values[new]]).take(order)
    new[known] = before == 0  # what nobody has any more comes again
    fresh: Ids = vector.ids[new]
    return fresh


def remove_vector(story: Story, vector: Vector) -> Ids:
    """Take a member's vector out; returns the terms the story has no more."""
    values = vector.weights.astype(np.int64)
    places = np.searchsorted(story.ids, vector.ids)
    before = story.sums[places]
    story.square += int((-2 * before * values + values * values).sum())
    story.sums[places] -= values
    story.own -= 1
    gone: Ids = vector.ids[story.sums[places] == 0]
    return gone


def note_dates(story: Story, node: Node) -> None:
    """Widen the story's span of dates by a member's."""
    story.arrived = max(story.arrived, node.arrived)
    if node.published is not None:
        story.first = node.published if story.first is None else min(story.first, node.published)
        story.last = node.published if story.last is None else max(story.last, node.published)


def cohesion(story: Story) -> float | None:
    """Mean similarity of two different members (0 to 1); None for a story of one."""
    if story.own < 2:
        return None
    return round((story.square / UNIT - story.own) / (story.own * (story.own - 1)), 6)


def gap_days(published: int | None, arrived: int, story: Story) -> float:
    """Days between an article and a story's span: by dates where both have them, else by arrival."""
    if published is not None and story.first is not None and story.last is not None:
        return max(0, story.first - published, published - story.last) / DAY
    return max(0, arrived - story.arrived) / DAY


def days_between(one: Story, other: Story) -> float:
    """Days between the dates of two stories' members; 0 where they overlap or one has none."""
    if one.first is None or one.last is None or other.first is None or other.last is None:
        return 0.0
    return max(0, other.first - one.last, one.first - other.last) / DAY
