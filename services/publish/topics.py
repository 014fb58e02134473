"""Topics: the top level of IPTC Media Topics, by words that speak for them, with those words as evidence.

A topic's score is its share of the story's evidence. A word counts once an article; in a title three
times as much as in a lead, a strong word twice as much as a weak one; words of several topics are
shared between them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from dateline.stories import Topic
from services.publish.words import clues, words

TITLE, LEAD = 3, 1
STRONG, WEAK = 12, 6  # divisible by how many topics may share a word
MIN_SHARE, MAX_TOPICS, MAX_WORDS = 0.15, 3, 5
# A topic needs this much: one strong word in a title, or as much in weak ones and leads.
MIN_EVIDENCE = STRONG * TITLE


# What Arabic writes in one word with the next: and, by, for, the.
ARTICLE = re.compile("^[وفبكل]?(?:ال|ل)|^[وبل](?=\\w{4})")
ARABIC_PROCLITICS = frozenset("وفبكلا")

REMEMBERED_WORDS = 8_192

# One article's evidence: each topic with the words that speak for it, and how much each does.
Evidence = Mapping[str, Mapping[str, int]]


@cache
def media_topics() -> dict[str, dict[str, Any]]:
    """By id `medtop:…`: English label and the words that speak for it."""
    return {name: row for name, row in _file().items() if name.startswith("medtop:")}


@cache
def _file() -> dict[str, Any]:
    path = files("services.publish") / "data" / "topics.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def _false_friends(language: str | None) -> frozenset[str]:
    return frozenset(_file()["false_friends"].get((language or "en").split("-")[0], "").split())


@cache
def _phrases() -> re.Pattern[str]:
    return re.compile("|".join(rf"\b{phrase}\b" for phrase in _file()["phrases"]))


@cache
def _first_words() -> frozenset[str]:
    """A text with a phrase has its first word."""
    return frozenset(phrase.split()[0] for phrase in _file()["phrases"])


@cache
def _vocabulary() -> dict[str, tuple[tuple[str, int], ...]]:
    """Word or prefix (with its *) to the topics it speaks for, and how much for each."""
    found: dict[str, dict[str, int]] = {}
    for topic, row in sorted(media_topics().items()):
        for kind, units in (("weak", WEAK), ("strong", STRONG)):
            for word in row[kind].split():
                found.setdefault(word, {})[topic] = units
    return {word: tuple((t, u // len(owners)) for t, u in owners.items()) for word, owners in found.items()}


@cache
def _prefixes() -> tuple[int, ...]:
    return tuple(sorted({len(word) - 1 for word in _vocabulary() if word.endswith("*")}))


@lru_cache(maxsize=REMEMBERED_WORDS)
def _speaks_for(word: str) -> tuple[tuple[str, int], ...]:
    table = _vocabulary()
    found = table.get(word, ())
    if not found and word[0] in ARABIC_PROCLITICS and (bare := ARTICLE.sub("", word)) != word:
        found = table.get(bare, ())
    for length in _prefixes() if not found else ():
        if length > len(word):
            break
        found = table.get(f"{word[:length]}*", ()) or found
    return found


def evidence(title: str, leads: Iterable[str], language: str | None = None) -> Evidence:
    """One article's evidence; each word counts once."""
    in_title = _telling(title, language)
    in_leads = {word for lead in leads for word in _telling(lead, language)} - in_title
    found: dict[str, dict[str, int]] = {}
    for some, weight in ((in_title, TITLE), (in_leads, LEAD)):
        for word, topics_of in sorted((word, said) for word in some if (said := _speaks_for(word))):
            for topic, units in topics_of:
                found.setdefault(topic, {})[word] = units * weight
    return found


def _telling(text: str, language: str | None) -> set[str]:
    said, parts = clues(text)
    if not parts.isdisjoint(_first_words()):
        said = words(_phrases().sub(" ", text.casefold()))
    return set(said) - _false_friends(language)


def topics(articles: Iterable[Evidence]) -> tuple[Topic, ...]:
    """The story's topics, best first: at most three, each with 15 % of the evidence or more."""
    held = list(articles)
    found: dict[str, int] = {}
    for article in held:
        for topic, said in article.items():
            found[topic] = found.get(topic, 0) + sum(said.values())
    total = sum(found.values())
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:MAX_TOPICS]
    return tuple(
        Topic(
            id=topic,
            label=media_topics()[topic]["label"],
            score=round(units / total, 4),
            evidence=_first(topic, held),
        )
        for topic, units in ranked
        if units >= MIN_SHARE * total and units >= MIN_EVIDENCE
    )


def _first(topic: str, articles: Iterable[Evidence]) -> tuple[str, ...]:
    said: dict[str, int] = {}
    for article in articles:
        for word, units in article.get(topic, {}).items():
            said[word] = said.get(word, 0) + units
    return tuple(sorted(said, key=lambda word: (-said[word], word))[:MAX_WORDS])
