"""The generated reference must be that of the models as they are."""

from pathlib import Path

from dateline.schemas import stale

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def test_generated_reference_is_fresh() -> None:
    assert stale(REFERENCE) == [], "run: python -m dateline.schemas docs/reference"


def test_a_changed_file_is_found(tmp_path: Path) -> None:
    assert "asyncapi.json" in stale(tmp_path)
