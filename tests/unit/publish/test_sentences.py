"""Sentences: spans, and what may be printed."""

from __future__ import annotations

import pytest

from services.publish.sentences import Sentence, readable, self_contained, split

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
    ],
)
def test_unprintable(text: str) -> None:
    assert not readable(sentence(text))


def test_printable() -> None:
    assert readable(sentence("The coast guard said on Friday that the ferry had sunk off the harbour."))
    assert readable(sentence("中国商务部周六表示将加大打击战略矿产走私的力度。"))


@pytest.mark.parametrize(
    "text",
    [
        "He said the ferry had sunk within minutes of the collision with the barge.",
        "But the coast guard said that the ferry had sunk within minutes.",
        "The ferry sank within minutes of the collision, he said.",
        "I think that the coast guard should have been there within minutes.",
        "“The ferry sank within minutes and nobody came for us in the cold water.”",
        "A MAN has been pulled from the water after a ferry sank off the harbour.",
    ],
)
def test_leaning_sentences_do_not_stand_alone(text: str) -> None:
    assert not self_contained(text)


def test_a_named_speaker_stands_alone() -> None:
    assert self_contained("“We saw nothing in the fog,” coast guard chief Rui Almeida said on Friday.")
