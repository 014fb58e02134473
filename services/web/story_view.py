"""A story as its page shows it: articles grouped, coverage in pictures, evidence in words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dateline.changes import Membership
from dateline.stories import KeyPoint, RecordArticle, StoryRecord
from services.web.pictures import Column, Part, bias_bar, columns, rows
from services.web.wording import BIAS, FACTUALITY, SIDE_OF, country, language, listed, percent, plural, reason

FACETS = ("bias", "factuality", "country")
COUNTRIES_SHOWN = 8
TERMS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """An article of the page, its reprints folded below it."""

    article: RecordArticle
    why: list[str]
    against: list[str]
    share: int
    threshold: int
    reprints: list[Shown] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet: how many articles have it, and whether it is chosen."""

    value: str
    name: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Cited:
    """A key point's sentence as one article has it."""

    quote: str
    article: RecordArticle


def who(article: RecordArticle) -> str:
    """The publisher's name as the page says it."""
    publisher = article.publisher
    return publisher.name or publisher.domain or publisher.id or "Unknown publisher"


def side(article: RecordArticle) -> str:
    """left, center, right or unrated."""
    return SIDE_OF.get(article.publisher.bias or "", "unrated")


def _values(article: RecordArticle) -> dict[str, str]:
    return {
        "bias": side(article),
        "factuality": article.publisher.factuality or "unrated",
        "country": article.publisher.country or "unknown",
    }


def chosen(articles: Sequence[RecordArticle], wanted: Mapping[str, str]) -> list[RecordArticle]:
    """The articles that have all wanted values."""
    return [
        one for one in articles if all(_values(one)[name] == value for name, value in wanted.items() if value)
    ]


def facets(articles: Sequence[RecordArticle], wanted: Mapping[str, str]) -> dict[str, list[Choice]]:
    """The values to choose from, counted over all articles of the story."""
    found = {}
    for name in FACETS:
        counts = Counter(_values(one)[name] for one in articles)
        keys = sorted(counts, key=lambda key: _order(name, key, counts))
        if len(keys) > 1 or wanted.get(name):
            found[name] = [
                Choice(key, _named(name, key), counts[key], wanted.get(name) == key) for key in keys
            ]
    return found


def _order(name: str, key: str, counts: Mapping[str, int]) -> tuple[int, str]:
    fixed = {"bias": ["left", "center", "right"], "factuality": list(FACTUALITY), "country": []}[name]
    if key in ("unrated", "unknown"):
        return 1_000_000, key
    return (fixed.index(key), key) if key in fixed else (1_000 - counts[key], key)


def _named(name: str, key: str) -> str:
    if key in ("unrated", "unknown"):
        return "Not rated" if name != "country" else "Unknown"
    return {"bias": key.capitalize(), "factuality": FACTUALITY.get(key, key), "country": country(key)}[name]


def grouped(record: StoryRecord, articles: Sequence[RecordArticle], *, fold: bool = True) -> list[Shown]:
    """Articles, the newest first; with `fold` each reprint below its origin where that is among them."""
    titles = {one.article_id: f"“{one.title}” ({who(one)})" for one in record.articles}
    present = {one.article_id for one in articles} if fold else set()
    below: dict[str, list[Shown]] = {}
    top = []
    for one in sorted(articles, key=_newest):
        shown = _shown(one, titles)
        if one.reprint_of in present and one.reprint_of != one.article_id:
            below.setdefault(str(one.reprint_of), []).append(shown)
        else:
            top.append(shown)
    for shown in top:
        shown.reprints.extend(below.get(shown.article.article_id, []))
    return top


def under_headings(shown: Sequence[Shown], facet: str) -> list[tuple[str, list[Shown]]]:
    """Articles under the values of a facet, in its order; under one empty heading where none is named."""
    if facet not in FACETS:
        return [("", list(shown))]
    groups: dict[str, list[Shown]] = {}
    for one in shown:
        groups.setdefault(_values(one.article)[facet], []).append(one)
    sizes = {key: len(group) for key, group in groups.items()}
    keys = sorted(groups, key=lambda key: _order(facet, key, sizes))
    return [(_named(facet, key), groups[key]) for key in keys]


def _newest(one: RecordArticle) -> tuple[float, str]:
    return (-one.published_at.timestamp() if one.published_at else 0.0, one.article_id)


def _shown(article: RecordArticle, titles: Mapping[str, str]) -> Shown:
    member = article.membership
    if member is None:
        return Shown(article, ["The record keeps no evidence for it."], [], 0, 0)
    reasons = why(article, member, titles)
    return Shown(article, reasons, list(member.against), _whole(member.score), _whole(member.threshold))


def _whole(share: float) -> int:
    return round(100 * max(0.0, min(1.0, share)))


def why(article: RecordArticle, member: Membership, titles: Mapping[str, str]) -> list[str]:
    """Why an article is in its story, in sentences."""
    found = []
    if article.reprint_of:
        origin = titles.get(article.reprint_of, "an article that is not listed")
        found.append(f"It reprints {origin} and counts as that source.")
    if member.threshold == 0 and not member.nearest_article_ids:
        found.append(
            "It was the first: it founded the story." if member.score >= 1 else "It moved here with others."
        )
    else:
        verdict = "above" if member.score >= member.threshold else "below"
        found.append(f"It scores {member.score:.2f}, {verdict} the threshold of {member.threshold:.2f}.")
    if member.nearest_article_ids:
        near = listed(titles.get(one, "one that left") for one in member.nearest_article_ids)
        found.append(f"It is nearest to {near}.")
    if member.shared_terms:
        terms = ", ".join(f"{one.term} ({percent(one.weight)})" for one in member.shared_terms[:TERMS_SHOWN])
        found.append(f"It shares {terms}.")
    if member.added_in_version is not None:
        found.append(f"It has been here since version {member.added_in_version}.")
    return found


def cited(record: StoryRecord, point: KeyPoint) -> list[Cited]:
    """The sentences that say a key point, one an article."""
    held = {one.article_id: one for one in record.articles}
    found: dict[str, Cited] = {}
    for span in point.spans:
        if span.article_id in held:
            found.setdefault(span.article_id, Cited(span.quote, held[span.article_id]))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class CoverageView:
    """Coverage in pictures, each with its base in words."""

    bar: list[Part]
    grades: list[Part]
    factuality: list[Part]
    owners: list[Part]
    countries: list[Part]
    countries_more: int
    columns: list[Column]
    base: str
    countries_base: str


def coverage(record: StoryRecord) -> CoverageView:
    """The coverage details of a story."""
    found = record.coverage
    by_count = dict(sorted(found.countries.items(), key=lambda one: (-one[1], one[0])))
    names = {code: country(code) for code in by_count}
    owners = dict(sorted(found.ownership.counts.items(), key=lambda one: (-one[1], one[0])))
    return CoverageView(
        bar=bias_bar(found.bias.grouped),
        grades=rows(found.bias.counts, BIAS),
        factuality=rows(found.factuality.counts, FACTUALITY),
        owners=rows(owners, {key: reason(key).capitalize() for key in owners}, COUNTRIES_SHOWN),
        countries=rows(by_count, names, COUNTRIES_SHOWN),
        countries_more=max(0, len(names) - COUNTRIES_SHOWN),
        columns=columns([(one.bucket_start, one.articles) for one in found.timeline]),
        countries_base=f"Known of {sum(by_count.values())} of {plural(record.publisher_count, 'source')}.",
        base=f"{found.bias.rated} of {plural(found.bias.rated + found.bias.unrated, 'source')} rated",
    )


def title(record: StoryRecord) -> str:
    """What heads the page: a story that ended has no headline, nothing rests on what is gone."""
    if record.headline:
        return record.headline.text
    ended = {"withdrawn": "This story was withdrawn", "merged": "This story is part of another now"}
    return ended.get(record.status, record.story_id)


def share_facts(record: StoryRecord) -> str:
    """The counts, and the bias statement where anybody is rated."""
    counts = f"{plural(record.article_count, 'article')} from {plural(record.publisher_count, 'source')}"
    bias = record.coverage.bias
    return f"{counts}. {bias.statement}." if bias.rated else f"{counts}."


def share_instead(record: StoryRecord) -> str:
    """What stands on a share card in place of a headline that cannot be drawn."""
    where = next((one.country for one in record.places if one.role == "event" and one.country), None)
    said = f"A story in {language(record.language)}" if record.language else "A story"
    return f"{said}, from {country(where)}" if where else said


def share_text(record: StoryRecord) -> str:
    """One line for share cards: the summary, and the facts."""
    said = share_facts(record)
    return f"{record.summary.text} {said}" if record.summary and record.summary.text else said


def named(article: RecordArticle) -> dict[str, Any]:
    """The chips of an article: bias, factuality and country in words."""
    publisher = article.publisher
    return {
        "side": side(article),
        "bias": BIAS.get(publisher.bias or "", ""),
        "factuality": FACTUALITY.get(publisher.factuality or "", ""),
        "country": country(publisher.country),
    }
