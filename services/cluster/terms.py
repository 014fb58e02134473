"""Words as the language writes them: tokens, and the table of all that were looked up."""

from __future__ import annotations

import math
import re
import sys
import unicodedata
import zlib
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from services.cluster.segments import telling
from services.cluster.stems import bare, frequencies, simplified, stem_frequencies, stemmer

TERM_SPACE = 1 << 21  # hashed term ids lie in 1 .. TERM_SPACE - 1
USUAL_CHARACTERS, MOST_CHARACTERS = 7, 12  # text read for one word, at first and at most
DOCUMENT_WORDS = 300  # words of the document that the prior speaks of
NUMBER, CAPITAL = 1, 2  # kinds of words
LETTER, WORD, DIGIT, APOSTROPHE, POINT, UNSPACED_CHARACTER = 1, 2, 4, 8, 16, 32  # kinds of characters
PAIRED = 10  # times more frequent than by chance are two syllables of a name side by side
UNKNOWN = 3e-8  # frequency of a word that the list does not have
STOP_FREQUENCY = 1e-3  # words more frequent than this say nothing about an event (zipf 6)

GROUPED = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")  # thousands set apart

# Scripts written without spaces: runs are cut into overlapping pieces of this many characters.
UNSPACED = (
    (2, "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"),
    (3, "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"),
)


class Table:
    """Every word looked up so far, by row: its term, how common it is, what it is, how it is printed."""

    def __init__(self) -> None:
        self.size = 0
        self.ids = np.zeros(4096, np.int32)  # hashed id of the stem; 0: a stop word
        self.priors = np.zeros(4096, np.float64)  # share of documents that have the word
        self.kinds = np.zeros(4096, np.uint8)
        self.spellings = np.full(4096, "", object)

    def add(self, words: list[str], found: list[tuple[int, float, int]]) -> range:
        """Append words, with the term, prior and kind of each; returns their rows."""
        rows = range(self.size, self.size + len(words))
        while len(self.ids) < rows.stop:
            self.ids, self.priors = doubled(self.ids), doubled(self.priors)
            self.kinds, self.spellings = doubled(self.kinds), doubled(self.spellings)
        if words:
            place = slice(rows.start, rows.stop)
            self.ids[place], self.priors[place], self.kinds[place] = zip(*found, strict=True)
            self.spellings[place] = words
        self.size = rows.stop
        return rows


def doubled(rows: Any) -> Any:
    """The same rows and as many that are empty: memory that is not touched yet."""
    empty = np.empty if rows.dtype == object else np.zeros  # zeros of objects are written
    larger = empty((2 * len(rows), *rows.shape[1:]), rows.dtype)
    larger[: len(rows)] = rows
    return larger


class Lexicon(dict[str, int]):
    """Word as printed → row of the table, for one language; fills itself, says the same whenever asked."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.frequencies = frequencies(language)
        self.together = stem_frequencies(language)
        self.stem = stemmer(language)

    def __missing__(self, word: str) -> int:
        self[word] = row = self.add([word])[0]
        return row

    def add(self, words: list[str]) -> range:
        """Rows for words whose rows are remembered elsewhere: many are added faster than one."""
        return table().add(words, list(map(self._look_up, words)))

    def _look_up(self, word: str) -> tuple[int, float, int]:
        word = bare(word, self.language)
        plain = word.isascii()
        folded = word.lower() if plain else unicodedata.normalize("NFKC", word).casefold().replace("’", "'")
        if self.language == "zh" and not plain:
            folded = folded.translate(simplified())
        if folded[0].isdigit():
            frequency = _number_frequency(folded)
            return (
                (0, 1.0, NUMBER)
                if frequency > STOP_FREQUENCY
                else (term_id(figure(folded)), _prior(frequency), NUMBER)
            )
        frequency = self.frequencies.get(folded.removesuffix("'s"), 0.0) or _guess(folded, self.frequencies)
        if frequency > STOP_FREQUENCY or (len(folded) < 2 and folded.isascii()):
            return 0, 1.0, 0
        stem = self.stem(folded)
        return (
            term_id(stem),
            _prior(max(frequency, self.together.get(stem, 0.0))),
            CAPITAL * word[0].isupper(),
        )


def _guess(word: str, frequencies: Mapping[str, float]) -> float:
    """How frequent a word is that the list does not have."""
    if " " in word:
        return PAIRED * math.prod(frequencies.get(syllable, 1e-5) for syllable in word.split(" "))
    if not _unspaced(word):
        return UNKNOWN
    # a piece that is no word: as likely as its characters meeting by chance, a hundred times over
    return max(1e-6, 100 * math.prod(frequencies.get(char, 1e-5) for char in word))


def _prior(frequency: float) -> float:
    """Share of documents that have a word."""
    return float(1.0 - (1.0 - frequency) ** DOCUMENT_WORDS)


@cache
def table() -> Table:
    """The one table of words of this process: a cache of what `_look_up` says, never more."""
    return Table()


def term_id(stem: str) -> int:
    """The hashed id of a stem, the same in every process and version."""
    return zlib.crc32(stem.encode()) % (TERM_SPACE - 1) + 1


@cache
def lexicon(language: str) -> Lexicon:
    """The words of a language (ISO 639-1 code; unknown codes have no prior and no stemmer)."""
    return Lexicon(language)


def tokens(text: str, limit: int) -> list[str]:
    """The first words of a text, numbers whole ('5.7', '1,200'), unspaced scripts in short pieces."""
    if not text.isascii() and _unspaced_pattern().search(text, 0, limit * MOST_CHARACTERS):
        spaced = _unspaced_run().sub(r" \g<0> ", text[: limit * MOST_CHARACTERS])
        return [piece for word in _token_pattern().findall(spaced) for piece in _pieces(word)][:limit]
    found: list[str] = _token_pattern().findall(text, 0, limit * USUAL_CHARACTERS)
    if len(found) <= limit and len(text) > limit * USUAL_CHARACTERS:
        found = _token_pattern().findall(text, 0, limit * MOST_CHARACTERS)
    return found[:limit]


def words_of(text: str, language: str, limit: int) -> list[str]:
    """The words among the first `limit` pieces of a text, as its language divides them."""
    return telling(tokens(text, limit), language)


def _pieces(word: str) -> list[str]:
    pieces: list[str] = []
    for run in _runs_pattern().findall(word):
        width = next((width for width, _ in UNSPACED if _run_of(width).match(run)), 0)
        if not width or len(run) <= width:
            pieces.append(run)
        else:
            pieces.extend(run[at : at + width] for at in range(len(run) - width + 1))
    return pieces


def figure(number: str) -> str:
    """A number the same in its digits and its point: 6,1 and ٦ are 6.1 and 6; 1,200 stays what it is."""
    plain = "".join(str(unicodedata.decimal(char, char)) for char in number)
    return plain if GROUPED.fullmatch(plain) else plain.replace(",", ".")


def _number_frequency(number: str) -> float:
    """Small and round numbers are everywhere, years too; a figure like 5.7 or 1,243 is a fact."""
    digits = sum(char.isdigit() for char in number)
    if digits <= 1:
        return 1e-3
    if digits == 2 or (digits == 4 and number[:2] in ("19", "20")):
        return 1e-4 if digits == 2 else 3e-4
    return 3e-6


def _unspaced(word: str) -> bool:
    return not word.isascii() and _unspaced_pattern().match(word) is not None


@cache
def _unspaced_pattern() -> re.Pattern[str]:
    return re.compile(f"[{''.join(chars for _, chars in UNSPACED)}]")


@cache
def _unspaced_run() -> re.Pattern[str]:
    return re.compile(f"[{''.join(chars for _, chars in UNSPACED)}]+")


@cache
def _run_of(width: int) -> re.Pattern[str]:
    return re.compile(f"[{next(chars for each, chars in UNSPACED if each == width)}]")


@cache
def _runs_pattern() -> re.Pattern[str]:
    groups = "|".join(f"[{chars}]+" for _, chars in UNSPACED)
    return re.compile(f"{groups}|[^{''.join(chars for _, chars in UNSPACED)}]+")


@cache
def _marks() -> str:
    """Python's \\w leaves out combining marks, which would cut Hindi or vocalised Arabic words in two."""
    return "".join(
        char
        for char in map(chr, range(0x300, min(0x1200, sys.maxunicode)))
        if unicodedata.category(char) in ("Mn", "Mc")
    )


@cache
def character_kinds() -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """What each character is to the pattern of words, by its code: bits LETTER to UNSPACED_CHARACTER."""
    every, marks = "".join(map(chr, range(sys.maxunicode + 1))), _marks()
    kinds = np.zeros(len(every), np.uint8)
    unspaced = "".join(chars for _, chars in UNSPACED)
    for bit, pattern in (
        (LETTER, f"[^\\W\\d_{marks}]+"),
        (WORD, f"[\\w{marks}]+"),
        (DIGIT, "\\d+"),
        (APOSTROPHE, "['’]"),
        (POINT, "[.,]"),
        (UNSPACED_CHARACTER, f"[{unspaced}]+"),
    ):
        for run in re.finditer(pattern, every):
            kinds[run.start() : run.end()] |= bit
    return kinds


@cache
def _token_pattern() -> re.Pattern[str]:
    marks = _marks()
    word = f"[^\\W_{marks}][\\w{marks}]*"
    return re.compile(f"[^\\W\\d_{marks}][\\w{marks}]*(?:['’]{word})*|\\d+(?:[.,]\\d+)*")
