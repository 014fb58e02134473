"""Words found many texts at a time are those that `terms` finds one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cluster import words
from services.cluster.terms import lexicon, table, words_of
from services.cluster.words import Known, Text, learn, look_up, make_room, rows_of

ALPHABET = "abXY0189__''’’..,,  \n\té²½٣\u0301\u064eكßзkなかไทย中文क्षि-·€😀"
TEXTS = st.builds(
    Text,
    st.text(ALPHABET, max_size=60),
    st.sampled_from(("en", "fr", "hi", "vi", "zh", "")),
    st.integers(1, 9),
)


Said = list[tuple[int, float, int, str]]


def said(rows: words.Rows) -> Said:
    """What the table says of these rows: term, prior, kind, spelling."""
    known = table()
    return [
        (int(known.ids[row]), float(known.priors[row]), int(known.kinds[row]), known.spellings[row])
        for row in rows.tolist()
    ]


def one_by_one(text: Text) -> Said:
    known = lexicon(text.language)
    return said(np.array([known[each] for each in words_of(text.text, text.language, text.limit)], np.int32))


@settings(deadline=None)  # the first call reads tables
@given(st.lists(TEXTS, max_size=6))
def test_many_texts_give_the_words_of_each(texts: list[Text]) -> None:
    assert [said(rows) for rows in rows_of(texts)] == [one_by_one(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It’s don't rock'n'roll 'quoted'", ["It’s", "don't", "rock'n'roll", "quoted"]),
        ("1,200 of 5.7% on 2025-08-01, v1.5", ["1,200", "of", "5.7", "on", "2025", "08", "01", "v1", "5"]),
        ("2nd covid19 _under_score a'1", ["2", "nd", "covid19", "under_score", "a'1"]),
        ("a" * 40 + " short", ["a" * 40, "short"]),
        ("日本の首相 said", ["日本", "本の", "の首", "首相", "said"]),
    ],
)
def test_what_a_word_is(text: str, found: list[str]) -> None:
    (rows,) = rows_of([Text(text, "en", 50)])
    assert [str(table().spellings[row]) for row in rows] == found


def test_long_words_are_read_further_until_there_are_enough() -> None:
    text = Text(" ".join(["telecommunications"] * 20), "en", 12)
    (rows,) = rows_of([text])
    assert said(rows) == one_by_one(text)
    assert len(rows) > 12 * words.USUAL_CHARACTERS // 19


def test_the_same_word_of_two_languages_is_two_words() -> None:
    english, german = rows_of([Text("die", "en", 5), Text("die", "de", 5)])
    assert english.tolist() != german.tolist()


def test_words_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    text = [Text("Erdbeben in Chile, 5.7 Grad", "de", 50)]
    before = table().ids[rows_of(text)[0]].tolist()
    monkeypatch.setattr(words, "MOST_WORDS", 3)
    make_room()
    assert table().size == 0
    assert table().ids[rows_of(text)[0]].tolist() == before


def test_hashes_that_meet_in_one_place_are_told_apart() -> None:
    memory = Known()
    keys = np.array([(at % 4) << 61 | at << 3 | 1 for at in range(700)], np.uint64)
    learn(memory, keys[:200], np.arange(200, dtype=np.int32))
    learn(memory, keys[200:600], np.arange(200, 600, dtype=np.int32))
    assert look_up(memory, keys[:600]).tolist() == list(range(600))
    assert look_up(memory, keys[600:700]).tolist() == [-1] * 100


def test_the_memory_of_hashes_grows() -> None:
    memory = Known()
    size = len(memory.hashes)
    keys = np.random.default_rng(1).integers(1, 1 << 63, size, np.uint64)
    learn(memory, keys, np.arange(size, dtype=np.int32))
    assert len(memory.hashes) > size
    assert look_up(memory, keys).tolist() == list(range(size))
