"""What is no article in a text: walls, banners, furniture, code and truncation marks.

Conservative: what may be prose stays. The article stands by its title when nothing is left.
"""

from __future__ import annotations

import re
from functools import cache

from services.ingest.banners import (
    Kind,
    is_furniture,
    is_rights_line,
    kinds_in,
    without_banner,
)
from services.ingest.code_debris import has_code, without_code
from services.ingest.tables import table

_WALL_CHARACTERS = 1_500
_WALL_GROUPS = 2
_MARK_CHARACTERS = 80  # how long a truncation mark may be
_RIGHTS_BLOCKS = 4  # how near the end a rights line stands
_CUT_OFF = re.compile(
    r"\s*(?:…|\.\.\.)?\s*\[\+?\s*\d+\s+chars\]\s*$|\s*[\[(](?:…|\.\.\.|more…|more\.\.\.)[\])]\s*$"
)
_ELLIPSIS = re.compile(r"(?:…|\.\.\.)\s*$")
_CONTINUE = re.compile(
    r"\s*(?:read more|continue reading|weiterlesen|lire la suite|seguir leyendo|leer más|continua a leggere"
    r"|continue lendo|lees verder|czytaj dalej|читать далее|читати далі)\s*(?:…|\.\.\.|→|»|>)*\s*$",
    re.IGNORECASE,
)


def without_boilerplate(blocks: list[str]) -> tuple[list[str], list[str]]:
    """The paragraphs that are article, and the flags for what was taken away."""
    if not blocks:
        return [], []
    if is_wall(blocks):
        return [], ["bot_wall"]
    kept, cut_off = _without_cut(blocks)
    kept = _prose(kept)
    flags = ["truncated_text"] if cut_off else []
    if not kept:
        return [], [*flags, "boilerplate_only"]
    if "".join(kept) != "".join(blocks) and not (cut_off and len(kept) == len(blocks)):
        flags.append("boilerplate_text")
    return kept, flags


def _prose(blocks: list[str]) -> list[str]:
    text = "\n".join(blocks)
    kinds = kinds_in(text.casefold())
    code = has_code(text)
    kept = [_prose_block(block, kinds, code) for block in blocks]
    kept = [block for block in kept if block]
    head, tail = kept[:-_RIGHTS_BLOCKS], kept[-_RIGHTS_BLOCKS:]
    return head + [block for block in tail if not is_rights_line(block)]


def _prose_block(block: str, kinds: tuple[Kind, ...], code: bool) -> str:
    if is_furniture(block):
        return ""
    if code:
        block = without_code(block)
    return without_banner(block, kinds) if kinds and block else block


def _without_cut(blocks: list[str]) -> tuple[list[str], bool]:
    """Without the mark where the sender cut the text off, and whether there was one."""
    head, end = blocks[-1][:-_MARK_CHARACTERS], blocks[-1][-_MARK_CHARACTERS:]
    trimmed = _CONTINUE.sub("", end) if len(blocks) > 1 or head else end
    marked = _CUT_OFF.sub("", trimmed)
    cut = marked != end or _ELLIPSIS.search(marked) is not None
    last = (head + marked).rstrip()
    return ([*blocks[:-1], last] if last else blocks[:-1]), cut


def is_wall(blocks: list[str]) -> bool:
    """Whether a text is a bot check or access notice: short, no quotes, signs of two groups, "you"."""
    if sum(map(len, blocks)) > _WALL_CHARACTERS:
        return False
    text = "\n".join(blocks).casefold()
    groups = _wall_groups()
    hits = [name for name, signs in groups.items() if name != "you" and any(sign in text for sign in signs)]
    if len(hits) < _WALL_GROUPS or not any(sign in text for sign in groups["you"]):
        return False
    return not re.search('[“”«»„"]', text)


def is_wall_title(title: str) -> bool:
    """Whether a title is that of a bot check or error page."""
    return title.casefold().strip() in table("banners")["wall"]["titles"]


@cache
def _wall_groups() -> dict[str, tuple[str, ...]]:
    groups = {name: signs for name, signs in table("banners")["wall"].items() if name != "titles"}
    return {name: tuple(sign.casefold() for sign in signs) for name, signs in groups.items()}
