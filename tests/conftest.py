"""What all tests share: markers by folder, and the container engine or the reason why there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GROUPS = ("unit", "integration", "e2e", "chaos", "quality")

# testcontainers cleans up after itself here; its reaper would be one more image to pull.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test is marked with the name of the folder it lies in."""
    for item in items:
        group = item.path.relative_to(ROOT / "tests").parts[0]
        if group in GROUPS:
            item.add_marker(group)


@pytest.fixture(scope="session")
def docker_engine() -> None:
    """A container engine that answers; else the test is skipped, or fails under TEST_REQUIRE_DOCKER=1."""
    lack = _lack_of_engine()
    if lack and os.environ.get("TEST_REQUIRE_DOCKER") == "1":
        pytest.fail(f"TEST_REQUIRE_DOCKER=1, but {lack}")
    if lack:
        pytest.skip(lack)


def _lack_of_engine() -> str | None:
    """What keeps tests from using containers; None: nothing."""
    if shutil.which("docker") is None:
        return "there is no docker command here"
    for command, lack in (
        (["docker", "info"], "no Docker engine answers"),
        (["docker", "compose", "version"], "Docker has no compose plugin"),
    ):
        try:
            answer = subprocess.run(command, capture_output=True, timeout=30, check=False)
        except subprocess.TimeoutExpired:
            return f"{lack} within 30 s"
        if answer.returncode:
            return lack
    return None
