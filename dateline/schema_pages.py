"""The messages of the public streams as a page for people, from their JSON Schemas. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

INTRODUCTION = """# Messages

Generated from the models by `python -m dateline.schemas docs/reference`. For programs: the JSON
Schemas linked below, and [AsyncAPI 3](asyncapi.json) for the streams; the HTTP door describes itself
at `/openapi.json`. What the fields mean and where they come from: [send](../send.md),
[subscribe](../subscribe.md), [records](../records.md). Within a major version fields are added,
never renamed or removed.

| stream or key | written by | a message is |
|---|---|---|
"""
LINK = "[{0}](#{1})"


def messages_page(schemas: Mapping[str, Schema], places: Mapping[str, tuple[str, str]]) -> str:
    """All messages as Markdown: `places` says of a stream or key who writes it, and the schema's name.

    Models that several messages use are printed once, in the order in which they are first met.
    """
    rows = [
        f"| `{place}` | {writer} | {LINK.format(name, _anchor(name))} |"
        for place, (writer, name) in places.items()
    ]
    parts = [INTRODUCTION + "\n".join(rows) + "\n"]
    shared: dict[str, Schema] = {}
    for name, schema in schemas.items():
        shared |= {key: one for key, one in schema.get("$defs", {}).items() if key not in shared}
        parts += [f"## {name}\n", f"JSON Schema: [{name}.json](schemas/{name}.json)\n", *_body(schema)]
    for key in sorted(shared):
        parts += [f"### {key}\n", *_body(shared[key])]
    return "\n".join(parts)


def _anchor(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum() or letter in "-_")


def _body(schema: Schema) -> Iterator[str]:
    if schema.get("description"):
        yield schema["description"].replace("``", "`") + "\n"
    rows = [_row(name, one) for name, one in schema.get("properties", {}).items()]
    meant = any("description" in one for one in schema.get("properties", {}).values())
    yield "| field | type |" + (" meaning |" if meant else "")
    yield "|---|---|" + ("---|" if meant else "")
    yield "\n".join(row if meant else row.rpartition(" |  |")[0] + " |" for row in rows) + "\n"


def _row(name: str, schema: Schema) -> str:
    meaning = " ".join(schema.get("description", "").split()).replace("|", "\\|")
    return f"| `{name}` | {_type(schema)} | {meaning} |"


def _type(schema: Schema) -> str:
    """A type in words; models are links to their part of the page."""
    if "$ref" in schema:
        model = schema["$ref"].rpartition("/")[2]
        return LINK.format(model, _anchor(model))
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_type, schema["anyOf"])))
    if "enum" in schema:
        return " ".join(f"`{one}`" for one in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    return _plain_type(schema)


def _plain_type(schema: Schema) -> str:
    kind = str(schema.get("type", "any JSON"))
    if kind == "array":
        return f"list of {_type(schema['items'])}" if schema.get("items") else "list"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {_type(schema['additionalProperties'])}"
    return str(schema.get("format", kind))
