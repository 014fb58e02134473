"""Key points as the record has them: which sentences may be one, their words, spans and first report."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date, datetime

import numpy as np

from dateline.stories import KeyPoint, Span
from services.publish import dateline_text, disagreement, headline, key_points
from services.publish.key_points import Candidates, Chosen
from services.publish.reading import Printable
from services.publish.slim import slim
from services.publish.story import Story

MAX_POINTS = 5
# By the number of independent sources: how many must support a key point, and how many points.
SUPPORT_FLOOR = ((8, 3), (4, 2), (1, 1))
POINT_CEILING = ((2, 5), (1, 3))
# What a title and a key point are worth whose toll or count newer reports have overtaken.
OVERTAKEN, OVERTAKEN_POINT = 0.5, 0.25
# How much like a headline a title must look to stand as a key point where there are only titles.
TITLE_FIT = 0.7

# Voices' sentences whose count is out of date.
Overtaken = Set[tuple[int, int]]
NOTHING: Overtaken = frozenset()
# When each article said what it says, and its id.
Moments = Mapping[str, tuple[datetime, str]]
# A voice and one of its sentences.
Printed = tuple[int, Printable]


def choose_points(
    story: Story,
    representative: int,
    lead: Printed | None,
    overtaken: Overtaken = NOTHING,
    day: date | None = None,
) -> tuple[KeyPoint, ...]:
    """Three to five key points, fewer where the sources give no more; figures in dispute come first.

    `day` is that of the dateline: "On Friday," before a name is cut where it says no more than that.
    """
    agreement, sources = story.agreement, len(set(story.sources))
    said = [agreement.row(representative, 0)] + ([agreement.row(lead[0], lead[1].sentence)] if lead else [])
    disputed = disagreement.disputed(story.voices, story.readings, story.sources)
    ceiling = next(top for floor, top in POINT_CEILING if sources >= floor)
    chosen = key_points.choose(
        _candidates(story, lead, overtaken),
        agreement,
        story.sources,
        said,
        at_most=min(MAX_POINTS, ceiling) - len(disputed),
        min_sources=next(least for floor, least in SUPPORT_FLOOR if sources >= floor),
    )
    moments = {m.article.article_id: (disagreement.said_at(m), m.article.article_id) for m in story.members}
    points = [_key_point(story, point, day, moments) for point in chosen]
    return (*(_first_told(point, moments) for point in disputed), *points)


def _first_told(point: KeyPoint, moments: Moments) -> KeyPoint:
    """A point with when, and by which article, it was first said."""
    at, by = min(moments[article_id] for article_id in point.article_ids)
    return point.model_copy(update={"first_reported_at": at, "first_reported_by": by})


def _candidates(story: Story, lead: Printed | None, overtaken: Overtaken) -> Candidates:
    """Sentences of the story's language, by place, then by voice; the summary's own left out.

    Where no article has a sentence to print, the titles.
    """
    readings = [story.readings[voice] for voice in story.here]
    article = np.repeat(story.here, [len(reading.printables) for reading in readings])
    sentence = np.concatenate([reading.printable_sentences for reading in readings])
    position = np.concatenate([reading.printable_positions for reading in readings])
    prior = np.concatenate([reading.printable_priors for reading in readings])
    for voice, index in overtaken:
        prior[(article == voice) & (sentence == index)] *= OVERTAKEN_POINT
    order = np.lexsort((article, position))
    if lead is not None:
        order = order[(article[order] != lead[0]) | (sentence[order] != lead[1].sentence)]
    found = Candidates(article[order], sentence[order], prior[order])
    return found if found.article.size or lead is not None else _titles(story, overtaken)


def _titles(story: Story, overtaken: Overtaken) -> Candidates:
    """The titles that look like news of now; sentence 0 of each voice."""
    fit = [(voice, headline.fitness(_title(story, voice)[1])) for voice in story.here]
    kept = [(voice, value) for voice, value in fit if value >= TITLE_FIT and (voice, 0) not in overtaken]
    article, prior = np.array([v for v, _ in kept], np.int64), np.array([f for _, f in kept], np.float64)
    return Candidates(article, np.zeros(article.size, np.int64), prior)


def _title(story: Story, voice: int) -> tuple[int, str]:
    """Where a voice's title begins without what its desk or outlet put before it, and that title."""
    article = story.voices[voice].article
    text = headline.clean_title(article)
    return article.title.find(text), text


def _key_point(story: Story, point: Chosen, day: date | None, moments: Moments) -> KeyPoint:
    start, text = _printed(story, point, day)
    spans = [_span(story, point.article, point.sentence, (start, start + len(text)))]
    spans += [_span(story, article, sentence) for article, sentence in point.support]
    articles = _supporters(story, point, text)
    at, by = min(moments[article_id] for article_id in articles)
    return KeyPoint(
        text=text,
        article_ids=articles,
        publisher_count=len({story.publishers[article_id] for article_id in articles}),
        spans=tuple(spans),
        first_reported_at=at,
        first_reported_by=by,
    )


def _printed(story: Story, point: Chosen, day: date | None) -> tuple[int, str]:
    """Where a key point's text begins in its field, and the text."""
    if point.sentence == 0:
        return _title(story, point.article)
    printables, article = story.readings[point.article].printables, story.voices[point.article].article
    own = next(p for p in printables if p.sentence == point.sentence)
    dated = article.published_at_source == "given"
    cut = dateline_text.opening_day(own.text, article.published_at.date(), dated, day)
    return own.start + cut, own.text[cut:]


def _supporters(story: Story, point: Chosen, text: str) -> tuple[str, ...]:
    """The quoted article first, then those whose sentences agree, best first, then reprints of the words."""
    found = [story.voices[voice].article.article_id for voice in (point.article, *point.backers)]
    found += [copy.article.article_id for copy in story.copies if text in copy.article.body]
    return tuple(dict.fromkeys(found))


def _span(story: Story, voice: int, sentence: int, part: tuple[int, int] | None = None) -> Span:
    """A sentence, or the part of its field from the first to before the second of `part`."""
    member, found = story.voices[voice], story.readings[voice].sentences[sentence]
    start, end = part or (found.start, found.end)
    return slim(
        Span(
            article_id=member.article.article_id,
            revision=member.revision,
            field=found.field,
            start=start,
            end=end,
            quote=found.text[start - found.start : end - found.start],
        )
    )
