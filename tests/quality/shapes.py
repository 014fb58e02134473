"""The fields of a record, each with the check it must pass: the field list of the contract, as code."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

Json = dict[str, Any]
Check = Callable[[Any], bool]

STATUSES = {"developing", "settled", "closed", "merged", "withdrawn"}
BIASES = ["far_left", "left", "lean_left", "center", "lean_right", "right", "far_right"]
FACTUALITIES = ["very_high", "high", "mixed", "low", "very_low"]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
ARTICLE_ID = re.compile(r"a-[0-9a-f]{24}")


def text(value: Any) -> bool:
    return isinstance(value, str)


def filled(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def share(value: Any) -> bool:
    return number(value) and 0 <= value <= 1


def truth(value: Any) -> bool:
    return isinstance(value, bool)


def moment(value: Any) -> bool:
    return isinstance(value, str) and bool(MOMENT.fullmatch(value)) and bool(datetime.fromisoformat(value))


def day(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))


def country(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[A-Z]{2}", value))


def one_of(*allowed: Any) -> Check:
    return lambda value: value in allowed


def none_or(check: Check) -> Check:
    return lambda value: value is None or check(value)


def many(check: Check, least: int = 0, most: int = 10**6) -> Check:
    return lambda value: isinstance(value, list) and least <= len(value) <= most and all(map(check, value))


def mapping(key: Check, value: Check) -> Check:
    return lambda found: isinstance(found, dict) and all(key(k) and value(v) for k, v in found.items())


def exactly(keys: list[str]) -> Check:
    return lambda found: isinstance(found, dict) and list(found) == keys and all(map(count, found.values()))


class Shape:
    """An object with at least these fields, each as its check wants; more are allowed (additions)."""

    def __init__(self, **fields: Check | Shape) -> None:
        self.fields = fields

    def __call__(self, value: Any) -> bool:
        return not list(self.errors(value, ""))

    def errors(self, value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at}: no object but {value!r}"
            return
        for name, check in self.fields.items():
            if name not in value:
                yield f"{at}/{name}: missing"
            elif isinstance(check, Shape):
                yield from check.errors(value[name], f"{at}/{name}")
            elif not check(value[name]):
                yield f"{at}/{name}: {json.dumps(value[name], ensure_ascii=False)[:120]}"


REF = Shape(story_id=filled, unpublished=truth)
SCORED = Shape(story_id=filled, score=share)
PUBLISHER = Shape(
    id=none_or(filled),
    name=none_or(filled),
    domain=none_or(filled),
    country=none_or(country),
    owner=none_or(filled),
    bias=none_or(one_of(*BIASES)),
    factuality=none_or(one_of(*FACTUALITIES)),
    verified=truth,
)
MEMBERSHIP = Shape(
    score=share,
    threshold=share,
    nearest_article_ids=many(filled, most=3),
    shared_terms=many(Shape(term=filled, weight=number), most=8),
    against=many(filled),
    added_in_version=count,
    runner_up=none_or(Shape(story_id=filled, score=share, unpublished=truth)),
)
ARTICLE = Shape(
    article_id=lambda value: bool(ARTICLE_ID.fullmatch(value)), source_id=none_or(filled),
    revision=lambda value: count(value) and value >= 1, url=none_or(filled), title=filled,
    excerpt=lambda value: text(value) and len(value) <= 300, language=none_or(filled), published_at=moment,
    published_at_source=one_of("given", "received", "clamped"), received_at=moment, flags=many(filled),
    publisher=PUBLISHER, authors=many(filled), image_url=none_or(filled), paywalled=none_or(truth),
    reprint_of=none_or(filled), status=one_of("usable"),
    correction=none_or(Shape(text=filled, at=none_or(moment))),
    role=one_of("first", "representative", "member", "reprint"), membership=MEMBERSHIP,
)  # fmt: skip  # a row of values
SPAN = Shape(
    article_id=filled,
    revision=count,
    field=one_of("title", "description", "text"),
    start=count,
    end=count,
    quote=filled,
)
METHOD = one_of("extractive", "generated")
HEADLINE = Shape(text=filled, language=none_or(filled), method=METHOD, article_ids=many(filled, least=1))
SUMMARY = Shape(
    text=filled,
    language=none_or(filled),
    method=METHOD,
    article_ids=many(filled, least=1),
    dateline=Shape(place=none_or(filled), country=none_or(country), date=none_or(day), text=text),
)
KEY_POINT = Shape(
    text=filled,
    article_ids=many(filled, least=1),
    publisher_count=lambda value: count(value) and value > 0,
    spans=many(SPAN, least=1),
    method=METHOD,
    first_reported_at=moment,
    first_reported_by=filled,
)
COVERAGE = Shape(
    bias=Shape(
        base=one_of("publishers"), counts=exactly(BIASES), grouped=exactly(["left", "center", "right"]),
        shares=mapping(text, share), rated=count, unrated=count,
        dominant=none_or(Shape(label=filled, share=share)), statement=filled,
    ),
    factuality=Shape(counts=exactly(FACTUALITIES), rated=count, unrated=count, statement=filled),
    ownership=Shape(counts=mapping(filled, count)),
    countries=mapping(country, count),
    blindspot=Shape(
        side=one_of(None, "left", "right"), rule=filled, left_share=none_or(share), right_share=none_or(share)
    ),
    ratings=Shape(
        name=none_or(filled), version=none_or(text), licence=none_or(text), raters=many(filled),
        disagreement=mapping(filled, lambda _: True),
    ),
    first_publisher=PUBLISHER,
    timeline=many(Shape(bucket_start=moment, articles=count, publishers=count), least=1),
)  # fmt: skip  # a row of values
CHANGE = Shape(
    reasons=many(filled),
    articles_added=many(filled),
    articles_removed=many(Shape(article_id=filled, reason=filled, to_story_id=none_or(filled))),
    articles_revised=many(filled),
    fields_changed=many(lambda value: text(value) and value.startswith("/")),
    significance=one_of("none", "minor", "major"),
    statement=filled,
)
ALWAYS = Shape(
    story_id=filled, version=lambda value: count(value) and value >= 1, previous_version=none_or(count),
    status=one_of(*STATUSES), merged_into=none_or(filled), merged_from=many(REF), split_from=none_or(REF),
    split_into=many(REF), change=CHANGE, languages=mapping(filled, count), article_count=count,
    unique_article_count=count, reprint_count=count, publisher_count=count, independent_source_count=count,
    articles_truncated=count, velocity=lambda value: number(value) and value >= 0, cohesion=none_or(share),
    related=many(SCORED), created_at=moment, updated_at=moment, closed_at=none_or(moment),
    provenance=Shape(
        pipeline_version=filled, config_hash=filled, models=many(filled), input_position=filled
    ),
    headline=none_or(HEADLINE), image=none_or(Shape(url=filled, article_id=filled)),
    language=none_or(filled), articles=many(lambda value: isinstance(value, dict)),
    key_points=many(KEY_POINT, most=5),
    quotes=many(Shape(text=filled, speaker=none_or(filled), article_id=filled)),
    summary=none_or(SUMMARY), coverage=lambda value: isinstance(value, dict),
    topics=many(
        Shape(id=lambda value: text(value) and value.startswith("medtop:"), label=filled, score=share)
    ),
    entities=many(Shape(type=filled, name=filled, article_count=lambda value: count(value) and value > 0)),
    places=many(
        Shape(name=filled, country=none_or(country), lat=none_or(number), lon=none_or(number), role=filled)
    ),
    event_date=none_or(day),
    importance=Shape(score=share, components=mapping(filled, number)),
    first_published_at=none_or(moment), last_published_at=none_or(moment),
)  # fmt: skip  # a row of values
LIVE = Shape(headline=HEADLINE, coverage=COVERAGE, first_published_at=moment, last_published_at=moment)
