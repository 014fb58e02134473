"""Points 7 to 9: how much a record says of what a good editor would say, how tersely, and where."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sentencex import segment  # type: ignore[import-untyped]  # ships no types

Json = dict[str, Any]
# Words count as the same by their first letters (suspends, suspension).
STEM = 5
STOP = frozenset(
    "a an and are as at be been by could for from has have he her his in into is it its of on or over says "
    "said say she that the their them they this to was we were will with would after amid no not new us up "
    "out off".split()
)
ENOUGH_ARTICLES = 10
RANDOM_MEMBERS = 20


def content(text: str) -> set[str]:
    """The content words of a text, each by its first five letters."""
    words = re.findall(r"[^\W_]+", text.casefold())
    return {word[:STEM] for word in words if word not in STOP and (len(word) > 1 or word.isdigit())}


def found_share(gold: set[str], text: str) -> float:
    """The part of the gold words that a text has."""
    return len(gold & content(text)) / len(gold) if gold else 0.0


def mean(values: Iterable[float]) -> float:
    """The mean; 0 of nothing."""
    held = list(values)
    return sum(held) / len(held) if held else 0.0


def words_of(record: Json) -> tuple[str, str]:
    """A record's headline with summary, and all its words."""
    head = f"{record['headline']['text']} {(record['summary'] or {}).get('text', '')}"
    rest = [
        *(point["text"] for point in record["key_points"]),
        *(quote["text"] for quote in record["quotes"]),
    ]
    return head, " ".join([head, *rest])


def redundancy(points: Sequence[str]) -> float:
    """The largest share of words, by the shorter, that two key points have in common."""
    bags = [bag for bag in map(content, points) if bag]
    pairs = [(a, b) for i, a in enumerate(bags) for b in bags[:i]]
    return max((len(a & b) / min(len(a), len(b)) for a, b in pairs), default=0.0)


def by_label(records: Iterable[Json], labels: Mapping[str, str]) -> dict[str, Json]:
    """For each label, our story that holds most of its articles (then the lower id)."""
    held: dict[str, Counter[str]] = defaultdict(Counter)
    found = {record["story_id"]: record for record in records}
    for story_id, record in found.items():
        for article in record["articles"]:
            label = labels.get(article["source_id"] or "")
            if label:
                held[label][story_id] += 1
    return {label: found[min(n, key=lambda one: (-n[one], one))] for label, n in held.items()}


def opening(row: Json, sentences: int) -> list[str]:
    """An article's first sentences, its title apart."""
    body = str(row.get("text") or row.get("description") or "")[:4000]
    found = [piece.strip() for piece in segment("en", body) if len(piece.strip()) > 20]
    return [piece for piece in found if piece != row["title"]][:sentences]


def baselines(rows: Sequence[Json], gold: set[str], points: int) -> dict[str, tuple[float, float]]:
    """What simpler records would have found: title with lead, and with as many sentences more as points."""

    def scored(row: Json) -> tuple[float, float]:
        lead = opening(row, 1 + points)
        return found_share(gold, " ".join([row["title"], *lead[:1]])), found_share(
            gold, " ".join([row["title"], *lead])
        )

    some = random.Random(7).sample(list(rows), min(RANDOM_MEMBERS, len(rows)))
    drawn = [scored(row) for row in some]
    return {
        "central title": scored(central(rows)),
        "lead of first article": scored(rows[0]),
        "random member": (mean(head for head, _ in drawn), mean(whole for _, whole in drawn)),
    }


def central(rows: Sequence[Json]) -> Json:
    """The article whose title shares most words with the other titles."""
    bags = [content(row["title"]) for row in rows]
    often = Counter(word for bag in bags for word in bag)
    scores = [sum(often[word] - 1 for word in bag) / (len(bag) + 1) for bag in bags]
    return rows[max(range(len(rows)), key=lambda at: (scores[at], -at))]


def is_a_members(gold: set[str], rows: Iterable[Json]) -> bool:
    """Whether a story's own title is simply a member's: the same words, two in ten apart."""
    return any(len(gold & bag) >= 0.8 * len(gold | bag) for bag in (content(row["title"]) for row in rows))
