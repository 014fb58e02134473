"""CSS rules, scripts and JSON that scrapers leave in the text of an article.

Told by their syntax: a block in braces whose content is declarations, with the selectors that
lead to it; a line dense with the punctuation of code. Prose with a brace or two stays.
"""

from __future__ import annotations

import re

_BLOCK = re.compile(r"\{[^{}]{0,4000}\}")
_DECLARATIONS = re.compile(
    r"\s*(?:[a-z-]{2,40}\s*:\s*[^;:{}]{1,300}(?::[^;{}]{0,200})?(?:;\s*|(?=\s*$)))+\s*", re.IGNORECASE
)
_SELECTOR = re.compile(
    r"[.#@*:\[][\w\-.#@*:,>+~()\[\]=\"'|^$\\/%]*|(?:html|body|div|span|p|a|ul|ol|li|img|h[1-6]|table|tr|td|th|section"
    r"|article|aside|figure|header|footer|nav|main|svg|path|button|input|label|form|iframe|video|em|strong)"
    r"(?:[.#:,>\[][\w\-.#:,>+~()\[\]=\"']*)?|[>+~,]|and|screen|only|print|\(?(?:min|max)-(?:width|height):?|[\d.]+(?:px|em|rem|%)\)?|from|to"
)
_SCRIPT_SIGN = re.compile(
    r"\bfunction\s*\(|\bvar\s+\w+\s*=|\bconst\s+\w+\s*=|\blet\s+\w+\s*=|window\.\w+|document\.\w+|\}\s*\)\s*;|=>\s*\{"
    r"|googletag|dataLayer|adsbygoogle|\.push\s*\(|\"@context\"|\"@type\"|<!\[CDATA\["
)
_PUNCTUATION = re.compile(r"[{}();=\[\]<>\"'\\|&]")
_SCRIPT_DENSITY = 0.06
_SHEET_MARKS = re.compile("[{};:]")
_SHEET_BRACES = 3
_SHEET_DENSITY = 0.08


def has_code(text: str) -> bool:
    """Whether the text may have code in it: cheap, for the many that have none."""
    return ("{" in text and "}" in text) or "dataLayer" in text or "googletag" in text or "window." in text


def without_code(paragraph: str) -> str:
    """A paragraph without CSS rules; empty where all of it is a script or a rule."""
    if is_script(paragraph) or _is_style_sheet(paragraph):
        return ""
    return _without_rules(paragraph) if "{" in paragraph else paragraph


def is_script(paragraph: str) -> bool:
    """Whether a paragraph is JavaScript or JSON: signs of it, and dense with its punctuation."""
    if not _SCRIPT_SIGN.search(paragraph):
        return False
    return len(_PUNCTUATION.findall(paragraph)) >= _SCRIPT_DENSITY * len(paragraph)


def _is_style_sheet(paragraph: str) -> bool:
    """Whether a paragraph is mostly CSS: many braces, and dense with its punctuation."""
    if paragraph.count("{") < _SHEET_BRACES:
        return False
    return len(_SHEET_MARKS.findall(paragraph)) >= _SHEET_DENSITY * len(paragraph)


def _without_rules(text: str) -> str:
    """Cut out rules from the inside (a media query's rules first), with their selectors."""
    for _ in range(3):
        cut = _cut_once(text)
        if cut == text:
            break
        text = cut
    return " ".join(text.split())


def _cut_once(text: str) -> str:
    parts: list[str] = []
    end = 0
    for match in _BLOCK.finditer(text):
        inside = match[0][1:-1]
        if inside.strip() and not _DECLARATIONS.fullmatch(inside):
            continue
        before = text[end : match.start()]
        kept = _without_selectors(before)
        if len(kept) == len(before.rstrip()) and not inside.strip():
            continue  # `{}` in prose
        parts.append(kept)
        end = match.end()
    return " ".join([*parts, text[end:]]) if parts else text


def _without_selectors(before: str) -> str:
    """The text before a block without the selectors at its end."""
    words = before.split(" ")
    keep = len(words)
    while keep and (not words[keep - 1] or _is_selector(words[keep - 1])):
        keep -= 1
    return " ".join(words[:keep])


def _is_selector(word: str) -> bool:
    return _SELECTOR.fullmatch(word) is not None
