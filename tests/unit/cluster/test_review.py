"""Second looks of the machine: which of two stories lives on when they turn out one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dateline.changes import StoryChange
from services.cluster.clusterer import DEFAULT
from services.cluster.review import review
from services.cluster.state import place
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
