"""What README and docs quote of the demo's records is what the services make of the seeds now."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from tests.quality.story_run import Json, StoryRun

BULLET = re.compile(r"^ ?• (.*(?:\n {2,}\S.*)*)", re.MULTILINE)
REFERENCES = re.compile(r"(?: ?\[\d+(?: sources)?\])+(?: and \d+ more)?(?: · first \d\d-\d\d \d\d:\d\d)?$")
COUNTS = re.compile(r"(\d+) Articles from (\d+) sources, (\d+) of them reprints; (\d+) independent")
HEAD = re.compile(r"(\d+) articles · (\d+) publishers · (\d+) reprinted · (\d+) independent sources")
PAGES = ("README.md", "docs/story-page.md", "docs/records.md")


def counts(record: Json) -> tuple[int, ...]:
    names = ("article_count", "publisher_count", "reprint_count", "independent_source_count")
    return tuple(record[name] for name in names)


@pytest.mark.parametrize("page", PAGES)
def test_key_points_and_counts_on_a_page_are_those_of_the_records(run: StoryRun, page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    live = [record for record in run.records.values() if record["articles"]]
    points = {point["text"] for record in run.events for point in record["key_points"]}  # of any version

    quoted = [REFERENCES.sub("", " ".join(bullet.split())) for bullet in BULLET.findall(text)]
    said = [tuple(map(int, found)) for found in (*COUNTS.findall(text), *HEAD.findall(text))]

    assert len(quoted) >= 2
    assert [bullet for bullet in quoted if bullet not in points] == []
    assert said[0] == max(map(counts, live))
    assert [one for one in said if one not in {counts(record) for record in live}] == []
