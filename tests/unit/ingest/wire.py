"""Entries as they lie on `articles.raw`, and vectors read from `tests/vectors/`."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.ingest.clean import Cleaned, Rejected, clean
from services.ingest.publishers import OutletRegistry, outlet_registry

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
ARRIVED = 1_752_840_000_000  # 2025-07-18T12:00:00Z
NO_OUTLETS = outlet_registry(())


def vectors(name: str) -> list[dict[str, Any]]:
    """The rows of a vector file."""
    rows = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    assert rows, f"{name}.json is empty"
    return list(rows)


def named(rows: list[dict[str, Any]]) -> list[str]:
    """Test ids for rows: number and reason."""
    return [f"{number}-{row.get('why', row.get('rule', ''))}" for number, row in enumerate(rows)]


def as_json(message: object) -> dict[bytes, bytes]:
    """Form 2: one field with a JSON object."""
    return {b"article": json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")}


def as_plain(message: Mapping[str, Any]) -> dict[bytes, bytes]:
    """Form 3: plain fields; lists and objects as JSON text, booleans true or false."""
    return {
        name.encode(): (value if isinstance(value, str) else json.dumps(value)).encode()
        for name, value in message.items()
    }


def of_vector(row: Mapping[str, Any]) -> dict[bytes, bytes]:
    """The entry that a vector of `dead_letters.json` describes."""
    fields = {name.encode(): value.encode() for name, value in row.get("entry", {}).items()}
    for name, value in row.get("entry_base64", {}).items():
        fields[name.encode()] = base64.b64decode(value)
    for name, said in row.get("repeat", {}).items():
        whole = said.get("before", "") + said["text"] * said["times"] + said.get("after", "")
        fields[name.encode()] = whole.encode()
    return fields


def cleaned(
    fields: Mapping[bytes, bytes], registry: OutletRegistry = NO_OUTLETS, arrived: int = ARRIVED
) -> Cleaned:
    """What became of an entry; fails where it was rejected."""
    found = clean(fields, arrived=arrived, registry=registry)
    assert isinstance(found, Cleaned), found
    return found


def rejected(fields: Mapping[bytes, bytes]) -> Rejected:
    """Why an entry was rejected; fails where it was not."""
    found = clean(fields, arrived=ARRIVED, registry=NO_OUTLETS)
    assert isinstance(found, Rejected), found
    return found


def article(message: Mapping[str, Any]) -> Any:
    """The article that a message makes, sent as JSON."""
    found = cleaned(as_json(message)).article
    assert found is not None
    return found
