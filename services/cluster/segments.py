"""Where one word ends, in writing whose spaces do not say: Vietnamese puts one after each syllable, Chinese none.

What is compared is made of pieces (`terms.tokens`): here a language's word list says which of them say
something, and which belong together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.cluster.stems import frequencies

SYLLABIC = frozenset({"vi"})  # two syllables that follow each other are a word more often than not
OVERLAPPING = frozenset({"zh", "ja"})  # pieces of two characters, each from the middle of the one before
COMMON = 1e-3  # a character that is a word as frequent as this joins others (的, 与)
SYLLABLE = 1e-5  # a rarer one is a name or a foreign word: it stands for itself


def telling(pieces: Sequence[str], language: str) -> list[str]:
    """The words of a text, in its order, from its pieces."""
    if language in SYLLABIC:
        return _paired(pieces, frequencies(language))
    if language in OVERLAPPING:
        return _within(pieces, frequencies(language))
    return list(pieces)


def _paired(syllables: Sequence[str], known: Mapping[str, float]) -> list[str]:
    """Each syllable, and each with its neighbour: động đất is an earthquake, động moves and đất is soil."""
    found: list[str] = []
    usual = [known.get(each.lower(), 0.0) > SYLLABLE for each in syllables]
    for at, each in enumerate(syllables):
        found.append(each)
        if usual[at] and at + 1 < len(syllables) and usual[at + 1]:
            found.append(f"{each} {syllables[at + 1]}")
    return found


def _within(pieces: Sequence[str], known: Mapping[str, float]) -> list[str]:
    """Pieces without those that lie across two words: between two words of the list, or at a common character."""
    listed = [each in known for each in pieces]
    found: list[str] = []
    for at, piece in enumerate(pieces):
        if listed[at] or len(piece) != 2 or piece.isascii():
            found.append(piece)
            continue
        before = at > 0 and listed[at - 1] and pieces[at - 1][-1] == piece[0]
        after = at + 1 < len(pieces) and listed[at + 1] and pieces[at + 1][0] == piece[1]
        joining = any(known.get(char, 0.0) > COMMON for char in piece)
        if not (before and after) and not joining:
            found.append(piece)
    return found
