"""Figures, quotations, entities, topics, words and importance: what is read from one article."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.publish.entities import Named, entities, named, names
from services.publish.figures import figures
from services.publish.importance import importance, velocity
from services.publish.quotes import full_names
from services.publish.sentences import Sentence
from services.publish.speech import spoken
from services.publish.words import weigh, words
from tests.unit.publish.press import FRIDAY


def sentence(text: str, position: int = 0) -> Sentence:
    return Sentence("text", 100, 100 + len(text), text, position, True)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("At least 15 people were killed", "dead", 15),
        ("The blast killed at least twelve people", "dead", 12),
        ("Some 1,200 residents were injured", "hurt", 1200),
        ("The death toll rose to 31 on Friday", "dead", 31),
        ("The number of people killed in Tuesday's quake has risen to nine", "dead", 9),
        ("Police said 4 people were arrested", "held", 4),
        ("Hay 12 muertos en Lisboa", "dead", 12),
    ],
)
def test_figures(text: str, kind: str, value: int) -> None:
    (found,) = figures([sentence(text)])

    assert (found.kind, found.value) == (kind, value)
    assert text[found.start - 100 : found.end - 100] == found.text


def test_figures_deep_in_an_article_are_no_claims() -> None:
    first, deep = "At least 15 people were killed", "At least 12 people were killed"
    assert [f.first for f in figures([sentence(first, position=0), sentence(deep, position=9)])] == [
        True,
        False,
    ]
    assert figures([sentence(deep, position=10)]) == ()


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("“We saw nothing at all in the fog,” said Rui Almeida, the coast guard's chief.", "Rui Almeida"),
        ("“We saw nothing at all in the fog,” Almeida told reporters on Friday.", "Almeida"),
        ('Ana Correia said on Friday: "This is a day of mourning for all."', "Ana Correia"),
        ("“We saw nothing at all in the fog,” he said on Friday.", None),
        ("The minister called it a “shameful and avoidable loss of life” on Friday.", None),
    ],
)
def test_quotations_with_a_named_speaker(text: str, speaker: str | None) -> None:
    found = spoken([sentence(text)])

    assert [one.speaker for one in found] == ([speaker] if speaker else [])
    for one in found:
        assert text[one.start - 100 : one.end - 100] == one.text


def test_names_and_their_kinds() -> None:
    text = (
        "On Friday Prime Minister Ana Correia told the European Central Bank in Lisbon so, NATO and Almeida."
    )

    assert named([sentence(text)]) == {
        Named("person", "Ana Correia"),
        Named("organization", "European Central Bank"),
        Named("place", "Lisbon"),
        Named("organization", "NATO"),
        Named("single", "Almeida"),
    }


def test_a_surname_counts_for_the_one_who_bears_it() -> None:
    texts = (
        "Coast guard chief Rui Almeida spoke on Friday.",
        "On Friday, Almeida spoke.",
        "Rui Almeida spoke. Almeida left.",
    )
    found = entities([names([sentence(text)]) for text in texts])

    assert [(one.name, one.article_count) for one in found] == [("Rui Almeida", 3)]
    assert full_names(found) == {"Almeida": "Rui Almeida"}


def test_words_weigh_by_rarity_and_share_a_stem() -> None:
    assert weigh("the", "en").weight == 0
    assert weigh("smuggling", "en").weight > weigh("government", "en").weight > 0
    assert weigh("suspended", "en").id == weigh("suspends", "en").id
    assert weigh("cutting", "en").id == weigh("cuts", "en").id
    assert weigh("Zelenskyy".casefold(), "en").id == weigh("zelensky", "en").id
    assert weigh("tette", "nb").id == weigh("tetter", "nb").id
    assert weigh("протести", "uk").id == weigh("протестів", "uk").id
    assert words("Ana's boats") == ["ana", "boats"]
    assert words("中国警方") == ["中国", "国警", "警方"]


def test_importance_is_the_weighted_sum_of_its_components() -> None:
    quiet, loud = importance(2, 1, 0, 0.5), importance(64, 16, 3, 32)

    assert loud.score == 1.0
    assert set(loud.components.values()) == {1.0}
    assert 0 < quiet.score < 0.5


def test_velocity_counts_at_least_an_hour() -> None:
    assert velocity(6, FRIDAY, FRIDAY) == 6.0
    assert velocity(6, FRIDAY, FRIDAY + timedelta(hours=3)) == 2.0
