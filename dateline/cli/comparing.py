"""Comparing two sets of stories: what a replay must give again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dateline.stories import StoryRecord

COUNTS = (
    "article_count",
    "unique_article_count",
    "reprint_count",
    "publisher_count",
    "independent_source_count",
)
NOT_COMPARED = ("added_in_version",)
OTHER_SETTINGS = (
    "the live stories were made with other settings (provenance.config_hash) than these: give this shell the "
    "DATELINE_… settings of the live services, and replay again"
)

SETTLING = (
    "events are the same, byte by byte, only where the live services have run with "
    "DATELINE_PUBLISH_SETTLE_SECONDS=0 since the log's beginning; leave --events out to compare stories"
)


@dataclass
class Comparison:
    """How two sets of stories differ, by story id."""

    compared: int = 0
    only_before: list[str] = field(default_factory=list)
    only_after: list[str] = field(default_factory=list)
    differing: dict[str, list[str]] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Whether there is no difference."""
        return not (self.only_before or self.only_after or self.differing)


def compare(before: Mapping[str, StoryRecord], after: Mapping[str, StoryRecord]) -> Comparison:
    """Compare the last records in what replay promises: membership, counts, coverage and articles."""
    found = Comparison(
        only_before=sorted(before.keys() - after.keys()), only_after=sorted(after.keys() - before.keys())
    )
    for story_id in sorted(before.keys() & after.keys()):
        found.compared += 1
        differences = list(_differences(before[story_id], after[story_id]))
        if differences:
            found.differing[story_id] = differences
    return found


def settings_of(stories: Mapping[str, StoryRecord]) -> set[str]:
    """The settings that decided the stories: hashes of what the services ran with."""
    return {story.provenance.config_hash for story in stories.values()}


def _differences(old: StoryRecord, new: StoryRecord) -> Iterator[str]:
    if {one.article_id for one in old.articles} != {one.article_id for one in new.articles}:
        yield "membership"
        return
    for name in COUNTS:
        if getattr(old, name) != getattr(new, name):
            yield f"{name} {getattr(old, name)} → {getattr(new, name)}"
    if old.coverage != new.coverage:
        yield "coverage"
    if _articles(old) != _articles(new):
        yield "articles"


def _articles(story: StoryRecord) -> list[dict[str, Any]]:
    """The list without the version an article came in: that depends on settling."""
    listed = [article.model_dump() for article in story.articles]
    for article in listed:
        for name in NOT_COMPARED:
            (article["membership"] or {}).pop(name, None)
    return listed


def same_event(old: Mapping[bytes, bytes], new: Mapping[bytes, bytes]) -> bool:
    """Whether two events are the same bytes, `source`, `epoch` and trace aside."""
    ignored = (b"source", b"epoch", b"traceparent")
    return {name: value for name, value in old.items() if name not in ignored} == {
        name: value for name, value in new.items() if name not in ignored
    }
