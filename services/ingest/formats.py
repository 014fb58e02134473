"""Foreign article shapes, recognised by their field names and mapped to Dateline's fields.

One table per shape: our field → where to look, first hit wins. A place is a dotted path; in it
`*` goes through a list, and a list met on the way without `*` gives its first element. The tables
name the documentation they follow. What is no known shape passes through unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from services.ingest.jsonld import news_article, read_json_ld

Mapping = dict[str, tuple[str, ...]]

# https://iptc.org/std/ninjs/ninjs-schema_3.1.json (bodies, headlines and descriptions have roles).
NINJS: Mapping = {
    "id": ("uri",),
    "title": ("headlines@main", "title"),
    "text": ("bodies@main",),
    "description": ("descriptions@main",),
    "published_at": ("firstCreated", "contentCreated", "versionCreated"),
    "updated_at": ("versionCreated",),
    "version": ("version",),
    "status": ("pubStatus",),
    "language": ("language",),
    "publisher": ("infoSources@publisher.name", "infoSources@provider.name", "copyrightHolder"),
    "original_publisher": ("infoSources@originator.name", "infoSources@origin.name"),
    "url": ("altIds@webUrl", "altIds@url", "altIds@canonical"),
    "authors": ("by",),
    "image_url": ("associations.*.renditions.*.href", "renditions.*.href"),
    "genre": ("genres.name", "genres.literal"),
    "subjects": ("subjects.*.name",),
    "dateline": ("located",),
    "expires_at": ("expires",),
}

# https://newsapi.org/docs/endpoints/everything
NEWS_API: Mapping = {
    "title": ("title",),
    "url": ("url",),
    "text": ("content",),
    "description": ("description",),
    "published_at": ("publishedAt",),
    "publisher": ("source.name", "source.id"),
    "authors": ("author",),
    "image_url": ("urlToImage",),
    "language": ("language",),
}

# https://newsapi.ai/documentation?tab=data_models (article data model)
EVENT_REGISTRY: Mapping = {
    "id": ("uri",),
    "title": ("title",),
    "url": ("url",),
    "text": ("body",),
    "published_at": ("dateTimePub", "dateTime", "date"),
    "language": ("lang",),
    "publisher": ("source.title",),
    "authors": ("authors.*.name",),
    "image_url": ("image",),
    "subjects": ("categories.*.label", "concepts.*.label.eng"),
}


def to_fields(value: Any) -> Any:
    """An object of Dateline's fields from whatever JSON was sent, or the value itself.

    Arrays are accepted from schema.org only (JSON-LD allows several nodes in one document).
    """
    if isinstance(value, list) or _is_json_ld(value):
        node = news_article(value)
        return value if node is None else read_json_ld(node, value)
    if not isinstance(value, dict):
        return value
    shape = next((shape for shape in _SHAPES if shape[0](value)), None)
    return value if shape is None else shape[2](_mapped(value, shape[1]))


def _mapped(value: dict[str, Any], mapping: Mapping) -> dict[str, Any]:
    found = {name: _first(value, places) for name, places in mapping.items()}
    return {name: item for name, item in found.items() if item is not None}


_NINJS_NAMES = frozenset(
    ("headlines", "bodies", "pubStatus", "versionCreated", "firstCreated", "representationType", "standard")
)


def _is_json_ld(value: Any) -> bool:
    return isinstance(value, dict) and ("@type" in value or "@graph" in value)


def _is_ninjs(value: dict[str, Any]) -> bool:
    return "uri" in value and not value.keys().isdisjoint(_NINJS_NAMES)


def _is_news_api(value: dict[str, Any]) -> bool:
    return "publishedAt" in value and not value.keys().isdisjoint(("urlToImage", "source", "content"))


def _is_event_registry(value: dict[str, Any]) -> bool:
    return "uri" in value and not value.keys().isdisjoint(
        ("dateTimePub", "isDuplicate", "dataType", "eventUri", "dateTime")
    )


def _first(value: dict[str, Any], places: tuple[str, ...]) -> Any:
    found = (_at(value, place) for place in places)
    return next((item for item in found if item is not None and item != ""), None)


def _at(value: Any, place: str) -> Any:
    """What stands at a place; for a place with `*` and a list target, all of it."""
    found = list(_walk(value, place.split(".")))
    if not found:
        return None
    return found if place.endswith((".*.name", ".*.label", ".*.label.eng")) else found[0]


def _walk(value: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        if value is not None:
            yield value
        return
    step, *rest = steps
    if step == "*":
        for item in value if isinstance(value, list) else ():
            yield from _walk(item, rest)
        return
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        name, _, role = step.partition("@")
        yield from _walk(_by_role(value.get(name), role) if role else value.get(name), rest)


def _by_role(items: Any, role: str) -> Any:
    """ninjs: the item of a role; `main` falls back to one without a role, then to the first.

    Bodies, headlines, descriptions and alternative ids have their content in `value`.
    """
    listed = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    wanted = role.lower()
    chosen = [item for item in listed if str(item.get("role") or "").lower().rpartition("/")[2] == wanted]
    if not chosen and wanted == "main":
        chosen = [item for item in listed if not item.get("role")] or listed
    if not chosen:
        return None
    return chosen[0].get("value", chosen[0])


def _unchanged(fields: dict[str, Any]) -> dict[str, Any]:
    return fields


def _finish_news_api(fields: dict[str, Any]) -> dict[str, Any]:
    """NewsAPI.org appends ` - Source` to titles and puts several authors into one string.

    An article that it withdrew keeps its place with `[Removed]` for a title: no title.
    """
    title, publisher, author = fields.get("title"), fields.get("publisher"), fields.get("authors")
    if title == "[Removed]":
        fields["title"] = None
    elif isinstance(title, str) and isinstance(publisher, str):
        fields["title"] = title.removesuffix(f" - {publisher}")
    if isinstance(author, str):
        fields["authors"] = [name for name in author.split(",") if name.strip()]
    return fields


_Shape = tuple[Callable[[dict[str, Any]], bool], Mapping, Callable[[dict[str, Any]], dict[str, Any]]]
_SHAPES: tuple[_Shape, ...] = (
    (_is_ninjs, NINJS, _unchanged),
    (_is_news_api, NEWS_API, _finish_news_api),
    (_is_event_registry, EVENT_REGISTRY, _unchanged),
)
