"""What a version changed: articles from the fold, fields by comparison, and one line that says it."""

from __future__ import annotations

from collections.abc import Iterable

from dateline.stories import Change, RemovedArticle, Significance, StoryRecord
from services.publish.drafts import Fold

# Fields that say when and why, not what: they change with every version.
NOT_COMPARED = frozenset({"version", "previous_version", "change", "provenance", "updated_at"})
INSIDE = frozenset({"headline", "summary", "coverage", "importance"})
MAJOR_FIELDS = frozenset({"/headline/text", "/coverage/blindspot", "/merged_from", "/split_into"})
MAJOR_STATUS = frozenset({"merged", "withdrawn"})
MAJOR_GROWTH = 1.5
SILENT_REASONS = frozenset({"settled", "closed"})


def change(fold: Fold, record: StoryRecord, previous: StoryRecord | None) -> Change:
    """The change from the previous version to `record` (whose own `change` is not looked at)."""
    added, removed, revised = net(fold, record, previous)
    fields = fields_changed(previous, record) if previous else ()
    return Change(
        reasons=tuple(dict.fromkeys(fold.reasons)),
        articles_added=added,
        articles_removed=removed,
        articles_revised=revised,
        fields_changed=fields,
        significance=significance(record, previous, fields),
        statement=statement(record, previous, fields, len(added), len(removed), len(revised)),
    )


def net(
    fold: Fold, record: StoryRecord, previous: StoryRecord | None
) -> tuple[tuple[str, ...], tuple[RemovedArticle, ...], tuple[str, ...]]:
    """Articles added, removed and revised from one version to the other.

    What came and went within the fold is neither; what went and came back was never removed.
    """
    now = {article.article_id for article in record.articles}
    before = {article.article_id for article in previous.articles} if previous else set()
    gone = {left.article_id: left for left in fold.removed}
    return (
        tuple(sorted({one for one in fold.added if one in now and one not in before})),
        tuple(
            RemovedArticle(article_id=left.article_id, reason=left.reason, to_story_id=left.to_story_id)
            for article_id, left in sorted(gone.items())
            if article_id in before and article_id not in now
        ),
        tuple(sorted({one for one in fold.revised if one in now and one in before})),
    )


def fields_changed(previous: StoryRecord, record: StoryRecord) -> tuple[str, ...]:
    """JSON pointers of what differs: top level, and one below in headline, summary, coverage."""
    found: list[str] = []
    for name in StoryRecord.model_fields:
        if name in NOT_COMPARED:
            continue
        old, new = getattr(previous, name), getattr(record, name)
        if old == new:
            continue
        if name in INSIDE and old is not None and new is not None:
            found.extend(f"/{name}/{inner}" for inner in _differing(old, new))
        else:
            found.append(f"/{name}")
    return tuple(found)


def _differing(old: object, new: object) -> Iterable[str]:
    names = type(new).model_fields  # type: ignore[attr-defined]  # both are models of one class
    return (name for name in names if getattr(old, name) != getattr(new, name))


def significance(record: StoryRecord, previous: StoryRecord | None, fields: tuple[str, ...]) -> Significance:
    """major: new, ended, another headline or blindspot, merged, split, or half as many articles again."""
    if previous is None or (record.status in MAJOR_STATUS and record.status != previous.status):
        return "major"
    if MAJOR_FIELDS & set(fields) or record.unique_article_count >= MAJOR_GROWTH * max(
        1, previous.unique_article_count
    ):
        return "major"
    content = [name for name in fields if name not in ("/status", "/closed_at")]
    return "minor" if content else "none"


def statement(
    record: StoryRecord,
    previous: StoryRecord | None,
    fields: tuple[str, ...],
    added: int,
    removed: int,
    revised: int,
) -> str:
    """What changed, in one line."""
    if previous is None:
        articles, publishers = record.article_count, record.publisher_count
        return f"First version: {_many(articles, 'article')}, {_many(publishers, 'publisher')}."
    parts = _ends(record, previous)
    parts += [
        f"{_many(n, 'article')} {done}"
        for n, done in ((added, "added"), (removed, "removed"), (revised, "revised"))
        if n
    ]
    parts += [f"{thing} changed" for pointer, thing in _WORDS.items() if pointer in fields]
    if record.coverage.bias.counts != previous.coverage.bias.counts:
        parts.append("bias distribution changed")
    if not parts:
        parts = ["details changed" if fields else "nothing changed"]
    line = "; ".join(parts)
    return f"{line[0].upper()}{line[1:]}."


_WORDS = {
    "/headline/text": "headline",
    "/summary/text": "summary",
    "/key_points": "key points",
    "/coverage/blindspot": "blindspot",
}


def _ends(record: StoryRecord, previous: StoryRecord) -> list[str]:
    parts = []
    if record.status == "merged" and record.merged_into:
        parts.append(f"merged into {record.merged_into}")
    elif record.status != previous.status:
        parts.append(
            {"withdrawn": "withdrawn: no live article left"}.get(record.status, f"story {record.status}")
        )
    new = len(record.merged_from) - len(previous.merged_from)
    if new > 0:
        parts.append(f"took in {_many(new, 'story', 'stories')}")
    new = len(record.split_into) - len(previous.split_into)
    if new > 0:
        parts.append(f"split off {_many(new, 'story', 'stories')}")
    return parts


def _many(count: int, one: str, several: str | None = None) -> str:
    return f"{count} {one if count == 1 else several or one + 's'}"
