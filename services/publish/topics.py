"""Topics: the top level of IPTC Media Topics, by keyword evidence that anybody can read.

A topic's score is its share of the story's evidence: word hits, a title's word three times a
lead's, each word once an article, words of several topics split between them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from dateline.stories import Topic
from services.publish.words import weigh

TITLE_EVIDENCE, LEAD_EVIDENCE = 3, 1
MIN_SHARE, MIN_EVIDENCE, MAX_TOPICS = 0.15, 3, 3


@cache
def media_topics() -> dict[str, dict[str, Any]]:
    """By id `medtop:…`: English label and the words that speak for it."""
    path = files("services.publish") / "data" / "topics.json"
    table: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return table


@cache
def _by_word() -> dict[int, tuple[str, ...]]:
    table: dict[int, list[str]] = {}
    for topic, row in sorted(media_topics().items()):
        for word in row["words"]:
            owners = table.setdefault(weigh(word, "en").id, [])
            if topic not in owners:
                owners.append(topic)
    return {word: tuple(owners) for word, owners in table.items()}


def evidence(title: Iterable[int], leads: Iterable[int]) -> dict[str, int]:
    """One article's evidence by topic, in sixths of a hit; arguments are word ids."""
    table, found = _by_word(), Counter[str]()
    in_title = set(title)
    for word in in_title:
        for topic in table.get(word, ()):
            found[topic] += 6 * TITLE_EVIDENCE // len(table[word])
    for word in set(leads) - in_title:
        for topic in table.get(word, ()):
            found[topic] += 6 * LEAD_EVIDENCE // len(table[word])
    return dict(found)


def topics(articles: Iterable[dict[str, int]]) -> tuple[Topic, ...]:
    """The story's topics, best first: at most three, each with 15 % of the evidence or more."""
    found: Counter[str] = Counter()
    for one in articles:
        found.update(one)
    total = sum(found.values())
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:MAX_TOPICS]
    return tuple(
        Topic(id=topic, label=media_topics()[topic]["label"], score=round(hits / total, 4))
        for topic, hits in ranked
        if hits >= MIN_SHARE * total and hits >= 6 * MIN_EVIDENCE
    )
