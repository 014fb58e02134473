"""A generated text: what of it a record may carry, and what it was written for.

It arrives as an act on the log, so that a replay gives the same. It holds as long as the extractive
text that it was written from is what the story would print; then each of its sentences is checked
against the live articles it cites, and the extractive one is printed where the check fails.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import Field, ValidationError

from dateline.articles import Frozen
from dateline.stories import Headline, KeyPoint, StoryRecord, Summary
from services.publish import summary
from services.publish.drafts import Generated, Member
from services.publish.support import Sources, unsupported

LONGEST = {"headline": 180, "summary": 400, "key point": 320}
MARKUP = re.compile(r"https?://|<\w|[\x00-\x1f\x7f]|\*\*|^#|`")


class Words(Frozen):
    """A record's words: the three things that may be generated."""

    headline: Headline
    summary: Summary | None = None
    key_points: tuple[KeyPoint, ...] = ()


class Kept(Frozen):
    """The words that a record carries, and why parts of a generated text are not among them."""

    words: Words
    refused: tuple[str, ...] = Field(default_factory=tuple)


def cited(words: Words) -> list[str]:
    """The articles that words cite, each once: the headline's, the summary's, then of each point in turn."""
    found = [*words.headline.article_ids, *(words.summary.article_ids if words.summary else ())]
    depth = max((len(point.article_ids) for point in words.key_points), default=0)
    found += [p.article_ids[at] for at in range(depth) for p in words.key_points if at < len(p.article_ids)]
    return list(dict.fromkeys(found))


def basis_of(words: Words, members: Mapping[str, Member]) -> str:
    """16 hex digits over extractive words and the revisions of the articles they cite."""
    said: list[Any] = [
        words.headline.text,
        words.summary.text if words.summary else None,
        [point.text for point in words.key_points],
        [[article_id, members[article_id].revision] for article_id in cited(words) if article_id in members],
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:16]


def is_extractive(record: StoryRecord) -> bool:
    """Whether all words of a record are taken from articles (and there are some)."""
    if record.headline is None:
        return False
    methods = {record.headline.method, *(point.method for point in record.key_points)}
    return methods == {"extractive"} and (record.summary is None or record.summary.method == "extractive")


def read_generated(body: Mapping[str, Any]) -> Generated:
    """A generated text from the body of its act.

    Raises:
        ValueError: the body is none; the message names the field.
    """
    try:
        return Generated.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"generated: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def kept(words: Words, text: Generated, members: Mapping[str, Member], language: str | None) -> Kept:
    """The extractive words with what of a generated text is supported by the articles it cites."""
    refused: list[str] = []

    def holds(what: str, said: str, articles: Iterable[str]) -> bool:
        reasons = _reasons(what, said, list(articles), members, language)
        refused.extend(f"{what}: {reason}" for reason in reasons)
        return not reasons

    found = words
    if text.headline and holds("headline", text.headline.text, text.headline.article_ids):
        found = found.model_copy(update={"headline": _headline(text, language)})
    if text.summary and words.summary and holds("summary", text.summary.text, text.summary.article_ids):
        found = found.model_copy(update={"summary": _summary(words.summary, text, language)})
    points = list(words.key_points)
    for one in text.key_points:
        if one.point < len(points) and holds("key point", one.text, points[one.point].article_ids):
            points[one.point] = points[one.point].model_copy(update={"text": one.text, "method": "generated"})
    return Kept(words=found.model_copy(update={"key_points": tuple(points)}), refused=tuple(refused))


def _headline(text: Generated, language: str | None) -> Headline:
    assert text.headline is not None
    given = text.headline
    return Headline(text=given.text, language=language, method="generated", article_ids=given.article_ids)


def _summary(was: Summary, text: Generated, language: str | None) -> Summary:
    assert text.summary is not None
    return was.model_copy(
        update={
            "text": summary.opened(was.dateline, text.summary.text),
            "language": language,
            "method": "generated",
            "article_ids": text.summary.article_ids,
        }
    )


def _reasons(
    what: str, said: str, article_ids: Sequence[str], members: Mapping[str, Member], language: str | None
) -> list[str]:
    """Why a text may not stand in the record."""
    if not said.strip() or len(said) > LONGEST[what]:
        return [f"has {len(said)} characters, 1 to {LONGEST[what]} are needed"]
    if MARKUP.search(said):
        return ["holds markup or an address"]
    gone = [article_id for article_id in article_ids if article_id not in members]
    if gone or not article_ids:
        return [f"cites {', '.join(gone) or 'no article'}, which is not in the story"]
    articles = [members[article_id].article for article_id in article_ids]
    sources = Sources([part for a in articles for part in (a.title, a.description, a.text)], language)
    return [f"{reason} not in its articles" for reason in unsupported(said, sources)]
