"""The record's quotations: verbatim, with speaker, from different speakers."""

from __future__ import annotations

from collections.abc import Sequence

from dateline.stories import Quote, Span
from services.publish.agreement import Agreement
from services.publish.drafts import Member
from services.publish.reading import Reading
from services.publish.speech import Spoken

MAX_QUOTES = 3


def quotes(
    members: Sequence[Member], readings: Sequence[Reading], agreement: Agreement, articles: Sequence[int]
) -> tuple[Quote, ...]:
    """Up to three quotations, one a speaker, those first whose sentences say most of what is agreed."""
    ranked: list[tuple[float, int, Spoken]] = []
    for article in articles:
        for one in readings[article].spoken:
            row = agreement.row(article, one.sentence)
            said = agreement.backing[row] / (float(agreement.length[row]) + 60)
            ranked.append((-round(float(said), 4), article, one))
    ranked.sort(key=lambda item: (item[0], item[1], item[2].start))
    chosen: dict[str, Quote] = {}
    for _score, article, one in ranked:
        surname = one.speaker.split()[-1].casefold()
        if surname not in chosen and len(chosen) < MAX_QUOTES:
            chosen[surname] = _quote(members[article], readings[article], one)
    return tuple(chosen.values())


def _quote(member: Member, reading: Reading, spoken: Spoken) -> Quote:
    article_id = member.article.article_id
    span = Span(
        article_id=article_id,
        revision=member.revision,
        field=reading.sentences[spoken.sentence].field,
        start=spoken.start,
        end=spoken.end,
        quote=spoken.text,
    )
    return Quote(text=spoken.text, speaker=spoken.speaker, article_id=article_id, span=span)
