"""The examples, run as a reader of the docs runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.client.conftest import Running
from tests.integration.conftest import embedded_server
from tests.integration.stage.house import ALL

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
NPM_SECONDS = 120


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """All services on a server of its own; a story needs two publishers, as by default."""
    with embedded_server(tmp_path) as found, Running(found, ALL, publish_min_publishers=2):
        yield found


def run(url: str, *command: str, cwd: Path | None = None) -> list[str]:
    """The lines an example prints; fails with what it said where it fails."""
    environment = {**os.environ, "DATELINE_REDIS_URL": url}
    ran = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.splitlines()


def check(lines: list[str]) -> None:
    """A created story of two articles, and two accepted ones."""
    assert sum(" accepted a-" in line for line in lines) == 2, lines
    story = [line for line in lines if "created" in line]
    assert len(story) == 1 and " 2 " in story[0] and "Flores" in story[0], lines


def test_with_the_client(url: str):
    check(run(url, sys.executable, str(EXAMPLES / "with_client.py")))


def test_with_redis_alone(url: str):
    check(run(url, sys.executable, str(EXAMPLES / "plain_redis.py")))


def test_from_node(url: str, tmp_path: Path):
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("there is no node with npm here")
    there = tmp_path / "node"
    shutil.copytree(EXAMPLES / "node", there, ignore=shutil.ignore_patterns("node_modules"))
    install = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        installed = subprocess.run(
            install, cwd=there, capture_output=True, text=True, timeout=NPM_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm could not install the package redis within {NPM_SECONDS} s")
    if installed.returncode:
        pytest.skip(
            f"npm cannot install the package redis here: {installed.stderr.strip().splitlines()[-1:]}"
        )
    check(run(url, "node", "example.mjs", cwd=there))
