"""Synthetic story records of ordinary size, for the door's benchmarks."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from benchmarks.articles import word
from dateline.stories import StoryRecord

START = datetime(2025, 7, 1, tzinfo=UTC)
COUNTRIES = ("US", "GB", "DE", "FR", "JP", "BR", "IN", "ZA")
LANGUAGES = ("en", "de", "es", "fr")
GRADES = ("left", "lean_left", "center", "lean_right", "right")


def record(number: int, articles: int = 12, version: int = 1) -> StoryRecord:
    """Story `number`, with so many articles; the same number gives the same record."""
    source = random.Random(number)
    moment = START + timedelta(minutes=number, seconds=version)
    text = [" ".join(word(source) for _ in range(18)).capitalize() + "." for _ in range(6)]
    grades = [source.choice(GRADES) for _ in range(articles)]
    grouped = {"left": grades.count("left") + grades.count("lean_left"), "center": grades.count("center")}
    grouped["right"] = articles - sum(grouped.values())
    country, language = source.choice(COUNTRIES), source.choice(LANGUAGES)
    members = [
        {
            "article_id": f"a-{number * 1000 + at:024x}", "title": text[at % 6][:90],
            "excerpt": text[(at + 1) % 6],
            "url": f"https://outlet{at}.example/{number}", "language": language,
            "published_at": (moment + timedelta(minutes=at)).isoformat(),
            "publisher": {"id": f"outlet{at}.example", "name": f"Outlet {at}", "country": country,
                          "bias": grade},
            "membership": {
                "score": 0.7, "threshold": 0.4,
                "shared_terms": [{"term": word(source), "weight": 0.1} for _ in range(8)],
            },
        }
        for at, grade in enumerate(grades)
    ]  # fmt: skip  # a table
    return StoryRecord.model_validate({
        "story_id": f"s-all-1752800000000-{number}-0", "version": version, "status": "developing",
        "headline": {"text": text[0][:80], "language": language}, "summary": {"text": text[1]},
        "key_points": [{"text": one, "publisher_count": 3} for one in text[2:6]],
        "language": language, "languages": {language: articles}, "articles": members,
        "article_count": articles, "publisher_count": articles, "independent_source_count": articles,
        "coverage": {
            "bias": {"grouped": grouped, "rated": articles, "statement": "50% of the sources are Center"},
            "countries": {country: articles}, "blindspot": {"side": "left" if number % 9 == 0 else None},
            "timeline": [
                {"bucket_start": (moment + timedelta(hours=hour)).isoformat(), "articles": 1 + hour % 3,
                 "publishers": 1}
                for hour in range(12)
            ],
        },
        "places": [{"name": f"Place {number % 300}", "country": country, "role": "event"}],
        "topics": [{"id": f"medtop:{number % 17}", "label": f"topic {number % 17}", "score": 1.0}],
        "importance": {"score": source.random()},
        "created_at": moment.isoformat(), "updated_at": moment.isoformat(),
        "provenance": {"pipeline_version": "1", "config_hash": "0", "input_position": "0-0"},
    })  # fmt: skip  # a table
