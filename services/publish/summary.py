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
ANAPHORIC = re.compile(
    r"^(?:The|Such an?) (?:\w+ )?(?:move|decision|announcement|ruling|incident|news|statement|development|"
    r"report|vote|order|proposal|comments?|remarks?|measure|plan|bill|law|attack|deal|agreement|meeting|"
    r"visit|man|woman|judge|president|minister|prime minister|governor|mayor|company|group|agency|ministry|"
    r"suspect|airline|bank|quake|earthquake|ship|ferry|vessel|plane|aircraft|fire|blaze|storm|firm|party|"
    r"mission|cut|toll|number|victims?|officials?|pair|two|three|case)\b"
)
# Words of opinion where a report would have none.
LOADED = re.compile(
    r"^(?:Nobody|No one|Everyone|Make no mistake|Clearly|Of course)\b|"
    r"\b(?:woke|stranglehold|regime|ridiculous|disgrac\w+|gangbanger|thugs?|radical left|shameful|"
    r"outrageous|slammed|blasted|stunning|shocking|insane|fawns?|fawning|so-called|supposed(?:ly)?)\b",
    re.IGNORECASE,
)
# The outlet speaking of itself or of another outlet.
TELLING = re.compile(
    r"\b(?:told|tells?) (?:[Tt]he )?[A-Z][\w.]+(?: [A-Z]\w+)?\b|\breport(?:ed|s)\.$|, according to \w+\.$|"
    r"\bas (?:the )?[A-Z][\w -]+ (?:reports|reported|points out|pointed out|notes|noted)\b"
)

# Words without which the two above say nothing: looking for them first is much cheaper.
LOADED_WORDS = frozenset(
    "nobody no everyone mistake clearly course woke stranglehold regime ridiculous gangbanger thug thugs "
    "radical shameful outrageous slammed blasted stunning shocking insane fawn fawns fawning called "
    "supposed supposedly".split()
)
TELLING_WORDS = frozenset("told tell tells reported reports according points pointed notes noted".split())


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
    return value * (0.9 if telling(text) else 1.0)


def opened(dateline: DatelineText, text: str) -> str:
    """The summary as printed: dateline, dash, sentence."""
    return f"{dateline.text} – {text}" if dateline.text else text
