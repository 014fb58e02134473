"""Topics by the words that speak for them, in several languages, with those words as evidence."""

from __future__ import annotations

import pytest

from services.publish.topics import evidence, media_topics, topics

TOLD = {
    "Judge sentences gunman to 20 years in prison": "02",
    "Ferry sinks after collision; survivors rescued": "03",
    "Central bank raises rates as inflation worries investors": "04",
    "Teachers and students return to schools": "05",
    "Emissions threaten wildlife and reefs, climate report says": "06",
    "Hospitals see more measles patients as vaccination falls": "07",
    "Unions call a walkout over wages": "09",
    "Voters elect a new parliament; the chancellor concedes": "11",
    "Bishops meet the pope at the Vatican": "12",
    "Astronomers spot an asteroid with a new telescope": "13",
    "Striker scores twice as the team wins the championship": "15",
    "Troops shell the town hours after the ceasefire": "16",
    "Blizzard brings record snowfall": "17",
    "Actress wins Oscar for her film": "01",
    "Regierung verliert Wahl, Minister tritt zurück": "11",
    "Un séisme fait des victimes, les pompiers évacuent": "03",
    "La policía detiene a un hombre acusado de asesinato": "02",
    "Banco central eleva juros e preocupa o mercado com inflação": "04",
    "Войска обстреляли город, солдаты погибли": "16",
    "央行宣布降低银行利率 投资者关注市场": "04",
    "地震で津波警報、住民が避難": "03",
    "انهيار مبنى سكني في الإسكندرية يوقع قتلى": "03",
    "西欽州暴雨成災 百名港生獲救": "03",
}


@pytest.mark.parametrize(("title", "number"), TOLD.items())
def test_the_first_topic_is_the_one_a_reader_would_name(title: str, number: str) -> None:
    found = topics([evidence(title, []), evidence(title, [])])

    assert found[0].id == f"medtop:{number}000000"
    assert found[0].label == media_topics()[found[0].id]["label"]


def test_the_words_that_spoke_for_it_stand_beside_it() -> None:
    (found,) = topics([evidence("Judge jails robber", ["The judge spoke of a verdict."])])

    assert found.evidence == ("jails", "judge", "verdict")
    assert found.score == 1.0


def test_a_word_counts_once_an_article_and_a_single_weak_one_is_no_topic() -> None:
    assert evidence("Court court court", ["court"]) == evidence("Court", [])
    assert topics([evidence("Fire", [])]) == ()
    assert topics([]) == ()


def test_words_of_several_topics_are_shared() -> None:
    found = evidence("", ["strikes"])

    assert len(found) > 1
    assert len({said["strikes"] for said in found.values()}) == 1


def test_all_seventeen_top_level_topics_are_there() -> None:
    assert sorted(media_topics()) == [f"medtop:{number:02}000000" for number in range(1, 18)]
    assert all(row["strong"].split() and row["label"] for row in media_topics().values())


def test_words_that_mean_something_else_in_a_language_say_nothing_in_it() -> None:
    assert evidence("", ["Es war ein Streik"], "de").keys() == {"medtop:09000000"}
    assert evidence("", ["a war"], "en").keys() == {"medtop:16000000"}
    assert evidence("", ["in the West Bank"], "en") == {}
