"""Traffic: the seeds multiplied with variations, and all that senders do to a stream.

An edition is the seeds told in another vocabulary: every longer word becomes an invented one, the same
within the edition. So each edition's stories hold together and lie apart from those of the others.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.chaos.history import Sense

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
SYLLABLES = "ba ce di fo gu ha ke li mo nu pa re si to vu wa ze ji lor men tar vin sol der kan".split()
GARBAGE_SHARE, DUPLICATE_SHARE = 0.05, 0.10
EARLIEST = 1_752_500_000_000  # ms: when the editions begin to be updated


@dataclass(frozen=True, slots=True)
class Message:
    """One raw entry to be sent, and what its sender means by it."""

    fields: Mapping[str, str | bytes]
    article: str
    sense: Sense
    order: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """One article of an edition as its sender knows it."""

    name: str
    body: Mapping[str, Any]
    order: int | None


def traffic(seed: int, articles: int, vocabularies: int = 0) -> Iterator[Message]:
    """About `articles` new articles, with what comes between them (garbage, duplicates, revisions …).

    After so many `vocabularies` the words begin again, at new addresses (0: never).
    """
    rng = random.Random(seed)
    sent: list[Piece] = []
    for piece in pieces(rng, articles, vocabularies):
        yield message(rng, piece)
        sent.append(piece)
        recent = sent[-400:]
        yield from _between(rng, recent)
        sent = recent if len(sent) > 2000 else sent


def _between(rng: random.Random, recent: list[Piece]) -> Iterator[Message]:
    at = rng.randrange(len(recent))
    draw = rng.random()
    if rng.random() < GARBAGE_SHARE:
        yield garbage(rng)
    if rng.random() < DUPLICATE_SHARE:
        yield message(rng, recent[at], disguised=True)
    if draw < 0.06:
        recent[at] = revised(rng, recent[at])
        yield message(rng, recent[at])
    elif draw < 0.08:
        yield retraction(rng, recent[at], "canceled")
    elif draw < 0.11:
        piece = recent[at]
        yield retraction(rng, piece, "withheld")
        if rng.random() < 0.5:
            recent[at] = revised(rng, piece)
            yield message(rng, recent[at])
    elif draw < 0.115:
        nobody = replace(recent[at], name=f"{recent[at].name}-never", body=_moved(recent[at].body, "never"))
        yield retraction(rng, nobody, "canceled")


def pieces(rng: random.Random, count: int, vocabularies: int) -> Iterator[Piece]:
    """`count` articles, edition by edition, each edition shuffled; some send an order of revisions."""
    base = seed_articles()
    for number in range(count):
        edition, within = divmod(number, len(base))
        if within == 0:
            turn = random.Random(f"{edition}")
            order = turn.sample(range(len(base)), len(base))
        article = told(base[order[within]], edition, edition % vocabularies if vocabularies else edition)
        yield Piece(article["url"], article, EARLIEST if rng.random() < 0.3 else None)


@lru_cache(maxsize=1)
def seed_articles() -> tuple[Mapping[str, Any], ...]:
    """The seeds' live articles, each as it was first sent."""
    expected = json.loads((SEEDS / "expected_stories.json").read_text())
    urls = {url for story in expected["stories"] for url in story["articles"]}
    first: dict[str, Mapping[str, Any]] = {}
    for line in (SEEDS / "articles.jsonl").read_text().splitlines():
        article = json.loads(line)
        if article.get("url") in urls and "status" not in article and article.get("title"):
            first.setdefault(article["url"], article)
    return tuple(first.values())


def told(article: Mapping[str, Any], edition: int, words: int) -> dict[str, Any]:
    """A seed as this edition tells it in its words, at an address of its own."""
    varied = {
        "title": revoiced(article["title"], words),
        "url": f"{article['url']}/{edition}",
        "text": revoiced(str(article.get("text", ""))[:600], words),
        "language": article.get("language"),
        "publisher": article.get("publisher"),
    }
    return {name: value for name, value in varied.items() if value}


def revoiced(text: str, edition: int) -> str:
    """The text with every word of four letters or more replaced by this edition's own; 0 leaves it.

    With "bank", "rate" and "cash" left in, what editions tell of central banks was one endless story.
    """
    if edition == 0:
        return text
    return re.sub(r"[^\W\d_]{4,}", lambda word: invented(word[0], edition), text)


@lru_cache(maxsize=100_000)
def invented(word: str, edition: int) -> str:
    """The edition's word for a word: invented from its hash, capitals kept."""
    made = hashlib.sha256(f"{edition} {word.casefold()}".encode()).digest()
    new = "".join(SYLLABLES[byte % len(SYLLABLES)] for byte in made[: max(2, len(word) // 2)])
    return new.capitalize() if word[0].isupper() else new


def revised(rng: random.Random, piece: Piece) -> Piece:
    """The next revision: another sentence, and a later `updated_at` where there is one."""
    text = f"{piece.body.get('text', '')} Update {rng.randrange(10**9)}."
    order = piece.order + rng.randrange(1000, 10**6) if piece.order is not None else None
    return Piece(piece.name, {**piece.body, "text": text}, order)


def message(rng: random.Random, piece: Piece, disguised: bool = False) -> Message:
    """An article as an entry, in one of the forms; a duplicate may come under another form of its URL."""
    body = dict(piece.body)
    if disguised:
        body["url"] = _disguise(rng, body["url"])
    if piece.order is not None:
        body["updated_at"] = piece.order
    return Message(_form(rng, body), piece.name, "usable", piece.order)


def retraction(rng: random.Random, piece: Piece, status: Sense) -> Message:
    """A retraction under the article's URL, alone or with its title."""
    body: dict[str, Any] = {"url": piece.body["url"], "status": status}
    order = piece.order + rng.randrange(1000) if piece.order is not None else None
    if order is not None:
        body["updated_at"] = order
    if rng.random() < 0.3:
        body["title"] = piece.body["title"]
    return Message(_form(rng, body), piece.name, status, order)


def _form(rng: random.Random, body: Mapping[str, Any]) -> dict[str, str | bytes]:
    """Plain fields, or one field `article` or `data` with a JSON object."""
    form = rng.choice(("plain", "article", "data"))
    if form != "plain":
        return {form: json.dumps(body, ensure_ascii=False)}
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in body.items()
    }


def _disguise(rng: random.Random, url: str) -> str:
    """Another form of the same address: scheme, `www.`, tracking, fragment do not matter."""
    forms = (
        url,
        url.replace("https://", "http://", 1),
        url.replace("://", "://www.", 1) if "://www." not in url else url,
        f"{url}?utm_source=chaos&utm_medium=test",
        f"{url}#top",
    )
    return rng.choice(forms)


def _moved(body: Mapping[str, Any], where: str) -> dict[str, Any]:
    return {**body, "url": f"{body['url']}/{where}"}


def garbage(rng: random.Random) -> Message:
    """What can never be valid."""
    number = rng.randrange(10**9)
    choices: tuple[Mapping[str, str | bytes], ...] = (
        {"article": "{not json"},
        {"article": json.dumps({"title": "", "url": f"https://outlet.example/{number}"})},
        {"title": f"No address {number}"},
        {"title": f"Bad address {number}", "url": "javascript:alert(1)"},
        {"title": b"\xff\xfe\xfd", "url": f"https://outlet.example/{number}"},
        {"article": "{}", "data": "{}"},
        {"article": "[" * 2000},
        {"title": "Bad status", "url": f"https://outlet.example/{number}", "status": "perhaps"},
        {"title": "x" * 1001, "url": f"https://outlet.example/{number}"},
    )
    return Message(rng.choice(choices), f"garbage-{number}", "garbage")
