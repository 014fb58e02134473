"""What became of a story, and of its articles, plainly said above its page. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dateline.stories import RecordArticle, StoryRecord
from services.web.story_view import who
from services.web.wording import listed, plural

NOTICES_SHOWN = 3
RETRACTED = ("article_retracted", "article_withheld")


def retracted(versions: Sequence[StoryRecord]) -> list[RecordArticle]:
    """Articles that were retracted in one of these versions (the newest first) and did not come back.

    As they were listed before; one whose listing is no longer kept is left out.
    """
    if not versions:
        return []
    listed = {one.article_id: one for version in reversed(versions) for one in version.articles}
    here = {one.article_id for one in versions[0].articles}
    gone = dict.fromkeys(
        one.article_id
        for version in versions
        for one in version.change.articles_removed
        if one.reason in RETRACTED
    )
    return [listed[one] for one in gone if one in listed and one not in here]


def notices(record: StoryRecord, gone: Sequence[RecordArticle] = ()) -> list[tuple[str, str, list[str]]]:
    """(kind, words, story ids): merges, splits, corrections, retractions, editors' notes, plainly said.

    `gone`: the articles that were retracted.
    """
    found: list[tuple[str, str, list[str]]] = []
    if record.merged_from:
        ids = [one.story_id for one in record.merged_from]
        found.append(
            ("merged", f"{plural(len(ids), 'other story', 'other stories')} turned out to be this one.", ids)
        )
    if record.split_from:
        found.append(
            (
                "split",
                "This story was part of another until they turned out to be two.",
                [record.split_from.story_id],
            )
        )
    if record.split_into:
        ids = [one.story_id for one in record.split_into if not one.unpublished]
        found.append(("split", "Part of this story turned out to be another.", ids))
    if record.status == "withdrawn":
        found.append(
            (
                "withdrawn",
                "No article of it is left: each was retracted, has expired or moved.",
                [],
            )
        )
    if record.status == "closed":
        found.append(("closed", "This story is closed: it has been silent for long.", []))
    corrected = [one for one in record.articles if one.correction]
    found += [
        ("corrected", f"{who(one)} corrected its article: {one.correction.text}", [])
        for one in corrected[:NOTICES_SHOWN]
        if one.correction
    ]
    if len(corrected) > NOTICES_SHOWN:
        more = plural(len(corrected) - NOTICES_SHOWN, "more article")
        found.append(("corrected", f"{more} of this story, as marked below.", []))
    if gone:
        said = "took its article back" if len(gone) == 1 else "took their articles back"
        found.append(("retracted", f"{listed(map(who, gone))} {said}.", []))
    return found + [("note", note.text, []) for note in record.notes if note.text]
