"""The record's quotations: verbatim, with speaker, on the matter, from different speakers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dateline.stories import Entity, Quote, Span
from services.publish.agreement import Agreement
from services.publish.drafts import Member
from services.publish.reading import Reading
from services.publish.speech import Spoken

MAX_QUOTES = 3
# A quotation's sentence must say at least this part of what the headline says of the agreed words.
ON_TOPIC = 0.3
LENGTH = 60


def quotes(
    members: Sequence[Member],
    readings: Sequence[Reading],
    agreement: Agreement,
    articles: Sequence[int],
    headline: int,
    people: Sequence[Entity],
) -> tuple[Quote, ...]:
    """Up to three quotations, one a speaker, those first whose sentences say most of what is agreed.

    `headline` is the article whose title is the headline; `people` are the story's entities: a bare
    surname is printed as the one person of the story who bears it.
    """
    floor = ON_TOPIC * _said(agreement, agreement.row(headline, 0))
    ranked: list[tuple[float, int, Spoken]] = []
    for article in articles:
        for one in readings[article].spoken:
            said = _said(agreement, agreement.row(article, one.sentence))
            if said >= floor:
                ranked.append((-said, article, one))
    ranked.sort(key=lambda item: (item[0], item[1], item[2].start))
    names, chosen = full_names(people), dict[str, Quote]()
    for _said_less, article, one in ranked:
        surname = one.speaker.split()[-1].casefold()
        if surname not in chosen and len(chosen) < MAX_QUOTES:
            speaker = _full(one.speaker, names)
            chosen[surname] = _quote(members[article], readings[article], one, speaker)
    return tuple(chosen.values())


def _said(agreement: Agreement, row: int) -> float:
    return round(float(agreement.backing[row]) / (float(agreement.length[row]) + LENGTH), 4)


def full_names(people: Sequence[Entity]) -> Mapping[str, str]:
    """Surname to full name, for surnames that one person of the story bears."""
    found: dict[str, set[str]] = {}
    for entity in people:
        if entity.type == "person":
            found.setdefault(entity.name.split()[-1], set()).add(entity.name)
    return {surname: names.pop() for surname, names in found.items() if len(names) == 1}


def _full(speaker: str, names: Mapping[str, str]) -> str:
    """The person's full name for a bare surname or for the name with a title before it."""
    full = names.get(speaker.rsplit(maxsplit=1)[-1])
    return full if full and (" " not in speaker or speaker.endswith(full)) else speaker


def _quote(member: Member, reading: Reading, spoken: Spoken, speaker: str) -> Quote:
    article_id = member.article.article_id
    span = Span(
        article_id=article_id,
        revision=member.revision,
        field=reading.sentences[spoken.sentence].field,
        start=spoken.start,
        end=spoken.end,
        quote=spoken.text,
    )
    return Quote(text=spoken.text, speaker=speaker, article_id=article_id, span=span)
