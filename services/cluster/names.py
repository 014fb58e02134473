"""What of a word survives translation: a place by its key, a number by its value, a name by its sound.

Names are written by ear from one script into another, so their consonants stay and their vowels move:
Арекипа and Arequipa are both "rkp". Data: `data/places.tsv` (made by scripts/build_place_names.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files

LEAST_SOUNDS = 3  # consonants of a name that say something
LEAST_NUMBER = 13  # smaller whole numbers are written in words, or are everywhere
YEARS = range(1900, 2101)
LONGEST_NUMBER = 18  # characters of a number that counts something; longer ones are noise
KEPT = 50_000  # words whose mark is remembered
KEPT_ARTICLES = 4_096  # articles whose marks are: those that joined of late are asked for again and again

GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
# Consonants of other scripts by sound (own table; ISO 9, ISO 233 and ISO 843 give the letters).
LETTERS = str.maketrans({
    "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "ж": "z", "з": "z", "к": "k", "л": "l", "м": "m",
    "н": "n", "п": "p", "р": "r", "с": "s", "т": "t", "ф": "f", "х": "k", "ц": "ts", "ч": "c", "ш": "s",
    "щ": "s", "й": "", "ь": "", "ъ": "", "ё": "", "ђ": "d", "ј": "", "љ": "l", "њ": "n", "ћ": "c", "џ": "d",
    "а": "", "е": "", "и": "", "о": "", "у": "", "ы": "", "э": "", "ю": "", "я": "", "і": "", "ї": "",
    "є": "",
    "α": "", "ε": "", "η": "", "ι": "", "ο": "", "υ": "", "ω": "", "ύ": "", "ά": "", "έ": "", "ί": "",
    "ό": "",
    "β": "v", "γ": "g", "δ": "d", "ζ": "z", "θ": "t", "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "ks",
    "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "φ": "f", "χ": "k", "ψ": "ps",
    "ب": "b", "ت": "t", "ث": "t", "ج": "g", "ح": "", "خ": "k", "د": "d", "ذ": "d", "ر": "r", "ز": "z",
    "س": "s", "ش": "s", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "ع": "", "غ": "g", "ف": "f", "ق": "k",
    "ك": "k", "ل": "l", "م": "m", "ن": "n", "ه": "", "ة": "", "و": "", "ي": "", "ا": "", "أ": "", "إ": "",
    "آ": "", "ى": "", "ئ": "", "ء": "", "ؤ": "", "پ": "p", "چ": "c", "گ": "g", "ک": "k", "ی": "",
    "ב": "b", "ג": "g", "ד": "d", "ה": "", "ו": "", "ז": "z", "ח": "k", "ט": "t", "י": "", "כ": "k",
    "ך": "k", "ל": "l", "מ": "m", "ם": "m", "נ": "n", "ן": "n", "ס": "s", "ע": "", "פ": "p", "ף": "f",
    "צ": "ts", "ץ": "ts", "ק": "k", "ר": "r", "ש": "s", "ת": "t", "א": "",
})  # fmt: skip  # a table
# Latin letters that stand for one sound, longest first; vowels, half-vowels and h go.
SOUNDS = (
    ("sch", "s"), ("tsch", "c"), ("ph", "f"), ("sh", "s"), ("ch", "c"), ("zh", "z"), ("kh", "k"), ("gh", "g"),
    ("th", "t"), ("ck", "k"), ("qu", "k"), ("x", "ks"), ("ce", "s"), ("ci", "s"), ("q", "k"), ("c", "k"),
    ("j", "g"), ("ß", "s"), ("ł", "l"), ("đ", "d"), ("þ", "t"), ("ð", "d"), ("p", "p"),
)  # fmt: skip  # a row of values
ALIKE = str.maketrans("vbz", "fps")  # Arabic writes neither p nor v
SILENT = re.compile(r"[aeiouyhwıæœøə'’\W\d_]")
DOUBLED = re.compile(r"(.)\1+")
UNCASED = ("ARABIC", "HEBREW")  # scripts without capitals: any word may be a name


@lru_cache(maxsize=KEPT)
def mark_of(word: str) -> str:
    """What a printed word is in every language; empty where it is neither place, number nor name."""
    if word[:1].islower():
        return ""
    fact = fact_of(word)
    if fact or word[:1].isdigit():
        return fact
    if not (word[:1].isupper() or unicodedata.name(word[:1], "").startswith(UNCASED)):
        return ""
    sounds = skeleton(word)
    return sounds if len(sounds) >= LEAST_SOUNDS else ""


def fact_of(word: str) -> str:
    """The mark of a place or a number; empty for any other word."""
    first = word[:1]
    if first.islower():
        return ""
    folded = word.casefold()
    if first.isdigit():
        return _number(folded)
    place = places().get(folded)
    if place is None and folded.startswith("ال"):
        place = places().get(folded.removeprefix("ال"))
    return f"@{place}" if place else ""


def skeleton(word: str) -> str:
    """The consonants of a name as they sound, the same in scripts that write it by ear."""
    folded = word.casefold().removesuffix("'s").removesuffix("’s").removeprefix("ال")
    latin = folded.translate(LETTERS)
    plain = "".join(char for char in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(char))
    for letters, sound in SOUNDS:
        plain = plain.replace(letters, sound)
    return DOUBLED.sub(r"\1", SILENT.sub("", plain).translate(ALIKE))


def is_place(mark: str) -> bool:
    """Whether a mark is a country or a large city."""
    return mark.startswith("@")


def is_figure(mark: str) -> bool:
    """Whether a mark is a number that two events hardly share: of three digits, or broken."""
    return mark.startswith("#") and ("." in mark or len(mark) > 3)


def _number(digits: str) -> str:
    if len(digits) > LONGEST_NUMBER:
        return ""
    if GROUPED.fullmatch(digits):
        digits = re.sub("[.,]", "", digits)
    digits = digits.replace(",", ".")
    if not digits.isdecimal():
        return f"#{digits}" if digits.isascii() else ""
    value = int(digits)
    return "" if value < LEAST_NUMBER or value in YEARS else f"#{value}"


@dataclass
class Marks:
    """Which live stories name what; filled once a shard holds two languages. Follows from the articles."""

    languages: Counter[str] = field(default_factory=Counter)  # articles, reprints left out
    holders: dict[str, dict[int, int]] = field(default_factory=dict)  # mark → birth of a story → articles
    filled: bool = False
    linked: dict[str, set[str]] = field(default_factory=dict)  # story → the stories it is related to


def note(marks: Marks, birth: int, language: str, words: tuple[str, ...], by: int) -> None:
    """An article joins (by 1) or leaves (by -1) a live story."""
    marks.languages[language] += by
    if not marks.languages[language]:
        del marks.languages[language]
    if marks.filled:
        count(marks, birth, words, by)


def count(marks: Marks, birth: int, words: tuple[str, ...], by: int) -> None:
    """Count what an article names for its story."""
    for mark in marks_of(words):
        holders = marks.holders.setdefault(mark, {})
        holders[birth] = holders.get(birth, 0) + by
        if not holders[birth]:
            del holders[birth]
        if not holders:
            del marks.holders[mark]


@lru_cache(maxsize=KEPT_ARTICLES)
def facts_of(words: tuple[str, ...]) -> Mapping[str, str]:
    """Mark → the word as printed, in the words' order, of the places and numbers that an article names."""
    found: dict[str, str] = {}
    for word in filter(None, words):
        if mark := fact_of(word):
            found.setdefault(mark, word)
    return found


@lru_cache(maxsize=KEPT_ARTICLES)
def marks_of(words: tuple[str, ...]) -> frozenset[str]:
    """What an article names, by its heaviest words as printed."""
    return frozenset(mark for word in words if word and (mark := mark_of(word)))


@cache
def places() -> dict[str, str]:
    """One-word names of countries and large cities, in many languages, to the key of the place."""
    text = (files("services.cluster") / "data" / "places.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: key for key, names in rows for name in names.split("|")}
