"""The picture that goes with a shared link (Open Graph): headline, who reports it, the bias bar. Pure.

Drawn in the fonts of `data/`: Latin, Greek, Cyrillic, Arabic and more, and the letters of China, Japan and
Korea. Of a headline in another script the card says the language; `og:title` is printed beside it.
"""

from __future__ import annotations

import io
import re
import unicodedata
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
FONTS = ("DejaVuSans-Bold.ttf", "DroidSansFallback.woff")
LIGHT = FONTS[1]  # it has one weight: drawn with a stroke it goes with the other
KEPT = 64

# What a line may be broken behind: a word; a sign of a script without spaces, with what begins no line.
_BREAKABLE = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff9f"
_CLOSING = "、。，．：；！？」』）】〉》”’…ー"
_WORD = re.compile(f"[{_BREAKABLE}][{_CLOSING}]*|[^\\s{_BREAKABLE}]+[{_CLOSING}]*|\\s+")
# Pictures, direction marks and variants of letters: where a font has none the text is whole without.
_LEFT_OUT = frozenset({"So", "Sk", "Cf", "Cn", "Co", "Mn"})


@lru_cache(maxsize=KEPT)
def share_card(
    site: str, headline: str, facts: str, bar: tuple[Part, ...] | None = None, instead: str = ""
) -> bytes:
    """A PNG of 1200 × 630; an empty `bar` says that nobody is rated, None leaves it out.

    `instead` is what the card says where the headline cannot be drawn.
    """
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, WIDTH, 10), fill=ACCENT)
    if drawable(site):
        _write(draw, (EDGE, 76), site, 32, ACCENT)
    size, lines = _fitted(_shown(headline) if drawable(headline) else instead)
    _write_lines(draw, lines, size)
    _write(draw, (EDGE, BAR_TOP - 24), facts, _one_line(facts), QUIET)
    if bar is not None:
        _draw_bar(draw, bar)
    kept = io.BytesIO()
    image.quantize(64).save(kept, "PNG", optimize=True)
    return kept.getvalue()


def drawable(text: str) -> bool:
    """Whether the fonts have every letter of a text, and it can be set in its direction."""
    letters = _shown(text).strip()
    backwards = _right_to_left(letters)
    joined = backwards or any("\u0590" <= letter < "\u2000" for letter in letters)
    if joined and not features.check("raqm"):
        return False  # what runs from right to left, or joins, needs a shaper
    fonts = {_font_of(letter) for letter in letters if not letter.isspace()}
    return bool(letters) and None not in fonts and not (backwards and LIGHT in fonts)


def _shown(text: str) -> str:
    """A text without the signs that no font has and nobody misses."""
    return "".join(
        letter
        for letter in text
        if letter.isspace() or _font_of(letter) or unicodedata.category(letter) not in _LEFT_OUT
    )


def _right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)


@lru_cache(maxsize=8192)
def _font_of(letter: str) -> str | None:
    """The first font that has a letter."""
    return next((name for name in FONTS if _shape(name, letter) != _shape(name, "\U0010fffe")), None)


def _shape(name: str, letter: str) -> bytes:
    return bytes(_font(name, 20).getmask(letter))


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    data = (resources.files("services.web") / "data" / name).read_bytes()
    return ImageFont.truetype(io.BytesIO(data), size)


def _runs(text: str) -> list[tuple[str, str]]:
    """(font, text) of the pieces that are in one font; spaces go with what is before them."""
    found: list[tuple[str, str]] = []
    for letter in text:
        name = found[-1][0] if letter.isspace() and found else _font_of(letter) or FONTS[0]
        if found and found[-1][0] == name:
            found[-1] = (name, found[-1][1] + letter)
        else:
            found.append((name, letter))
    return found


def _length(text: str, size: int) -> float:
    return sum(_font(name, size).getlength(run) for name, run in _runs(text))


def _fitted(headline: str) -> tuple[int, list[str]]:
    """The largest size in which a headline fits, and its lines; the last ends in … where none does."""
    tried = [(size, _lines(headline, size)) for size in HEADLINE_SIZES]
    for size, lines in tried:
        if len(lines) <= HEADLINE_LINES:
            return size, lines
    size, lines = tried[-1]
    kept = lines[:HEADLINE_LINES]
    return size, [*kept[:-1], f"{kept[-1].rpartition(' ')[0] or kept[-1][:-1]} …"]


def _one_line(text: str) -> int:
    """The largest size in which a text is one line."""
    fits = (size for size in FACTS_SIZES if _length(text, size) <= WIDTH - 2 * EDGE)
    return next(fits, FACTS_SIZES[-1])


def _lines(text: str, size: int) -> list[str]:
    found = [""]
    for word in _WORD.findall(text):
        for part in [word] if _length(word, size) <= WIDTH - 2 * EDGE else word:
            if _length((found[-1] + part).strip(), size) <= WIDTH - 2 * EDGE:
                found[-1] += part
            else:
                found.append(part)
    return [line.strip() for line in found if line.strip()]


def _write_lines(draw: ImageDraw.ImageDraw, lines: Sequence[str], size: int) -> None:
    backwards = _right_to_left("".join(lines))
    for number, line in enumerate(lines):
        x = WIDTH - EDGE - _length(line, size) if backwards else EDGE
        _write(draw, (x, 112 + size * (0.94 + number * 1.28)), line, size, INK)


def _write(draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, size: int, fill: str) -> None:
    """A line of text; `at`: where its base line begins."""
    x, y = at
    for name, run in _runs(text):
        stroke = size / 60 if name == LIGHT else 0
        draw.text((x, y), run, fill=fill, font=_font(name, size), anchor="ls", stroke_width=stroke)
        x += _font(name, size).getlength(run)


def _draw_bar(draw: ImageDraw.ImageDraw, bar: Sequence[Part]) -> None:
    room, x = WIDTH - 2 * EDGE, float(EDGE)
    for part in bar:
        width = room * part.width / 100
        draw.rectangle((x, BAR_TOP, x + width, BAR_TOP + BAR_HEIGHT), fill=FILLS[part.key])
        middle = (x + width / 2, BAR_TOP + BAR_HEIGHT / 2)
        draw.text(middle, part.label, fill=LABELS[part.key], font=_font(FONTS[0], 28), anchor="mm")
        x += width
    if not bar:
        draw.rectangle((EDGE, BAR_TOP, WIDTH - EDGE, BAR_TOP + BAR_HEIGHT), outline=QUIET, width=2)
        draw.text(
            (WIDTH / 2, BAR_TOP + BAR_HEIGHT / 2),
            "Not rated",
            fill=QUIET,
            font=_font(FONTS[0], 28),
            anchor="mm",
        )
