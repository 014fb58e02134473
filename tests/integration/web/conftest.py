"""A door as a process of its own on an embedded server, and what publish would write for it."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright
from redis import Redis

from dateline.embedded import free_port, stop_process
from dateline.stories import StoryRecord
from services.web.keep import Keep
from services.web.tokens import Scope
from tests.conftest import ROOT
from tests.integration.conftest import embedded_server

PATIENCE = 30.0
EPOCHS = itertools.count(1)


def wait_for(condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """The first true value of a condition."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := condition():
                return found
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")


@dataclass
class Newsroom:
    """Writes story events as publish does: the stream, the latest record, the index."""

    redis: Redis
    sequence: int = 0
    epoch: int = 1

    def publish(self, record: StoryRecord, kind: str = "") -> str:
        """Write one event; its entry id."""
        self.sequence += 1
        said = kind or ("created" if record.version == 1 else "updated")
        data, sequence = record.model_dump_json(), f"{self.sequence:020d}"
        fields = {
            "specversion": "1.0",
            "id": f"{record.story_id}:{record.version}",
            "source": "/dateline/default/all",
            "type": f"dateline.story.{said}.v1",
            "subject": record.story_id,
            "time": record.updated_at.isoformat(),
            "datacontenttype": "application/json",
            "dataschema": "x",
            "sequence": sequence,
            "epoch": str(self.epoch),
            "data": data,
        }
        latest = json.loads(data) | {"sequence": sequence, "epoch": self.epoch}
        pipe = self.redis.pipeline()
        pipe.xadd("stories.published", fields)  # type: ignore[arg-type]  # strings
        pipe.set(f"story:{record.story_id}", json.dumps(latest))
        if record.status in ("merged", "withdrawn"):
            pipe.zrem("stories.index", record.story_id)
        else:
            pipe.zadd("stories.index", {record.story_id: self.sequence})
        entry_id: bytes = pipe.execute()[0]
        return entry_id.decode()


@dataclass
class DoorProcess:
    """`python -m services.web` with its own port and data."""

    redis_url: str
    data: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        given = os.environ.items()
        environment = {
            **{name: value for name, value in given if not name.startswith(("DATELINE_", "PYTHONDONT"))},
            "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "dateline-tests-pycache"),
            "DATELINE_REDIS_URL": self.redis_url,
            "DATELINE_WEB_PORT": str(self.port),
            "DATELINE_WEB_DATA": str(self.data),
            "DATELINE_WEB_READS_PER_MINUTE": "0",
            "DATELINE_WEB_WRITES_PER_MINUTE": "0",
            "DATELINE_WEB_HEARTBEAT_SECONDS": "0.5",
            **self.settings,
        }
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.web"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        wait_for(lambda: httpx.get(f"{self.url}/openapi.json"), "the door", 90)

    def kill(self) -> None:
        """`kill -9`."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def token(self, scope: Scope = "admin", name: str = "") -> str:
        """A new token."""
        keep = Keep(self.data / "keep.db")
        try:
            return keep.add_token(name or f"t{time.monotonic_ns()}", scope)
        finally:
            keep.close()

    def client(self, scope: Scope | None = None) -> httpx.Client:
        """A client, with a token of this scope."""
        headers = {"authorization": f"Bearer {self.token(scope)}"} if scope else {}
        self.clients.append(httpx.Client(base_url=self.url, headers=headers, timeout=20.0))
        return self.clients[-1]

    def close_clients(self) -> None:
        """Close every client that was made."""
        while self.clients:
            self.clients.pop().close()

    def until_applied(self, story_id: str, version: int = 1) -> None:
        """Wait until the door holds this version of a story."""

        def held() -> bool:
            answer = httpx.get(f"{self.url}/v1/stories/{story_id}")
            return answer.status_code == 200 and answer.json()["version"] >= version

        wait_for(held, f"{story_id} version {version}")


MakeDoor = Callable[..., DoorProcess]


@pytest.fixture(scope="package")
def web_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an embedded server for the door's tests."""
    with embedded_server(tmp_path_factory.mktemp("web-server")) as url:
        yield url


@pytest.fixture(scope="package")
def shared(web_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorProcess]:
    """One door for all tests that need no settings of their own: starting one takes seconds."""
    one = DoorProcess(
        web_server,
        tmp_path_factory.mktemp("shared"),
        {"DATELINE_WEB_CORS_ORIGINS": "https://ok.example", "DATELINE_WEB_PRIVATE_TARGETS": "true"},
    )
    one.start()
    yield one
    if one.process is not None:
        stop_process(one.process)


@pytest.fixture
def newsroom(web_server: str) -> Iterator[Newsroom]:
    """A newsroom on an empty server, of an epoch of its own."""
    with Redis.from_url(web_server) as client:
        client.flushall()
        yield Newsroom(client, epoch=next(EPOCHS))


@pytest.fixture
def door(newsroom: Newsroom, shared: DoorProcess) -> Iterator[DoorProcess]:
    """The shared door, empty."""
    wait_for(lambda: httpx.get(f"{shared.url}/v1/stories").json()["stories"] == [], "the door to be empty")
    yield shared
    shared.close_clients()


@pytest.fixture
def make_door(web_server: str, tmp_path: Path) -> Iterator[Callable[..., DoorProcess]]:
    """Start doors with these settings; they are stopped at the end."""
    made: list[DoorProcess] = []

    def make(**settings: str) -> DoorProcess:
        one = DoorProcess(web_server, tmp_path / f"door{len(made)}", settings)
        made.append(one)
        one.start()
        return one

    yield make
    for one in made:
        one.close_clients()
        if one.process is not None:
            stop_process(one.process)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; without one the tests of pages are skipped."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium here (apt-get install chromium, or CHROMIUM=path)")
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield one
        one.close()
