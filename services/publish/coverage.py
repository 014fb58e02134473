"""Who covers a story: slant, reliability, owners, countries, blindspot and the timeline.

One vote per publisher; shares are over rated publishers only. Without ratings the statements say so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import get_args

from dateline import outlets as registry
from dateline.articles import Article, Publisher
from dateline.coverage import (
    SIDES,
    Bias,
    BiasCoverage,
    Blindspot,
    Coverage,
    Dominant,
    Factuality,
    FactualityCoverage,
    Ownership,
    RatingsInfo,
    RecordPublisher,
    TimelineBucket,
)
from services.publish.counts import publisher_key
from services.publish.drafts import Member
from services.publish.own_names import own_name
from services.publish.ratings import Outlet, Ratings

LABELS = {
    "far_left": "Far Left", "left": "Left", "lean_left": "Lean Left", "center": "Center",
    "lean_right": "Lean Right", "right": "Right", "far_right": "Far Right",
    "very_high": "Very High", "high": "High", "mixed": "Mixed", "low": "Low", "very_low": "Very Low",
}  # fmt: skip  # a table
GROUPS = {
    "far_left": "left",
    "left": "left",
    "lean_left": "left",
    "center": "center",
    "lean_right": "right",
    "right": "right",
    "far_right": "right",
}
BLINDSPOT_RATED, BLINDSPOT_UNDER, BLINDSPOT_OVER = 5, 0.2, 0.3
BLINDSPOT_RULE = (
    f"A side has a blindspot when at least {BLINDSPOT_RATED} publishers are rated, it has under "
    f"{BLINDSPOT_UNDER:.0%} of them and the other side at least {BLINDSPOT_OVER:.0%}."
)
HOURLY_BUCKETS = 48

Rated = dict[str, Outlet | None]


def outlets_of(members: Sequence[Member], ratings: Ratings) -> Rated:
    """What is known of each publisher of a story, by its key: one word for one publisher.

    Where a publisher has several hosts (`news.un.example`, `un.example`), the first article whose host is
    rated speaks for it.
    """
    found: Rated = {}
    for member in members:
        key, outlet = publisher_key(member.article.publisher), ratings.of(member.article)
        known = found.get(key)
        if known is None or (known.bias is None and outlet is not None and outlet.bias is not None):
            found[key] = outlet
    return found


def coverage(members: Sequence[Member], ratings: Ratings, outlets: Rated | None = None) -> Coverage:
    """The coverage of a story's live members, given in order of publication."""
    outlets = outlets_of(members, ratings) if outlets is None else outlets
    countries: dict[str, str | None] = {}
    for member in members:
        publisher = member.article.publisher
        key = publisher_key(publisher)
        countries[key] = countries.get(key) or _country(publisher, outlets[key])
    bias = bias_coverage(outlets)
    found = Coverage(
        bias=bias,
        factuality=factuality_coverage(outlets),
        ownership=ownership(outlets),
        countries=_ordered(Counter(country for country in countries.values() if country)),
        blindspot=blindspot(bias),
        ratings=_info(ratings, outlets.values()),
        first_publisher=record_publisher(members[0].article, outlets) if members else None,
        timeline=timeline(members),
    )
    return found.model_copy(update={"statements": tuple(statements(found))})


def record_publisher(
    article: Article, outlets: Rated, before: RecordPublisher | None = None
) -> RecordPublisher:
    """An article's publisher with what is known of it; `before` where that was the same."""
    publisher = article.publisher
    outlet = outlets.get(publisher_key(publisher))
    if before is not None and _known_as(before, publisher, outlet):
        return before
    return RecordPublisher(
        id=publisher.id,
        name=own_name(publisher) or (outlet.name if outlet else None),
        domain=publisher.domain,
        country=_country(publisher, outlet),
        verified=publisher.verified,
        owner=outlet.owner if outlet else None,
        bias=outlet.bias if outlet else None,
        factuality=outlet.factuality if outlet else None,
    )


def _known_as(before: RecordPublisher, publisher: Publisher, outlet: Outlet | None) -> bool:
    """Whether the same is known of a publisher as before."""
    known = (outlet.name, outlet.owner, outlet.bias, outlet.factuality) if outlet else (None,) * 4
    name, *rest = known
    return (own_name(publisher) or name, _country(publisher, outlet), *rest) == (
        before.name,
        before.country,
        before.owner,
        before.bias,
        before.factuality,
    )


def _country(publisher: Publisher, outlet: Outlet | None) -> str | None:
    """As the ratings or the registry say, else as the sender does."""
    return (outlet.country if outlet else None) or publisher.country


def _ordered(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def bias_coverage(outlets: Rated) -> BiasCoverage:
    """Publishers by slant: seven steps, three groups, and the sentence that says it."""
    rated: Counter[str] = Counter(outlet.bias for outlet in outlets.values() if outlet and outlet.bias)
    total = sum(rated.values())
    grouped = {side: sum(n for step, n in rated.items() if GROUPS[step] == side) for side in SIDES}
    shares = {side: round(count / total, 6) for side, count in grouped.items()} if total else {}
    dominant, statement = _dominant(grouped, total)
    return BiasCoverage(
        counts={step: rated[step] for step in get_args(Bias)},
        grouped=grouped,
        shares=shares,
        rated=total,
        unrated=len(outlets) - total,
        dominant=dominant,
        statement=statement or _unrated(len(outlets)),
    )


def _dominant(grouped: dict[str, int], total: int) -> tuple[Dominant | None, str]:
    """The largest group, or none on a tie for it; and the statement."""
    if not total:
        return None, ""
    top = max(grouped.values())
    sides = [side for side, count in grouped.items() if count == top]
    percent = f"{100 * top / total:.0f}%"
    statement = f"{percent} of the sources are {sides[0].title()}"
    if len(sides) > 1:
        return None, statement + "".join(f", {percent} {side.title()}" for side in sides[1:])
    return Dominant(label=sides[0], share=round(top / total, 4)), statement


def _unrated(publishers: int) -> str:
    return f"Not rated: {publishers} of {publishers}" if publishers else ""


def factuality_coverage(outlets: Rated) -> FactualityCoverage:
    """Publishers by reliability, very high first."""
    rated: Counter[str] = Counter(o.factuality for o in outlets.values() if o and o.factuality)
    total = sum(rated.values())
    statement = _unrated(len(outlets))
    if total:
        top = max(rated.values())
        first, *tied = [LABELS[step] for step in get_args(Factuality) if rated[step] == top]
        percent = f"{100 * top / total:.0f}%"
        statement = f"{percent} of the sources are {first} Factuality"
        statement += "".join(f", {percent} {label}" for label in tied)
    return FactualityCoverage(
        counts={step: rated[step] for step in get_args(Factuality)},
        rated=total,
        unrated=len(outlets) - total,
        statement=statement,
    )


def ownership(outlets: Rated) -> Ownership:
    """Publishers by type of owner where known, else by owner."""
    counts = Counter(kind for o in outlets.values() if o and (kind := o.owner_type or o.owner))
    known = sum(counts.values())
    if not known:
        return Ownership(statement=f"Owners not known: {len(outlets)} of {len(outlets)}" if outlets else "")
    ordered = _ordered(counts)
    label, top = next(iter(ordered.items()))
    most = f"{label}: {top}" if len(ordered) == 1 else f"most often {label}: {top}"
    return Ownership(counts=ordered, statement=f"Owners known: {known} of {len(outlets)} ({most})")


def blindspot(bias: BiasCoverage) -> Blindspot:
    """The side that hardly covers a story which the other side does; the rule comes with it."""
    if bias.rated < BLINDSPOT_RATED:
        return Blindspot(rule=BLINDSPOT_RULE)
    left, right = bias.grouped["left"] / bias.rated, bias.grouped["right"] / bias.rated
    found = Blindspot(rule=BLINDSPOT_RULE, left_share=round(left, 4), right_share=round(right, 4))
    if left < BLINDSPOT_UNDER and right >= BLINDSPOT_OVER:
        return found.model_copy(update={"side": "left"})
    if right < BLINDSPOT_UNDER and left >= BLINDSPOT_OVER:
        return found.model_copy(update={"side": "right"})
    return found


def _info(ratings: Ratings, outlets: Iterable[Outlet | None]) -> RatingsInfo:
    """What the coverage rests on: the load, if it says anything of these outlets, else the registry."""
    known = [outlet for outlet in outlets if outlet is not None]
    divided = {outlet.domain: outlet.disagreement for outlet in known if outlet.disagreement}
    raters = tuple(sorted({rater for outlet in known for rater in outlet.raters}))
    if any(outlet.loaded for outlet in known):
        name, version, licence = ratings.name, ratings.version, ratings.licence
    elif known:
        name, version, licence = registry.NAME, registry.VERSION, registry.LICENCE
    else:
        name, version, licence = None, None, None
    disagreement = dict(sorted(divided.items()))
    return RatingsInfo(name=name, version=version, licence=licence, raters=raters, disagreement=disagreement)


def statements(found: Coverage) -> Iterator[str]:
    """The coverage in plain words, the most telling first; only what is the case."""
    bias, factuality = found.bias, found.factuality
    publishers = bias.rated + bias.unrated
    if bias.rated:
        yield bias.statement
        absent = [side for side, count in bias.grouped.items() if not count]
        places = {"left": "on the left", "center": "in the center", "right": "on the right"}
        yield from (f"No rated source {places[side]}" for side in absent)
    if bias.unrated:
        yield f"Not rated: {bias.unrated} of {publishers}"
    if found.blindspot.side:
        other, share = _other_side(found.blindspot)
        own = found.blindspot.left_share if found.blindspot.side == "left" else found.blindspot.right_share
        yield (
            f"Blindspot on the {found.blindspot.side}: {own or 0:.0%} of the rated sources, "
            f"against {share:.0%} on the {other}"
        )
    if factuality.rated:
        yield factuality.statement
    if found.ownership.counts:
        yield found.ownership.statement
    if len(found.countries) > 1:
        yield f"Sources from {len(found.countries)} countries"
    if found.ratings.disagreement:
        yield f"Raters disagree on {len(found.ratings.disagreement)} of {publishers} sources"


def _other_side(found: Blindspot) -> tuple[str, float]:
    return ("right", found.right_share or 0.0) if found.side == "left" else ("left", found.left_share or 0.0)


def timeline(members: Sequence[Member]) -> tuple[TimelineBucket, ...]:
    """Articles and publishers by hour (UTC), by day once the story spans more than 48 hours."""
    if not members:
        return ()
    span = members[-1].article.published_at - members[0].article.published_at
    start = _hour if span < timedelta(hours=HOURLY_BUCKETS) else _day
    buckets: dict[datetime, list[str]] = {}
    for member in members:
        buckets.setdefault(start(member.article.published_at), []).append(
            publisher_key(member.article.publisher)
        )
    return tuple(
        TimelineBucket(bucket_start=when, articles=len(found), publishers=len(set(found)))
        for when, found in sorted(buckets.items())
    )


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _day(moment: datetime) -> datetime:
    return _hour(moment).replace(hour=0)
