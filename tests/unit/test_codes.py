"""The reference of codes names every code that the services give, and is fresh."""

from __future__ import annotations

import ast
from pathlib import Path

from scripts.write_codes import OTHERS, OUTCOMES, PAGE, page
from services.ingest.dead_letters import CODES

ROOT = Path(__file__).resolve().parents[2]
GIVES_A_CODE = ("Refused", "Failure", "InvalidEntry", "Rejected")


def codes_given() -> set[str]:
    """Every literal code that a stage or a service puts on a dead letter."""
    found = set()
    for folder in ("services/ingest", "services/cluster", "services/publish", "dateline/stage"):
        for path in (ROOT / folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in GIVES_A_CODE:
                    named = [word.value for word in node.keywords if word.arg == "code"] or node.args[:1]
                    found |= {one.value for one in named if isinstance(one, ast.Constant)}
    return {str(one) for one in found}


def test_every_code_is_in_the_reference() -> None:
    given = codes_given()

    assert len(given) >= 12
    assert given - {*CODES, *OTHERS} == set()


def test_every_outcome_is_in_the_reference() -> None:
    from dateline.schemas import OutcomeEntry  # noqa: PLC0415 (FastStream is slow to import)

    allowed = OutcomeEntry.model_json_schema()["properties"]["outcome"]["enum"]
    assert list(OUTCOMES) == allowed


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m scripts.write_codes"
