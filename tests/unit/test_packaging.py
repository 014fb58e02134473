"""What is declared is what is used: dependencies, versions, data files."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

from tests.unit.test_boundaries import ROOT, imports, imports_of, modules

OURS = {"dateline", "services", "tests", "benchmarks", "scripts"}
# One name that many distributions share: of these only what is declared counts.
SHARED = {"opentelemetry"}
# Declared although nothing imports them by name.
LOADED_BY_OTHERS = {"uvicorn": "faststream's ASGI application runs on it"}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names_of(requirements: Iterable[str]) -> set[str]:
    return {normal(re.split(r"[\[<>=!~ ;]", one)[0]) for one in requirements}


def declared() -> set[str]:
    return names_of(project()["project"]["dependencies"])


def optional() -> set[str]:
    """What the extras bring."""
    extras = project()["project"].get("optional-dependencies", {})
    return {name for requirements in extras.values() for name in names_of(requirements)}


def used() -> dict[str, str]:
    """Distributions that the modules import, each with one module that does."""
    return distributions({name: imports(name) for name in modules()})


def used_by_developers() -> dict[str, str]:
    """Distributions that tests, benchmarks and scripts import, each with one file that does."""
    files = (
        path for top in ("tests", "benchmarks", "scripts", "seeds") for path in (ROOT / top).rglob("*.py")
    )
    return distributions({str(path.relative_to(ROOT)): imports_of(path) for path in files})


def distributions(imported: Mapping[str, set[str]]) -> dict[str, str]:
    """Distribution → one of the files that import it; the standard library and this project left out."""
    owners = packages_distributions()
    found: dict[str, str] = {}
    for where, names in imported.items():
        for top in {name.partition(".")[0] for name in names} - OURS - sys.stdlib_module_names - {""}:
            for owner in owners.get(top, [top]):
                if top not in SHARED or normal(owner) in optional():
                    found.setdefault(normal(owner), where)
    return found


def locked(path: str) -> dict[str, str]:
    lines = (ROOT / path).read_text("utf-8").splitlines()
    matches = (re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", line) for line in lines)
    return {normal(match[1]): match[2] for match in matches if match}


def test_what_is_imported_is_declared() -> None:
    assert {name: where for name, where in used().items() if name not in declared() | optional()} == {}


def test_what_developers_import_is_declared() -> None:
    known = declared() | names_of(project()["dependency-groups"]["dev"])
    assert {name: where for name, where in used_by_developers().items() if name not in known} == {}


def test_what_is_declared_is_imported() -> None:
    assert (declared() | optional()) - used().keys() - LOADED_BY_OTHERS.keys() == set()


def test_the_locks_hold_what_is_declared_and_agree() -> None:
    run, develop = locked("requirements.lock"), locked("requirements-dev.lock")
    assert declared() - run.keys() == set()
    assert {name: version for name, version in run.items() if develop.get(name) != version} == {}


def test_the_locks_name_no_place_of_one_machine() -> None:
    for path in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / path).read_text("utf-8")
        assert re.findall(r"https?://|file:|--(?:extra-)?index-url|--find-links|\s/\w+", text) == []


def test_every_data_file_goes_along() -> None:
    """The wheel takes whole packages; a data file outside of one would be left behind."""
    packages = project()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert packages == ["dateline", "services"]
    kinds = {".lua", ".csv", ".tsv", ".toml", ".json", ".txt", ".gz", ".ttf"}
    data = [path for top in packages for path in (ROOT / top).rglob("*") if path.suffix in kinds]
    assert data
    assert [path for path in data if not (_package_of(path) / "__init__.py").exists()] == []


def _package_of(path: Path) -> Path:
    """The folder of the package that a data file belongs to: `data/` and `lua/` are none themselves."""
    return path.parent.parent if path.parent.name in ("data", "lua") else path.parent


def test_the_package_says_that_it_is_typed_and_brings_what_the_demo_sends() -> None:
    assert (ROOT / "dateline" / "py.typed").is_file()
    brought = project()["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert {place for place, inside in brought.items() if inside == f"dateline/{place}"} == {
        "seeds/articles.jsonl",
        "seeds/invalid.jsonl",
        "seeds/outlets.csv",
    }
    assert all((ROOT / place).is_file() for place in brought)
