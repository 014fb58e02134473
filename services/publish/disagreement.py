"""Where sources give different figures for the same thing, the record says who says what, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dateline.stories import KeyPoint, Span
from services.publish.drafts import Member
from services.publish.figures import KINDS, Figure
from services.publish.reading import Reading
from services.publish.words import weighed

# Figures further apart than this speak of different things ("18 overnight", "62,000 since").
FURTHEST_APART = 3.0
SMALLEST = 2
SAME_CONTEXT = 0.3
# A story is about a figure when this part of its sources give one in title or first sentences.
ABOUT_IT = 0.3
MAX_VALUES = 3


class Claim(NamedTuple):
    """The latest figure of one source."""

    voice: int
    figure: Figure


def latest(readings: Sequence[Reading], sources: Sequence[str], kind: str) -> list[Claim]:
    """Each source's latest figure of a kind, in order of publication; voices come in that order."""
    by_source: dict[str, Claim] = {}
    for voice, (reading, source) in enumerate(zip(readings, sources, strict=True)):
        found = [figure for figure in reading.figures if figure.kind == kind]
        if found:
            by_source.pop(source, None)
            by_source[source] = Claim(voice, found[0])
    return list(by_source.values())


def disputed(voices: Sequence[Member], readings: Sequence[Reading], sources: Sequence[str]) -> list[KeyPoint]:
    """At most one key point: the first kind of figure on which the sources differ, as each has it."""
    for kind in KINDS:
        claims = latest(readings, sources, kind)
        if len(claims) < max(2, ABOUT_IT * len(set(sources))):
            continue
        claims = _comparable(claims, voices, readings)
        values = {claim.figure.value for claim in claims}
        if len(values) > 1:
            return [_key_point(claims, voices, readings)]
    return []


def _comparable(claims: list[Claim], voices: Sequence[Member], readings: Sequence[Reading]) -> list[Claim]:
    """The claims that speak of what the latest one speaks of: near in size, alike in words."""
    if not claims:
        return []
    last = claims[-1]
    return [claim for claim in claims if claim is last or _same_thing(claim, last, voices, readings)]


def _same_thing(one: Claim, other: Claim, voices: Sequence[Member], readings: Sequence[Reading]) -> bool:
    low, high = sorted((one.figure.value, other.figure.value))
    if low < SMALLEST or high > FURTHEST_APART * low:
        return False
    mine, theirs = (_context(claim, voices, readings) for claim in (one, other))
    shared = sum(weight for word, weight in mine.items() if word in theirs)
    return shared >= SAME_CONTEXT * min(sum(mine.values()), sum(theirs.values()))


def _context(claim: Claim, voices: Sequence[Member], readings: Sequence[Reading]) -> Mapping[int, int]:
    sentence = readings[claim.voice].sentences[claim.figure.sentence].text
    rest = sentence.replace(claim.figure.text, " ")
    return weighed(rest, voices[claim.voice].article.language)


def _key_point(claims: list[Claim], voices: Sequence[Member], readings: Sequence[Reading]) -> KeyPoint:
    """`12 dead (Harbour Times, 14:00); 15 dead (Coastal Post, 18:30)`, times in UTC."""
    last_by_value = {claim.figure.value: claim for claim in claims}
    shown = sorted(last_by_value.values(), key=lambda claim: claim.voice)[-MAX_VALUES:]
    days = {voices[claim.voice].article.published_at.date() for claim in shown}
    parts = [f"{claim.figure.text} ({_source(voices[claim.voice], len(days) > 1)})" for claim in shown]
    return KeyPoint(
        text="; ".join(parts),
        article_ids=tuple(voices[claim.voice].article.article_id for claim in shown),
        publisher_count=len({voices[claim.voice].article.publisher.id for claim in shown}),
        spans=tuple(_span(claim, voices, readings) for claim in shown),
    )


def _source(voice: Member, with_day: bool) -> str:
    publisher, moment = voice.article.publisher, voice.article.published_at
    name = publisher.name or publisher.domain or "source unnamed"
    if voice.article.published_at_source != "given" or "date_only" in voice.article.flags:
        return f"{name}, {moment:%b} {moment.day}" if with_day else name
    return f"{name}, {moment:%b} {moment.day}, {moment:%H:%M}" if with_day else f"{name}, {moment:%H:%M}"


def _span(claim: Claim, voices: Sequence[Member], readings: Sequence[Reading]) -> Span:
    figure, voice = claim.figure, voices[claim.voice]
    return Span(
        article_id=voice.article.article_id,
        revision=voice.revision,
        field=readings[claim.voice].sentences[figure.sentence].field,
        start=figure.start,
        end=figure.end,
        quote=figure.text,
    )
