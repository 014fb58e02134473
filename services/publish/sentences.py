"""Sentences of an article and their place in it: what a record may quote, and what it may not.

Spans are code points of the cleaned field, end exclusive, so that
`getattr(article, field)[start:end]` is the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation
from sentencex import segment  # type: ignore[import-untyped]  # ships no types

from services.publish.words import WESTERN_LETTERS, clues, has_unspaced, western

Field = Literal["title", "description", "text"]
READ_CHARACTERS = 6_000
MAX_SENTENCES = 14
TITLE_POSITION = -1


class Sentence(NamedTuple):
    """A sentence verbatim. `position` counts sentences from the lead (0); the title is -1."""

    field: Field
    start: int
    end: int
    text: str
    position: int
    whole: bool


ENDS = (".", "!", "?", "…", "。", "！", "？", "؟", "।")
AFTER_END = "\"'”’»)]"
# A lead set in capitals at its beginning, as some papers print it.
SHOUTED = re.compile(r"^(?:(?:A|AN|THE|IN|ON|AT)\s[A-Z]{3,}|[A-Z]{4,}\s[A-Z]{3,})\b")
# How a printable sentence begins; "p.m. ET" and "U.S." are where splitting goes wrong.
OPENS = re.compile(
    r"(?!(?:ET|EST|EDT|GMT|PT|PST|BST|UTC)\b|[A-Z]\.\s+[a-z])[\"'“‘«„¿¡(\[$€£₹【（「『《]?[^\W_]"
)
UNFIT_ENDS = ("?", "!", "…", "...")
AFTER_UNFIT = "\"'”’»"
INITIAL = re.compile(r"\b[A-Z]\.$")
MIN_UNQUOTED = 12
# A sentence that begins with a number, which the splitter takes for its abbreviation's.
BEFORE_NUMBER = re.compile(r"(?<=[^\W\d_]{5}[.!?])(?=\s\d)")
ENDED = re.compile(r"[.!?]\s\d")
FURNITURE_OPENING = (
    "published ",
    "updated ",
    "advertisement",
    "loading",
    "posted ",
    "last updated",
    "image ",
)
HANDLE = re.compile(r"(?<!\w)@\w")
FIRST_PERSON = re.compile(
    r"\b(?:I|I'm|I’m|I'd|I've|I’ve|we|We|our|Our|us|my|My|me|you|You|your|Your|we're|we’re)\b"
)
QUOTED = re.compile(r"[“\"«„][^”\"»“]*[”\"»“]?|‘[^’]{12,}’")
# An opening that leans on a sentence before it.
LEANING = re.compile(
    r"^(?:[\"“]?(?:He|She|It|They|This|That|These|Those|His|Her|Their|Its|Such|Here|There|Both|Another|"
    r"Others|Then|If (?:he|she|they|it|so)|"
    r"So|And|But|Or|Nor|Yet|Also|However|Meanwhile|Moreover|Furthermore|Instead|Still|Now|Today|"
    r"Additionally|Separately|Similarly|Thus|Therefore|Nevertheless|Nonetheless|In addition|As such|In other "
    r"words|For example|For instance|That[’']s|It[’']s|They[’']re|One of them|Not only|According to (?:him|"
    r"her|them|it)|Of (?:those|these|them)|(?:Minutes|Moments|Hours|Days|Weeks|Months|An? \w+) later|"
    r"The (?:next|following|same) \w+|The (?:most recent|latter|former)(?=,)|"
    r"In (?:light|view) of (?:this|these|that|those)|"
    r"(?:When |While |After |Before |As |Since )?[Tt]he \d{1,3}-year-old(?! [A-Z])|"
    r"El mismo|Ella|Él|Ellos|Esto|Eso|Il|Elle|Ils|Cela|Er|Sie|Es|Dies|"
    r"Ele|Ela|Isso|Он|Она|Они|Это)\b)"
)
# A label, a number of a list, or a part of a sentence where a sentence should be.
FRAGMENT = re.compile(
    r"^(?:Key (?:topics?|points?|takeaways?)|Highlights?|Summary|In (?:brief|short)|Story highlights|"
    r"Bottom line|Also read|Read more|Topics?|Tags?):|^\(?\d{1,2}[).]\s|^With\b(?!.*,)|"
    r"^As (?:[Tt]he )?[A-Z][\w -]+ (?:has )?(?:previously |earlier )?reported\b|"
    r"^(?:Look at|Consider|Imagine|Remember|Think of)\b"
)
# A caption or a byline run into the sentence behind it ("August 25, 2025The", "By JNSIsrael", "war.The").
RUN_TOGETHER = re.compile(r"\b(?:19|20)\d\d[A-Z][a-z]|^By [A-Z]{2,}[a-z]|[a-z]{2}[.!?][A-Z][a-z]+ ")
REPEATED_OPENING = 40

SPOKEN_BY_PRONOUN = re.compile(
    r"\b(?:he|she|they|it) (?:\w+ly )?(?:said|says|added|told|wrote|continued|explained|noted|argued|warned|"
    r"stated|posted|asked|claimed|recalled|tweeted|insisted|declared)\b|"
    r"\b(?:said|says|added|wrote|told|continued) (?:he|she|they)\b",
    re.IGNORECASE,
)
# "The same figure": which one, a sentence before it says.
POINTS_BACK = re.compile(r"\bthe same (?:figure|toll)s?\b|\bthe latter\b", re.IGNORECASE)
POINTING_BACK = frozenset({"same", "latter"})
FIRST_PERSONS = frozenset({"i", "we", "our", "us", "my", "me", "you", "your"})
THIRD_PERSONS = frozenset({"he", "she", "they", "it"})
SAYING = frozenset(
    "said says added told wrote continued explained noted argued warned stated posted asked claimed recalled "
    "tweeted insisted declared".split()
)
NAME = re.compile(r"(?<![.!?“\"] )(?<!^)\b[A-ZÀ-ÞА-Я][\w’'-]+")
MIN_LENGTH, MAX_LENGTH = 45, 330
# A title run into the text: this part of its words, and so many at least, begin with a capital.
TITLE_CASE, TITLE_WORDS = 0.8, 8
NOT_LETTERS = bytes(code for code, letter in enumerate(WESTERN_LETTERS) if not letter.isalpha())
NOT_CAPITALS = bytes(code for code, letter in enumerate(WESTERN_LETTERS) if not letter.isupper())


def body_field(text: str) -> Field:
    """Where the body is read from: the text, or the description where there is none."""
    return "text" if text.strip() else "description"


def split(body: str, field: Field, language: str | None) -> list[Sentence]:
    """The first sentences of a body in order; a line break always ends one."""
    return [
        Sentence(field, start, end, piece, position, is_whole(piece, end))
        for position, (start, end, piece) in enumerate(pieces(body, language))
    ]


def pieces(body: str, language: str | None) -> list[tuple[int, int, str]]:
    """The first sentences of a body: start, end and text of each."""
    code, start, found = _splitter(language), 0, list[tuple[int, int, str]]()
    for paragraph in body[:READ_CHARACTERS].split("\n"):
        if paragraph:
            found += _in_paragraph(paragraph, start, code)
            if len(found) >= MAX_SENTENCES:
                break
        start += len(paragraph) + 1
    return found[:MAX_SENTENCES]


def _in_paragraph(paragraph: str, start: int, code: str) -> Iterator[tuple[int, int, str]]:
    at, numbered = 0, ENDED.search(paragraph) is not None
    for sentence in segment(code, paragraph):
        place = paragraph.find(sentence, at)
        at = place + len(sentence)
        for part in BEFORE_NUMBER.split(sentence) if numbered else (sentence,):
            stripped = part.strip()
            if stripped:
                begin = start + place + part.index(stripped)
                yield begin, begin + len(stripped), stripped
            place += len(part)


def is_whole(piece: str, end: int) -> bool:
    """Whether a sentence ends as one, and not where reading ends."""
    return piece.rstrip(AFTER_END).endswith(ENDS) and end < READ_CHARACTERS


@cache
def _splitter(language: str | None) -> str:
    """The splitter's language code; it knows 300 and falls back on its own for the rest."""
    base = (language or "en").split("-")[0].lower()
    return base if base.isalpha() and len(base) in (2, 3) else "en"


def outside_quotes(text: str) -> str:
    """A sentence without what it quotes."""
    return QUOTED.sub(" ", text) if has_quotes(text) or "‘" in text else text


def has_quotes(text: str) -> bool:
    """Whether a text holds a mark that opens a quotation (a single one aside)."""
    return '"' in text or (not text.isascii() and ("“" in text or "«" in text or "„" in text))


def balanced(text: str) -> bool:
    """Whether every quotation mark and bracket that opens is closed in the sentence."""
    if text.count('"') % 2 or text.count("(") != text.count(")") or text.count("[") != text.count("]"):
        return False
    return text.isascii() or (text.count("“") == text.count("”") and text.count("«") == text.count("»"))


def readable(text: str, page: Sequence[str] | None = None) -> bool:
    """Whether a whole sentence can be printed at all: of fit length, news and not furniture.

    `page`: the furniture phrases that its article holds at all, where the caller has looked.
    """
    unspaced = has_unspaced(text)
    if not (MIN_LENGTH // 3 if unspaced else MIN_LENGTH) <= len(text) <= MAX_LENGTH:
        return False
    if not OPENS.match(text) or _ends_unfit(text) or not balanced(text) or _is_run_together(text):
        return False
    if not unspaced and (text[0].islower() or len(clues(text).words) < 7):
        return False
    return _is_prose(text) and not _is_furniture(text, furniture() if page is None else page)


def _ends_unfit(text: str) -> bool:
    """Whether a sentence asks, shouts, breaks off, or was cut behind an initial."""
    bare = text.rstrip(AFTER_UNFIT)
    return bare.endswith(UNFIT_ENDS) or (bare[-2:-1].isupper() and INITIAL.search(bare) is not None)


def _is_run_together(text: str) -> bool:
    """Whether a sentence is several pieces of a page: one glued to the next, or its opening said again."""
    return text.find(text[:REPEATED_OPENING], 1) > 0 or (
        _has_seams(text) and RUN_TOGETHER.search(text) is not None
    )


def _has_seams(text: str) -> bool:
    """Whether one piece may be glued to the next: a year stands in it, a mark before its end, or a byline."""
    if "19" in text or "20" in text or text.startswith("By "):
        return True
    before = text[:-2]
    return "." in before or "!" in before or "?" in before


@cache
def furniture() -> tuple[str, ...]:
    """Phrases of page furniture: a sentence with one of them is about the page, not about the news."""
    lines = (files("services.publish") / "data" / "furniture.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


@cache
def _furniture_finder() -> AhoCorasick:
    return AhoCorasick(furniture(), implementation=Implementation.DFA)


def furniture_in(body: str) -> tuple[str, ...]:
    """The furniture phrases a body holds: most hold none, and its sentences need not be searched."""
    found = _furniture_finder().find_matches_as_indexes(body.lower(), overlapping=True)
    return tuple(furniture()[phrase] for phrase in sorted({phrase for phrase, _, _ in found}))


def _is_furniture(text: str, page: Sequence[str]) -> bool:
    folded = text.lower()
    if folded.startswith(FURNITURE_OPENING) or ("@" in text and HANDLE.search(text)):
        return True
    return bool(page) and any(phrase in folded for phrase in page)


def _is_prose(text: str) -> bool:
    data = western(text)
    if data is not None:
        letters = data.translate(None, NOT_LETTERS)
        count, capitals = len(letters), len(letters.translate(None, NOT_CAPITALS))
    else:
        count, capitals = sum(map(str.isalpha, text)), sum(map(str.isupper, text))
    return count >= len(text) * 0.6 and capitals <= max(count * 0.3, 6)


def self_contained(text: str) -> bool:
    """Whether a sentence can be read without the one before it, and speaks for the outlet, not the writer."""
    plain, said = outside_quotes(text), clues(text).parts
    if LEANING.match(text) or FRAGMENT.match(text) or SHOUTED.match(text) or _in_title_case(text):
        return False
    if not said.isdisjoint(POINTING_BACK) and POINTS_BACK.search(plain):
        return False
    if not said.isdisjoint(FIRST_PERSONS) and FIRST_PERSON.search(plain):
        return False
    if len(plain.strip()) < min(MIN_UNQUOTED, len(text) // 3):
        return False
    if said.isdisjoint(THIRD_PERSONS) or said.isdisjoint(SAYING):
        return True
    return not (SPOKEN_BY_PRONOUN.search(plain) and not NAME.search(plain[1:]))


def _in_title_case(text: str) -> bool:
    """Whether a sentence is a title: most of its words begin with a capital."""
    words = [word for word in text.split() if word[0].isalpha()]
    capitals = sum(word[0].isupper() for word in words)
    return len(words) >= TITLE_WORDS and capitals >= TITLE_CASE * len(words)
