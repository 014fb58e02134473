"""What the desk keeps in memory between batches is bounded, and what waits is never dropped."""

from __future__ import annotations

import json

from services.publish.desk import Desk
from services.publish.packing import (
    member_ids,
    pack_draft,
    pack_event,
    pack_member,
    pack_record,
    unpack_draft,
    unpack_event,
    unpack_member,
)
from services.publish.slim import slim
from tests.unit.publish.press import article, draft, member


def desk_of(count: int, articles: int = 2) -> Desk:
    """A desk with stories s-0, s-1, … in the order they came."""
    desk = Desk()
    for number in range(count):
        one = draft(*[member(article(f"{number}-{at}")) for at in range(articles)])
        one.story_id = f"s-{number}"
        desk.drafts[one.story_id] = one
    return desk


def test_the_oldest_are_dropped_beyond_so_many_stories() -> None:
    desk = desk_of(5)
    desk.keep_small(stories=3, articles=100)
    assert list(desk.drafts) == ["s-2", "s-3", "s-4"]


def test_the_oldest_are_dropped_beyond_so_many_articles() -> None:
    desk = desk_of(5, articles=4)
    desk.keep_small(stories=100, articles=9)
    assert list(desk.drafts) == ["s-3", "s-4"]


def test_what_is_not_published_yet_stays() -> None:
    desk = desk_of(4)
    desk.dirty["s-0"] = (0.0, 0.0)
    desk.keep_small(stories=2, articles=100)
    assert list(desk.drafts) == ["s-0", "s-3"]


def test_ended_stories_go_first_and_even_where_there_is_room() -> None:
    desk = desk_of(3)
    desk.drafts["s-1"].status = "closed"
    desk.drafts["s-2"].status = "merged"
    desk.dirty["s-2"] = (0.0, 0.0)
    desk.keep_small(stories=100, articles=100)
    assert list(desk.drafts) == ["s-0", "s-2"]


def test_a_draft_is_unpacked_as_it_was_packed() -> None:
    one = draft(member(article("a-1"), added_in_version=3), member(article("a-2")))
    packed = pack_draft(one)
    assert member_ids(packed) == ["a-1", "a-2"]
    members = {name: unpack_member(pack_member(each)) for name, each in one.members.items()}
    again = unpack_draft(packed, members)
    assert again.model_dump(exclude={"members"}) == one.model_dump(exclude={"members"})
    assert [each.added_in_version for each in again.members.values()] == [3, None]


def test_an_event_is_unpacked_as_it_was_packed_or_as_earlier_code_left_it() -> None:
    event = {"id": "s-1:1", "data": '{"text":"„Küste” \\u2014 \\n"}\n', "traceparent": "00-1-2-01"}
    again = unpack_event(pack_event(event, pack_record(event["data"])))
    assert list(again.items()) == list(event.items())
    assert unpack_event(json.dumps(event).encode()) == event


def test_a_slim_value_is_the_same_and_a_copy_of_it_changes_no_other() -> None:
    one, other = (article(name) for name in ("a-1", "a-2"))
    before = one.model_dump_json(exclude_defaults=True)
    assert slim(one).model_dump_json(exclude_defaults=True) == before
    names = set(slim(other).model_fields_set)
    slim(one).model_copy(update={"not_a_field": 1})
    assert one.model_fields_set is other.model_fields_set
    assert other.model_fields_set == names
