"""The summary: one sentence under a dateline, the lead that says most of what the sources agree on."""

from __future__ import annotations

import re

from dateline.stories import DatelineText
from services.publish.reading import Reading
from services.publish.sentences import Sentence

MIN_LENGTH, MAX_LENGTH = 60, 260
POSITION_PRIOR = (1.0, 0.85, 0.7)
# Openings that lose nothing when they go, and the credit some outlets leave before a lead.
OPENING = re.compile(r"^(?:By [A-Z][\w.-]+(?: [A-Z][\w.-]+){1,3}\s+[-–—|]\s*)")
TELLING = re.compile(r"\b(?:told|tells) (?:the )?[A-Z][\w.]+(?: [A-Z]\w+)?\b|\b(?:reported|reports)\b\.?$|, according to \w+\.$")


def lead_text(reading: Reading, sentence: int) -> tuple[int, str]:
    """A lead without its printed dateline: where it starts in the field, and its words."""
    found = reading.sentences[sentence]
    cut = reading.printed.length if reading.leads[:1] == (sentence,) else 0
    opening = OPENING.match(found.text[cut:])
    cut += opening.end() if opening else 0
    text = found.text[cut:]
    return found.start + cut, text


def fitness(text: str, sentence: Sentence) -> float:
    """How well a sentence serves as the summary by its place and form, 0 to 1."""
    if sentence.position >= len(POSITION_PRIOR):
        return 0.0
    value = POSITION_PRIOR[sentence.position]
    if not MIN_LENGTH <= len(text) <= MAX_LENGTH:
        value *= 0.35
    elif len(text) < 90:
        value *= 0.85
    if not text[:1].isalnum():
        value *= 0.6
    elif text[0].islower():
        value *= 0.2
    return value * (0.9 if TELLING.search(text) else 1.0)


def opened(dateline: DatelineText, text: str) -> str:
    """The summary as printed: dateline, dash, sentence."""
    return f"{dateline.text} – {text}" if dateline.text else text
