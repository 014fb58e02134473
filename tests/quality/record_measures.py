"""Points 7 to 9: how much a record says of what a good editor would say, how tersely, and where."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from sentencex import segment  # type: ignore[import-untyped]  # ships no types
from Stemmer import Stemmer

from services.publish.gazetteer import names

Json = dict[str, Any]
NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen twenty".split()
    )
}
LONGEST_NAME = 3
STOP = frozenset(
    "a an and are as at be been by could for from has have he her his in into is it its of on or over says "
    "said say she that the their them they this to was we were will with would after amid no not new us up "
    "out off".split()
)
ENOUGH_ARTICLES = 10
RANDOM_MEMBERS = 20


def content(text: str) -> set[str]:
    """The content words of a text, as a reader takes them for the same.

    Case, accents, possessives and inflection (Snowball's English stems) do not matter, numbers count in
    figures, and a country's names are one word ("U.S.", "American", "United States").
    """
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"\b(?:[A-Z]\.){2,}", lambda found: found[0].replace(".", ""), plain)
    return set(_words(re.findall(r"[^\W_]+", re.sub(r"['’]s\b", "", plain))))


def _words(tokens: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(tokens):
        length, country = next(
            (
                (length, code)
                for length in range(LONGEST_NAME, 0, -1)
                if (code := _countries().get(" ".join(tokens[at : at + length])))
            ),
            (1, None),
        )
        word = NUMBERS.get(tokens[at].casefold(), tokens[at].casefold())
        if country:
            yield f"country {country}"
        elif word not in STOP and (len(word) > 1 or word.isdigit()):
            yield _stem(word)
        at += length


@cache
def _countries() -> dict[str, str]:
    """Names of countries and of their people, as printed, to the country."""
    kinds = ("country", "people")
    return {name: entry.code for name, entry in names().items() if entry.kind in kinds and not name.islower()}


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    return _stemmer().stemWord(word)


@cache
def _stemmer() -> Stemmer:
    return Stemmer("english")


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


def told_within(records: Sequence[Json], labels: Mapping[str, str]) -> set[str]:
    """Labels whose story of ours holds more articles of another label."""
    found = set()
    for label, record in by_label(records, labels).items():
        held = Counter(labels.get(article["source_id"] or "") for article in record["articles"])
        if max(held.values()) > held[label]:
            found.add(label)
    return found


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


def bound(rows: Sequence[Json], gold: set[str]) -> tuple[float, float]:
    """What no record can exceed: the best title with the best of the leads, and all words of all articles."""
    titles = [gold & content(row["title"]) for row in rows]
    leads = {frozenset(gold & content(lead)) for row in rows for lead in opening(row, 3)} | {frozenset()}
    best = max(len(title | lead) for title in titles for lead in leads)
    everything = content(" ".join(f"{row['title']} {row.get('text') or ''}" for row in rows))
    return best / max(1, len(gold)), len(gold & everything) / max(1, len(gold))


def central(rows: Sequence[Json]) -> Json:
    """The article whose title shares most words with the other titles."""
    bags = [content(row["title"]) for row in rows]
    often = Counter(word for bag in bags for word in bag)
    scores = [sum(often[word] - 1 for word in bag) / (len(bag) + 1) for bag in bags]
    return rows[max(range(len(rows)), key=lambda at: (scores[at], -at))]


def is_a_members(gold: set[str], rows: Iterable[Json]) -> bool:
    """Whether a story's own title is simply a member's: the same words, two in ten apart."""
    return any(len(gold & bag) >= 0.8 * len(gold | bag) for bag in (content(row["title"]) for row in rows))
