"""Each exception from a rule (`noqa`, `type: ignore`, `fmt: skip`) says why: beside it, or right above."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
ROOMS = ("dateline", "services", "benchmarks", "scripts", "seeds", "examples", "tests")
EXCEPTION = re.compile(
    r"#\s*(?:noqa(?:: [A-Z]+\d+(?:, [A-Z]+\d+)*)?|type: ignore(?:\[[\w, -]*\])?|fmt: (?:skip|off))"
)


def without_reason(text: str) -> list[int]:
    """Numbers of the lines that make an exception and do not say why."""
    lines = text.splitlines()
    found = []
    for number, (above, line) in enumerate(zip(["", *lines], lines, strict=False), 1):
        first = EXCEPTION.search(line)
        if first is None or above.lstrip().startswith("#"):
            continue
        if not EXCEPTION.sub("", line[first.start() :]).strip(" #"):
            found.append(number)
    return found


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("import x  # noqa: PLC0415", [1]),
        ("import x  # noqa: PLC0415  # only where it is installed", []),
        ("# only where it is installed\nimport x  # noqa: PLC0415", []),
        ("a = f()\nb = g()  # type: ignore[misc, arg-type]", [2]),
        ("b = g()  # type: ignore[misc]  # noqa: ARG001", [1]),
        ("TABLE = [\n]  # fmt: skip", [2]),
    ],
)
def test_what_counts_as_a_reason(text: str, numbers: list[int]) -> None:
    assert without_reason(text) == numbers


def test_every_exception_has_its_reason_beside_it() -> None:
    bare = [
        f"{path.relative_to(HOUSE)}:{number}"
        for room in ROOMS
        for path in sorted((HOUSE / room).rglob("*.py"))
        for number in without_reason(path.read_text("utf-8"))
    ]
    assert not bare, "say why beside it: " + ", ".join(bare)
