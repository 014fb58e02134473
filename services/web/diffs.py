"""What changed between two versions of a story, as a reader sees it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from dateline.stories import RecordArticle, StoryRecord

Piece = tuple[str, str]
"""(same | removed | added, text)"""

_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
MOST_TOKENS = 600


@dataclass(frozen=True, slots=True)
class Difference:
    """The readable difference of a version to the one before it."""

    texts: list[tuple[str, list[Piece]]] = field(default_factory=list)
    counts: list[tuple[str, int, int]] = field(default_factory=list)
    added: list[RecordArticle] = field(default_factory=list)
    removed: list[tuple[RecordArticle, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.texts or self.counts or self.added or self.removed)


def words_changed(before: str, after: str) -> list[Piece]:
    """A word-by-word difference."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(old) > MOST_TOKENS or len(new) > MOST_TOKENS:
        return [("removed", before), ("added", after)]
    found: list[Piece] = []
    for what, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(("same", "".join(old[a:b])))
            continue
        if a < b:
            found.append(("removed", "".join(old[a:b])))
        if c < d:
            found.append(("added", "".join(new[c:d])))
    return found


def difference(before: StoryRecord, after: StoryRecord) -> Difference:
    """What a reader who saw `before` finds changed in `after`."""
    return Difference(_texts(before, after), _counts(before, after), *_articles(before, after))


def _texts(before: StoryRecord, after: StoryRecord) -> list[tuple[str, list[Piece]]]:
    pairs = [
        ("Headline", _headline(before), _headline(after)),
        (
            "Summary",
            before.summary.text if before.summary else "",
            after.summary.text if after.summary else "",
        ),
    ]
    found = [(name, words_changed(old, new)) for name, old, new in pairs if old != new]
    old_points, new_points = [one.text for one in before.key_points], [one.text for one in after.key_points]
    points: list[Piece] = [("removed", text) for text in old_points if text not in new_points]
    points += [("added", text) for text in new_points if text not in old_points]
    return [*found, *(("Key point", [piece]) for piece in points)]


def _headline(record: StoryRecord) -> str:
    return record.headline.text if record.headline else ""


def _counts(before: StoryRecord, after: StoryRecord) -> list[tuple[str, int, int]]:
    names = {
        "article_count": "articles",
        "publisher_count": "sources",
        "independent_source_count": "independent sources",
        "reprint_count": "reprints",
    }
    pairs = [(name, getattr(before, field), getattr(after, field)) for field, name in names.items()]
    return [pair for pair in pairs if pair[1] != pair[2]]


def _articles(
    before: StoryRecord, after: StoryRecord
) -> tuple[list[RecordArticle], list[tuple[RecordArticle, str]]]:
    old, new = _by_id(before.articles), _by_id(after.articles)
    reasons = {one.article_id: one.reason for one in after.change.articles_removed}
    added = [one for article_id, one in new.items() if article_id not in old]
    removed = [(one, reasons.get(article_id, "")) for article_id, one in old.items() if article_id not in new]
    return added, removed


def _by_id(articles: Sequence[RecordArticle]) -> dict[str, RecordArticle]:
    return {one.article_id: one for one in articles}
