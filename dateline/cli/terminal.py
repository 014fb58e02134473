"""What reaches the terminal. Nothing from an article does before it went through `clean`."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from functools import cache
from typing import Any

from rich.console import Console
from rich.text import Text

# C0 (ESC is one of them) but tab and newline, DEL, C1, bidi marks, embeddings, overrides and isolates,
# zero-width space and joins that hide text, tag characters, and what is no character at all.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_BREAKS = re.compile("[\t\n\r\x0b\x0c\x85\u2028\u2029]+")
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(value: object) -> str:
    """A value as one printable line: no control, escape or bidi character is left in it."""
    line = _BREAKS.sub(" ", str(value))
    return _SURROGATES.sub("\ufffd", _UNSEEN.sub("", line))


def safe(value: object, style: str = "") -> Text:
    """A value as text for the terminal: cleaned, and never read as markup."""
    return Text(clean(value), style=style, overflow="fold")


@cache
def out() -> Console:
    """Where results go."""
    return Console(highlight=False, emoji=False, markup=False, soft_wrap=False)


@cache
def err() -> Console:
    """Where progress and complaints go."""
    return Console(stderr=True, highlight=False, emoji=False, markup=False)


def complain(sentence: str) -> None:
    """Say what went wrong."""
    if sentence:
        err().print(Text.assemble(("Error: ", "bold red"), clean(sentence)), soft_wrap=True)


def note(sentence: str) -> None:
    """Say something beside the result."""
    err().print(safe(sentence, "dim"), soft_wrap=True)


def print_json(value: Any, *, line: bool = False) -> None:
    """Print JSON for a program: ASCII, so that no terminal is touched by what is in it."""
    said = json.dumps(value, ensure_ascii=True, indent=None if line else 2, default=str)
    sys.stdout.write(said + "\n")
    sys.stdout.flush()


def duration(seconds: float) -> str:
    """Seconds in words: 0.4 s, 12 s, 3 min, 5 h, 2 d."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f} s"
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def moment(when: datetime | None) -> str:
    """A time as printed: date and minute, UTC."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if when else "–"


def plural(count: int, noun: str) -> str:
    """1 article, 2 articles, 2 stories."""
    if count == 1:
        return f"{count:,} {noun}"
    return f"{count:,} {noun[:-1] + 'ies' if noun.endswith('y') else noun + 's'}"
