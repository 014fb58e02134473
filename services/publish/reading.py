"""What a record takes from one article: a pure function of its content, remembered for the next version."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dateline.articles import Article
from services.publish import dateline_text, entities, figures, headline, places, speech, summary, topics
from services.publish.credits import printed_agency
from services.publish.dateline_text import Printed
from services.publish.sentences import (
    READ_CHARACTERS,
    TITLE_POSITION,
    Field,
    Sentence,
    body_field,
    furniture_in,
    is_whole,
    outside_quotes,
    pieces,
    readable,
    self_contained,
)
from services.publish.words import clues, weigh_all

LEADS = 3
CANDIDATE_SENTENCES = 10
REMEMBERED_ARTICLES = 2_048
# "Williams also ordered": it goes on from a sentence before it.
GOES_ON = re.compile(r"^(?:\S+\s){1,5}also\b")
# Opinion where a report should be is printed only where there is little else.
LOADED_POINT = 0.3
POSITION_PRIOR = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)


class Printable(NamedTuple):
    """A sentence that can stand in a record by itself, its printed dateline cut.

    `lead` and `point` say how well it serves as summary and as key point by place and form, 0 to 1;
    `country` is that of the first place a possible summary names.
    """

    sentence: int
    start: int
    text: str
    lead: float
    point: float
    country: str | None = None


class Reading(NamedTuple):
    """An article as read. Sentence 0 is the title.

    `word_ids` are the article's words (sorted, with weights and whether the title has them); an item
    is one word in one readable sentence: its row and its place in `word_ids`, row by row.
    """

    sentences: tuple[Sentence, ...]
    printables: tuple[Printable, ...]
    printable_sentences: NDArray[np.int64]
    printable_positions: NDArray[np.int64]
    printable_priors: NDArray[np.float64]
    printed: Printed
    agency: str | None
    word_ids: NDArray[np.int64]
    word_weights: NDArray[np.int16]
    in_title: NDArray[np.int16]
    row_sizes: NDArray[np.int16]
    item_words: NDArray[np.int16]
    names: entities.Names
    votes: dict[str, int]
    seat: str | None
    told: date | None
    topics: topics.Evidence
    figures: tuple[figures.Figure, ...]
    spoken: tuple[speech.Spoken, ...]


def read(article: Article) -> Reading:
    """Read an article. Articles of equal content share one reading, which must not be changed."""
    is_text = body_field(article.text) == "text"
    body = (article.text if is_text else article.description)[:READ_CHARACTERS]
    day, dated = article.published_at.date(), article.published_at_source == "given"
    bare = headline.clean_title(article)
    return _read(article.title, bare, body, is_text, article.language, article.dateline, day, dated)


@lru_cache(maxsize=REMEMBERED_ARTICLES)
def _read(
    title: str,
    bare: str,
    body: str,
    is_text: bool,
    language: str | None,
    printed_place: str | None,
    day: date,
    dated: bool,
) -> Reading:
    sentences = _sentences(title, body, is_text, language)
    leads = [i for i, s in enumerate(sentences) if 0 <= s.position < LEADS and s.whole]
    printed = (
        dateline_text.printed_dateline(sentences[leads[0]].text) if leads else dateline_text.NOTHING_PRINTED
    )
    printables = tuple(_printables(sentences, title, leads[:1], printed))
    said = weigh_all([bare, *(s.text if s.whole else None for s in sentences[1:])], language)
    lead_texts = [sentences[i].text for i in leads[:2]]
    return Reading(
        sentences=sentences,
        printables=printables,
        printable_sentences=np.array([p.sentence for p in printables], np.int64),
        printable_positions=np.array([sentences[p.sentence].position for p in printables], np.int64),
        printable_priors=np.array([p.point for p in printables], np.float64),
        printed=printed,
        agency=printed_agency(body, printed.credit),
        word_ids=said.ids,
        word_weights=said.weights.astype(np.int16),
        in_title=_marked(said.ids.size, said.words[said.texts == 0]),
        row_sizes=np.bincount(said.texts, minlength=len(sentences)).astype(np.int16),
        item_words=said.words.astype(np.int16),
        names=entities.names(sentences),
        votes=places.article_votes(title, lead_texts),
        seat=places.dateline_vote(printed_place or printed.place),
        told=next((t for t in (dateline_text.told_day(lead, day, dated) for lead in lead_texts) if t), None),
        topics=topics.evidence(title, [sentences[i].text for i in leads], language),
        figures=figures.figures(sentences),
        spoken=speech.spoken(sentences),
    )


def _marked(size: int, some: NDArray[np.int64]) -> NDArray[np.int16]:
    """1 at some places, else 0."""
    found = np.zeros(size, np.int16)
    found[some] = 1
    return found


def _sentences(title: str, body: str, is_text: bool, language: str | None) -> tuple[Sentence, ...]:
    """Title first; positions count readable sentences, so that page furniture pushes no lead down."""
    found = [Sentence("title", 0, len(title), title, TITLE_POSITION, True)]
    field: Field = "text" if is_text else "description"
    parts = pieces(body, language)
    position, page = 0, furniture_in(body[: parts[-1][1]]) if parts else ()
    for start, end, piece in parts:
        good = is_whole(piece, end) and readable(piece, page)
        found.append(Sentence(field, start, end, piece, position, good))
        position += good
    return tuple(found)


def _printables(
    sentences: Sequence[Sentence], title: str, opening: list[int], printed: Printed
) -> list[Printable]:
    found, folded = [], _folded(title)
    for index, sentence in enumerate(sentences):
        if not sentence.whole or not 0 <= sentence.position < CANDIDATE_SENTENCES:
            continue
        cut = printed.length if index in opening else dateline_text.printed_dateline(sentence.text).length
        cut += summary.opening_credit(sentence.text[cut:])
        cut += headline.opening_label(sentence.text[cut:])
        text = sentence.text[cut:]
        if _folded(text) != folded and not _after_title(text, title) and self_contained(text):
            lead = summary.fitness(text, sentence.position)
            named = next(places.mentions(text), None) if lead else None
            country = named.entry.country if named else None
            point = _point(text, sentence.position)
            found.append(Printable(index, sentence.start + cut, text, lead, point, country))
    return found


def _after_title(text: str, title: str) -> bool:
    """Whether the page's title was run into a sentence: it stands before a capital, unparted."""
    return text.startswith(title) and text[len(title) :][:1] == " " and text[len(title) :][1:2].isupper()


def _folded(text: str) -> str:
    return text.strip(" .").casefold()


def _goes_on(text: str) -> bool:
    return "also" in clues(text).parts and GOES_ON.match(text) is not None


def _point(text: str, position: int) -> float:
    """How well a sentence serves as a key point: early ones, not too long, not quotation alone."""
    prior = POSITION_PRIOR[min(position, len(POSITION_PRIOR) - 1)]
    plain = outside_quotes(text)
    if len(plain) < len(text) * 0.4:
        prior *= 0.75
    if summary.ANAPHORIC.match(text) or _goes_on(text):
        prior *= 0.65
    if summary.relative_day(text, plain):
        prior *= 0.8
    if summary.loaded(text, plain):
        prior *= LOADED_POINT
    if summary.telling(text):
        prior *= 0.8
    return prior * (0.8 if len(text) > 260 else 1.0)
