"""Headlines: cleaning, fitness, stability."""

from __future__ import annotations

import pytest

from services.publish.headline import choose, clean_title, fitness
from tests.unit.publish.press import article


@pytest.mark.parametrize(
    ("title", "name", "domain", "cleaned"),
    [
        (
            "Ferry sinks off Lisbon harbour | Coastal Post",
            None,
            "x.example",
            "Ferry sinks off Lisbon harbour",
        ),
        (
            "Ferry sinks off Lisbon harbour - West Coast Today",
            None,
            "westcoasttoday.com",
            "Ferry sinks off Lisbon harbour",
        ),
        (
            "Ferry sinks off Lisbon harbour – Beacon",
            "The Beacon",
            "b.example",
            "Ferry sinks off Lisbon harbour",
        ),
        ("BREAKING: Ferry sinks off Lisbon harbour", None, "x.example", "Ferry sinks off Lisbon harbour"),
        (
            "Ferry sinks - 12 dead off Lisbon harbour",
            None,
            "x.example",
            "Ferry sinks - 12 dead off Lisbon harbour",
        ),
        (
            "Lisbon harbour ferry sinks - rescue under way",
            None,
            "x.example",
            "Lisbon harbour ferry sinks - rescue under way",
        ),
    ],
)
def test_the_outlet_is_cut_and_the_news_is_not(
    title: str, name: str | None, domain: str, cleaned: str
) -> None:
    assert clean_title(article("a1", title, domain=domain, name=name)) == cleaned


@pytest.mark.parametrize(
    "worse",
    [
        "Could the Lisbon ferry disaster have been prevented by a simple lamp?",
        "How a ferry sank off Lisbon harbour and took 12 lives",
        "FERRY SINKS OFF LISBON HARBOUR AFTER STRIKING BARGE",
        "Lisbon ferry sinking: live updates from the harbour today",
        "Opinion: the Lisbon ferry disaster shames our city fathers",
        "Ferry sinks",
        "Ferry sinks off Lisbon harbour after striking a...",
    ],
)
def test_what_is_no_headline_fits_less(worse: str) -> None:
    assert fitness(worse) < 0.8 * fitness("Passenger ferry sinks off Lisbon harbour after striking barge")


def test_the_previous_headline_stays_until_clearly_beaten() -> None:
    titles = [
        "Passenger ferry sinks off Lisbon harbour on Friday",
        "Ferry hits barge and sinks off Lisbon harbour",
    ]

    assert choose(titles, [0.50, 0.55], None) == 1
    assert choose(titles, [0.50, 0.55], titles[0]) == 0
    assert choose(titles, [0.50, 0.70], titles[0]) == 1
    assert choose(titles, [0.50, 0.55], "A title that has left the story") == 1


def test_of_titles_that_say_about_as_much_the_favoured_one_is_chosen_but_replaces_none() -> None:
    titles = [
        "Passenger ferry sinks off Lisbon harbour on Friday",
        "Ferry hits barge and sinks off Lisbon harbour",
    ]

    assert choose(titles, [0.50, 0.45], None, [1.0, 1.3]) == 1
    assert choose(titles, [0.50, 0.30], None, [1.0, 1.3]) == 0
    assert choose(titles, [0.50, 0.55], titles[0], [1.0, 1.3]) == 0
    assert choose(titles, [0.60, 0.50], titles[1], [1.0, 1.3]) == 1


def test_ties_go_to_the_first() -> None:
    assert choose(["Ferry sinks off Lisbon harbour on Friday"] * 2, [0.5, 0.5], None) == 0
