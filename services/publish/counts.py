"""How many: one definition each of articles, reprints, publishers and independent sources.

- article: a live member of the story.
- reprint group: members joined by near-copy edges (the text says so) or by declared syndication (one
  declares the other's URL as its original, or both declare the same one). Its origin is the
  earliest published, then the lowest id; the others are its reprints.
- publisher: a publisher id; all articles without one count together as one.
- independent source: who stands behind the origin of a group: the agency when the whole body is
  credited to it (printed before the lead, as the only author, or declared as original
  publisher), else the publisher's owner, else the publisher. "Told AFP" or "with AFP" in the
  text changes nothing: a reporter may quote an agency and still have asked others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dateline.articles import Article, Publisher
from services.publish.drafts import Member
from services.publish.ratings import Ratings
from services.publish.reading import read

NO_PUBLISHER = "-"
# Agencies whose credit makes an article theirs, by printed name and by own domain.
WIRES = {
    "reuters": "reuters", "thomson reuters": "reuters", "reuters.com": "reuters", "ap": "ap",
    "associated press": "ap", "the associated press": "ap", "apnews.com": "ap", "afp": "afp",
    "agence france-presse": "afp", "agence france presse": "afp", "afp.com": "afp",
    "dpa": "dpa", "dpa.com": "dpa",
    "dpa-international.com": "dpa", "upi": "upi", "upi.com": "upi", "xinhua": "xinhua", "ani": "ani",
    "xinhuanet.com": "xinhua", "news.cn": "xinhua", "aninews.in": "ani", "pti": "pti", "ptinews.com": "pti",
    "ians": "ians", "ians.in": "ians", "tass": "tass", "tass.com": "tass", "efe": "efe", "efe.com": "efe",
    "ansa": "ansa", "ansa.it": "ansa", "kyodo": "kyodo", "kyodonews.net": "kyodo", "yonhap": "yonhap",
    "yna.co.kr": "yonhap", "bloomberg": "bloomberg", "bloomberg.com": "bloomberg", "anadolu": "anadolu",
    "anadolu agency": "anadolu", "aa.com.tr": "anadolu", "aap": "aap", "pa": "pa", "pa media": "pa",
    "press association": "pa", "the canadian press": "cp", "canadian press": "cp", "cp": "cp",
}  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """The numbers of a record, and who reprints whom (`reprint_of`: reprint to origin)."""

    article_count: int
    unique_article_count: int
    reprint_count: int
    publisher_count: int
    independent_source_count: int
    reprint_of: Mapping[str, str]
    sources: Mapping[str, str]


def count(members: Sequence[Member], ratings: Ratings) -> Counts:
    """Count the live members of a story. `sources` names each article's independent source."""
    reprint_of = reprints(members)
    source = {member.article.article_id: source_key(member.article, ratings) for member in members}
    sources = {article_id: source[reprint_of.get(article_id, article_id)] for article_id in source}
    return Counts(
        article_count=len(members),
        unique_article_count=len(members) - len(reprint_of),
        reprint_count=len(reprint_of),
        publisher_count=len({publisher_key(member.article.publisher) for member in members}),
        independent_source_count=len(set(sources.values())),
        reprint_of=reprint_of,
        sources=sources,
    )


def publisher_key(publisher: Publisher) -> str:
    """The identity that counts votes; articles without a publisher share one."""
    return publisher.id or publisher.domain or NO_PUBLISHER


def source_key(article: Article, ratings: Ratings) -> str:
    """Who stands behind an article taken by itself: agency, owner or publisher."""
    wire = credited_wire(article)
    if wire:
        return f"wire:{wire}"
    if article.original_publisher:
        return f"original:{_fold(article.original_publisher)}"
    outlet = ratings.look_up(article.publisher)
    if outlet is not None and outlet.owner:
        return f"owner:{_fold(outlet.owner)}"
    return publisher_key(article.publisher)


def credited_wire(article: Article) -> str | None:
    """The agency whose article this is: by declaration, own domain, printed credit or sole author."""
    author = article.authors[0] if len(article.authors) == 1 else None
    own, credit = article.publisher, read(article).printed.credit
    return _first_wire(article.original_publisher, own.domain, own.name, credit, author)


@lru_cache(maxsize=16_384)
def _first_wire(*names: str | None) -> str | None:
    return next((WIRES[folded] for name in names if name and (folded := _fold(name)) in WIRES), None)


def _fold(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip().casefold()


def reprints(members: Sequence[Member]) -> dict[str, str]:
    """Reprint to origin, for every member that is a copy of another."""
    groups = _groups(members)
    when = {member.article.article_id: member.article.published_at for member in members}
    found: dict[str, str] = {}
    for group in groups:
        origin, *copies = sorted(group, key=lambda article_id: (when[article_id], article_id))
        found.update((copy, origin) for copy in copies)
    return found


def _groups(members: Sequence[Member]) -> list[list[str]]:
    parent = {member.article.article_id: member.article.article_id for member in members}

    def root(article_id: str) -> str:
        while parent[article_id] != article_id:
            parent[article_id] = parent[parent[article_id]]
            article_id = parent[article_id]
        return article_id

    for one, other in _edges(members):
        if one in parent and other in parent:
            parent[root(one)] = root(other)
    groups: dict[str, list[str]] = {}
    for article_id in parent:
        groups.setdefault(root(article_id), []).append(article_id)
    return list(groups.values())


def _edges(members: Sequence[Member]) -> list[tuple[str, str]]:
    at_url: dict[str, str] = {}
    for member in members:
        for url in (member.article.url, member.article.canonical_url):
            if url:
                at_url.setdefault(url, member.article.article_id)
    edges = [(m.article.article_id, m.near_copy_of) for m in members if m.near_copy_of]
    for member in members:
        original = member.article.original_url
        if original:
            edges.append((member.article.article_id, at_url.setdefault(original, member.article.article_id)))
    return edges
