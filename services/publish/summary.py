"""The summary: one sentence under a dateline, the lead that says most of what the sources agree on."""

from __future__ import annotations

import re

from dateline.stories import DatelineText
from services.publish.words import clues, has_unspaced

MIN_LENGTH, MAX_LENGTH, SHORT = 60, 260, 90
# A character of a script without spaces says as much as so many letters.
UNSPACED_FACTOR = 2.5
POSITION_PRIOR = (1.0, 0.85, 0.7)
BYLINE = re.compile(r"^By [A-Z][\w.-]+(?: [A-Z][\w.-]+){1,3}\s+[-–—|]\s*")
# "The move", "The injured man": who or what that is, a sentence before it says.
NOUNS = (
    "accused actor administration agency agreement aircraft airline amendment announcement attack "
    "attacker authorities bank bill blast blaze board body caption case change charges? club collision "
    "comments? company couple court crash cut cuts deal decision defendants? development discussions "
    "drills? driver earthquake exercises? explosion ferry figures? findings? fire firm footage governor "
    "group gunman incident indictment individual information initiative injunction inquiry investigation "
    "jet judge law lawsuit leader legislation man mayor measures? meeting men minister ministry mission "
    "move news number offer official officials operation order organi[sz]ation pair party pilot plan "
    "plane player poll president press~release prime~minister probe proposal protest protests quake raid "
    "regulation relationship remarks? report request ruling ship shooter singer state statement storm "
    "strike strikes study suit survey suspect suspects talks team terrorist three toll tremor two union "
    "vessel vice~president victims? video visit vote walkout woman women"
).split()
ANAPHORIC = re.compile(
    rf"^(?:The|Such an?|Both) (?:\w+ )?(?:{'|'.join(NOUNS).replace('~', ' ')})\b"
    r"(?! (?:of|at|in|on|for|to) (?:the )?[A-Z])"
)
# A day that only the reader of the article knows.
RELATIVE_DAY = re.compile(
    r"\b(?:today|yesterday|tomorrow|tonight|this (?:morning|afternoon|evening))\b", re.IGNORECASE
)
# What is only expected has been overtaken where others tell it.
EXPECTED = re.compile(r"\b(?:is|are) (?:expected|due|set|likely|poised) to\b")
# Words of opinion where a report would have none.
LOADED = re.compile(
    r"^(?:Nobody|No one|Everyone|Make no mistake|Of course)\b|"
    r"\b(?:apparently|clearly|evidently|presumably|frankly|obviously)\b|"
    r"\b(?:woke|stranglehold|regime|ridiculous|disgrac\w+|gangbanger|thugs?|radical left|shameful|"
    r"outrageous|slammed|blasted|stunning|shocking|insane|fawns?|fawning|narcissis(?:m|ts?|tic)|so-called|"
    r"supposed(?:ly)?|illegal aliens?|leftists?)\b",
    re.IGNORECASE,
)
# The outlet speaking of itself or of another outlet.
TELLING = re.compile(
    r"\b(?:told|tells?) (?:[Tt]he )?[A-Z][\w.]+(?: [A-Z]\w+)?\b|\breport(?:ed|s)\.$|, according to \w+\.$|"
    r"\b[Aa]s (?:[Tt]he )?[A-Z][\w -]+ (?:reports|reported|points out|pointed out|notes|noted)\b"
)

# Words without which the two above say nothing: looking for them first is much cheaper.
LOADED_WORDS = frozenset(
    "nobody no everyone mistake clearly course woke stranglehold regime ridiculous gangbanger thug thugs "
    "radical shameful outrageous slammed blasted stunning shocking insane narcissist narcissists "
    "narcissistic narcissism fawn fawns fawning called supposed supposedly apparently evidently presumably "
    "frankly obviously aliens alien leftist leftists".split()
)
TELLING_WORDS = frozenset("told tell tells reported reports according points pointed notes noted".split())


RELATIVE_WORDS = frozenset("today yesterday tomorrow tonight this".split())
EXPECTED_WORDS = frozenset("expected due set likely poised".split())


def relative_day(text: str, within: str | None = None) -> bool:
    """Whether a text, or its part `within`, tells a day that only the reader of the article knows."""
    if clues(text).parts.isdisjoint(RELATIVE_WORDS):
        return False
    return RELATIVE_DAY.search(text if within is None else within) is not None


def expected(text: str) -> bool:
    """Whether a text tells what is only expected."""
    return not clues(text).parts.isdisjoint(EXPECTED_WORDS) and EXPECTED.search(text) is not None


def loaded(text: str, within: str | None = None) -> bool:
    """Whether a text, or its part `within`, has words of opinion where a report would have none."""
    if clues(text).parts.isdisjoint(LOADED_WORDS) and "disgrac" not in text.casefold():
        return False
    return LOADED.search(text if within is None else within) is not None


def telling(text: str) -> bool:
    """Whether an outlet speaks of itself or of another one."""
    return not clues(text).parts.isdisjoint(TELLING_WORDS) and TELLING.search(text) is not None


def opening_credit(text: str) -> int:
    """The length of a byline that stands in the lead itself; 0 where there is none."""
    found = BYLINE.match(text) if text.startswith("By ") else None
    return found.end() if found else 0


def fitness(text: str, position: int) -> float:
    """How well a sentence serves as the summary by its place and form, 0 to 1."""
    if position >= len(POSITION_PRIOR):
        return 0.0
    value = POSITION_PRIOR[position]
    length = len(text) * UNSPACED_FACTOR if has_unspaced(text) else len(text)
    if not MIN_LENGTH <= length <= MAX_LENGTH:
        value *= 0.35
    elif length < SHORT:
        value *= 0.85
    if not text[:1].isalnum():
        value *= 0.6
    elif text[0].islower():
        value *= 0.2
    if ANAPHORIC.match(text):
        value *= 0.7
    if loaded(text):
        value *= 0.6
    if relative_day(text) or expected(text):
        value *= 0.8
    return value * (0.9 if telling(text) else 1.0)


def opened(dateline: DatelineText, text: str) -> str:
    """The summary as printed: dateline, dash, sentence."""
    return f"{dateline.text} – {text}" if dateline.text else text
