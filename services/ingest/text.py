"""Text as printed: mojibake repaired, invisible characters out, one normal form, white space in order.

Two shapes: a line (title, name) has single spaces only; a body keeps its paragraphs, divided by
an empty line. Markup is `markup.py`'s business, banners are `boilerplate.py`'s.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache

import ftfy

# Escape sequences of terminals, controls, soft hyphen, zero-width space and joiners of words, bidi
# controls, interlinear marks, private use, lone surrogates, noncharacters, tags. Never printed, and used
# to hide words.
_INVISIBLE = re.compile(
    "(?:\x1b\\[[0-?]{0,32}[@-~]"
    "|[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff\ufff9-\ufffc\ufffe\uffff\U000e0000-\U000e007f"
    "\U000f0000-\U0010ffff])+"
)
# Zero-width joiners are spelling in Persian, Indic and emoji sequences; beside Latin, space or at
# an end they only hide.
_STRAY_JOINER = re.compile(
    "(?:^|(?<=[\x00-\u036f\\s]))[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\u036f\\s]|$)|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
_LINE_BREAK = re.compile("[\r\x0b\x0c\x1c-\x1e\x85\u2028]")
_BLANK_LINES = re.compile(r"\n\s*\n")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")

_OUTSIDE_ASCII = re.compile("[^\x00-\x7f]+ ?")  # and the space that some broken letters end with

_WRAPPED_WIDTH = range(50, 86)  # of lines that a mail program or a terminal has broken
_WRAPPED_SHARE = 0.6

_FIXES = ftfy.TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=True,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    normalization=None,
    explain=False,
)


def clean_line(text: str) -> str:
    """One line as printed: no markup is expected any more; runs of white space become a space."""
    return " ".join(printed(text).split())


def printed(text: str) -> str:
    """Entities decoded, mojibake repaired, invisible characters removed, NFC; line breaks are LF."""
    return visible(repaired(unescaped(text)))


def visible(text: str) -> str:
    """Without what is never printed: controls, bidi marks, zero-width characters; NFC, LF, spaces plain."""
    text = text.replace("\r\n", "\n").replace("\xa0", " ")
    if not text.replace("\n", "").isprintable():  # half of the texts end here, in microseconds
        text = _LINE_BREAK.sub("\n", text.replace("\u2029", "\n\n"))
        text = _INVISIBLE.sub("", text)
        if "\u200c" in text or "\u200d" in text:
            text = _STRAY_JOINER.sub("", text)
    return unicodedata.normalize("NFC", text)


def unescaped(text: str) -> str:
    """HTML entities decoded; twice, because feeds escape what is already escaped."""
    for _ in range(2):
        if "&" not in text or not _ENTITY.search(text):
            break
        text = html.unescape(text)
    return text


def repaired(text: str) -> str:
    """Lines that were decoded with the wrong encoding, decoded anew; the text itself where none was."""
    if not _looks_broken(text):
        return text
    return "\n".join(_repaired_line(line) for line in text.split("\n"))


def _repaired_line(line: str) -> str:
    return ftfy.fix_text(line, config=_FIXES) if _looks_broken(line) else line


def _looks_broken(text: str) -> bool:
    """Whether what is outside of ASCII may be mojibake; English has little of it to look at."""
    return (
        not text.isascii() and _maybe_mojibake().search("\n".join(_OUTSIDE_ASCII.findall(text))) is not None
    )


@cache
def _maybe_mojibake() -> re.Pattern[str]:
    """What UTF-8 looks like when read in a single-byte encoding: a lead byte, then a continuation.

    A cheap sieve before ftfy, which decides (1.5 ms for 4 KB; this, 40 µs).
    """
    encodings = ("latin-1", "cp1252", "cp1250", "iso-8859-2", "cp1251")
    two = "".join(_characters(encoding, 0xC2, 0xE0) for encoding in encodings)
    three = "".join(_characters(encoding, 0xE0, 0xF5) for encoding in encodings)
    rest = "".join(_characters(encoding, 0x80, 0xC0) for encoding in encodings)
    other = "Ã |√[©®†°±ß¥´¨≠Æ∞§•]|‚Ä[ôúùòîì¶]|├[®⌐í¡…]"
    return re.compile(f"[{two}][{rest}]|[{three}][{rest}][{rest}]|{other}")


def _characters(encoding: str, start: int, stop: int) -> str:
    """The non-ASCII characters that the bytes from start to before stop are in an encoding."""
    text = bytes(range(start, stop)).decode(encoding, "ignore")
    return "".join(re.escape(character) for character in text if ord(character) > 0x7F)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a plain text with LF line breaks, white space collapsed, none empty.

    An empty line divides paragraphs. A single line break divides them too, unless the text was
    broken at a fixed width; then it is a space.
    """
    blocks = _BLANK_LINES.split(text.strip())
    if any("\n" in block for block in blocks) and not _is_wrapped(blocks):
        blocks = [line for block in blocks for line in block.split("\n")]
    collapsed = (" ".join(block.split()) for block in blocks)
    return [block for block in collapsed if block]


def _is_wrapped(blocks: list[str]) -> bool:
    """Whether lines end where a width ends: most lines before a break are 50 to 85 long."""
    before_break = [len(line) for block in blocks for line in block.split("\n")[:-1]]
    fitting = sum(length in _WRAPPED_WIDTH for length in before_break)
    return len(before_break) > 1 and fitting >= _WRAPPED_SHARE * len(before_break)


def folded(text: str) -> str:
    """A name as a key: NFKC, case-folded, white space collapsed."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
