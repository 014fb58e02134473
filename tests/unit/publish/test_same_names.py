"""Which names of a story are one, and who is a person."""

from __future__ import annotations

import pytest

from services.publish.entities import entities, names
from services.publish.same_names import one_organisation, one_person
from services.publish.sentences import Sentence


@pytest.mark.parametrize(
    ("counts", "best"),
    [
        ({"Donald Trump": 9, "Donald J. Trump": 2}, "Donald Trump"),
        ({"Abrego Garcia": 19, "Kilmar Abrego Garcia": 21, "Cesar Abrego Garcia": 1}, "Kilmar Abrego Garcia"),
        ({"S Jaishankar": 5, "S. Jaishankar": 5, "Subrahmanyam Jaishankar": 1}, "Subrahmanyam Jaishankar"),
        ({"Volodymyr Zelensky": 4, "Volodymyr Zelenskyy": 3}, "Volodymyr Zelensky"),
    ],
)
def test_forms_of_one_person(counts: dict[str, int], best: str) -> None:
    assert one_person(counts)[next(iter(counts))] == best


@pytest.mark.parametrize("other", ["Ana Correia", "Rui Costa", "Maria Almeida"])
def test_two_people_stay_two(other: str) -> None:
    assert set(one_person({"Rui Almeida": 3, other: 3}).values()) == {"Rui Almeida", other}


@pytest.mark.parametrize(
    ("counts", "best"),
    [
        ({"CBO": 14, "Congressional Budget Office": 15}, "Congressional Budget Office"),
        ({"DOJ": 4, "Department of Justice": 4, "Justice Department": 3}, "Department of Justice"),
        ({"GOP": 32, "Grand Old Party": 1}, "GOP"),
        ({"IDF": 9, "Israel Defense Forces": 5, "Israel Defence Forces": 4}, "Israel Defense Forces"),
    ],
)
def test_forms_of_one_organisation(counts: dict[str, int], best: str) -> None:
    assert set(one_organisation(counts).values()) == {best}


def found(*texts: str) -> dict[str, str]:
    read = [names([Sentence("text", 0, len(text), text, 0, True)]) for text in texts]
    return {one.name: one.type for one in entities(read)}


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("On Friday, spokesman Ilmari Kuusk spoke.", "Ilmari Kuusk"),
        ("On Friday, President Ilmari Kuusk spoke.", "Ilmari Kuusk"),
        ("On Friday, Maria Kuusk spoke.", "Maria Kuusk"),
        ("On Friday, Ilmari Kuusk spoke. Later the crowd heard Kuusk again.", "Ilmari Kuusk"),
        ("On Friday, Socialist Maria Kuusk spoke.", "Maria Kuusk"),
    ],
)
def test_who_is_a_person(text: str, person: str) -> None:
    assert found(text) == {person: "person"}


@pytest.mark.parametrize(
    "text",
    [
        "On Friday the fleet joined Super Garuda Shield off the coast.",
        "On Friday the raid on Brize Norton was condemned.",
        "On Friday they shopped at Ashley Furniture together.",
        "On Friday the Iran-backed Hezbollah spoke.",
    ],
)
def test_what_is_none(text: str) -> None:
    assert "person" not in found(text).values()


def test_a_name_that_goes_on_behind_and_is_one() -> None:
    assert found("On Friday the Food and Drug Administration spoke.") == {
        "Food and Drug Administration": "organization"
    }
