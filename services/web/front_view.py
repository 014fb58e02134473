"""The front page's cards and choices, from what lists hold. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from services.web.pictures import bias_bar, spark
from services.web.wording import country, language

TABS = (("newest", "Latest"), ("covered", "Most covered"), ("blindspots", "Blind spots"))
TITLES = {
    "newest": "Latest stories",
    "covered": "Most covered stories",
    "blindspots": "Blind spots",
    "relevance": "Search results",
}
SUMMARY_CHARACTERS = 320
LEAD_AMONG = 12


def shown(card: Mapping[str, Any]) -> dict[str, Any]:
    """A card as the page shows it."""
    timeline = [(datetime.fromisoformat(start), count) for start, count in card["timeline"]]
    return {
        **card,
        "place": place(card),
        "updated": card["updated_at"],
        "summary": shortened(without_dateline(card)),
        "bar": bias_bar(card["bias"]["grouped"]) if card["bias"]["rated"] else [],
        "spark": spark(timeline),
    }


def with_lead(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The most important of the first few cards in front; the others keep their order."""
    if not cards:
        return cards
    lead = max(cards[:LEAD_AMONG], key=lambda card: (bool(card["summary"]), card["importance"]))
    return [lead, *(card for card in cards if card is not lead)]


def place(card: Mapping[str, Any]) -> str:
    """Where a story happens: the place of its dateline, else its first place, in ordinary letters."""
    event = next((one["name"] for one in card["places"] if one["role"] == "event"), None)
    if event:
        return str(event)
    dateline = (card["dateline"] or {}).get("place") or ""
    return str(dateline.title() if dateline.isupper() else dateline)


def without_dateline(card: Mapping[str, Any]) -> str:
    """The summary without the place and date that open it: the card says them already."""
    opening = (card["dateline"] or {}).get("text") or ""
    summary = str(card["summary"])
    if opening and summary.startswith(opening):
        return summary[len(opening) :].lstrip(" –—-")
    return summary


def shortened(text: str, most: int = SUMMARY_CHARACTERS) -> str:
    """At most so many characters, cut at a word."""
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0].rstrip(",;:–") + " …"


def address(query: Mapping[str, str], **changes: str) -> str:
    """The front page's address with some parameters changed; empty ones are left out."""
    merged = {name: value for name, value in {**query, **changes}.items() if value}
    if merged.get("sort") == "newest":
        merged.pop("sort")
    return "/?" + urlencode(merged) if merged else "/"


def choices(counted: Mapping[str, list[tuple[str, int]]]) -> dict[str, list[tuple[str, str, int]]]:
    """(value, name, stories) of each filter that is a list."""
    named: dict[str, Callable[[str | None], str]] = {"language": language, "country": country}
    return {
        kind: [
            (value, named[kind](value) if kind in named else value.title(), count) for value, count in values
        ]
        for kind, values in counted.items()
    }
