"""How many: one definition each of articles, reprints, publishers and independent sources.

- article: a live member of the story.
- reprint group: members joined by near-copy edges (the text says so), by declared syndication (one
  declares the other's URL as its original, or both declare the same one), or by the credit of one agency
  over mostly the same words. Its origin is the earliest published, then the lowest id; the others are
  its reprints.
- publisher: a publisher id; all articles without one count together as one.
- independent source: who stands behind the origin of a group: the agency whose article it is
  (`credits`), else the owner of the publisher (of the declared original one, where there is one),
  else the publisher.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from dateline.articles import Article, Publisher
from dateline.outlets import bare_host, folded, longest, registry
from services.publish.credits import credited_agency
from services.publish.drafts import Member
from services.publish.own_names import own_name
from services.publish.ratings import Ratings, host_of
from services.publish.reading import read

NO_PUBLISHER = "-"
# Two articles under the credit of one agency are one dispatch when they share this part of the words of the
# shorter; a near copy by its shingles needs no credit.
SAME_DISPATCH, FEWEST_WORDS = 0.7, 20
REMEMBERED_NAMES = 1_024


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
    agencies = {
        member.article.article_id: credited_agency(member.article, read(member.article).agency)
        for member in members
    }
    reprint_of = reprints(members, agencies)
    names = _publishers_by_name(members)
    source = {
        member.article.article_id: source_key(
            member.article, agencies[member.article.article_id], names, ratings
        )
        for member in members
    }
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


def source_key(article: Article, agency: str | None, names: Mapping[str, Publisher], ratings: Ratings) -> str:
    """Who stands behind an article taken by itself: agency, declared original, owner or publisher."""
    if agency:
        return f"agency:{agency}"
    publisher, outlet = article.publisher, ratings.of(article)
    if article.original_publisher or article.original_url:
        original = _original(article, names)
        if original is None:
            return f"original:{folded(article.original_publisher or '')}"
        publisher, outlet = original, ratings.look_up(original)
    if outlet is not None and outlet.owner:
        return f"owner:{_folded(outlet.owner)}"
    return publisher_key(publisher)


@lru_cache(maxsize=REMEMBERED_NAMES)
def _folded(name: str) -> str:
    return folded(name)


def _publishers_by_name(members: Sequence[Member]) -> dict[str, Publisher]:
    """The story's own publishers by folded name and by domain."""
    found: dict[str, Publisher] = {}
    for publisher in (member.article.publisher for member in members):
        if publisher.id and (name := own_name(publisher)):
            found[_folded(name)] = publisher
        found[publisher_key(publisher)] = publisher
    return found


def _original(article: Article, names: Mapping[str, Publisher]) -> Publisher | None:
    """The declared original publisher: one of the story's own, of the registry, or a host by itself."""
    name, host = article.original_publisher, bare_host(host_of(article.original_url) or "")
    own = names.get(_folded(name)) if name else None
    if found := own or longest(names, host):
        return found
    known = registry()
    outlet = (known.find(host) if host else None) or (known.named(name) if name else None)
    domain = outlet.domain if outlet else host
    return Publisher(id=domain, domain=domain) if domain else None


def reprints(members: Sequence[Member], agencies: Mapping[str, str | None]) -> dict[str, str]:
    """Reprint to origin, for every member that is a copy of another."""
    groups = _groups(members, agencies)
    when = {member.article.article_id: member.article.published_at for member in members}
    found: dict[str, str] = {}
    for group in groups:
        origin, *copies = sorted(group, key=lambda article_id: (when[article_id], article_id))
        found.update((copy, origin) for copy in copies)
    return found


def _groups(members: Sequence[Member], agencies: Mapping[str, str | None]) -> list[list[str]]:
    pairs = [*_edges(members), *_dispatches(members, agencies)]
    if not pairs:
        return []
    parent = {member.article.article_id: member.article.article_id for member in members}

    def root(article_id: str) -> str:
        while parent[article_id] != article_id:
            parent[article_id] = parent[parent[article_id]]
            article_id = parent[article_id]
        return article_id

    for one, other in pairs:
        if one in parent and other in parent:
            parent[root(one)] = root(other)
    groups: dict[str, list[str]] = {}
    for article_id in parent:
        groups.setdefault(root(article_id), []).append(article_id)
    return list(groups.values())


def _edges(members: Sequence[Member]) -> list[tuple[str, str]]:
    """Pairs of which one is a copy: by its text, or because it says so."""
    edges = [(m.article.article_id, m.near_copy_of) for m in members if m.near_copy_of]
    syndicated = [member.article for member in members if member.article.original_url]
    at_url: dict[str, str] = {}
    for member in members if syndicated else ():
        for url in (member.article.url, member.article.canonical_url):
            if url:
                at_url.setdefault(_bare(url), member.article.article_id)
    for article in syndicated:
        original = _bare(article.original_url or "")
        edges.append((article.article_id, at_url.setdefault(original, article.article_id)))
    return edges


def _bare(url: str) -> str:
    """An address for comparing: without scheme, `www.`, fragment, closing slash and tracking parameters."""
    host = bare_host(host_of(url) or "")
    if not host:
        return url
    parts = urlsplit(url)
    query = "&".join(sorted(p for p in parts.query.split("&") if p and not p.startswith(("utm_", "fbclid"))))
    return f"{host}{parts.path.rstrip('/')}?{query}"


def _dispatches(members: Sequence[Member], agencies: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """Pairs of articles that print one dispatch of an agency, each said by its credit, in other words."""
    by_agency: dict[str, list[Article]] = {}
    for member in members:
        if agency := agencies[member.article.article_id]:
            by_agency.setdefault(agency, []).append(member.article)
    pairs = []
    for articles in by_agency.values():
        earlier: list[tuple[str, frozenset[int]]] = []
        for article in articles if len(articles) > 1 else ():
            words = _body_words(article)
            same = (each for each, held in earlier if _shared(words, held) >= SAME_DISPATCH)
            if len(words) < FEWEST_WORDS:
                continue
            if found := next(same, None):
                pairs.append((article.article_id, found))
            else:
                earlier.append((article.article_id, words))
    return pairs


def _body_words(article: Article) -> frozenset[int]:
    reading = read(article)
    return frozenset(reading.word_ids[reading.item_words[reading.row_sizes[0] :]].tolist())


def _shared(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / min(len(one), len(other))
