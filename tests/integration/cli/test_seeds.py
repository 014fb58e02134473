"""The seeds through the whole pipeline, against labels written from what the events are."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import redis

from dateline.client import Client
from dateline.evaluation.metrics import compare
from dateline.stories import LatestStory
from tests.integration.cli.conftest import NAMES, SEEDS, Newsroom, lines

EXPECTED = json.loads((SEEDS / "expected_stories.json").read_text("utf-8"))
LATER = EXPECTED["special"]["later_lines"]


def stories(newsroom: Newsroom) -> list[LatestStory]:
    with Client(newsroom.url) as client:
        return [story for story in client.stories() if story.status not in ("merged", "withdrawn")]


def test_every_invalid_entry_is_a_dead_letter_with_its_code(newsroom: Newsroom, server: redis.Redis) -> None:
    letters: Any = server.xrange(NAMES.dead(NAMES.raw))
    got = {fields[b"entry_id"].decode(): fields[b"code"].decode() for _, fields in letters}

    assert {entry: got.get(entry) for entry in newsroom.invalid} == newsroom.invalid
    assert all(fields[b"reason"] for _, fields in letters)
    assert len(letters) == len(newsroom.invalid)


def test_every_line_has_the_outcome_that_the_labels_say(newsroom: Newsroom) -> None:
    count = Counter(newsroom.sent["outcomes"])

    assert sum(count.values()) == len(lines(SEEDS / "articles.jsonl"))
    assert count["duplicate"] == len(LATER["duplicates"])
    assert count["stale"] == len(LATER["stale_revisions"])
    assert count["revision"] == len(LATER["revisions"]) + len(LATER["corrections"])
    assert count["rejected"] == 0


def test_every_live_article_is_in_exactly_one_story_and_no_other_is(newsroom: Newsroom) -> None:
    listed = Counter(str(article.url) for story in stories(newsroom) for article in story.articles)
    expected = [url for story in EXPECTED["stories"] for url in story["articles"]]

    assert {url for url, times in listed.items() if times > 1} == set()
    assert listed.keys() == set(expected)


def test_the_stories_are_those_of_the_labels(newsroom: Newsroom) -> None:
    found = {str(one.url): story.story_id for story in stories(newsroom) for one in story.articles}
    truth = {url: story["key"] for story in EXPECTED["stories"] for url in story["articles"]}

    scores = compare(found, truth)

    assert scores.precision >= 0.97, scores
    assert scores.f1 >= 0.86, scores
    rare_earths = [url for url, key in truth.items() if key == "rare-earths"]
    assert len({found[url] for url in rare_earths}) == 1
    for one, other in (("quake-arequipa", "quake-ilocos"), ("rates-norway", "rates-new-zealand")):
        sides = [{found[url] for url, key in truth.items() if key == name} for name in (one, other)]
        assert not sides[0] & sides[1], f"{one} and {other} are glued together"


def test_reprints_are_told_from_reporting(newsroom: Newsroom) -> None:
    listed = {str(one.url): one for story in stories(newsroom) for one in story.articles}
    ids = {one.article_id: url for url, one in listed.items()}
    wrong = {
        reprint["url"]: listed[reprint["url"]].reprint_of
        for reprint in EXPECTED["special"]["reprints"]
        if ids.get(listed[reprint["url"]].reprint_of or "") != reprint["origin"]
    }

    assert wrong == {}
