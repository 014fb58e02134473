"""The summary: one sentence under a dateline, the lead that says most of what the sources agree on."""

from __future__ import annotations

import re

from dateline.stories import DatelineText

MIN_LENGTH, MAX_LENGTH, SHORT = 60, 260, 90
POSITION_PRIOR = (1.0, 0.85, 0.7)
BYLINE = re.compile(r"^By [A-Z][\w.-]+(?: [A-Z][\w.-]+){1,3}\s+[-–—|]\s*")
ANAPHORIC = re.compile(
    r"^(?:The|Such an?) (?:\w+ )?(?:move|decision|announcement|ruling|incident|news|statement|development|"
    r"report|vote|order|proposal|comments?|remarks?|measure|plan|bill|law|attack|deal|agreement|meeting|"
    r"visit|man|woman)\b"
)
# The outlet speaking of itself or of another outlet.
TELLING = re.compile(
    r"\b(?:told|tells) (?:the )?[A-Z][\w.]+(?: [A-Z]\w+)?\b|\breport(?:ed|s)\.$|, according to \w+\.$"
)


def opening_credit(text: str) -> int:
    """The length of a byline that stands in the lead itself; 0 where there is none."""
    found = BYLINE.match(text)
    return found.end() if found else 0


def fitness(text: str, position: int) -> float:
    """How well a sentence serves as the summary by its place and form, 0 to 1."""
    if position >= len(POSITION_PRIOR):
        return 0.0
    value = POSITION_PRIOR[position]
    if not MIN_LENGTH <= len(text) <= MAX_LENGTH:
        value *= 0.35
    elif len(text) < SHORT:
        value *= 0.85
    if not text[:1].isalnum():
        value *= 0.6
    elif text[0].islower():
        value *= 0.2
    if ANAPHORIC.match(text):
        value *= 0.7
    return value * (0.9 if TELLING.search(text) else 1.0)


def opened(dateline: DatelineText, text: str) -> str:
    """The summary as printed: dateline, dash, sentence."""
    return f"{dateline.text} – {text}" if dateline.text else text
