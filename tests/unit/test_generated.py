"""The generated reference must be that of the models as they are."""

import json
from pathlib import Path

from dateline.schemas import stale

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def test_generated_reference_is_fresh() -> None:
    assert stale(REFERENCE) == [], "run: python -m dateline.schemas docs/reference"


def test_a_changed_file_is_found(tmp_path: Path) -> None:
    assert "asyncapi.json" in stale(tmp_path)


def test_every_field_of_the_public_messages_is_explained() -> None:
    silent = []
    for file in sorted((REFERENCE / "schemas").glob("*.json")):
        whole = json.loads(file.read_text("utf-8"))
        for model, schema in {file.stem: whole, **whole.get("$defs", {})}.items():
            fields = schema.get("properties", {}).items()
            silent += [f"{model}.{name}" for name, one in fields if not one.get("description")]
    assert silent == []
