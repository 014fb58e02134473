"""The record's words: headline, summary and key points of a story, each with its evidence."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date

import numpy as np

from dateline.stories import DatelineText, Headline, KeyPoint, Span, Summary
from services.publish import dateline_text, disagreement, headline, key_points, summary
from services.publish.agreement import VOTE, Agreement
from services.publish.disagreement import Standing
from services.publish.key_points import SUPPORT, Candidates, Chosen
from services.publish.places import Winner
from services.publish.reading import Printable
from services.publish.story import Story

MAX_POINTS = 5
SPANS_PER_POINT = 5
# By the number of independent sources: how many must support a key point, and how many points.
SUPPORT_FLOOR = ((8, 3), (4, 2), (1, 1))
POINT_CEILING = ((2, 5), (1, 3))
# Word units added to a length before dividing by it: the more, the longer the choice.
TITLE_LENGTH, LEAD_LENGTH = 800, 1200
# A word of a title is borne out when this part of the sources use it.
BACKED_BY = 0.4
BORNE_OUT_BASE, LEAST_BORNE_OUT = 0.5, 0.25
# What a sentence is worth whose toll or count newer reports have overtaken, and a title that has the newest.
OVERTAKEN, NEWEST = 0.5, 1.7
# A summary with an overtaken count would contradict the headline.
OVERTAKEN_LEAD = 0.25
# How much like a headline a title must look to stand as a key point where there are only titles.
TITLE_FIT = 0.7
# Agencies write titles for papers of every side.
AGENCY = 1.15
# A lead that begins in another country than the story's tells a local side of it.
ELSEWHERE = 0.5
# Beyond this weight a rarer word says no more.
RARE_ENOUGH = 10

# Voices' sentences whose count is out of date.
Overtaken = Set[tuple[int, int]]
NOTHING: Overtaken = frozenset()
# A voice and one of its sentences.
Printed = tuple[int, Printable]


@dataclass(frozen=True)
class Wording:
    """What a reader reads, and the voice whose title is the headline."""

    representative: int
    headline: Headline
    summary: Summary | None
    event: date | None
    key_points: tuple[KeyPoint, ...]


def word(story: Story, previous: Headline | None, place: Winner | None) -> Wording:
    """Write a story. `previous` is the headline of the version before, which prefers to stay.

    `event` of the result is the day the story tells, None where it tells none.
    """
    standing = disagreement.standing(story.voices, story.readings, story.sources)
    overtaken = standing.overtaken
    chosen = choose_headline(story, previous, standing)
    title = headline.clean_title(story.voices[chosen].article)
    lead = choose_lead(story, chosen, standing, place.entry.country if place else None)
    first, last = (story.members[end].article.published_at.date() for end in (0, -1))
    told = (reading.told for reading in story.readings)
    event = dateline_text.event_day(told, first, last, _told_by(story, lead) if lead else None)
    dateline = dateline_text.dateline_text(place.entry if place else None, event or first, story.language)
    return Wording(
        representative=chosen,
        headline=Headline(
            text=title,
            language=story.voices[chosen].article.language,
            article_ids=(story.voices[chosen].article.article_id,),
        ),
        summary=_summary(story, lead, dateline) if lead else None,
        event=event,
        key_points=choose_points(story, chosen, lead, overtaken),
    )


def _told_by(story: Story, lead: Printed) -> date | None:
    """The day that the summary's own sentence tells."""
    article = story.voices[lead[0]].article
    dated = article.published_at_source == "given"
    return dateline_text.told_day(lead[1].text, article.published_at.date(), dated)


def choose_headline(story: Story, previous: Headline | None, standing: Standing = Standing()) -> int:  # noqa: B008  # frozen
    """The voice whose title is the headline; of a story about a toll it gives the newest where it can."""
    titles = [headline.clean_title(voice.article) for voice in story.voices]
    said = _titles_say(story.agreement, VOTE * BACKED_BY * len(set(story.sources)))
    here = [
        said[voice] * (OVERTAKEN if (voice, 0) in standing.overtaken else 1.0)
        if story.spoken_here(voice)
        else 0.0
        for voice in range(len(titles))
    ]
    favour = [_favour(story, voice, standing) for voice in range(len(titles))]
    return headline.choose(titles, here, previous.text if previous else None, favour)


def _favour(story: Story, voice: int, standing: Standing) -> float:
    """What speaks for a title besides what it says: who says it, and that its toll is the newest."""
    return (AGENCY if story.agencies[voice] else 1.0) * (NEWEST if (voice, 0) in standing.newest else 1.0)


def _titles_say(agreement: Agreement, backed: float) -> list[float]:
    """What each title says of the agreed words for its length, times how much of it others bear out.

    Titles and texts have half a say each in what is agreed; a word is borne out by `backed` votes.
    """
    rows, length = agreement.first_row, agreement.length[agreement.first_row]
    plain = np.minimum(agreement.weight, RARE_ENOUGH)
    titles = agreement.some(rows)
    borne = titles.sums(agreement.weight * np.minimum(1.0, agreement.votes / backed))
    said = titles.sums(plain * (agreement.votes + agreement.title_votes))
    found = said / (titles.sums(plain) + TITLE_LENGTH) * borne / np.maximum(1.0, length)
    scores: list[float] = np.round(found / agreement.top, 9).tolist()
    return scores


def choose_lead(
    story: Story,
    representative: int,
    standing: Standing = Standing(),  # noqa: B008  # frozen
    country: str | None = None,
) -> Printed | None:
    """The voice and sentence of the summary, or None where no article has a lead to print.

    A lead's score: what it adds to the headline of the words that the titles agree on, for its
    length; how much of the headline it bears out; how well it serves by place and form.
    """
    agreement = story.agreement
    leads = [
        (voice, printable)
        for voice, reading in enumerate(story.readings)
        if story.spoken_here(voice)
        for printable in reading.printables
        if printable.lead
    ]
    if not leads:
        return None
    rows = np.array([agreement.row(voice, printable.sentence) for voice, printable in leads])
    value = np.minimum(agreement.weight, RARE_ENOUGH) * agreement.title_votes
    title = np.zeros(agreement.weight.size, np.int64)
    words = agreement.words(agreement.row(representative, 0))
    title[words] = value[words]
    printed = agreement.some(rows)
    borne = printed.sums(title) / max(1, int(title.sum()))
    fit = np.array([_lead_fitness(voice, p, standing, country) for voice, p in leads])
    fresh = printed.sums(value) - borne * title.sum()
    said = fresh / (agreement.length[rows] + LEAD_LENGTH)
    score = np.round(fit * said * (BORNE_OUT_BASE + borne), 6)
    score[borne < LEAST_BORNE_OUT] = 0
    if not score.any():
        # No lead speaks the headline's words: its own article's lead is about it all the same, if it has one.
        own = np.array([voice == representative for voice, _ in leads])
        score = fit * (own if (fit * own).any() else BORNE_OUT_BASE + borne)
    best = int(score.argmax())
    return leads[best] if score[best] > 0 else None


def _lead_fitness(voice: int, lead: Printable, standing: Standing, country: str | None) -> float:
    """How well a lead serves by place and form, its count up to date and its country the story's."""
    value = lead.lead * (1.0 if country is None or lead.country in (None, country) else ELSEWHERE)
    if (voice, lead.sentence) in standing.overtaken:
        return value * OVERTAKEN_LEAD
    return value * (NEWEST if (voice, lead.sentence) in standing.newest else 1.0)


def _summary(story: Story, lead: Printed, dateline: DatelineText) -> Summary:
    voice, printable = lead
    return Summary(
        text=summary.opened(dateline, printable.text),
        dateline=dateline,
        language=story.voices[voice].article.language,
        article_ids=(story.voices[voice].article.article_id,),
    )


def choose_points(
    story: Story, representative: int, lead: Printed | None, overtaken: Overtaken = NOTHING
) -> tuple[KeyPoint, ...]:
    """Three to five key points, fewer where the sources give no more; figures in dispute come first."""
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
    return (*disputed, *(_key_point(story, point) for point in chosen))


def _candidates(story: Story, lead: Printed | None, overtaken: Overtaken) -> Candidates:
    """Sentences of the story's language, by place, then by voice; the summary's own left out.

    Where no article has a sentence to print, the titles.
    """
    voices = voices_here(story)
    readings = [story.readings[voice] for voice in voices]
    article = np.repeat(voices, [len(reading.printables) for reading in readings])
    sentence = np.concatenate([reading.printable_sentences for reading in readings])
    position = np.concatenate([reading.printable_positions for reading in readings])
    prior = np.concatenate([reading.printable_priors for reading in readings])
    for voice, index in overtaken:
        prior[(article == voice) & (sentence == index)] *= OVERTAKEN
    order = np.lexsort((article, position))
    if lead is not None:
        order = order[(article[order] != lead[0]) | (sentence[order] != lead[1].sentence)]
    found = Candidates(article[order], sentence[order], prior[order])
    return found if found.article.size or lead is not None else _titles(story, overtaken)


def _titles(story: Story, overtaken: Overtaken) -> Candidates:
    """The titles that look like news of now; sentence 0 of each voice."""
    fit = [(voice, headline.fitness(_title(story, voice)[1])) for voice in voices_here(story)]
    kept = [(voice, value) for voice, value in fit if value >= TITLE_FIT and (voice, 0) not in overtaken]
    article, prior = np.array([v for v, _ in kept], np.int64), np.array([f for _, f in kept], np.float64)
    return Candidates(article, np.zeros(article.size, np.int64), prior)


def _title(story: Story, voice: int) -> tuple[int, str]:
    """Where a voice's title begins without what its desk or outlet put before it, and that title."""
    article = story.voices[voice].article
    text = headline.clean_title(article)
    return article.title.find(text), text


def _key_point(story: Story, point: Chosen) -> KeyPoint:
    start, text = _printed(story, point)
    spans = [_span(story, point.article, point.sentence, (start, start + len(text)))]
    spans += [
        _span(story, article, sentence) for article, sentence, _ in point.support[: SPANS_PER_POINT - 1]
    ]
    articles = _supporters(story, point, text)
    return KeyPoint(
        text=text,
        article_ids=articles,
        publisher_count=len({story.publishers[article_id] for article_id in articles}),
        spans=tuple(spans),
    )


def _printed(story: Story, point: Chosen) -> tuple[int, str]:
    """Where a key point's text begins in its field, and the text."""
    if point.sentence == 0:
        return _title(story, point.article)
    printables = story.readings[point.article].printables
    return next((p.start, p.text) for p in printables if p.sentence == point.sentence)


def _supporters(story: Story, point: Chosen, text: str) -> tuple[str, ...]:
    """The quoted article first, then those whose sentences agree, best first, then reprints of the words."""
    voices = [point.article, *(article for article, _, part in point.support if part >= SUPPORT)]
    found = [story.voices[voice].article.article_id for voice in voices]
    found += [copy.article.article_id for copy in story.copies if text in copy.article.body]
    return tuple(dict.fromkeys(found))


def _span(story: Story, voice: int, sentence: int, part: tuple[int, int] | None = None) -> Span:
    """A sentence, or the part of its field from the first to before the second of `part`."""
    member, found = story.voices[voice], story.readings[voice].sentences[sentence]
    start, end = part or (found.start, found.end)
    return Span(
        article_id=member.article.article_id,
        revision=member.revision,
        field=found.field,
        start=start,
        end=end,
        quote=found.text[start - found.start : end - found.start],
    )


def voices_here(story: Story) -> Sequence[int]:
    """The voices that speak the story's main language."""
    return [voice for voice in range(len(story.voices)) if story.spoken_here(voice)]
