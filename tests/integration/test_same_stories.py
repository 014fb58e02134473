"""The evaluation without a server and the services themselves put the seeds into the same stories."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from dateline.evaluation import fast, pipeline
from dateline.evaluation.datasets import Labelled

pytestmark = pytest.mark.integration

SEEDS = Path(__file__).resolve().parents[2] / "seeds" / "articles.jsonl"


def seeds() -> Labelled:
    """The seeds that come once, each labelled by its own name: only where they end up is asked."""
    lines = [json.loads(line) for line in SEEDS.read_text("utf-8").splitlines()]
    times = Counter(line.get("url") for line in lines)
    records = tuple({**line, "id": line["url"]} for line in lines if times[line.get("url")] == 1)
    return Labelled("seeds", records, {record["id"]: record["id"] for record in records})


def groups(partition: dict[str, str]) -> set[frozenset[str]]:
    """The stories as sets of articles, whatever they are called."""
    found: dict[str, set[str]] = {}
    for article, story in partition.items():
        found.setdefault(story, set()).add(article)
    return {frozenset(members) for members in found.values()}


def test_both_ways_make_the_same_stories(tmp_path: Path) -> None:
    labelled = seeds()
    through_services = pipeline.run(labelled, tmp_path, seconds=120)
    in_process = fast.play("seeds", fast.clean_records(labelled), labelled.truth)
    assert (through_services.missing, through_services.doubled) == ([], [])
    assert groups(through_services.partition) == groups(in_process.partition)
    assert 1 < len(groups(in_process.partition)) < len(labelled.truth)
