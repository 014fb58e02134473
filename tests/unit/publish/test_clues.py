"""Patterns are tried only where a text's words say that they may match; no match may be lost by that."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.publish.credits import CLOSING, END, OPENING, SIGNATURE
from services.publish.dateline_text import DAY_OF_MONTH, DIGIT, MARKS, PRINTED, WEEKDAY, WEEKDAY_WORDS
from services.publish.figures import AFTER, BEFORE, _counts
from services.publish.headline import PREFIX, PREFIX_OPENS
from services.publish.reading import GOES_ON
from services.publish.sentences import (
    BEFORE_NUMBER,
    ENDED,
    FIRST_PERSON,
    FIRST_PERSONS,
    POINTING_BACK,
    POINTS_BACK,
    RUN_TOGETHER,
    SAYING,
    SPOKEN_BY_PRONOUN,
    THIRD_PERSONS,
    _has_seams,
    _is_prose,
    furniture,
    furniture_in,
    outside_quotes,
    split,
)
from services.publish.summary import (
    EXPECTED,
    EXPECTED_WORDS,
    LOADED,
    RELATIVE_DAY,
    RELATIVE_WORDS,
    TELLING,
    TELLING_WORDS,
    loaded,
    telling,
)
from services.publish.words import _found, clues, weigh, weigh_all, weighed, words

GATED = [
    (FIRST_PERSON, FIRST_PERSONS),
    (SPOKEN_BY_PRONOUN, THIRD_PERSONS),
    (SPOKEN_BY_PRONOUN, SAYING),
    (WEEKDAY, WEEKDAY_WORDS),
    (TELLING, TELLING_WORDS),
    (RELATIVE_DAY, RELATIVE_WORDS),
    (EXPECTED, EXPECTED_WORDS),
    (GOES_ON, frozenset({"also"})),
    (POINTS_BACK, POINTING_BACK),
]


def text_of(pattern: re.Pattern[str]) -> st.SearchStrategy[str]:
    """Texts with a match, letters in both cases, something before and behind."""
    match = st.from_regex(re.compile(pattern.pattern, pattern.flags & re.IGNORECASE | re.ASCII))
    return match.filter(lambda text: pattern.search(text) is not None)


@pytest.mark.parametrize(
    ("pattern", "gate"),
    GATED,
    ids=["first", "third", "saying", "weekday", "telling", "relative", "expected", "goes on", "points back"],
)
def test_no_match_without_its_words(pattern: re.Pattern[str], gate: frozenset[str]) -> None:
    @given(text_of(pattern))
    def check(text: str) -> None:
        assert clues(text).parts & gate

    check()


@pytest.mark.parametrize(("pattern", "marks"), [*OPENING, *CLOSING, *SIGNATURE])
def test_no_credit_without_its_marks(pattern: re.Pattern[str], marks: Sequence[str]) -> None:
    @given(text_of(pattern))
    def check(text: str) -> None:
        assert any(mark in text for mark in marks)

    check()


@given(text_of(BEFORE_NUMBER))
def test_no_sentence_before_a_number_is_missed(text: str) -> None:
    assert ENDED.search(text)


@given(text_of(RUN_TOGETHER))
def test_no_pieces_run_together_are_missed(text: str) -> None:
    assert _has_seams(text)


@given(text_of(LOADED))
def test_words_of_opinion_are_found(text: str) -> None:
    assert loaded(text)


@given(text_of(TELLING))
def test_an_outlet_that_speaks_of_itself_is_found(text: str) -> None:
    assert telling(text)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([*AFTER.values(), *BEFORE.values()]).flatmap(text_of))
def test_figures_are_looked_for_where_there_are_any(text: str) -> None:
    assert _counts(text)


@given(text_of(PREFIX))
def test_no_label_without_its_letter(text: str) -> None:
    assert text[0] in PREFIX_OPENS


@given(text_of(DAY_OF_MONTH))
def test_no_day_without_a_digit(text: str) -> None:
    assert DIGIT.search(text)


@given(text_of(SIGNATURE[0][0]))
def test_a_signature_stands_at_the_end(text: str) -> None:
    assert SIGNATURE[0][0].search(text[-END:])


@given(text_of(PRINTED))
def test_every_printed_dateline_has_a_mark(text: str) -> None:
    assert MARKS.search(text)
    assert not text.isascii() or set("(:-") & set(text)


@given(st.text() | st.text(alphabet="abSX '’“”éÄªßµ²_-.12中の\xa0"))
def test_words_are_the_same_by_letters_and_by_bytes(text: str) -> None:
    found, joined = _found(text)
    assert words(text) == found
    assert clues(text).parts >= {part for token in joined for part in re.findall(r"[^\W_]+", token)}


@given(st.text() | st.text(alphabet="abSX '’“”éÄªßµ²_-.12中の\xa0"))
def test_prose_is_the_same_by_letters_and_by_bytes(text: str) -> None:
    letters, capitals = sum(map(str.isalpha, text)), sum(map(str.isupper, text))
    assert _is_prose(text) == (letters >= len(text) * 0.6 and capitals <= max(letters * 0.3, 6))


def test_parts_hold_both_sides_of_an_apostrophe() -> None:
    assert {"l'ami", "l", "ami", "sam"} <= clues("L'ami de Sam's").parts


@given(st.lists(st.text(alphabet="abcdest 'é中文12", max_size=60), min_size=1, max_size=5))
def test_texts_weighed_together_are_as_each_by_itself(texts: list[str]) -> None:
    found = weigh_all([*texts, None], "en")
    for number, text in enumerate(texts):
        assert set(found.ids[found.words[found.texts == number]].tolist()) == set(weighed(text, "en"))
    assert (found.texts < len(texts)).all()
    assert found.ids.tolist() == sorted(set(found.ids.tolist()))


def test_an_empty_text_has_no_words() -> None:
    found = weigh_all(["", None], "en")
    assert not found.ids.size and not found.words.size and not found.texts.size


def test_words_beyond_the_bound_are_forgotten_and_weighed_again_alike() -> None:
    first = weigh("smuggling", "en")
    for number in range(40_000):
        weigh(f"word{number}", "en")
    assert weigh("smuggling", "en") == first
    assert weigh("the", "en").weight == 0


def test_furniture_is_found_wherever_it_stands_and_overlaps() -> None:
    body = " news ".join(furniture()).upper()
    assert set(furniture_in(body)) == set(furniture())
    assert furniture_in("Nothing of the kind.") == ()


@pytest.mark.parametrize(
    ("text", "whole"),
    [("He left.", True), ('"He left."', True), ("He left.”)", True), ("He left", False), ('"', False)],
)
def test_a_sentence_is_whole_where_it_ends(text: str, *, whole: bool) -> None:
    assert split(text, "text", "en")[0].whole is whole


def test_what_is_quoted_is_left_out() -> None:
    assert outside_quotes("A “b” c «d» e „f” g 'h'").split() == ["A", "c", "e", "g", "'h'"]
