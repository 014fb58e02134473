"""Places: what a text names, and the vote on where a story happened."""

from __future__ import annotations

import pytest

from services.publish.places import article_votes, dateline_vote, mentions, winner


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Police in Lisbon said", ["PT"]),
        ("Israeli Prime Minister Ana Correia said", ["IL"]),
        ("Michael Jordan spoke", []),
        ("Jordan said it would", ["JO"]),
        ("A court in Houston ruled", ["US-TX"]),
        ("Florida's governor", ["US-FL"]),
        ("the White House said", ["US"]),
        ("Китае сообщили", ["CN"]),
        ("В России прошли выборы", ["RU"]),
        ("中国警方周五表示", ["CN"]),
        ("في الصين أمس", ["CN"]),
        ("la policía de Alemania detuvo", ["DE"]),
        ("He was reading in bath", []),
        ("In China the police said", ["CN"]),
    ],
)
def test_names_in_texts(text: str, codes: list[str]) -> None:
    assert [mention.entry.code for mention in mentions(text)] == codes


def test_a_title_outweighs_leads_and_each_place_counts_once_a_text() -> None:
    votes = article_votes(
        "Ferry sinks in Portugal", ["Portugal mourned. Portugal's king sent word from Spain."]
    )

    assert votes["PT"] >= 3 * votes["ES"]


def test_nothing_wins_when_no_place_leads() -> None:
    assert winner([{"PT": 4}, {"ES": 4}]) is None
    assert winner([]) is None


def test_a_place_that_few_articles_name_does_not_win() -> None:
    assert winner([{"ZA": 8}, {}, {}, {}, {}]) is None


def test_printed_datelines_decide_a_close_vote() -> None:
    won = winner([{"RU": 40}, {"US": 44}], ["RU", None])

    assert won is not None
    assert won.entry.code == "RU"


def test_an_american_story_is_placed_in_its_state() -> None:
    state = winner([{"US-TX": 12, "US": 4}])
    nation = winner([{"US-TX": 4, "US": 12}])

    assert state is not None
    assert state.entry.name == "Texas"
    assert nation is not None
    assert nation.entry.code == "US"


def test_georgia_beside_american_votes_is_the_state() -> None:
    state, country = winner([{"GE": 12, "US": 4}]), winner([{"GE": 12}])

    assert state is not None
    assert state.entry.code == "US-GA"
    assert country is not None
    assert country.entry.code == "GE"


def test_a_printed_dateline_is_looked_up_by_its_first_known_name() -> None:
    assert dateline_vote("CAIRO/JERUSALEM") == "EG"
    assert dateline_vote("Nowhereville, Calif.") == "US-CA"
    assert dateline_vote(None) is None
