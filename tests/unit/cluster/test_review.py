"""Second looks of the machine: which of two stories lives on when they turn out one; members that move."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dateline.changes import StoryChange
from services.cluster.assign import found_story
from services.cluster.changes import merge
from services.cluster.clusterer import DEFAULT, Parameters, apply
from services.cluster.review import Looks, may_merge, moved, review, split_in_two
from services.cluster.state import State, displace, place
from tests.unit.cluster.newsroom import START, entries, play, report

FIRST, SECOND = f"s-all-{START}-0-0", f"s-all-{START + 1000}-0-0"
EVERYTHING_APART = {"threshold": 9.0, "merge_ratio": 9.0}


def merged(public_from: int, *publishers: tuple[str, ...]) -> tuple[StoryChange, StoryChange]:
    """What becomes of two stories of one event that stood apart, with articles by these publishers each."""
    apart = [report("quake", at, publisher=names[0]) for at, names in enumerate(publishers)]
    state, _ = play(entries(apart), replace(DEFAULT, **EVERYTHING_APART))
    state.parameters = replace(DEFAULT, public_from=public_from)
    for story, names in zip(list(state.stories.values()), publishers, strict=True):
        node = state.articles[next(iter(story.members))]
        for at, name in enumerate(names[1:]):
            reprint = replace(
                node, article_id=f"{story.birth}-{at}", publisher=name, copy_of=node.article_id, row=-1
            )
            place(state, story, reprint)
            state.articles[reprint.article_id] = reprint
    young = state.stories[SECOND]
    winner, loser = review(state, young, (state.stories[FIRST].birth,))
    assert loser.merged_into == winner.story_id
    return winner, loser


@pytest.mark.parametrize(
    ("publishers", "kept"),
    [
        ((("a",), ("b", "c")), SECOND),
        ((("a", "d"), ("b", "c")), FIRST),
        ((("a", "d"), ("b",)), FIRST),
        ((("a",), ("b",)), FIRST),
        ((("a", "a", "a"), ("b", "c")), SECOND),
    ],
)
def test_a_public_story_keeps_its_id_and_of_two_the_older(
    publishers: tuple[tuple[str, ...], ...], kept: str
) -> None:
    winner, _ = merged(2, *publishers)
    assert winner.story_id == kept
    assert len(winner.joined) == len(publishers[kept == FIRST])


def test_where_one_publisher_is_enough_the_older_keeps_its_id() -> None:
    winner, _ = merged(1, ("a",), ("b", "c"))
    assert winner.story_id == FIRST


def misplaced(parameters: Parameters = DEFAULT) -> tuple[State, str, str]:
    """A quake and a trial; one report of the trial joined the quake. The state and both stories."""
    first = [report(event, at) for event in ("quake", "trial") for at in range(3)]
    state, _ = play(entries(first), parameters)
    node = state.articles["trial-2"]
    trial, quake = node.story_id, state.articles["quake-0"].story_id
    displace(state, state.stories[trial], node)
    place(state, state.stories[quake], node)
    return state, quake, trial


def after_one_more(state: State) -> list[StoryChange]:
    """What changes when another report of the trial arrives."""
    return list(apply(state, entries([report("trial", at) for at in range(9)])[-1]).changes)


def test_a_member_of_a_young_story_moves_when_its_own_story_grows_beside_it() -> None:
    state, quake, trial = misplaced()

    _, left, joined = after_one_more(state)

    assert (left.story_id, joined.story_id) == (quake, trial)
    assert left.reasons == joined.reasons == ("article_reassigned",)
    assert [(one.article_id, one.to_story_id) for one in left.left] == [("trial-2", trial)]
    evidence = joined.joined[0].membership
    assert evidence.score >= evidence.threshold + DEFAULT.merge_margin
    assert evidence.nearest_article_ids
    assert state.articles["trial-2"].story_id == trial


def test_it_moves_once() -> None:
    state, _, _ = misplaced()
    after_one_more(state)
    assert len(apply(state, entries([report("trial", at) for at in range(10)])[-1]).changes) == 1


def test_what_an_editor_placed_and_what_is_no_longer_young_stays() -> None:
    state, quake, _ = misplaced()
    state.articles["trial-2"].pinned = True
    assert len(after_one_more(state)) == 1

    state, quake, _ = misplaced(replace(DEFAULT, review_members=3))
    assert len(after_one_more(state)) == 1
    assert state.articles["trial-2"].story_id == quake


def all_in_one(counts: dict[str, int]) -> State:
    """Reports of several events, one event after the other, all of them put into the first one's story."""
    reports = [report(event, at) for event, count in counts.items() for at in range(count)]
    state, _ = play(entries(reports), replace(DEFAULT, split_sizes=()))
    story = state.stories[FIRST]
    for node in state.articles.values():
        if node.story_id != FIRST:
            displace(state, state.stories[node.story_id], node)
            place(state, story, node)
    state.parameters = replace(DEFAULT, split_sizes=(len(reports),))
    return state


@pytest.mark.parametrize("counts", [{"quake": 20, "trial": 12}, {"quake": 150, "trial": 50}])
def test_a_large_story_that_is_two_is_split_and_stays_split(counts: dict[str, int]) -> None:
    state = all_in_one(counts)
    story = state.stories[FIRST]

    keeps, founded = split_in_two(state, story)

    assert (keeps.story_id, keeps.reasons, keeps.split_into) == (FIRST, ("split",), (founded.story_id,))
    assert {one.article_id for one in founded.joined} == {f"trial-{at}" for at in range(counts["trial"])}
    new = state.stories[founded.story_id]
    state.parameters = replace(state.parameters, merge_ratio=0.0, merge_gap=0.0)
    assert not may_merge(state, new, story, Looks())
    assert not may_merge(state, story, new, Looks())
    assert split_in_two(state, story) == []


def test_a_part_of_a_part_is_kept_apart_from_what_the_first_was_split_from() -> None:
    state = all_in_one({"flood": 40, "match": 20, "trial": 24})
    whole = state.stories[FIRST]
    one = state.stories[split_in_two(state, whole)[1].story_id]
    state.parameters = replace(state.parameters, split_sizes=(whole.own,))
    two = state.stories[split_in_two(state, whole)[1].story_id]
    assert one.birth in two.apart


def test_what_merges_brings_along_what_it_was_split_from() -> None:
    state = all_in_one({"flood": 40, "match": 20, "trial": 24})
    whole = state.stories[FIRST]
    one = state.stories[split_in_two(state, whole)[1].story_id]
    state.parameters = replace(state.parameters, split_sizes=(whole.own,), merge_ratio=0.0, merge_gap=0.0)
    older = found_story(state)

    merge(state, older, whole)

    assert older.apart == (one.birth,)
    assert not may_merge(state, one, older, Looks())


@pytest.mark.parametrize(
    ("publishers", "count"),
    [
        ((("a",), ("b",)), 1.0),
        ((("a", "d"), ("b",)), 2.0),
        ((("a", "d"), ("b", "c")), 12 * 2.0),
        ((("a",), ("b", "c")), 1.0),
    ],
)
def test_a_merge_counts_the_articles_whose_story_readers_would_see_change(
    publishers: tuple[tuple[str, ...], tuple[str, ...]], count: float
) -> None:
    """An old story of one article and a young one of twelve, by these publishers in turn."""
    state = all_in_one({"quake": 1, "trial": 12})
    small, large = state.stories[FIRST], found_story(state)
    for at in range(12):
        node = state.articles[f"trial-{at}"]
        displace(state, small, node)
        node.publisher = publishers[1][at % len(publishers[1])]
        place(state, large, node)
    only = state.articles["quake-0"]
    only.publisher = publishers[0][0]
    for name in publishers[0][1:]:
        reprint = replace(only, article_id=name, publisher=name, copy_of="quake-0", row=-1)
        state.articles[name] = reprint
        place(state, small, reprint)
    assert moved(state, small, large) == count


def test_a_large_story_of_one_event_is_left_whole() -> None:
    state = all_in_one({"quake": 160})
    assert split_in_two(state, state.stories[FIRST]) == []
