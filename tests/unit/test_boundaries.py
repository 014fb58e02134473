"""The walls of the house: who may import whom, and who may touch the world.

In each service only `__main__`, `app`, `store` and the modules named in TOUCHES_THE_WORLD do; every
other module is values in, values out. Read from the source, through everything that is imported.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("ingest", "cluster", "publish", "web", "feeds")

# Modules of services that touch the world, each with its reason. Nothing else may.
TOUCHES_THE_WORLD: dict[str, str] = (
    {
        f"services.{service}.{module}": reason
        for service in SERVICES
        for module, reason in (
            ("__main__", "runs the service"),
            ("app", "the composition root: gather, decide, apply"),
            ("store", "the service's side of Redis (web's: its index in SQLite)"),
        )
    }
    | {
        f"services.web.{module}": reason
        for module, reason in (
            ("follow", "reads stories.published and the latest records"),
            ("keep", "tokens and webhooks in SQLite"),
            ("reading", "reads the index"),
            ("context", "what every route works with"),
            ("sessions", "random cookies, ended by the clock"),
            ("security", "judges requests by the clock, the tokens and the sessions"),
            ("door", "puts the routes together"),
            ("api_articles", "routes: sends to Redis, reads the index"),
            ("api_stories", "routes: reads the index"),
            ("api_events", "routes: event streams"),
            ("pages", "routes: pages"),
            ("rendering", "reads templates, asks the clock for ages"),
            ("events", "attributes of events in the index"),
            ("live", "event streams: queues, clocks, metrics"),
            ("api_feeds", "routes: reads the index"),
            ("operations", "routes: asks the server, signs browsers in"),
            ("flow", "samples streams and metrics"),
            ("applying", "writes a record into the index"),
            ("since", "reads the index"),
            ("endpoints", "webhooks in SQLite"),
            ("outbox", "webhooks in SQLite"),
            ("webhooks", "sends webhooks"),
            ("api_webhooks", "routes: administration of webhooks"),
        )
    }
    | {
        "services.cluster.encoder": "reads a model from the disk",
        "services.feeds.fetch": "fetches feeds and pages from their hosts",
        "services.publish.delivery": "forwards events to stories.published, raises epochs by the clock",
        "services.publish.llm_writer": "asks a language model over HTTP, sends what it accepts as an act",
    }
)

# Modules of dateline/ that put services together.
KNOWS_SERVICES = {
    "dateline.evaluation.fast": "runs the pure cores of the services without a server",
    "dateline.cli.explain": "computes an article's id from its URL as ingest does",
    "dateline.cli.token": "writes tokens into the file that the door keeps them in",
}

# What a pure module never imports. `datetime` is allowed: values; asking it for now is not.
FORBIDDEN = frozenset(
    "redis faststream asyncio threading multiprocessing concurrent subprocess signal socket ssl http requests"
    " httpx aiohttp uvicorn prometheus_client structlog logging os shutil tempfile"
    " time random secrets uuid sqlite3".split()
)
CLOCKS = frozenset({"now", "utcnow", "today"})
WORLDLY_CALLS = frozenset({"open", "print", "input", "exec", "eval"})

MAX_FUNCTION_LINES = 50
MAX_FILE_LINES = 400


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    """Every module of the project, by name."""
    return {
        module_name(path): path for top in ("dateline", "services") for path in (ROOT / top).rglob("*.py")
    }


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(modules()[name].read_text("utf-8"))


def imports(name: str) -> set[str]:
    """The full names of what a module imports at run time, at the top or inside a function."""
    return _imports(tree(name), name, is_package=modules()[name].name == "__init__.py")


def imports_of(path: Path) -> set[str]:
    """The same of a file outside of the packages; relative imports left out."""
    return _imports(ast.parse(path.read_text("utf-8")))


def _imports(source: ast.AST, name: str = "", *, is_package: bool = False) -> set[str]:
    found: set[str] = set()
    skipped = {
        id(node)
        for branch in ast.walk(source)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.unparse(branch.test)
        for statement in branch.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(source):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = name.split(".")[: len(name.split(".")) - node.level + is_package] if node.level else []
            base = ".".join([*package, *filter(None, [node.module])])
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found


def forbidden_in(source: ast.AST, imported: set[str]) -> list[str]:
    """What a pure module must not do, found in this one."""
    found = [f"imports {one}" for one in sorted(imported) if one.partition(".")[0] in FORBIDDEN]
    if any(one.startswith("urllib.request") for one in imported):
        found.append("imports urllib.request")
    for node in ast.walk(source):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WORLDLY_CALLS:
            found.append(f"line {node.lineno} calls {node.func.id}()")
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS and "date" in ast.unparse(node.value):
            found.append(f"line {node.lineno} asks the clock: {ast.unparse(node)}")
    return found


def impurities(name: str) -> list[str]:
    """What keeps a module from being pure, itself or through a module of the project that it imports."""
    found, seen, waiting = [], {name}, [name]
    while waiting:
        one = waiting.pop()
        imported = imports(one)
        found += [f"{one} {what}" for what in forbidden_in(tree(one), imported)]
        further = (imported & modules().keys()) - seen
        seen |= further
        waiting += sorted(further)
    return found


PURE = sorted(name for name in modules() if name.startswith("services.") and name not in TOUCHES_THE_WORLD)


@pytest.mark.parametrize("name", PURE)
def test_it_is_pure(name: str) -> None:
    assert impurities(name) == []


def test_the_rule_finds_what_it_should() -> None:
    source = ast.parse(
        "import time\nimport os.path\nfrom redis.asyncio import Redis\nfrom datetime import datetime\n"
        "def late():\n    import random\n    return datetime.now(), open('x')\n"
        "if TYPE_CHECKING:\n    import socket\n"
    )
    assert forbidden_in(source, _imports(source)) == [
        "imports os.path",
        "imports random",
        "imports redis.asyncio",
        "imports redis.asyncio.Redis",
        "imports time",
        "line 7 calls open()",
        "line 7 asks the clock: datetime.now",
    ]
    assert impurities("services.ingest.app")
    assert len(PURE) > 40


def test_the_lists_name_modules_that_exist() -> None:
    assert {*TOUCHES_THE_WORLD, *KNOWS_SERVICES} <= modules().keys()


@pytest.mark.parametrize("service", SERVICES)
def test_services_never_import_each_other(service: str) -> None:
    others = tuple(f"services.{other}" for other in SERVICES if other != service)
    wrong = {
        name: sorted(one for one in imports(name) if one.startswith(others))
        for name in modules()
        if name.startswith(f"services.{service}")
    }
    assert {name: found for name, found in wrong.items() if found} == {}


def test_what_is_shared_imports_no_service() -> None:
    wrong = {
        name: sorted(
            one for one in imports(name) if one.partition(".")[0] in ("services", "tests", "benchmarks")
        )
        for name in modules()
        if name.startswith("dateline") and name not in KNOWS_SERVICES
    }
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize("name", sorted(modules()))
def test_functions_and_files_are_short_enough_to_read(name: str) -> None:
    functions = (
        node for node in ast.walk(tree(name)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {function: lines for function, lines in lengths.items() if lines > MAX_FUNCTION_LINES} == {}
    assert modules()[name].read_text("utf-8").count("\n") <= MAX_FILE_LINES


WATCHED = """
import importlib, sys
done, ours = [], tuple(sys.argv[1].split(":"))
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and arguments[0].startswith(ours):
        if not arguments[0].endswith((".py", ".pyc")) and "__pycache__" not in arguments[0]:
            done.append(f"opened {arguments[0]}")
    if event in ("subprocess.Popen", "os.system", "os.fork", "socket.connect"):
        done.append(event)
sys.addaudithook(watch)
for name in sys.argv[2:]:
    importlib.import_module(name)
print("\\n".join(done))
"""


def test_importing_does_no_work() -> None:
    """No module reads a file of ours, starts a process or opens a connection by being imported."""
    names = sorted(name for name in modules() if not name.endswith("__main__"))
    ours = ":".join(str(ROOT / top) for top in ("dateline", "services", "seeds"))
    command = [sys.executable, "-c", WATCHED, ours, *names]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (answer.stdout.strip(), answer.stderr) == ("", "")
