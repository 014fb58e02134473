"""The door against its own description: schemathesis makes requests out of the OpenAPI document.

Bounded: some examples of each operation, the same in every run.
"""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.web.conftest import DoorProcess, Newsroom
from tests.unit.web.desk import record, story_id

EXAMPLES = 15
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
LIVE = "/v1/events"  # never ends; tests/integration/web/test_events.py reads it


@pytest.mark.filterwarnings("default")  # of hypothesis' and requests' own making
def test_every_operation_answers_as_described(newsroom: Newsroom, door: DoorProcess) -> None:
    for number in range(1, 4):
        newsroom.publish(record(number))
    door.until_applied(story_id(3))
    schema = schemathesis.openapi.from_url(f"{door.url}/openapi.json")
    headers = {"authorization": f"Bearer {door.token('admin')}"}
    seen = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path != LIVE:
            seen.add(f"{operation.method.upper()} {operation.path}")
            _try(operation, headers)
    assert len(seen) >= 15, seen


def _try(operation: Any, headers: dict[str, str]) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def answers(case: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if case.query and "wait" in case.query:
                case.query["wait"] = 0  # nobody runs here who would answer
            case.call_and_validate(headers=headers, checks=CHECKS, timeout=20)

    answers()
