"""What is one word where spaces do not say: Vietnamese puts one after each syllable, Chinese none.

What is compared is made of pieces (`terms.tokens`): here a language's word list says which of them say
something, and which belong together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.cluster.stems import frequencies, simplified

SYLLABIC = frozenset({"vi"})  # a name is several syllables, each of which half of all names have
OVERLAPPING = frozenset({"zh", "ja"})  # pieces of two characters, each from the middle of the one before
COMMON = 1e-3  # a character that is a word as frequent as this joins others (的, 与)
SYLLABLE = 1e-5  # a rarer one is a name or a foreign word: it stands for itself


def telling(pieces: Sequence[str], language: str) -> list[str]:
    """The words of a text, in its order, from its pieces."""
    if language in SYLLABIC:
        return _paired(pieces, frequencies(language))
    if language in OVERLAPPING:
        plain = [piece.translate(simplified()) for piece in pieces] if language == "zh" else pieces
        return [pieces[at] for at in _within(plain, frequencies(language))]
    return list(pieces)


def _paired(syllables: Sequence[str], known: Mapping[str, float]) -> list[str]:
    """Each syllable, and the neighbours that make a name: Hà and Nội are anywhere, Hà Nội is one place."""
    found: list[str] = []
    named = [each[0].isupper() and known.get(each.lower(), 0.0) > SYLLABLE for each in syllables]
    for at, each in enumerate(syllables):
        found.append(each)
        if named[at] and at + 1 < len(syllables) and named[at + 1]:
            found.append(f"{each} {syllables[at + 1]}")
    return found


def _within(pieces: Sequence[str], known: Mapping[str, float]) -> list[int]:
    """Which pieces do not lie across two words: between two words of the list, or at a common character."""
    listed = [each in known for each in pieces]
    found: list[int] = []
    for at, piece in enumerate(pieces):
        before = at > 0 and listed[at - 1] and pieces[at - 1][-1] == piece[0]
        after = at + 1 < len(pieces) and listed[at + 1] and pieces[at + 1][0] == piece[-1]
        joining = any(known.get(char, 0.0) > COMMON for char in piece)
        across = not listed[at] and len(piece) == 2 and piece.isalpha() and not piece.isascii()
        if not across or not (joining or (before and after)):
            found.append(at)
    return found
