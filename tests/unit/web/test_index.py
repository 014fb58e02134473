"""The index: applied once, in whatever order things come; lists, history, articles, changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.web import reading, since
from services.web.filters import BadFilter, Filter, facets, fits, read_filter
from services.web.paging import BadCursor, read_changes_cursor
from services.web.store import Store
from tests.unit.web.desk import article, incoming, record, story_id


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = Store(tmp_path / "index.db")
    yield one
    one.close()


def ids(page: reading.Page) -> list[str]:
    return [card["story_id"] for card in page.cards]


def listed(store: Store, **query: str) -> list[str]:
    wanted = read_filter({name: [value] for name, value in query.items()})
    return ids(reading.stories(store, wanted, "newest", None, 50))


def test_an_event_is_applied_once_and_an_older_one_only_recorded(store: Store) -> None:
    second = incoming(record(1, 2), at=2)
    assert store.apply([second]) == 1
    assert store.apply([second]) == 0
    assert store.apply([incoming(record(1, 1), at=1)]) == 1
    found = reading.latest(store, story_id(1))
    assert found is not None and found.version == 2
    assert [one.version for one in reading.history(store, story_id(1))] == [2, 1]
    assert [one.version for one in since.events_after(store, 0, 10)] == [2]


def test_versions_that_came_again_leave_room_in_the_history(store: Store) -> None:
    for epoch in range(1, 10):
        for version in (1, 2):
            store.apply([incoming(record(1, version), at=10 * epoch + version, epoch=epoch)])
    found = reading.history(store, story_id(1), most=2)
    assert [(one.version, one.epoch) for one in found] == [(2, 9), (1, 9)]


def test_a_higher_epoch_wins_over_a_higher_version(store: Store) -> None:
    store.apply([incoming(record(1, 5), at=1, epoch=1), incoming(record(1, 3), at=2, epoch=2)])
    found = reading.latest(store, story_id(1))
    assert found is not None and (found.epoch, found.version) == (2, 3)


def test_what_is_sent_anew_under_a_raised_epoch_is_no_change_unless_it_differs(store: Store) -> None:
    store.apply([incoming(record(1, 2), at=1, epoch=1)])
    cursor = read_changes_cursor(since.changes(store, None, 10).cursor)
    store.apply([incoming(record(1, 2), at=2, epoch=2)])
    found = reading.latest(store, story_id(1))
    assert found is not None and found.epoch == 2
    assert since.changes(store, cursor, 10).items == []
    store.apply([incoming(record(1, 2, article_count=9), at=3, epoch=3)])
    (item,) = since.changes(store, cursor, 10).items
    assert (item["change"], item["version"]) == ("changed", 2)


def test_position_and_data_change_together(store: Store) -> None:
    broken = replace(incoming(record(2), at=5), source=None)  # type: ignore[arg-type]  # the table refuses it
    with pytest.raises(sqlite3.Error):
        store.apply([incoming(record(1), at=4), broken], {"position": "5-0"})
    assert store.head() == 0
    assert store.meta("position") == ""
    store.apply([incoming(record(1), at=6)], {"position": "6-0"})
    assert store.meta("position") == "6-0"


def test_an_unusable_file_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    path.write_bytes(b"this is no database at all" * 100)
    store = Store(path)
    assert store.apply([incoming(record(1), at=1)]) == 1
    store.close()
    again = Store(path)
    assert reading.latest(again, story_id(1)) is not None
    again.close()


def test_filters_find_what_they_name(store: Store) -> None:
    peru = record(
        2,
        language="es",
        languages={"es": 3},
        publisher_count=3,
        places=[{"name": "Perú", "country": "PE"}],
        topics=[{"id": "medtop:03000000", "label": "disaster", "score": 1}],
        coverage={"countries": {"PE": 2, "CL": 1}},
        headline={"text": "Sismo en Arequipa: 東京 no"},
    )
    store.apply([incoming(record(1), at=1), incoming(peru, at=2)])
    only_peru = [story_id(2)]
    assert listed(store, place="PERÚ") == listed(store, place="pe") == only_peru
    assert (
        listed(store, language="es")
        == listed(store, country="cl")
        == listed(store, topic="Disaster")
        == only_peru
    )
    assert listed(store, min_publishers="3") == only_peru
    assert listed(store, q="arequip") == listed(store, q="東") == only_peru
    assert listed(store, q="sismo harbour") == []
    assert listed(store, publisher="herald.example,nobody.example") == [story_id(2), story_id(1)]
    assert listed(store, publisher="herald.example", language="en") == [story_id(1)]
    assert listed(store, since=peru.updated_at.isoformat()) == only_peru


@pytest.mark.parametrize(
    ("asked", "fit"),
    [({"q": "harbour bridge"}, True), ({"q": "bridge harb"}, True), ({"q": "harb bridge"}, False),
     ({"q": '"bridge opens"'}, True), ({"q": '"opens bridge"'}, False), ({"q": '"bridge ope"'}, False),
     ({"q": "senor"}, True), ({"q": "SEÑOR"}, True), ({"q": "大橋"}, True), ({"q": "橋大"}, False),
     ({"q": "ha"}, False), ({"q": "harbour-bridge"}, True), ({"q": "arbour"}, False),
     ({"topic": "economy, business and finance"}, True),
     ({"topic": "business, finance"}, False), ({"place": "porto, lisbon"}, True)],
)  # fmt: skip  # a row of values
def test_lists_and_events_are_filtered_alike(store: Store, asked: dict[str, str], fit: bool) -> None:
    topics = [{"id": "medtop:04000000", "label": "economy, business and finance", "score": 1}]
    one = record(1, headline={"text": "Señor: harbour bridge opens in 大橋"}, topics=topics)
    store.apply([incoming(one, at=1)])
    assert bool(listed(store, **asked)) == fit
    assert fits(read_filter({name: [value] for name, value in asked.items()}), facets(one)) == fit


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE stories; --", "NEAR(", "a AND", "AND OR NOT", 'x" OR "bridge']
)
def test_any_text_can_be_looked_for(store: Store, text: str) -> None:
    store.apply([incoming(record(1), at=1)])
    assert listed(store, q=text) == []


@pytest.mark.parametrize("text", ['"', "*", "\x00", "–"])
def test_a_text_without_a_word_is_refused(store: Store, text: str) -> None:
    with pytest.raises(BadFilter, match="holds no word"):
        listed(store, q=text)


def test_paging_gives_every_story_once_in_every_order(store: Store) -> None:
    side = {"blindspot": {"side": "left"}}
    store.apply([incoming(record(n, publisher_count=n % 3, coverage=side), at=n) for n in range(1, 24)])
    for sort in ("newest", "covered", "blindspots"):
        seen: list[str] = []
        cursor = None
        while True:
            page = reading.stories(store, Filter(), sort, cursor, 5)  # type: ignore[arg-type]  # literals
            seen += ids(page)
            cursor = page.cursor
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 23
    with pytest.raises(BadCursor):
        reading.stories(
            store, Filter(), "covered", reading.stories(store, Filter(), "newest", None, 5).cursor, 5
        )


def test_an_article_is_where_the_last_event_put_it(store: Store) -> None:
    moved = article(10)["article_id"]
    store.apply([incoming(record(1), at=1)])
    assert [one.story_id for one in reading.where_article_is(store, moved)] == [story_id(1)]
    store.apply(
        [incoming(record(2, articles=[article(10)]), at=2), incoming(record(1, 2, articles=[]), at=3)]
    )
    assert [one.story_id for one in reading.where_article_is(store, moved)] == [story_id(2)]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_changes_miss_nothing_and_repeat_nothing_while_things_change(store: Store, limit: int) -> None:
    store.apply([incoming(record(n), at=n) for n in range(1, 8)])
    later = [
        incoming(record(3, 2), at=20),
        incoming(record(9), at=21),
        incoming(record(9, 2), at=22),
        incoming(record(5, 2, status="merged", merged_into=story_id(3)), at=23, kind="merged"),
        incoming(record(7, 2), at=24),
    ]
    held: dict[str, int] = {}
    given: list[tuple[str, int]] = []
    cursor, more = None, True
    while more or later:
        page = since.changes(store, cursor, limit)
        for item in page.items:
            if item["change"] == "removed":
                held.pop(item["story_id"], None)
                continue
            held[item["story_id"]] = item["version"]
            given.append((item["story_id"], item["version"]))
        cursor, more = read_changes_cursor(page.cursor), page.more
        if later:
            store.apply([later.pop(0)])
            more = True
    now = {row[0]: row[1] for row in store.rows("SELECT story_id, version FROM stories WHERE live")}
    assert held == now
    assert len(given) == len(set(given))


def test_a_merge_says_what_replaces_the_story(store: Store) -> None:
    store.apply([incoming(record(1), at=1), incoming(record(2), at=2)])
    cursor = read_changes_cursor(since.changes(store, None, 10).cursor)
    store.apply([incoming(record(2, 2, status="merged", merged_into=story_id(1)), at=3, kind="merged")])
    (item,) = since.changes(store, cursor, 10).items
    assert (item["change"], item["replaced_by"]) == ("removed", story_id(1))


def test_a_cursor_from_before_the_pruning_or_of_another_index_starts_over(
    store: Store, tmp_path: Path
) -> None:
    store.apply([incoming(record(1), at=1)])
    old = read_changes_cursor(since.changes(store, None, 10).cursor)
    assert not since.changes(store, old, 10).reset
    store.apply([incoming(record(1, version), at=version) for version in range(2, 6)])
    assert store.prune(2**60) > 0
    assert since.changes(store, old, 10).reset
    other = Store(tmp_path / "other.db")
    assert since.changes(other, old, 10).reset
    other.close()


def test_pruning_keeps_what_stories_stand_on(store: Store) -> None:
    store.apply([incoming(record(1, version), at=version) for version in range(1, 4)])
    gone = record(2, 2, status="withdrawn", articles=[])
    store.apply([incoming(record(2), at=8), incoming(gone, at=9, kind="withdrawn")])
    store.prune(2**60)
    assert [one.version for one in reading.history(store, story_id(1))] == [3]
    assert reading.latest(store, story_id(2)) is None
    assert store.rows("SELECT * FROM stories WHERE NOT live") == []


def test_erased_articles_leave_older_versions_too(store: Store) -> None:
    both, kept = [article(1), article(2)], [article(1)]
    gone = {"article_id": article(2)["article_id"], "reason": "article_erased"}
    store.apply([incoming(record(1, 1, articles=both), at=1), incoming(record(1, 2, articles=kept), at=2)])

    store.apply([incoming(record(1, 3, articles=kept, change={"articles_removed": [gone]}), at=3)])

    assert [one.version for one in reading.history(store, story_id(1))] == [3, 2]
    effects = [tuple(row) for row in store.rows("SELECT version, effect FROM versions ORDER BY n")]
    assert effects == [(2, "added"), (3, "changed")]


def test_an_expired_story_leaves_the_lists_and_is_a_change(store: Store) -> None:
    store.apply([incoming(record(1), at=1)])
    cursor = read_changes_cursor(since.changes(store, None, 10).cursor)
    store.expire([story_id(1), story_id(77)])
    assert reading.expired(store, story_id(1))
    assert reading.stories(store, Filter(), "newest", None, 10).cards == []
    (item,) = since.changes(store, cursor, 10).items
    assert (item["change"], item["reason"]) == ("removed", "expired")
