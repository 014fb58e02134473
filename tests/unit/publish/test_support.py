"""The check of generated sentences: numbers, names, places and quotes must stand in the articles."""

from __future__ import annotations

import pytest

from services.publish.support import Sources, unsupported

LATER = (
    "Days later, at a hearing far from the sea, where reporters had waited since the early morning and "
    "the families "
    "of the victims had filled every seat of the old court, and after three hours of questions about "
    "lamps, logs and "
    "the radio traffic of that night, which the harbour had recorded in full, the minister rose to speak "
    "of the law "
    "that was to come, and then, asked about the owner of the barge, Maria Costa answered that Tejo "
    "Lines would pay "
    "2.5 million euros."
)
ARTICLE = (
    "LISBON - A passenger ferry sank off Lisbon harbour on Friday after striking an unlit barge. Twelve "
    "people were "
    "killed and 1,400 rescued, the U.N. said. “The barge was invisible in the morning fog,” said coast "
    "guard chief "
    "Rui Almeida. "
)
FERRY = Sources(["Ferry sinks off Lisbon harbour, 12 dead", ARTICLE + LATER], "en")


@pytest.mark.parametrize(
    "text",
    [
        "A passenger ferry sank off Lisbon harbour after striking an unlit barge, killing 12 people.",
        "Twelve people were killed and 1400 rescued off Lisbon, the UN said.",
        "Rui Almeida of the coast guard said: “The barge was invisible in the morning fog.”",
        "Tejo Lines would pay 2.5 million euros, Maria Costa answered.",
        "Killed in Lisbon: 12 people.",
        "Twelve dead off Lisbon harbour.",
        "Lisbon's harbour saw a ferry sink after striking a barge on Friday.",
    ],
)
def test_what_the_articles_say_may_be_said_in_other_words(text: str) -> None:
    assert unsupported(text, FERRY) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A passenger ferry sank off Lisbon harbour, killing 15 people.", "number 15"),
        ("Fifteen people were killed as a ferry sank off Lisbon harbour.", "number 15"),
        ("A ferry sank off Lisbon harbour and 14,000 were rescued.", "number 14000"),
        ("Tejo Lines would pay 25 million euros.", "number 25"),
        ("Tejo Lines would pay 2.5 billion euros.", "number billion"),
        ("A passenger ferry sank off Porto harbour on Friday.", "name Porto"),
        ("Madrid: a passenger ferry sank off the harbour on Friday.", "name Madrid"),
        ("The barge was invisible in the fog, said Rui Costa.", "name Rui Costa"),
        ("President Rui Almeida said the barge was invisible.", "name President Rui Almeida"),
        ("“The barge was visible in the fog,” said Rui Almeida.", "quote"),
        ("“The barge was invisible in the morning fog,” said Maria Costa.", "of whom it names"),
        ("The coast guard called the barge 'a floating coffin' on Friday.", "quote"),
        ("“The barge was invisible in the morning fog, said Rui Almeida.", "unclosed"),
        ("Scientists celebrate breakthrough treatment against rare childhood cancers.", "of its words"),
    ],
)
def test_what_they_do_not_say_is_named(text: str, reason: str) -> None:
    assert any(reason in found for found in unsupported(text, FERRY)), unsupported(text, FERRY)


def test_other_languages() -> None:
    german = Sources(["Zwölf Menschen starben, als eine Fähre vor Lissabon sank, sagte Rui Almeida."], "de")
    chinese = Sources(["星期五一艘渡轮在里斯本港口外沉没，造成十二人死亡。"], "zh")

    assert unsupported("12 Menschen starben vor Lissabon.", german) == []
    assert "number 15" in unsupported("Fünfzehn Menschen starben vor Lissabon.", german)
    assert unsupported("Zwölf Menschen starben vor Hamburg.", german) == ["name Hamburg"]
    assert unsupported("一艘渡轮在里斯本港口外沉没", chinese) == []
    assert unsupported("一艘渡轮在马德里港口外沉没", chinese)
