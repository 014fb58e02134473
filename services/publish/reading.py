"""What a record takes from one article: a pure function of its content, remembered for the next version."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dateline.articles import Article
from services.publish import dateline_text, entities, figures, places, speech, topics
from services.publish.dateline_text import Printed
from services.publish.sentences import TITLE_POSITION, Sentence, body_field, readable, self_contained, split
from services.publish.words import weighed

LEADS = 3
CANDIDATE_SENTENCES = 14
REMEMBERED_ARTICLES = 8_192


class Reading(NamedTuple):
    """An article as read. Sentence 0 is the title; arrays hold one item per word of a readable sentence."""

    sentences: tuple[Sentence, ...]
    candidates: tuple[int, ...]
    leads: tuple[int, ...]
    printed: Printed
    word_ids: NDArray[np.int64]
    word_weights: NDArray[np.int64]
    word_rows: NDArray[np.int64]
    named: tuple[entities.Named, ...]
    votes: dict[str, int]
    told: date | None
    topics: dict[str, int]
    figures: tuple[figures.Figure, ...]
    spoken: tuple[speech.Spoken, ...]


def read(article: Article) -> Reading:
    """Read an article. Articles of equal content share one reading, which must not be changed."""
    field = body_field(article.text)
    body = article.text if field == "text" else article.description
    day = article.published_at.date() if article.published_at_source == "given" else None
    return _read(article.title, body, field == "text", article.language, article.dateline, day)


@lru_cache(maxsize=REMEMBERED_ARTICLES)
def _read(
    title: str, body: str, is_text: bool, language: str | None, printed_place: str | None, day: date | None
) -> Reading:
    sentences = _sentences(title, body, is_text, language)
    leads = tuple(i for i, s in enumerate(sentences) if 0 <= s.position < LEADS and s.whole)
    printed = _printed(sentences, leads)
    bags = [weighed(s.text, language) if s.whole else {} for s in sentences]
    lead_texts = [sentences[i].text for i in leads[:2]]
    lead_words = [word for i in leads for word in bags[i]]
    return Reading(
        sentences=sentences,
        candidates=tuple(i for i, s in enumerate(sentences) if i and _may_be_printed(s, title)),
        leads=leads,
        printed=printed,
        word_ids=np.fromiter((w for bag in bags for w in bag), np.int64),
        word_weights=np.fromiter((v for bag in bags for v in bag.values()), np.int64),
        word_rows=np.repeat(np.arange(len(bags)), [len(bag) for bag in bags]),
        named=entities.named(sentences),
        votes=places.article_votes(title, lead_texts, printed_place or printed.place),
        told=_told(lead_texts, day),
        topics=topics.evidence(bags[0], lead_words),
        figures=figures.figures(sentences),
        spoken=speech.spoken(sentences),
    )


def _sentences(title: str, body: str, is_text: bool, language: str | None) -> tuple[Sentence, ...]:
    """Title first; positions count readable sentences, so that page furniture pushes no lead down."""
    found = [Sentence("title", 0, len(title), title, TITLE_POSITION, True)]
    position = 0
    for sentence in split(body, "text" if is_text else "description", language):
        good = readable(sentence)
        found.append(sentence._replace(position=position, whole=good))
        position += good
    return tuple(found)


def _may_be_printed(sentence: Sentence, title: str) -> bool:
    if not sentence.whole or sentence.position >= CANDIDATE_SENTENCES:
        return False
    return sentence.text.strip(" .").casefold() != title.strip(" .").casefold() and self_contained(sentence.text)


def _printed(sentences: tuple[Sentence, ...], leads: tuple[int, ...]) -> Printed:
    """The printed dateline, looked for before the first readable sentence."""
    return dateline_text.printed_dateline(sentences[leads[0]].text) if leads else dateline_text.NOTHING_PRINTED


def _told(leads: list[str], day: date | None) -> date | None:
    if day is None:
        return None
    return next((told for told in (dateline_text.told_day(lead, day) for lead in leads) if told), None)
