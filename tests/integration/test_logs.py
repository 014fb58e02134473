"""Canonical log lines: JSON, a line a batch, and nothing of what articles say."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from dateline.embedded import running
from dateline.logs import without_messages
from dateline.progress import caught_up
from dateline.stage.budget import BudgetSpent
from dateline.streams import Names
from tests.conftest import ROOT
from tests.integration.test_up import wait_for

NAMES = Names()
SEEDS = ROOT / "seeds"
QUICK = {"DATELINE_PUBLISH_SETTLE_SECONDS": "0", "DATELINE_PUBLISH_MIN_PUBLISHERS": "1"}
WORDS_IN_A_ROW = 4
BROKEN = {
    "articles:{all}": {"kind": "article", "data": '{"title": "Submarine found under a vineyard", "url": 5}'},
    "stories:{all}": {"kind": "change", "data": '{"story_id": "Choir of postmen wins the regatta"}'},
    "articles.control": {"act": "note", "body": '{"story_id": "s", "text": "Baker hides a meteorite at home'},
}
"""Entries that no stage can read: what is wrong with them must be told without quoting them."""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Service → what it wrote, over all seeds, all invalid entries and what is broken on purpose."""
    folder = tmp_path_factory.mktemp("logs")
    with running(folder, environment=QUICK) as (url, services), Redis.from_url(url) as redis:
        for line in (SEEDS / "articles.jsonl").read_text("utf-8").splitlines():
            redis.xadd(NAMES.raw, {"article": line})
        for fields in invalid():
            redis.xadd(NAMES.raw, fields)

        def done() -> bool:
            services.mend()
            return caught_up(redis, NAMES, ["all"])

        wait_for(done, "the seeds to be published")
        for stream, fields in BROKEN.items():
            redis.xadd(stream, fields)  # type: ignore[arg-type]  # strings
        dead = [NAMES.dead(stream) for stream in BROKEN]
        wait_for(lambda: all(redis.xlen(one) for one in dead), "the dead letters")
    return {name: (folder / "logs" / f"{name}.log").read_text() for name in ("ingest", "cluster", "publish")}


def invalid() -> Iterator[dict[str, Any]]:
    for line in (SEEDS / "invalid.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        fields = case.get("entry") or {
            name: base64.b64decode(value) for name, value in case.get("entry_base64", {}).items()
        }
        if fields:
            yield fields


def texts() -> Iterator[str]:
    for line in (SEEDS / "articles.jsonl").read_text("utf-8").splitlines():
        article = json.loads(line)
        yield from (str(article.get(name, "")) for name in ("title", "text", "description"))
    for fields in (*invalid(), *BROKEN.values()):
        yield from (value for value in fields.values() if isinstance(value, str))


def rows(text: str) -> set[str]:
    """Every run of four words, case folded."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    return {" ".join(words[at : at + WORDS_IN_A_ROW]) for at in range(len(words) - WORDS_IN_A_ROW + 1)}


def test_nothing_of_what_articles_say_is_in_a_log(logs: dict[str, str]) -> None:
    said = set().union(*(rows(text) for text in texts()))
    assert len(said) > 5_000
    assert "submarine found under a" in said  # the search finds what it looks for
    for name, log in logs.items():
        assert rows(log) & said == set(), name


def test_what_could_not_be_read_is_told_by_its_id_and_kind(logs: dict[str, str]) -> None:
    for name in ("cluster", "publish"):
        lines = [json.loads(line) for line in logs[name].splitlines()]
        (failed,) = [line for line in lines if line["event"] == "entry failed"]
        (letter,) = [line for line in lines if line["event"] == "dead letter"]
        assert failed["entry_id"] == letter["entry_id"]
        assert failed["error"] == letter["code"] == "invalid_entry"


def test_every_line_is_json_with_its_time_level_and_stage(logs: dict[str, str]) -> None:
    for name, log in logs.items():
        lines = [json.loads(line) for line in log.splitlines()]
        assert lines
        assert all({"event", "level", "timestamp", "stage"} <= line.keys() for line in lines)
        assert {line["stage"] for line in lines} == {name}


def test_a_batch_is_a_line_and_the_lines_account_for_every_entry(logs: dict[str, str]) -> None:
    lines = {name: [json.loads(line) for line in log.splitlines()] for name, log in logs.items()}
    batches = {name: [one for one in found if one["event"] == "batch"] for name, found in lines.items()}
    raw = [one for one in batches["ingest"] if one["stream"] == NAMES.raw]
    sent = len((SEEDS / "articles.jsonl").read_text("utf-8").splitlines()) + len(list(invalid()))
    assert sum(one["entries"] for one in raw) == sent
    assert sum(sum(one["outcomes"].values()) for one in raw) == sent
    assert sum(one["outcomes"].get("rejected", 0) for one in raw) == len(list(invalid()))
    for name in ("cluster", "publish"):
        assert batches[name]
        assert all({"shard", "first", "last", "seconds"} <= one.keys() for one in batches[name])


def test_a_process_that_ends_says_why_without_quoting(tmp_path: Path) -> None:
    """The last line of a service that fails, as it is rendered."""
    try:
        try:
            raise KeyError("Submarine found under a vineyard")
        except KeyError as error:
            raise BudgetSpent("articles:{all}: 10 of the last 10 entries failed") from error
    except BudgetSpent as error:
        said = without_messages((type(error), error, error.__traceback__))
    assert "Submarine" not in said
    assert said.splitlines()[-1] == "BudgetSpent: articles:{all}: 10 of the last 10 entries failed"
    assert "KeyError" in said and "caused:" in said
