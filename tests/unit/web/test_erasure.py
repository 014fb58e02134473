"""Payloads of webhooks do not outlive an erasure."""

from __future__ import annotations

from pathlib import Path

from services.web import endpoints, outbox
from services.web.filters import Filter
from services.web.keep import Keep
from services.web.reading import Version
from services.web.webhooks import queued
from tests.unit.web.desk import article, record, story_id


def version(number: int, articles: list[int], **fields: object) -> Version:
    one = record(1, number, articles=[article(each) for each in articles], **fields)
    raw = one.model_dump_json().encode()
    return Version(number, story_id(1), number, 1, "updated", "/dateline/default/all", f"{number:020d}",
                   "2025-07-18T12:00:00Z", f"{number}-0", raw)  # fmt: skip  # a row of values


def test_deliveries_that_hold_an_erased_article_are_not_kept(tmp_path: Path) -> None:
    keep = Keep(tmp_path / "keep.db")
    endpoints.add_endpoint(keep, "https://hook.example/", "whsec_x", Filter(), "")
    endpoint = endpoints.endpoints(keep)[0].endpoint_id
    gone = {"article_id": article(2)["article_id"], "reason": "article_erased"}

    outbox.queue(keep, [queued(version(1, [1, 2])), queued(version(2, [1]))], {})
    outbox.queue(keep, [queued(version(3, [1], change={"articles_removed": [gone]}))], {})

    kept = outbox.log_of(keep, endpoint, "", 1_000)
    assert [one["event_id"] for one in kept] == [f"{story_id(1)}:3", f"{story_id(1)}:2"]
    keep.close()
