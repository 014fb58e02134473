"""The picture that goes with a shared link (Open Graph): headline, who reports it, the bias bar. Pure.

Drawn in the font of `data/` (Latin, Greek, Cyrillic, Arabic and more). A headline with a letter that the
font does not have is left out: those who show the picture print `og:title` beside it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources

from PIL import Image, ImageDraw, ImageFont, features

from services.web.pictures import Part

WIDTH, HEIGHT = 1200, 630  # what those who show cards ask for: 1.91 to 1
EDGE, BAR_TOP, BAR_HEIGHT = 64, 490, 76
PAPER, INK, QUIET, ACCENT = "#fbfaf6", "#1d1b18", "#6a645b", "#a3231b"  # door.css, the light theme
FILLS = {"left": "#2b5f9e", "center": "#d3cfc5", "right": "#b02a24"}
LABELS = {"left": "#ffffff", "center": INK, "right": "#ffffff"}
HEADLINE_SIZES = (60, 52, 44)
HEADLINE_LINES = 4
FACTS_SIZES = (30, 26, 22, 18)
KEPT = 64


@lru_cache(maxsize=KEPT)
def share_card(site: str, headline: str, facts: str, bar: tuple[Part, ...] | None = None) -> bytes:
    """A PNG of 1200 × 630; an empty `bar` says that nobody is rated, None leaves it out."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, WIDTH, 10), fill=ACCENT)
    if drawable(site):
        draw.text((EDGE, 44), site, fill=ACCENT, font=_font(32))
    if drawable(headline):
        size, lines = _fitted(headline)
        _write(draw, lines, size)
    draw.text((EDGE, BAR_TOP - 24), facts, fill=QUIET, font=_font(_one_line(facts)), anchor="ls")
    if bar is not None:
        _draw_bar(draw, bar)
    kept = io.BytesIO()
    image.quantize(64).save(kept, "PNG", optimize=True)
    return kept.getvalue()


def drawable(text: str) -> bool:
    """Whether the font has every letter of a text, and it can be set in its direction."""
    absent = _shape("\U0010fffe")
    if not features.check("raqm") and any(letter >= "\u0590" for letter in text):
        return False  # what runs from right to left, or joins, needs a shaper
    return bool(text.strip()) and all(letter == " " or _shape(letter) != absent for letter in {*text})


@lru_cache(maxsize=4096)
def _shape(letter: str) -> bytes:
    return bytes(_font(20).getmask(letter))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    data = (resources.files("services.web") / "data" / "DejaVuSans-Bold.ttf").read_bytes()
    return ImageFont.truetype(io.BytesIO(data), size)


def _fitted(headline: str) -> tuple[int, list[str]]:
    """The largest size in which a headline fits, and its lines; the last ends in … where none does."""
    tried = [(size, _lines(headline, size)) for size in HEADLINE_SIZES]
    for size, lines in tried:
        if len(lines) <= HEADLINE_LINES:
            return size, lines
    size, lines = tried[-1]
    kept = lines[:HEADLINE_LINES]
    return size, [*kept[:-1], f"{kept[-1].rpartition(' ')[0] or kept[-1]} …"]


def _one_line(text: str) -> int:
    """The largest size in which a text is one line."""
    fits = (size for size in FACTS_SIZES if _font(size).getlength(text) <= WIDTH - 2 * EDGE)
    return next(fits, FACTS_SIZES[-1])


def _lines(text: str, size: int) -> list[str]:
    found = [""]
    for word in text.split():
        longer = f"{found[-1]} {word}".strip()
        if _font(size).getlength(longer) <= WIDTH - 2 * EDGE:
            found[-1] = longer
        else:
            found.append(word)
    return [line for line in found if line]


def _write(draw: ImageDraw.ImageDraw, lines: Sequence[str], size: int) -> None:
    right_to_left = any("\u0590" <= letter <= "\u08ff" for letter in "".join(lines))
    x, anchor = (WIDTH - EDGE, "ra") if right_to_left else (EDGE, "la")
    for number, line in enumerate(lines):
        draw.text((x, 112 + number * size * 1.28), line, fill=INK, font=_font(size), anchor=anchor)


def _draw_bar(draw: ImageDraw.ImageDraw, bar: Sequence[Part]) -> None:
    room, x = WIDTH - 2 * EDGE, float(EDGE)
    for part in bar:
        width = room * part.width / 100
        draw.rectangle((x, BAR_TOP, x + width, BAR_TOP + BAR_HEIGHT), fill=FILLS[part.key])
        middle = (x + width / 2, BAR_TOP + BAR_HEIGHT / 2)
        draw.text(middle, part.label, fill=LABELS[part.key], font=_font(28), anchor="mm")
        x += width
    if not bar:
        draw.rectangle((EDGE, BAR_TOP, WIDTH - EDGE, BAR_TOP + BAR_HEIGHT), outline=QUIET, width=2)
        draw.text((WIDTH / 2, BAR_TOP + BAR_HEIGHT / 2), "Not rated", fill=QUIET, font=_font(28), anchor="mm")
