"""Where sources give different figures for the same thing, the record says who says what, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from dateline.articles import Publisher
from dateline.outlets import registry
from dateline.stories import KeyPoint, Span
from services.publish.drafts import Member
from services.publish.figures import KINDS, Figure
from services.publish.own_names import own_name
from services.publish.reading import Reading
from services.publish.words import weighed

# Figures further apart than this speak of different things ("18 overnight", "62,000 since").
FURTHEST_APART = 3.0
SMALLEST = 2
SAME_CONTEXT = 0.3
# A story is about a figure when this part of its sources give one in title or first sentences.
ABOUT_IT = 0.3
MAX_VALUES = 3
DIGITS = re.compile(r"\S*\d\S*")
# How a figure is printed, by language and kind; in other languages the source's own phrase stands.
LABELS = {
    "en": {"dead": "dead", "hurt": "injured", "missing": "missing", "held": "arrested"},
    "es": {"dead": "muertos", "hurt": "heridos", "missing": "desaparecidos", "held": "detenidos"},
    "fr": {"dead": "morts", "hurt": "blessés", "missing": "disparus", "held": "arrêtés"},
    "de": {"dead": "Tote", "hurt": "Verletzte", "missing": "Vermisste", "held": "Festgenommene"},
    "pt": {"dead": "mortos", "hurt": "feridos", "missing": "desaparecidos", "held": "detidos"},
}


class Claim(NamedTuple):
    """The latest figure of one source."""

    voice: int
    figure: Figure


def said_at(voice: Member) -> datetime:
    """When a voice said what it says now: at its last revision, where that has a time."""
    article = voice.article
    return max(article.published_at, article.updated_at) if article.updated_at else article.published_at


def latest(
    voices: Sequence[Member], readings: Sequence[Reading], sources: Sequence[str], kind: str
) -> list[Claim]:
    """Each source's latest figure of a kind, in the order in which they were said."""
    by_source: dict[str, Claim] = {}
    for voice in sorted(range(len(voices)), key=lambda voice: (said_at(voices[voice]), voice)):
        found = [figure for figure in readings[voice].figures if figure.kind == kind and figure.first]
        if found:
            by_source.pop(sources[voice], None)
            by_source[sources[voice]] = Claim(voice, found[0])
    return list(by_source.values())


def _differing(
    voices: Sequence[Member], readings: Sequence[Reading], sources: Sequence[str], kind: str
) -> list[Claim]:
    """Comparable claims of a kind that the story is about, where they differ; else none."""
    if not any(figure.kind == kind and figure.first for reading in readings for figure in reading.figures):
        return []
    claims = latest(voices, readings, sources, kind)
    if len(claims) < max(2, ABOUT_IT * len(set(sources))):
        return []
    claims = _comparable(claims, voices, readings)
    return claims if len({claim.figure.value for claim in claims}) > 1 else []


class Standing(NamedTuple):
    """Voices' sentences by the figure they give, where sources differ: the latest one, or another."""

    newest: frozenset[tuple[int, int]] = frozenset()
    overtaken: frozenset[tuple[int, int]] = frozenset()


def standing(voices: Sequence[Member], readings: Sequence[Reading], sources: Sequence[str]) -> Standing:
    """Which sentences give the figure of the latest report, and which one that it has overtaken."""
    newest: set[tuple[int, int]] = set()
    overtaken: set[tuple[int, int]] = set()
    for kind in KINDS:
        claims = _differing(voices, readings, sources, kind)
        if not claims:
            continue
        latest_value = claims[-1].figure.value
        for voice, reading in enumerate(readings):
            for figure in reading.figures:
                if figure.kind != kind:
                    continue
                if figure.value == latest_value:
                    newest.add((voice, figure.sentence))
                elif _near(figure.value, latest_value):
                    overtaken.add((voice, figure.sentence))
    return Standing(frozenset(newest), frozenset(overtaken))


def disputed(voices: Sequence[Member], readings: Sequence[Reading], sources: Sequence[str]) -> list[KeyPoint]:
    """At most one key point: the first kind of figure on which the sources differ, as each has it."""
    for kind in KINDS:
        claims = _differing(voices, readings, sources, kind)
        if claims:
            return [_key_point(claims, voices, readings)]
    return []


def _comparable(claims: list[Claim], voices: Sequence[Member], readings: Sequence[Reading]) -> list[Claim]:
    """The claims that speak of what the latest one speaks of: near in size, alike in words.

    Alike to the latest, or to one that is: "toll reaches 23" says little else, the report before it more.
    """
    kept: list[Claim] = []
    for claim in reversed(claims):
        if not kept or (
            _near(claim.figure.value, kept[0].figure.value)
            and any(_same_thing(claim, other, voices, readings) for other in kept)
        ):
            kept.append(claim)
    return kept[::-1]


def _same_thing(one: Claim, other: Claim, voices: Sequence[Member], readings: Sequence[Reading]) -> bool:
    mine, theirs = (_context(claim, voices, readings) for claim in (one, other))
    shared = sum(weight for word, weight in mine.items() if word in theirs)
    return shared >= SAME_CONTEXT * min(sum(mine.values()), sum(theirs.values()))


def _near(one: int, other: int) -> bool:
    low, high = sorted((one, other))
    return low >= SMALLEST and high <= FURTHEST_APART * low


def _context(claim: Claim, voices: Sequence[Member], readings: Sequence[Reading]) -> Mapping[int, int]:
    """The words around the number."""
    sentence = readings[claim.voice].sentences[claim.figure.sentence].text
    phrase = claim.figure.text
    rest = sentence.replace(phrase, DIGITS.sub(" ", phrase))
    return weighed(rest, voices[claim.voice].article.language)


def _key_point(claims: list[Claim], voices: Sequence[Member], readings: Sequence[Reading]) -> KeyPoint:
    """`12 dead (Harbour Times, 14:00); 15 dead (Coastal Post, 18:30)`, times in UTC."""
    last_by_value = {claim.figure.value: claim for claim in claims}
    order = {id(claim): at for at, claim in enumerate(claims)}
    shown = sorted(last_by_value.values(), key=lambda claim: order[id(claim)])[-MAX_VALUES:]
    days = {said_at(voices[claim.voice]).date() for claim in shown}
    parts = [
        f"{_printed(claim.figure, voices[claim.voice])} ({_source(voices[claim.voice], len(days) > 1)})"
        for claim in shown
    ]
    return KeyPoint(
        text="; ".join(parts),
        article_ids=tuple(voices[claim.voice].article.article_id for claim in shown),
        publisher_count=len({voices[claim.voice].article.publisher.id for claim in shown}),
        spans=tuple(_span(claim, voices, readings) for claim in shown),
    )


def _printed(figure: Figure, voice: Member) -> str:
    """`23 dead`: the number as printed, in figures, and what is counted."""
    labels = LABELS.get((voice.article.language or "en").split("-")[0])
    return f"{figure.value:,} {labels[figure.kind]}" if labels else figure.text


def _source(voice: Member, with_day: bool) -> str:
    publisher, moment = voice.article.publisher, said_at(voice)
    name = _called(publisher)
    if voice.article.published_at_source != "given" or "date_only" in voice.article.flags:
        return f"{name}, {moment:%b} {moment.day}" if with_day else name
    return f"{name}, {moment:%b} {moment.day}, {moment:%H:%M}" if with_day else f"{name}, {moment:%H:%M}"


def _called(publisher: Publisher) -> str:
    """Its name; its domain where it has none, or calls itself by that of another outlet."""
    name = own_name(publisher)
    bearer = registry().named(name) if name else None
    if bearer and publisher.domain and registry().find(publisher.domain) is not bearer:
        return publisher.domain
    return name or publisher.domain or "source unnamed"


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
