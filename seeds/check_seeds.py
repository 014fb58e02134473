#!/usr/bin/env python3
"""Check the seeds: counts, JSON, labels, outlets. Standard library only. Run: python seeds/check_seeds.py"""

import base64
import csv
import json
import re
import sys
from collections import Counter
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

HERE = Path(__file__).resolve().parent

CODES = set(
    (
        "missing_title bad_title missing_identity bad_url bad_id bad_status bad_json mixed_forms "
        "not_an_object too_large empty_entry bad_encoding"
    ).split()
)
BIAS = {"", "far_left", "left", "lean_left", "center", "lean_right", "right", "far_right"}
FACTUALITY = {"", "very_high", "high", "mixed", "low", "very_low"}
OWNER_TYPES = set(
    (
        "independent conglomerate private_equity government public_service telecom wealthy_individual other"
    ).split()
)
ARTICLE_FIELDS = set(
    (
        "id title url text description published_at updated_at version status correction language publisher "
        "original_publisher original_url authors image_url paywalled genre subjects dateline expires_at"
    ).split()
)
# Names that must not turn up anywhere: the outlets here are all invented.
REAL = re.compile(
    r"\b(Reuters|Associated Press|Agence France|AFP|Bloomberg|BBC|CNN|CNBC|NBC|CBS|Fox News|Xinhua|Al Jazeera|"
    r"New York Times|Washington Post|Wall Street Journal|Financial Times|The Guardian|Daily Mail|Politico|Axios|"
    r"South China Morning Post|Straits Times|Nikkei|Kyodo|Global Times|Le Monde|Le Figaro|El País|Der Spiegel|"
    r"Die Zeit|Al-Ahram|dpa|EFE|ANSA|TASS|USA Today|NPR|Channel NewsAsia)\b|新华社|人民日报|环球时报|联合早报|الجزيرة|الأهرام"
)


def host(url: str) -> str:
    name = (urlsplit(url).hostname or "").lower()
    for prefix in ("www.", "m.", "amp."):
        name = name.removeprefix(prefix)
    return name


def canonical(url: str) -> str:
    """Near enough to the contract's canonical form for these seeds; the real one is Dateline's."""
    parts = urlsplit(url)
    query = sorted(
        (k, v)
        for k, v in parse_qsl(parts.query)
        if not k.startswith("utm_") and k not in {"fbclid", "gclid", "amp"}
    )
    path = re.sub(r"/amp/?$", "", parts.path).rstrip("/")
    return host(url) + path + ("?" + urlencode(query) if query else "")


def moment(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def shingles(text: str, n: int = 5) -> set:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}


def at_least(what: str, have: int, need: int) -> None:
    assert have >= need, f"{what}: {have}, need {need}"
    print(f"  {what}: {have} (at least {need})")


def check_outlets() -> dict:
    with open(HERE / "outlets.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = "domain name country language owner owner_type bias factuality provider date"
    assert list(rows[0]) == columns.split()
    for row in rows:
        assert None not in row and all(value is not None for value in row.values()), row
        assert row["domain"].endswith(".example") and row["domain"] == row["domain"].lower(), row
        assert re.fullmatch(r"[A-Z]{2}", row["country"]), row
        known = row["bias"] in BIAS and row["factuality"] in FACTUALITY
        assert known and row["owner_type"] in OWNER_TYPES, row
        assert row["provider"] == "Dateline demo ratings (fictional)" and row["date"] == "2025-07-01", row
        assert not REAL.search(row["name"]) and not REAL.search(row["owner"]), row
    outlets = {row["domain"]: row for row in rows}
    assert len(outlets) == len(rows), "a domain twice"
    at_least("outlets rated", len(rows), 42)
    at_least("outlets without a bias rating", sum(not r["bias"] for r in rows), 3)
    at_least("owners of several outlets", sum(n > 1 for n in Counter(r["owner"] for r in rows).values()), 5)
    return outlets


NEEDED = {
    "titles only": 10,
    "HTML bodies": 4,
    "with a description": 40,
    "with authors": 70,
    "with an image": 15,
    "declared syndication": 4,
    "late (12 h or more behind)": 5,
    "revisions": 6,
    "corrections": 1,
    "canceled": 1,
    "withheld": 1,
    "reinstated": 1,
    "exact duplicates": 5,
    "stale revisions": 1,
    **{f"language {code}": 4 for code in ("es", "fr", "de", "ar", "zh")},
}


def check_articles(outlets: dict) -> tuple[list, dict]:
    with open(HERE / "articles.jsonl", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    first: dict[str, dict] = {}
    tally: Counter = Counter()
    newest = moment("2025-01-01")
    last_update: dict[str, datetime] = {}
    for number, article in enumerate(lines, 1):
        check_article(number, article, outlets)
        key = canonical(article["url"])
        if key not in first:
            first[key] = article
            tally.update(traits(article, outlets, newest))
            newest = max(newest, moment(article["published_at"]))
            continue
        kind = later_line(article, first[key], last_update.get(key))
        tally[kind] += 1
        if "updated_at" in article and kind != "stale revisions":
            last_update[key] = moment(article["updated_at"])
    at_least("articles", tally["articles"], 130)
    at_least("outlets that publish", len({host(article["url"]) for article in first.values()}), 42)
    for what, need in NEEDED.items():
        at_least(what, tally[what], need)
    return lines, first


def check_article(number: int, article: dict, outlets: dict) -> None:
    assert not set(article) - ARTICLE_FIELDS, (number, set(article) - ARTICLE_FIELDS)
    url = article["url"]
    assert re.match(r"https?://", url) and "@" not in url and len(url) <= 2048, (number, url)
    assert host(url) in outlets, f"line {number}: {host(url)} is not in outlets.csv"
    publisher = article.get("publisher")
    name = publisher if isinstance(publisher, str) else publisher["name"]
    assert name == outlets[host(url)]["name"], (number, name)
    for field, value in article.items():
        assert not REAL.search(json.dumps(value, ensure_ascii=False)), (number, field)
    status = article.get("status", "usable")
    assert status in {"usable", "withheld", "canceled"}, number
    assert article.get("title", "").strip() or status != "usable", f"line {number}: no title"
    assert len(article.get("title", "")) <= 1000, number
    if "published_at" in article:
        published = moment(article["published_at"])
        assert datetime(2025, 7, 14, tzinfo=UTC) <= published <= datetime(2025, 7, 27, tzinfo=UTC), number


def traits(article: dict, outlets: dict, newest: datetime) -> list[str]:
    """What a first line of an article counts for; `newest` is the latest date before it."""
    late = (newest - moment(article["published_at"])).total_seconds() >= 12 * 3600
    found = {
        "articles": True,
        "late (12 h or more behind)": late,
        "titles only": "text" not in article,
        "HTML bodies": article.get("text", "").lstrip().startswith("<"),
        "with a description": "description" in article,
        "with authors": "authors" in article,
        "with an image": "image_url" in article,
        "declared syndication": "original_publisher" in article or "original_url" in article,
        "language " + outlets[host(article["url"])]["language"]: True,
    }
    return [name for name, true in found.items() if true]


def later_line(article: dict, before: dict, last_update: datetime | None) -> str:
    """What a further line of an article is."""
    if article.get("status", "usable") != "usable":
        return article["status"]
    if {**article, "url": ""} == {**before, "url": ""}:
        return "exact duplicates"
    if last_update and "updated_at" in article and moment(article["updated_at"]) < last_update:
        return "stale revisions"
    if article.get("status") == "usable":
        return "reinstated"
    return "corrections" if "correction" in article else "revisions"


def check_labels(lines: list, first: dict) -> None:
    with open(HERE / "expected_stories.json", encoding="utf-8") as file:
        labels = json.load(file)
    stories, special = labels["stories"], labels["special"]
    urls = {article["url"] for article in first.values()}
    listed = [url for story in stories for url in story["articles"]]
    assert not set(listed) - urls, set(listed) - urls
    assert len(listed) == len(set(listed)), "an article in two stories"
    canceled = {canonical(a["url"]) for a in lines if a.get("status") == "canceled"}
    assert {canonical(u) for u in special["retracted"]} == canceled
    assert urls - set(listed) == {u for u in urls if canonical(u) in canceled}, (
        "labels and live articles differ"
    )
    check_stories(stories)
    check_reprints(special["reprints"], first)
    check_texts(stories, special, first)
    by_key = {story["key"]: story for story in stories}
    assert sum(r["url"] in by_key["rare-earths"]["articles"] for r in special["reprints"]) == 2
    at_least("junk bodies", len(special["junk_bodies"]), 6)
    for kind, entries in special["later_lines"].items():
        for entry in entries:
            assert canonical(lines[entry["line"] - 1]["url"]) == canonical(entry["of"]), (kind, entry)


def check_stories(stories: list) -> None:
    keys = {story["key"] for story in stories}
    assert len(keys) == len(stories)
    for story in stories:
        assert story["articles"] and story["title"] and story["event_date"], story["key"]
        datetime.fromisoformat(story["event_date"])
        assert story["place"] is None or re.fullmatch(r"[A-Z]{2}", story["place"]["country"]), story["key"]
        assert set(story.get("related", ())) <= keys, story["key"]
        hosts = [host(url) for url in story["articles"]]
        assert len(hosts) == len(set(hosts)), f"{story['key']}: an outlet twice"
    by_key = {story["key"]: story for story in stories}
    assert len(by_key["rare-earths"]["articles"]) == 17
    at_least("stories of several articles", sum(len(s["articles"]) > 1 for s in stories), 13)
    at_least("singletons", sum(len(s["articles"]) == 1 for s in stories), 8)
    at_least(
        "stories not in English", sum(s["language"] != "en" and len(s["articles"]) > 1 for s in stories), 2
    )
    at_least("stories told in two languages", sum(bool(s.get("related")) for s in stories) // 2, 1)


def check_reprints(listed: list, first: dict) -> None:
    at_least("reprints", len(listed), 12)
    articles = {article["url"]: article for article in first.values()}
    for one in listed:
        reprint, origin = articles[one["url"]], articles[one["origin"]]
        grams = shingles(reprint["text"])
        share = len(grams & shingles(origin["text"])) / len(grams)
        assert share > 0.7, f"{one['url']} is no reprint of {one['origin']}: {share:.2f}"
        assert moment(origin["published_at"]) < moment(reprint["published_at"]), (
            f"{one['url']} is older than its origin"
        )


def check_texts(stories: list, special: dict, first: dict) -> None:
    """Bodies are as long as news is, and members of a story are texts of their own."""
    text = {article["url"]: article.get("text", "") for article in first.values()}
    for url, body in text.items():
        if not body or url in special["junk_bodies"]:
            continue
        cjk = len(re.findall(r"[\u4e00-\u9fff]", body)) > 100
        assert (250 if cjk else 480) <= len(body) <= 2500, (url, len(body))
    reprints = {reprint["url"] for reprint in special["reprints"]}
    grams = {url: shingles(body) for url, body in text.items()}
    for story in stories:
        members = [url for url in story["articles"] if url not in reprints and len(grams[url]) > 40]
        for one, other in combinations(members, 2):
            share = len(grams[one] & grams[other]) / min(len(grams[one]), len(grams[other]))
            assert share < 0.08, f"{one} and {other} share {share:.0%}"


def check_invalid() -> None:
    with open(HERE / "invalid.jsonl", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    for row in rows:
        assert row["code"] in CODES and row["why"], row
        assert ("entry" in row) != ("entry_base64" in row), row
        for value in row.get("entry", {}).values():
            assert isinstance(value, str), row
        if "entry_base64" in row:
            assert row["code"] == "bad_encoding"
            broken = 0
            for value in row["entry_base64"].values():
                try:
                    base64.b64decode(value, validate=True).decode("utf-8")
                except UnicodeDecodeError:
                    broken += 1
            assert broken, row
    assert {row["code"] for row in rows} == CODES, CODES - {row["code"] for row in rows}
    at_least("invalid entries", len(rows), 25)


def main() -> int:
    outlets = check_outlets()
    lines, first = check_articles(outlets)
    check_labels(lines, first)
    check_invalid()
    print(f"seeds are fine: {len(lines)} lines, {len(first)} articles")
    return 0


if __name__ == "__main__":
    sys.exit(main())
