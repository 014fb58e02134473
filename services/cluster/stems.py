"""What a language makes of a word: the stem that its forms share, and how common it is anywhere.

Frequencies are wordfreq's (Speer 2022, data CC BY-SA 4.0 in its own wheel), which covers some 40 languages;
in others every word counts as rare until the stream has shown it. Stems are Snowball's where there is one.
"""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from importlib.resources import files

import msgpack
import Stemmer  # type: ignore[import-not-found,unused-ignore]  # ships no types
import wordfreq

SNOWBALL = {
    "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish",
    "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip  # a table
# Languages whose stemmer takes more off a name's first case than off its others (Иран: ира, Ирана: иран):
REPEATED = frozenset({"ru"})  # it is asked again until nothing goes.
# Inflected languages without a stemmer: an ending goes, and of what is left the first characters are the stem
# (McNamee and Mayfield 2004).
TRUNCATED = dict.fromkeys(("sl", "hr", "bs", "sh", "mk", "bg", "sk", "uk", "be", "lv", "sq", "ka"), 6)
# Languages that decline their nouns: how common a word is there is how common all its forms are together.
DECLINED = TRUNCATED.keys() | {"ru", "sr", "cs", "pl", "lt", "et", "fi", "hu", "tr", "hy", "eu"}
ALIASES = {"hr": "sh", "bs": "sh", "sr": "sh", "no": "nb", "nn": "nb", "tl": "fil"}
ELIDING = frozenset({"fr", "it", "ca"})  # l'école, dell'anno, d'Arlès: the article leans on the word
LEANING = 5  # letters of what leans on a word at most ("quest'anno"); aujourd'hui stays whole
LEAST_STEM = 3  # letters that an ending leaves
ENDINGS = re.compile(
    f"(.{{{LEAST_STEM},}}?)(?:"
    "ovima|evima|ovega|evega|ovih|evih|ama|ami|ima|imi|ega|emu|oga|omu|ome|ov|ev|om|em|im|ih|ah|eh|am"
    "|ами|ями|ого|ому|его|ему|ата|ото|ите|ов|ев|ів|ом|ем|ам|ах|ях|ям|ий|ій|ої|ою|ею|ът"
    "|[aeiouyáéíóúýäāēīūëаеиоуыэюяіїєь]{1,2})?"
)
FLEETING = re.compile("(?<=[bcčćdđfghjklmnprsštvzž])e(?=[ckrnl]$)")  # Koper, Kopra
HELD_J = re.compile("(?<=r)j$")  # Rudar, Rudarja

# Arabic writes and, then, in, to, as and the onto the word
# (light stemming: Larkey, Ballesteros and Connell 2007).
ARABIC_MARKS = "\u0640\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670"  # vowels, a stretched line
ARABIC_LETTERS = str.maketrans("أإآٱىیکؤئ", "ااااييكوي", ARABIC_MARKS)
ARABIC_ARTICLES = ("وال", "فال", "بال", "كال", "ولل", "لل", "ال")
ARABIC_ENDINGS = ("ها", "ات", "ون", "ين", "يه", "ية", "ه", "ة", "ي")
ARABIC_JOINED = "وفبلك"
PLAINER = 3  # times more frequent must a word be without its first letter for that to be no letter of it

Stem = Callable[[str], str]


@cache
def frequencies(language: str) -> dict[str, float]:
    """Share of all words of each word; empty for a language that nobody counted."""
    code = ALIASES.get(language, language)
    if code not in wordfreq.available_languages("small"):
        return {}
    found: dict[str, float] = wordfreq.get_frequency_dict(code, "best")
    wordfreq.get_frequency_list.cache_clear()  # it keeps what the dictionary was made from
    return found


@cache
def stem_frequencies(language: str) -> dict[str, float]:
    """Share of all words of each stem, its forms together; empty where a word has few forms."""
    if language not in DECLINED:
        return {}
    stem, found = stemmer(language), defaultdict[str, float](float)
    for word, share in frequencies(language).items():
        found[stem(word)] += share
    return dict(found)


@cache
def simplified() -> dict[int, str]:
    """Traditional Chinese characters to those of the mainland: one word, and the one that was counted."""
    packed = (files("wordfreq") / "data" / "_chinese_mapping.msgpack.gz").read_bytes()
    found: dict[int, str] = msgpack.unpackb(gzip.decompress(packed), strict_map_key=False)
    return found


def bare(word: str, language: str) -> str:
    """A word without the article that leans on it: l'école → école."""
    if language not in ELIDING:
        return word
    leaning, mark, said = word.replace("’", "'").partition("'")
    return said if mark and said and len(leaning) <= LEANING else word


@cache
def stemmer(language: str) -> Stem:
    """The function that gives the stem of a word in lower case."""
    if language in TRUNCATED:
        length = TRUNCATED[language]
        return lambda word: _light(word)[:length]
    if language == "ar":
        return _arabic
    if language not in SNOWBALL:
        return lambda word: word.removesuffix("'s")
    # its own memory of words costs four times what it saves: ours asks for each word once
    once: Stem = Stemmer.Stemmer(SNOWBALL[language], 0).stemWord
    return _again(once) if language in REPEATED else once


def _again(once: Stem) -> Stem:
    """A stemmer asked until nothing goes, or too little would be left."""

    def stem(word: str) -> str:
        found = once(word)
        while len(shorter := once(found)) >= LEAST_STEM and shorter != found:
            found = shorter
        return found

    return stem


def _light(word: str) -> str:
    found = ENDINGS.fullmatch(word)
    stem = HELD_J.sub("", found[1] if found else word)
    return FLEETING.sub("", stem) if len(stem) > LEAST_STEM else stem


def _arabic(word: str) -> str:
    known = frequencies("ar")
    while len(word) > LEAST_STEM and word[0] in ARABIC_JOINED:
        if known.get(word[1:], 0.0) <= PLAINER * known.get(word, 0.0):
            break
        word = word[1:]
    word = word.translate(ARABIC_LETTERS)
    article = next((each for each in ARABIC_ARTICLES if word.startswith(each)), "")
    if len(word) - len(article) >= LEAST_STEM - 1:
        word = word.removeprefix(article)
    for ending in ARABIC_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= LEAST_STEM:
            return word.removesuffix(ending)
    return word
