"""The record's words: headline, summary and key points of a story, each with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from dateline.stories import DatelineText, Headline, KeyPoint, Summary
from services.publish import dateline_text, disagreement, headline, summary
from services.publish.agreement import VOTE, Agreement
from services.publish.disagreement import Standing
from services.publish.places import Winner
from services.publish.point_records import OVERTAKEN, Printed, choose_points
from services.publish.reading import Printable
from services.publish.story import Story

# Word units added to a length before dividing by it: the more, the longer the choice.
TITLE_LENGTH, LEAD_LENGTH = 800, 1200
# A word of a title is borne out when this part of the sources use it.
BACKED_BY = 0.4
BORNE_OUT_BASE, LEAST_BORNE_OUT = 0.5, 0.25
# What a title or lead is worth that has the newest toll or count.
NEWEST = 1.7
# A summary with an overtaken count would contradict the headline.
OVERTAKEN_LEAD = 0.25
# Agencies write titles for papers of every side.
AGENCY = 1.15
# A lead that begins in another country than the story's tells a local side of it.
ELSEWHERE = 0.5
# Beyond this weight a rarer word says no more.
RARE_ENOUGH = 10


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
        key_points=choose_points(story, chosen, lead, overtaken, event or first),
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
    here = [0.0] * len(titles)
    for voice in story.here:
        here[voice] = said[voice] * (OVERTAKEN if (voice, 0) in standing.overtaken else 1.0)
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
        for voice in story.here
        for printable in story.readings[voice].printables
        if printable.lead
    ]
    if not leads:
        return None
    first_row = agreement.first_row.tolist()
    rows = np.array([first_row[voice] + printable.sentence for voice, printable in leads])
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
