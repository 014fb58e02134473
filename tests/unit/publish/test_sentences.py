"""Sentences: spans, and what may be printed."""

from __future__ import annotations

import pytest

from services.publish.sentences import Sentence, readable, self_contained, split
from services.publish.summary import ANAPHORIC

BODY = (
    "Ferry sinks\nA ferry sank off Lisbon on Friday. “It was dark,” she said.\n\n"
    "État d'urgence: naïve text 中 ends here."
)


def test_spans_are_code_points_of_the_field_and_lines_end_sentences() -> None:
    found = split(BODY, "text", "en")

    assert [BODY[s.start : s.end] for s in found] == [s.text for s in found]
    assert [s.text for s in found][:2] == ["Ferry sinks", "A ferry sank off Lisbon on Friday."]
    assert [s.whole for s in found] == [False, True, True, True]


def sentence(text: str) -> Sentence:
    return Sentence("text", 0, len(text), text, 0, True)


@pytest.mark.parametrize(
    "text",
    [
        "Sign up for our newsletter to get the day's top stories in your inbox.",
        "This website uses cookies so that we can provide you with a better service.",
        "Copyright 2025 The Coastal Post and its partners, all rights reserved worldwide.",
        "and the coast guard said that the ferry had sunk off the harbour on Friday.",
        "Could the coast guard have saved more people from the ferry on that morning?",
        "The coast guard said “the ferry sank off the harbour in the early morning.",
        "MOSCOW officials said that they had been talking to envoys of the Russia-U.",
        "ET, the ferry's captain told reporters and passengers outside the office.",
        "Divers at the wreck off Lisbon harbour, July 19, 2025Portugal's navy found the ferry on Saturday.",
        "By TPNPortugal's navy has found the wreck of the ferry off the harbour.",
        "The ferry Estrela sank in the fog.The coast guard came within minutes, officials said.",
        "Ferry sinks off Lisbon, hitting a barge Ferry sinks off Lisbon, hitting a barge At least 12 died.",
    ],
)
def test_unprintable(text: str) -> None:
    assert not readable(text)


def test_printable() -> None:
    assert readable("The coast guard said on Friday that the ferry had sunk off the harbour.")
    assert readable("中国商务部周六表示将加大打击战略矿产走私的力度。")


@pytest.mark.parametrize(
    "text",
    [
        "He said the ferry had sunk within minutes of the collision with the barge.",
        "But the coast guard said that the ferry had sunk within minutes.",
        "The ferry sank within minutes of the collision, he said.",
        "I think that the coast guard should have been there within minutes.",
        "“The ferry sank within minutes and nobody came for us in the cold water.”",
        "Key points: the ferry had sunk off the harbour within minutes of the collision.",
        "(2) When the coast guard came, the ferry had sunk off the harbour already.",
        "With both ferries of the company out of service for the rest of the week.",
        "As The Harbour Times reported earlier, the ferry Estrela had no radar at all.",
        "A MAN has been pulled from the water after a ferry sank off the harbour.",
        "Minutes later, the coast guard of Portugal had pulled dozens out of the water.",
        "A day later the shipping ministry in Lisbon suspended the licence of the owner.",
        "The 34-year-old told reporters that nobody had seen the barge in the fog.",
        "Police and the rescue agency gave the same figure for the first time.",
        "Look at the number of passengers who could not swim to the shore on Friday.",
    ],
)
def test_leaning_sentences_do_not_stand_alone(text: str) -> None:
    assert not self_contained(text)


def test_a_named_speaker_stands_alone() -> None:
    assert self_contained("“We saw nothing in the fog,” coast guard chief Rui Almeida said on Friday.")


def test_a_sentence_may_begin_with_a_number_and_an_abbreviation_end_before_one() -> None:
    text = "Der Warnstreik hat den Verkehr lahmgelegt. 208 von 264 Starts fielen aus. See No. 5, Art. 7."

    assert [one.text for one in split(text, "text", "de")][:2] == [
        "Der Warnstreik hat den Verkehr lahmgelegt.",
        "208 von 264 Starts fielen aus.",
    ]
    assert any("No. 5, Art. 7" in one.text for one in split(text, "text", "en"))


@pytest.mark.parametrize(
    "text",
    [
        "The injured man was taken to hospital in Lisbon.",
        "The legislation must pass the upper house.",
        "The vice president recalled the meeting.",
        "The press release promised savings.",
    ],
)
def test_an_opening_that_says_not_who_or_which_leans(text: str) -> None:
    assert ANAPHORIC.match(text)


def test_who_is_named_at_once_does_not_lean() -> None:
    assert not ANAPHORIC.match("The president of Portugal declared three days of mourning.")
    assert not ANAPHORIC.match("The Ministry of State Security announced a crackdown.")


def test_a_title_run_into_the_text_is_no_sentence() -> None:
    title = "Tejo Lines and Other Ferries Suspend All Crossings After Lisbon Harbour Disaster on Friday."
    plain = "Transport Minister Ana Correia will meet the chief of Tejo Lines in Lisbon on Monday."

    assert not self_contained(title)
    assert self_contained(plain)


def test_what_points_at_a_sentence_before_it_does_not_stand_alone() -> None:
    assert not self_contained(
        "The most recent, sent on August 14, gave the harbour's owners two weeks to answer."
    )
    assert not self_contained(
        "In light of this disaster, Tejo Lines stands ready to help passengers of the ferry."
    )
    assert self_contained(
        "The most recent letter to Tejo Lines gave the owners of the ferry two weeks to answer."
    )
