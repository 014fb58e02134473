"""One record against itself: its counts, its coverage and its list of articles must tell one story."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Record = Mapping[str, Any]


def inconsistencies(record: Record) -> Iterator[str]:
    """What in a record contradicts the rest of it, in words."""
    yield from _counts(record)
    yield from _coverage(record)
    ended = record["status"] in ("merged", "withdrawn")
    if ended and record["articles"]:
        yield f"is {record['status']} and still lists {len(record['articles'])} articles"
    if not ended and not record["articles"]:
        yield f"is {record['status']} without an article"
    if (record["status"] == "merged") != bool(record["merged_into"]):
        yield f"is {record['status']}, merged_into is {record['merged_into']}"


def _counts(record: Record) -> Iterator[str]:
    articles = record["articles"]
    ids = [article["article_id"] for article in articles]
    if len(ids) != len(set(ids)):
        yield "lists an article twice"
    if record["article_count"] != len(ids):
        yield f"article_count {record['article_count']}, lists {len(ids)}"
    if record["unique_article_count"] + record["reprint_count"] != record["article_count"]:
        yield "unique and reprints do not add up to article_count"
    if record["articles_truncated"]:
        return
    if record["reprint_count"] != sum(article["reprint_of"] is not None for article in articles):
        yield "reprint_count is not the number of reprints listed"
    unknown = {article["reprint_of"] for article in articles} - {None, *ids}
    if unknown:
        yield f"reprint of {sorted(unknown)}, which it does not list"
    publishers = {article["publisher"]["id"] or "" for article in articles}
    if record["publisher_count"] != len(publishers):
        yield f"publisher_count {record['publisher_count']}, lists {len(publishers)} publishers"
    if not 0 <= record["independent_source_count"] <= record["publisher_count"]:
        yield "more independent sources than publishers"
    unrevealed = [article["article_id"] for article in articles if article["status"] != "usable"]
    if unrevealed:
        yield f"lists articles that are not usable: {unrevealed}"


def _coverage(record: Record) -> Iterator[str]:
    bias = record["coverage"]["bias"]
    if not record["articles"]:
        return
    if sum(bias["counts"].values()) != bias["rated"] or sum(bias["grouped"].values()) != bias["rated"]:
        yield "bias counts do not add up to rated"
    if bias["rated"] + bias["unrated"] != record["publisher_count"]:
        yield "rated and unrated publishers do not add up to publisher_count"
    timeline = sum(bucket["articles"] for bucket in record["coverage"]["timeline"])
    if timeline != record["article_count"]:
        yield f"the timeline holds {timeline} of {record['article_count']} articles"
    if sum(record["languages"].values()) > record["article_count"]:
        yield "languages count more articles than there are"
