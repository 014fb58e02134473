"""What came out of order is decided once more when it has come to rest."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgpack  # type: ignore[import-untyped]  # ships no types
import numpy as np
import pytest

from dateline.articles import Article, ControlAct
from dateline.changes import StoryChange
from services.cluster.clusterer import DEFAULT, State, load_state, prepare, take_writes
from services.cluster.counted import counted, weigh_again
from services.cluster.representation import first_words, weigh
from services.cluster.rest import note_order, rest
from tests.unit.cluster.newsroom import DAY, EVENTS, article, entries, membership, play

FIRST_DAY = datetime(2025, 6, 1, tzinfo=UTC)
COUNT = 12


def affair() -> list[Article]:
    """Reports three hours apart, each of one event with words of another: many belong nowhere clearly."""
    found: list[Article] = []
    for at in range(COUNT):
        source = random.Random(f"mix-0-{at}")
        one, other = (EVENTS[source.choice(list(EVENTS))].split() for _ in range(2))
        words = [source.choice(other if source.random() < 0.4 else one) for _ in range(45)]
        published = FIRST_DAY + timedelta(hours=3 * at)
        found.append(article(f"d-{at}", " ".join(words[:5]), " ".join(words[5:]), published_at=published))
    return found


def shuffled(seed: int) -> list[Article]:
    return random.Random(seed).sample(affair(), COUNT)


def partition(state: State) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(story.members) for story in state.stories.values())


def test_at_rest_the_order_of_arrival_is_forgotten() -> None:
    as_published = partition(play(entries([*affair(), 2 * DAY]))[0])
    before = {partition(play(entries(shuffled(seed)))[0]) for seed in range(5)}
    after = {partition(play(entries([*shuffled(seed), 2 * DAY]))[0]) for seed in range(5)}
    assert len(before) > 2
    assert after == {as_published}


def test_what_comes_in_order_is_not_touched() -> None:
    before, _ = play(entries(affair()))
    after, changes = play(entries([*affair(), 2 * DAY]))
    assert [change.reasons for change in changes if change.status == "settled"] == [
        ("settled",) for _ in before.stories
    ]
    assert partition(after) == partition(before)
    for name, node in after.articles.items():
        assert node.vector.weights.tolist() == before.articles[name].vector.weights.tolist()


ORDERS = (0, 1, 2)  # in which something has to change at rest


def at_rest(seed: int) -> tuple[State, list[StoryChange]]:
    """The state after an order has come to rest, and all changes."""
    state, changes = play(entries([*shuffled(seed), 2 * DAY]))
    assert any(change.left and change.status in ("settled", "merged") for change in changes)
    return state, changes


def test_subscribers_are_told_each_move_with_reason_evidence_and_lineage() -> None:
    for seed in ORDERS:
        state, changes = at_rest(seed)
        assert membership(changes) == {name: node.story_id for name, node in state.articles.items()}
        known = {change.story_id for change in changes}
        for at, change in enumerate(changes):
            if change.merged_from:
                assert changes[at + 1].merged_into == change.story_id
            if change.split_from:
                assert change.story_id in changes[at - 1].split_into
            runners_up = [joined.membership.runner_up for joined in change.joined]
            assert {each.story_id for each in runners_up if each} <= known


def test_of_a_split_the_largest_part_keeps_the_id_and_nothing_is_stirred() -> None:
    for seed in ORDERS:
        before, _ = play(entries(shuffled(seed)))
        homes = {name: node.story_id for name, node in before.articles.items()}
        after, _ = at_rest(seed)
        assert {story.status for story in after.stories.values()} == {"settled"}
        for story in after.stories.values():
            if story.story_id in before.stories:
                assert any(homes[each] == story.story_id for each in story.members)


@pytest.mark.parametrize("reload_every", [1, 3])
def test_what_is_stored_at_any_step_goes_on_the_same(reload_every: int) -> None:
    late = [replaced(each, f"late-{at}") for at, each in enumerate(shuffled(2))]
    log = entries([*shuffled(1), 2 * DAY, *late, 2 * DAY, 20 * DAY])
    state, changes = play(log)
    again, told = play(log, reload_every=reload_every)
    assert told == changes
    assert {name: list(story.members) for name, story in again.stories.items()} == {
        name: list(story.members) for name, story in state.stories.items()
    }


def replaced(one: Article, name: str) -> Article:
    """The same report by another hand: its words in another order, so that it is no reprint."""
    words = one.text.split()
    random.Random(name).shuffle(words)
    return one.model_copy(update={"article_id": name, "text": " ".join(words)})


def test_an_editors_word_is_final() -> None:
    free, _ = at_rest(0)
    held, _ = play(entries(shuffled(0)))
    homes = {name: node.story_id for name, node in held.articles.items()}
    wrong = next(name for name, node in free.articles.items() if node.story_id != homes[name])
    pin = ControlAct(act="pin", body={"article_id": wrong})
    state, changes = play(entries([*shuffled(0), pin, 2 * DAY]))
    assert state.articles[wrong].story_id == homes[wrong]
    still = [each for each in changes if each.story_id == homes[wrong] and each.status == "settled"]
    assert not any(change.left or change.joined for change in still)


def test_too_many_articles_stay_as_they_are() -> None:
    few = replace(DEFAULT, rest_articles=2)
    before, _ = play(entries(shuffled(0)), few)
    after, _ = play(entries([*shuffled(0), 2 * DAY]), few)
    assert partition(after) == partition(before)


def test_a_neighbour_that_is_not_at_rest_is_waited_for() -> None:
    state, _ = play(entries(shuffled(0)))
    story = next(each for each in state.stories.values() if each.disordered)
    before = partition(state)
    changes, _ = rest(state, story)
    assert changes == []
    assert partition(state) == before


def test_only_clearly_late_articles_count() -> None:
    first, second = affair()[0], affair()[1]
    state, _ = play(entries([second]))
    story = next(iter(state.stories.values()))
    node = next(iter(state.articles.values()))
    assert node.published is not None
    story.last = node.published + DEFAULT.rest_late
    note_order(state, node, (story.birth,))
    assert not story.disordered
    story.last += 1
    note_order(state, node, (story.birth,))
    assert story.disordered
    assert first.published_at < second.published_at


def test_a_state_of_the_schema_before_is_read() -> None:
    state, _ = play(entries(affair()))
    stored: dict[str, dict[str, bytes]] = {}
    state.dirty = (dict.fromkeys(state.stories), dict.fromkeys(state.articles))
    state.meta_dirty = True
    for collection, documents in take_writes(state).items():
        width = {"stories": 6, "articles": 17}.get(collection)
        stored[collection] = {
            key: msgpack.packb(msgpack.unpackb(value, strict_map_key=False)[:width])
            for key, value in documents.items()
            if value is not None
        }
    meta = msgpack.unpackb(stored["meta"]["state"])
    stored["meta"]["state"] = msgpack.packb([2, *meta[1:]])
    loaded = load_state("all", DEFAULT, stored)
    assert loaded.articles.keys() == state.articles.keys()
    assert not any(len(node.counted.counts) for node in loaded.articles.values())


def test_weights_are_made_again_from_what_they_were_made_of() -> None:
    state, _ = play(entries(affair()))
    ready = prepare(affair()[0], DEFAULT)
    none, some = np.zeros_like(state.frequency), state.frequency
    early, late = weigh(ready, none, 0, DEFAULT), weigh(ready, some, 500, DEFAULT)
    words = first_words(ready, early)
    vector, made_of, named = weigh_again(early, counted(ready, early), words, some, 500, DEFAULT)
    wanted = dict(zip(late.ids.tolist(), late.weights.tolist(), strict=True))
    found = dict(zip(vector.ids.tolist(), vector.weights.tolist(), strict=True))
    assert found.keys() == wanted.keys()
    assert all(abs(found[term] - wanted[term]) <= 20 for term in wanted)  # of 16384
    assert len(made_of.counts) == len(vector.ids)
    printed = dict(zip(ready.ids.tolist(), ready.surfaces.tolist(), strict=True))
    assert all(word in ("", printed[term]) for term, word in zip(vector.ids.tolist(), named, strict=False))
    assert sorted(filter(None, named)) == sorted(words)


def test_of_texts_that_repeat_each_other_the_one_published_first_is_the_original_at_rest() -> None:
    first = affair()[0]
    later = first.published_at + timedelta(hours=5)
    second = first.model_copy(update={"article_id": "reprint", "published_at": later})
    others = shuffled(0)
    others.remove(next(each for each in others if each.article_id == first.article_id))
    log = [second, *others, first]
    before, _ = play(entries(log))
    after, _ = play(entries([*log, 2 * DAY]))
    as_published, _ = play(entries([first, second, *(each for each in affair()[1:])]))
    assert before.articles[first.article_id].copy_of == "reprint"
    assert after.articles["reprint"].copy_of == first.article_id
    assert after.articles[first.article_id].copy_of is None
    assert partition(after) == partition(as_published)
