"""What is sent to a composed stack, what happens meanwhile, and what must come out."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from tests.conftest import ROOT
from tests.e2e.sender import xadd
from tests.e2e.stack import Stack

SEEDS = ROOT / "seeds"
SERVICES = ("ingest", "cluster", "publish", "web")


def articles() -> list[str]:
    """The seeds, then those again that came once only (other URL forms are among the first)."""
    lines = (SEEDS / "articles.jsonl").read_text("utf-8").splitlines()
    urls = [plain(json.loads(line).get("url", "")) for line in lines]
    once = [line for line, url in zip(lines, urls, strict=True) if urls.count(url) == 1]
    return [xadd({"article": line}) for line in [*lines, *once]]


def garbage() -> list[str]:
    """Entries that can never be valid, as plain bytes; the few that a command line cannot hold left out."""
    entries = []
    for line in (SEEDS / "invalid.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        fields = case.get("entry") or {
            name: base64.b64decode(value) for name, value in case.get("entry_base64", {}).items()
        }
        if fields and sum(map(len, fields.values())) < 32_000:
            entries.append(xadd(fields))
    return entries


def traffic() -> list[str]:
    """Articles with an invalid entry after every sixth."""
    invalid = iter(garbage())
    lines = []
    for number, line in enumerate(articles()):
        lines.append(line)
        if number % 6 == 5:
            lines += filter(None, [next(invalid, None)])
    return lines


def disasters(stack: Stack) -> list[Callable[[], object]]:
    """What happens while articles are being sent, one after the other."""

    def killed(service: str, seconds: float) -> Callable[[], object]:
        def act() -> None:
            stack.kill(service)
            time.sleep(seconds)
            stack.start(service)

        return act

    def scaled() -> None:
        stack.compose("up", "--detach", "--wait", "--no-recreate", "--scale", "ingest=3")
        assert len(stack.containers("ingest")) == 3

    return [
        killed("ingest", 1.0),
        killed("cluster", 1.0),
        killed("publish", 1.0),
        killed("web", 0.0),
        killed("redis", 0.5),
        scaled,
        killed("ingest", 0.0),
        lambda: [killed(service, 0.0)() for service in SERVICES],
        lambda: stack.compose("restart", "redis"),
        killed("redis", 0.0),
    ]


def expected_urls() -> list[str]:
    """The URLs of the articles that are live after the last line of the seeds."""
    labels = json.loads((SEEDS / "expected_stories.json").read_text("utf-8"))
    return [plain(url) for story in labels["stories"] for url in story["articles"]]


def plain(url: str) -> str:
    """A seed's URL without what its other forms differ in: www, AMP, tracking."""
    parts = urlsplit(url)
    return re.sub(r"^(www|m|amp)\.", "", parts.hostname or "") + re.sub(r"/(amp/?)?$", "", parts.path)
