"""Run groups of tests: `unit` on every supported Python of this machine, the others on the main one.

The last line lists every skip with its reason. Exit status 1 when anything failed, or when there was
nothing to run.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.11", "3.12", "3.13")
MAIN = f"{sys.version_info.major}.{sys.version_info.minor}"
NO_SUCH_PYTHON = 3


def interpreter(version: str) -> Path | None:
    """The interpreter of this version's environment, made if need be; None: no such Python here.

    Raises:
        CalledProcessError: the environment cannot be made.
    """
    if version == MAIN:
        return Path(sys.executable)
    directory = ROOT / f".venv-{version}"
    ready = directory / ".ready"
    sources = (ROOT / "requirements-dev.lock", ROOT / "pyproject.toml")
    if not ready.exists() or any(source.stat().st_mtime > ready.stat().st_mtime for source in sources):
        command = ["sh", str(ROOT / "scripts" / "environment.sh"), directory.name, version]
        status = subprocess.run(command, check=False).returncode
        if status == NO_SUCH_PYTHON:
            return None
        if status:
            raise subprocess.CalledProcessError(status, command)
    return directory / "bin" / "python"


def run_group(python: Path, group: str) -> tuple[bool, list[str]]:
    """Run one group with pytest, its output passed through: (whether it passed, its skips)."""
    skips = []
    command = [str(python), "-m", "pytest", "-rs", f"tests/{group}"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            print(line, end="", flush=True)
            if line.startswith("SKIPPED"):
                skips.append(line.strip())
    return run.returncode == 0, skips


def run_all(groups: list[str]) -> tuple[list[str], list[str]]:
    """Run the groups: what failed, and what was skipped."""
    failed, skipped = [], []
    for group in groups:
        for version in VERSIONS if group == "unit" else (MAIN,):
            name = f"{group} tests on Python {version}"
            print(f"\n── {name}", flush=True)
            python = interpreter(version)
            if python is None:
                print(f"skipped: no Python {version} on this machine")
                skipped.append(f"{name}: no Python {version} on this machine")
                continue
            passed, skips = run_group(python, group)
            skipped += [f"{name}: {skip}" for skip in skips]
            if not passed:
                failed.append(name)
    return failed, skipped


def main() -> None:
    """The command line: names of folders in tests/."""
    failed, skipped = run_all(sys.argv[1:] or ["unit"])
    print("\n── Summary")
    print("failed:  " + ("; ".join(failed) or "nothing"))
    print("skipped: " + ("; ".join(skipped) or "nothing"))
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
