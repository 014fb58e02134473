"""Synthetic articles for load: English words, invented names, stories that come and go, four kilobytes each.

Words are drawn by how common they are, so that languages are told, words met and vectors filled as news does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from itertools import accumulate

import wordfreq

SYLLABLES = tuple(a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "is", "ol"))
COMMON_WORDS = 4_000
STORY_WORDS = 60
STORY_NAMES = 20  # of them invented, the others are English
ENGLISH = 20_000  # the commonest words of English
LIVE_STORIES = 400
ARTICLES_A_STORY = 6
OUTLETS = 120


def word(source: random.Random) -> str:
    """An invented word of two to four syllables."""
    return "".join(source.choice(SYLLABLES) for _ in range(source.randint(2, 4)))


@cache
def _weights() -> tuple[list[str], list[float]]:
    words = wordfreq.top_n_list("en", ENGLISH)
    return words, list(accumulate(wordfreq.word_frequency(each, "en") for each in words))


def english(source: random.Random, count: int) -> list[str]:
    """So many English words, each as often as in English."""
    words, weights = _weights()
    return source.choices(words, cum_weights=weights, k=count)


def articles(seed: int, size: int = 4096) -> Iterator[dict[str, str]]:
    """Endless articles as plain stream fields: a new story now and then, about six articles each."""
    source = random.Random(seed)
    common = english(source, 10 * COMMON_WORDS)
    stories: list[list[str]] = []
    number = 0
    while True:
        if len(stories) < LIVE_STORIES or source.random() < 1 / ARTICLES_A_STORY:
            names = [word(source) for _ in range(STORY_NAMES)]
            stories.append(names + source.sample(common, STORY_WORDS - STORY_NAMES))
            stories = stories[-LIVE_STORIES:]
        own = source.choice(stories)
        number += 1
        outlet = f"outlet{source.randrange(OUTLETS)}.example"
        title = " ".join(source.sample(own, 7)).capitalize()
        yield {
            "title": title,
            "text": body(source, own, common, size),
            "url": f"https://www.{outlet}/news/{number}-{'-'.join(own[:3])}",
        }


def body(source: random.Random, own: list[str], common: list[str], size: int) -> str:
    """Paragraphs in which every third word is the story's own."""
    sentences: list[str] = []
    length = 0
    while length < size:
        words = [source.choice(own) if source.random() < 0.33 else source.choice(common) for _ in range(18)]
        sentence = " ".join(words).capitalize() + "."
        sentences.append(sentence)
        length += len(sentence) + 1
    return "\n\n".join(" ".join(sentences[at : at + 4]) for at in range(0, len(sentences), 4))
