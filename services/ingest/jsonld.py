"""schema.org NewsArticle as JSON-LD: one node, an array of nodes, or a `@graph`.

https://schema.org/NewsArticle. Values may be arrays, nodes, references (`@id`) into the graph or
`@value` objects; each reader takes what it can use of them.
"""

from __future__ import annotations

from typing import Any

_TYPES = frozenset(
    (
        "newsarticle", "article", "reportagenewsarticle", "analysisnewsarticle", "backgroundnewsarticle",
        "opinionnewsarticle", "reviewnewsarticle", "askpublicnewsarticle", "liveblogposting", "blogposting",
        "socialmediaposting", "report", "advertisercontentarticle", "satiricalarticle",
    )
)  # fmt: skip  # a row of values
_GENRES = {
    "analysisnewsarticle": "Analysis",
    "backgroundnewsarticle": "Background",
    "opinionnewsarticle": "Opinion",
    "reviewnewsarticle": "Review",
    "advertisercontentarticle": "Advertorial",
    "satiricalarticle": "Satire",
}
_MAX_NODES = 1_000

Node = dict[str, Any]


def news_article(document: Any) -> Node | None:
    """The first article node of a JSON-LD document, None where there is none.

    NewsArticle and its kinds go before Article and the like.
    """
    articles = [node for node in _nodes(document) if _types(node) & _TYPES]
    news = [node for node in articles if any("news" in name for name in _types(node))]
    return next(iter(news or articles), None)


def _nodes(document: Any) -> list[Node]:
    """The top-level nodes of a document, its `@graph`s included."""
    top = document if isinstance(document, list) else [document]
    found: list[Node] = []
    for node in top[:_MAX_NODES]:
        if isinstance(node, dict):
            graph = node.get("@graph")
            inner = graph if isinstance(graph, list) else [graph]
            found += [node, *(item for item in inner[:_MAX_NODES] if isinstance(item, dict))]
    return found


def _types(node: Node) -> set[str]:
    return {str(name).rpartition("/")[2].rpartition(":")[2].lower() for name in _listed(node.get("@type"))}


def read_json_ld(node: Node, document: Any) -> dict[str, Any]:
    """Dateline's fields of an article node; references are looked up in its document."""
    by_id = {other["@id"]: other for other in _nodes(document) if isinstance(other.get("@id"), str)}
    free = _text(node.get("isAccessibleForFree"))
    fields = {
        "title": _text(node.get("headline")) or _text(node.get("name")) or node.get("headline"),
        "url": _url(node),
        "id": _identifier(node.get("identifier")),
        "text": _text(node.get("articleBody")) or _text(node.get("text")),
        "description": _text(node.get("description")) or _text(node.get("abstract")),
        "published_at": _text(node.get("datePublished")) or _text(node.get("dateCreated")),
        "updated_at": _text(node.get("dateModified")),
        "version": _text(node.get("version")),
        "language": _language(node.get("inLanguage")),
        "publisher": _publisher(node, by_id),
        "original_publisher": _name(node.get("sourceOrganization"), by_id),
        "authors": _names(node.get("author") or node.get("creator"), by_id),
        "image_url": _media(node.get("image"), by_id) or _media(node.get("thumbnailUrl"), by_id),
        "paywalled": None if free is None else str(free).rpartition("/")[2].lower() not in ("true", "1"),
        "genre": _text(node.get("genre")) or _genre(node),
        "subjects": _subjects(node, by_id),
        "dateline": _text(node.get("dateline")),
        "correction": _correction(node.get("correction")),
        "expires_at": _text(node.get("expires")),
    }
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _genre(node: Node) -> str | None:
    """The genre that the node's type says."""
    return next((_GENRES[name] for name in sorted(_types(node)) if name in _GENRES), None)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> Any:
    """The first scalar of a value: itself, `@value`, or the first of an array; None where none is."""
    for item in _listed(value):
        scalar = item.get("@value") if isinstance(item, dict) else item
        if scalar is not None and not isinstance(scalar, (dict, list)):
            return scalar
    return None


def _resolved(value: Any, by_id: dict[str, Node]) -> list[Any]:
    """A value's items, references of `@id` alone replaced by the nodes they name."""
    items = []
    for item in _listed(value):
        reference = item.get("@id") if isinstance(item, dict) and len(item) <= 2 else None
        items.append(by_id.get(reference, item) if isinstance(reference, str) else item)
    return items


def _names(value: Any, by_id: dict[str, Node]) -> list[Any]:
    """The names of people or organisations given as strings, nodes or references."""
    names = [_text(item.get("name")) if isinstance(item, dict) else item for item in _resolved(value, by_id)]
    return [name for name in names if isinstance(name, str) and name.strip()]


def _name(value: Any, by_id: dict[str, Node]) -> str | None:
    return next(iter(_names(value, by_id)), None)


def _url(node: Node) -> Any:
    """`url`, else the page it is the main entity of, else its `@id` where that is an address."""
    page = node.get("mainEntityOfPage")
    first = next(iter(_listed(page)), None)
    page = (first.get("url") or first.get("@id")) if isinstance(first, dict) else first
    own = _text(node.get("url"))
    other = (place for place in (page, node.get("@id")) if isinstance(place, str))
    return own or next((place for place in other if place.lower().startswith("http")), None)


def _identifier(value: Any) -> Any:
    first = next(iter(_listed(value)), None)
    return _text(first.get("value")) if isinstance(first, dict) else first


def _language(value: Any) -> Any:
    first = next(iter(_listed(value)), None)
    if isinstance(first, dict):
        return _text(first.get("alternateName")) or _text(first.get("@value")) or _text(first.get("name"))
    return first


def _publisher(node: Node, by_id: dict[str, Node]) -> Any:
    """`{name, domain}` of the publisher, its domain from its own address."""
    for item in _resolved(node.get("publisher") or node.get("provider"), by_id):
        if isinstance(item, dict):
            address = _text(item.get("url")) or item.get("@id")
            domain = address if isinstance(address, str) and "." in address else None
            found = {"name": _text(item.get("name")), "domain": domain}
            return {name: value for name, value in found.items() if value} or None
        if isinstance(item, str):
            return item
    return None


def _media(value: Any, by_id: dict[str, Node]) -> Any:
    """The address of an image given as string, ImageObject, array or reference."""
    for item in _resolved(value, by_id):
        found = (_text(item.get("url")) or _text(item.get("contentUrl"))) if isinstance(item, dict) else item
        if found:
            return found
    return None


def _subjects(node: Node, by_id: dict[str, Node]) -> list[Any]:
    """Keywords (one string divided by commas, or a list), sections, and what it is about."""
    found: list[Any] = []
    for item in _listed(node.get("keywords")):
        found += item.split(",") if isinstance(item, str) else _names(item, by_id)
    found += _names(node.get("articleSection"), by_id) + _names(node.get("about"), by_id)
    return [name for name in found if isinstance(name, str) and name.strip()]


def _correction(value: Any) -> Any:
    """`{text, at}` of a CorrectionComment, or of a bare text; a bare address says nothing."""
    first = next(iter(_listed(value)), None)
    if isinstance(first, dict):
        return {"text": _text(first.get("text")), "at": _text(first.get("datePublished"))}
    return None if isinstance(first, str) and first.startswith("http") else first
