"""Stories of two languages about one event are linked by names, places and figures, and stay two stories."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dateline.articles import ControlAct, Publisher, Retraction
from dateline.evaluation.datasets import Labelled
from dateline.evaluation.fast import clean_records
from services.cluster.names import mark_of
from services.cluster.related import language_of
from tests.unit.cluster.newsroom import article, entries, membership, play
from tests.unit.cluster.test_languages import NEWS

READ_BY_EAR = ("de", "ru", "ar", "vi")
NEAR_ENOUGH = ("fr", "pt", "sl")  # so short that shared names alone bring the reports together


def news(language, **fields):
    """Two reports of the quake and one of the vote, in a language."""
    first, second, other = NEWS[language]
    return [
        article(f"{language}-quake-1", *first, language=language, **fields),
        article(f"{language}-vote", *other, language=language, **fields),
        article(f"{language}-quake-2", *second, language=language, **fields),
    ]


def links(state, changes):
    """Article → articles of the stories that its story is related to."""
    where = membership(changes)
    return {
        name: {
            other
            for linked, _ in state.stories[story].related
            for other, home in where.items()
            if home == linked
        }
        for name, story in where.items()
    }


@pytest.mark.parametrize("language", READ_BY_EAR)
def test_one_event_in_two_languages_is_linked_on_both_sides(language):
    state, changes = play(entries([*news("es"), *news(language)]))
    found = links(state, changes)
    assert f"{language}-quake-1" in found["es-quake-1"]
    assert "es-quake-1" in found[f"{language}-quake-1"]
    assert f"{language}-vote" not in found["es-quake-1"]
    assert "es-quake-1" not in found["es-quake-2"]
    where = membership(changes)
    assert where["es-quake-1"] != where[f"{language}-quake-1"]


@pytest.mark.parametrize("language", NEAR_ENOUGH)
def test_where_the_words_themselves_agree_it_is_one_story_or_a_linked_one(language):
    state, changes = play(entries([*news("es"), *news(language)]))
    where, found = membership(changes), links(state, changes)
    together = where["es-quake-1"] == where[f"{language}-quake-1"]
    assert together or f"{language}-quake-1" in found["es-quake-1"]
    assert where["es-quake-1"] != where[f"{language}-vote"]


@pytest.mark.parametrize("language", ["zh", "ja", "th"])
def test_a_script_that_is_not_written_by_ear_glues_nothing(language):
    state, changes = play(entries([*news("es"), *news(language)]))
    found = links(state, changes)
    assert f"{language}-vote" not in found["es-quake-1"]


def test_a_link_is_a_change_of_both_stories_with_its_score():
    _, changes = play(entries([*news("es"), *news("ru")]))
    told = [each for each in changes if each.reasons == ("related",)]
    assert {each.story_id for each in told} >= {each.related[0].story_id for each in told if each.related}
    assert all(0 < link.score <= 1 for each in told for link in each.related)
    assert not any(each.joined or each.left for each in told)


def test_links_survive_a_restart_and_go_with_the_story():
    values = [*news("es"), *news("ru")]
    gone = [Retraction(article_id=each, status="canceled") for each in ("ru-quake-1", "ru-quake-2")]
    log = entries([*values, *gone])
    state, changes = play(log)
    assert play(log, reload_every=1)[1] == changes
    assert "ru-quake-1" not in membership(changes)
    assert all(linked in state.stories for story in state.stories.values() for linked, _ in story.related)
    assert not links(state, changes)["es-quake-1"]


def test_a_story_that_holds_reprints_alone_names_nothing():
    """A reprint is kept out of the story of its original: its own holds a copy of an article elsewhere."""
    original, *others = news("es")
    text = " ".join(f"{original.text} palabra{number}" for number in range(12))
    first = original.model_copy(update={"text": text})
    copy = first.model_copy(update={"article_id": "copy", "publisher": Publisher(id="copy.example")})
    log = [*news("ru"), first, copy, *others]
    home = membership(play(entries(log))[1])[first.article_id]
    block = ControlAct(act="block", body={"article_id": "copy", "story_id": home})
    state, changes = play(entries([*log, block]))
    where = membership(changes)
    alone = state.stories[where["copy"]]
    assert where["copy"] != home == where[first.article_id]
    assert language_of(state, alone) == "" and not alone.related


def test_the_same_names_weeks_apart_are_no_link():
    day = datetime(2025, 6, 1, tzinfo=UTC)
    early = news("es", published_at=day)
    late = news("ru", published_at=day + timedelta(days=12))
    state, changes = play(entries([*early, *late]))
    assert not any(links(state, changes).values())


def test_one_language_costs_and_links_nothing():
    state, changes = play(entries(news("es")))
    assert not any("related" in each.reasons for each in changes)
    assert not state.marks.holders


def test_the_language_of_a_story_is_that_of_most_of_its_articles():
    state, changes = play(entries(news("de")))
    story = state.stories[membership(changes)["de-quake-1"]]
    assert language_of(state, story) == "de"


@pytest.mark.parametrize(
    ("words", "mark"),
    [
        (("Arequipa", "Арекипа", "Арекипе"), "rkp"),
        (("Valmora", "Вальморы", "فالمورا"), "flmr"),
        (("Brackwater", "Бракуотера", "براكووتر"), "prktr"),
        (("Peking", "Pekín", "Beijing"), "@CN:Beijing"),
        (("China", "Китай", "中国", "الصين"), "@CN"),
        (("6,7", "6.7"), "#6.7"),
        (("31,000", "31.000", "31000"), "#31000"),
        (("2025", "5", "the", "magnitude", "1" * 4_800), ""),
    ],
)
def test_what_survives_translation(words, mark):
    assert {mark_of(word) for word in words} == {mark}


def seeds():
    """The seeds as ingest cleans them, and the key of the labelled story of each URL."""
    folder = Path(__file__).parents[3] / "seeds"
    lines = [json.loads(line) for line in (folder / "articles.jsonl").read_text("utf-8").splitlines()]
    records = [{"id": str(at), **line} for at, line in enumerate(lines) if "title" in line]
    labels = json.loads((folder / "expected_stories.json").read_text("utf-8"))["stories"]
    cleaned = [each for _, each in clean_records(Labelled("seeds", tuple(records), {}))]
    return cleaned, labels


def test_the_seeds_links_are_those_of_their_labels():
    cleaned, labels = seeds()
    state, changes = play(entries(cleaned))
    keys = {url: label["key"] for label in labels for url in label["articles"]}
    key_of = {each.article_id: keys.get(str(each.url)) for each in cleaned}
    found = {
        (key_of[name], key_of[other]) for name, others in links(state, changes).items() for other in others
    }
    labelled = {(label["key"], other) for label in labels for other in label.get("related", ())}
    assert found - {pair for pair in found if None in pair} <= labelled
    assert ("quake-arequipa-es", "quake-arequipa") in found
    assert ("strike-airports-en", "strike-airports-de") in found
