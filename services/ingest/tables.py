"""The data tables of ingest, read once from the package's own files, on first use."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The table `data/<name>.toml` (its comments name the source of what is in it)."""
    return tomllib.loads(files("services.ingest").joinpath("data", f"{name}.toml").read_text("utf-8"))
