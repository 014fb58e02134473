"""Point 9: sixty stories whose place was written down by hand before any output was seen.

Forty are public events told in the project's own words (`data/places.jsonl`), twenty are seeds.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from services.publish.gazetteer import regions

ROOT = Path(__file__).resolve().parents[2]
LABELS = Path(__file__).parent / "data" / "places.jsonl"
# Where the record may name a part of the country: the seeds' labels have the country.
STATES = {"coldspring-fire": ["US-CA"]}
Json = dict[str, Any]


def events() -> list[Json]:
    """The forty events: key, language, day, place (codes; none: there is no one place), articles."""
    return [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]


def articles(event: Json) -> list[Json]:
    """An event's articles as a sender would send them."""
    return [
        {
            "id": f"{event['key']}-{at}",
            "title": title,
            "text": text,
            "language": event["language"],
            "published_at": f"{event['day']}T{18 + at}:00:00Z",
            "publisher": {"name": f"Outlet {at}", "domain": f"outlet{at}.example"},
        }
        for at, (title, text) in enumerate(event["articles"], 1)
    ]


def seed_places() -> dict[str, tuple[list[str], set[str]]]:
    """Of every seed story: the codes that are right, and its articles' URLs."""
    stories = json.loads((ROOT / "seeds" / "expected_stories.json").read_text(encoding="utf-8"))["stories"]
    return {
        story["key"]: (STATES.get(story["key"], [story["place"]["country"]]), set(story["articles"]))
        for story in stories
        if story["place"] and len(story["articles"]) > 1
    }


def judged(record: Json | None, right: list[str]) -> str:
    """`right`, `wrong` or `left out`: the place of the record's dateline against the codes that are right."""
    dateline = ((record or {}).get("summary") or {}).get("dateline") or {}
    if not dateline.get("place"):
        return "left out" if right else "right"
    return "right" if code(record or {}) in right else "wrong"


def code(record: Json) -> str:
    """The code of the dateline's place: a US state's own, else the country's."""
    place, country = record["summary"]["dateline"]["place"], record["summary"]["dateline"]["country"]
    parts = {entry.name.upper(): entry.code for entry in regions().values() if entry.country == country}
    return parts.get(place, str(country)) if country == "US" else str(country)
