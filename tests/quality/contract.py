"""The contract of a record, checked on plain JSON: no model of ours is asked.

Written from the field list of the contract alone, so that it can fail where model and contract differ.
`record_errors` looks at one record, `step_errors` at two versions of a story that follow each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.quality.shapes import ALWAYS, ARTICLE, LIVE

Json = dict[str, Any]
Check = Callable[[Any], bool]

SNAPSHOT_BYTES = 2**20
# What says when and why a version was made, not what it says.
BOOKKEEPING = {"version", "previous_version", "change", "provenance", "updated_at"}


def record_errors(record: Json) -> list[str]:
    """What is wrong with one record; empty where nothing is."""
    found = list(ALWAYS.errors(record, ""))
    if found:
        return found
    if len(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()) > SNAPSHOT_BYTES:
        found.append("over 1 MiB")
    found += _lineage(record)
    if record["status"] in ("merged", "withdrawn"):
        return found + [f"/{name}: of no live article" for name in ("articles", "key_points") if record[name]]
    found += LIVE.errors(record, "")
    return found or [*_counts(record), *_article_list(record), *_text(record), *_shares(record)]


def _lineage(record: Json) -> Iterator[str]:
    if (record["status"] == "merged") != (record["merged_into"] is not None):
        yield "/merged_into: goes with the status merged, and only with it"
    if (record["previous_version"] or 0) != record["version"] - 1:
        yield f"/previous_version: {record['previous_version']} before {record['version']}"
    if (record["closed_at"] is None) and record["status"] == "closed":
        yield "/closed_at: a closed story has none"


def _counts(record: Json) -> Iterator[str]:
    articles = record["articles"]
    whole = [article for article in articles if "url" in article and "publisher" in article]
    if len(articles) != record["article_count"]:
        yield f"/article_count: {record['article_count']}, {len(articles)} are listed"
    if record["article_count"] != record["unique_article_count"] + record["reprint_count"]:
        yield "/unique_article_count: with the reprints not all articles"
    if record["articles_truncated"] == 0:
        yield from _countable(record, whole)
    if not 1 <= record["independent_source_count"] <= record["unique_article_count"]:
        yield f"/independent_source_count: {record['independent_source_count']}"
    if sum(record["languages"].values()) > record["article_count"]:
        yield "/languages: more than there are articles"


def _countable(record: Json, whole: list[Json]) -> Iterator[str]:
    """Counts that the list itself proves, where nothing of it is cut."""
    if sum(article["reprint_of"] is not None for article in whole) != record["reprint_count"]:
        yield "/reprint_count: not as many articles say that they are reprints"
    publishers = {article["publisher"]["id"] for article in whole}
    if len(publishers) != record["publisher_count"]:
        yield f"/publisher_count: {record['publisher_count']}, {len(publishers)} are listed"
    languages: dict[str, int] = {}
    for article in whole:
        if article["language"]:
            languages[article["language"]] = languages.get(article["language"], 0) + 1
    if languages != record["languages"]:
        yield f"/languages: {record['languages']}, listed are {languages}"
    if sum(bucket["articles"] for bucket in record["coverage"]["timeline"]) != len(whole):
        yield "/coverage/timeline: not all articles"


def _article_list(record: Json) -> Iterator[str]:
    ids = [article["article_id"] for article in record["articles"]]
    if len(set(ids)) != len(ids):
        yield "/articles: an article twice"
    cut = 0
    for at, article in enumerate(record["articles"]):
        if not article.get("title") and record["articles_truncated"]:
            cut += 1
            continue
        yield from ARTICLE.errors(article, f"/articles/{at}")
        if article.get("reprint_of") and article["reprint_of"] not in ids:
            yield f"/articles/{at}/reprint_of: {article['reprint_of']} is not listed"
        if not set(article["membership"]["nearest_article_ids"]) <= set(ids):
            yield f"/articles/{at}/membership/nearest_article_ids: not in this story"
    if cut != record["articles_truncated"]:
        yield f"/articles_truncated: {record['articles_truncated']}, {cut} are bare"
    roles = [article.get("role") for article in record["articles"]]
    if roles.count("first") != 1 or roles.count("representative") > 1:
        yield f"/articles: roles {roles}"


def cited(record: Json) -> Iterator[tuple[str, str]]:
    """Every article id in a record's words, with where it stands."""
    for name in ("headline", "summary"):
        for article_id in (record[name] or {}).get("article_ids", []):
            yield f"/{name}", article_id
    for at, point in enumerate(record["key_points"]):
        for article_id in [*point["article_ids"], *(span["article_id"] for span in point["spans"])]:
            yield f"/key_points/{at}", article_id
    for at, quote in enumerate(record["quotes"]):
        yield f"/quotes/{at}", quote["article_id"]
    if record["image"]:
        yield "/image", record["image"]["article_id"]


def _text(record: Json) -> Iterator[str]:
    ids = {article["article_id"] for article in record["articles"]}
    revisions = {article["article_id"]: article.get("revision") for article in record["articles"]}
    for where, article_id in cited(record):
        if article_id not in ids:
            yield f"{where}: {article_id} is not in the story"
    summary = record["summary"]
    if summary and not summary["text"].startswith(summary["dateline"]["text"]):
        yield "/summary/text: does not open with its dateline"
    for at, point in enumerate(record["key_points"]):
        if point["publisher_count"] > len(point["article_ids"]):
            yield f"/key_points/{at}/publisher_count: more than articles"
        for span in point["spans"]:
            if span["end"] - span["start"] != len(span["quote"]):
                yield f"/key_points/{at}/spans: {span['start']} to {span['end']} is not as long as its quote"
            if span["revision"] != revisions.get(span["article_id"]):
                yield f"/key_points/{at}/spans: not of the revision that is listed"
            if span["article_id"] not in point["article_ids"]:
                yield f"/key_points/{at}/spans: of an article that the point does not name"


def _shares(record: Json) -> Iterator[str]:
    bias, publishers = record["coverage"]["bias"], record["publisher_count"]
    if sum(bias["counts"].values()) != bias["rated"] or sum(bias["grouped"].values()) != bias["rated"]:
        yield "/coverage/bias: counts do not add up to the rated"
    for name in ("bias", "factuality"):
        part = record["coverage"][name]
        if part["rated"] + part["unrated"] != publishers:
            yield f"/coverage/{name}: rated and unrated are not all publishers"
    if bias["rated"] and abs(sum(bias["shares"].values()) - 1) > 0.001:
        yield f"/coverage/bias/shares: {bias['shares']}"
    if not bias["rated"] and (bias["dominant"] or any(bias["shares"].values())):
        yield "/coverage/bias: shares of nobody"
    if sum(record["coverage"]["countries"].values()) > publishers:
        yield "/coverage/countries: more than publishers"


def pointed(record: Json, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) points at.

    Raises:
        KeyError, IndexError: nothing is there.
    """
    found: Any = record
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        found = found[int(key)] if isinstance(found, list) else found[key]
    return found


def step_errors(before: Json, after: Json) -> Iterator[str]:
    """What is wrong between one version of a story and the next."""
    change = after["change"]
    if after["version"] != before["version"] + 1:
        yield f"/version: {before['version']}, then {after['version']}"
    old, new = ({article["article_id"] for article in one["articles"]} for one in (before, after))
    if set(change["articles_added"]) != new - old:
        yield f"/change/articles_added: {change['articles_added']}, but came {sorted(new - old)}"
    if {article["article_id"] for article in change["articles_removed"]} != old - new:
        yield f"/change/articles_removed: {change['articles_removed']}, but left {sorted(old - new)}"
    if not set(change["articles_revised"]) <= old & new:
        yield "/change/articles_revised: of articles that came or went"
    for pointer in change["fields_changed"]:
        if pointed(before, pointer) == pointed(after, pointer):
            yield f"/change/fields_changed: {pointer} is as it was"
    named = {pointer.split("/")[1] for pointer in change["fields_changed"]}
    for name in sorted(set(after) - BOOKKEEPING - {"sequence", "epoch"}):
        if before[name] != after[name] and name not in named:
            yield f"/change/fields_changed: /{name} is not named"
    if not change["fields_changed"]:
        yield "/change/fields_changed: a version of nothing new"
