"""The certificates of docs/secure.md, made by the commands printed there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.conftest import ROOT


def make_certificates(folder: Path) -> Path:
    """Run the page's commands in `folder`; the authority's certificate."""
    folder.mkdir()
    folder.chmod(0o755)
    page = (ROOT / "docs" / "secure.md").read_text("utf-8")
    commands = re.search(r"```sh\n(openssl .+?)```", page, re.DOTALL)
    assert commands, "docs/secure.md shows no openssl commands"
    subprocess.run(["sh", "-euc", commands[1]], cwd=folder, check=True, capture_output=True)
    return folder / "ca.crt"
