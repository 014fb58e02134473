"""Dateline as a stranger runs it: docker compose, under a project name and a port of its own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dateline.embedded import free_port
from tests.conftest import ROOT

# A first build installs every dependency.
BUILD_SECONDS = 900
COMMAND_SECONDS = 180


@dataclass(frozen=True)
class Stack:
    """One compose project. Its settings are environment variables, as docker-compose.yml names them."""

    project: str
    port: int
    web_port: int
    settings: Mapping[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """What docker-compose.yml takes from outside: ports that are free, an image of this project's own."""
        return {
            **os.environ,
            **self.settings,
            "REDIS_PORT": str(self.port),
            "WEB_PORT": str(self.web_port),
            "SERVICE_IMAGE": self.project,
        }

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def url_of(self, user: str) -> str:
        """How a user comes in, its password included."""
        return self.compose("run", "--rm", "--no-deps", "-T", "access", "show", user).strip()

    @property
    def network(self) -> str:
        return f"{self.project}_default"

    def compose(self, *arguments: str, seconds: float = COMMAND_SECONDS) -> str:
        """Run docker compose in this project; what it printed.

        Raises:
            AssertionError: it failed; what it said is in the message.
        """
        command = ["docker", "compose", "--project-name", self.project, *arguments]
        return run(command, seconds, self.environment)

    def containers(self, service: str) -> list[str]:
        """The ids of a service's containers, stopped ones included."""
        return self.compose("ps", "--all", "--quiet", service).split()

    def kill(self, service: str) -> None:
        """`kill -9` for all containers of a service."""
        run(["docker", "kill", *self.containers(service)])

    def start(self, service: str) -> None:
        """Start what was killed."""
        run(["docker", "start", *self.containers(service)])

    def signal(self, service: str, name: str) -> None:
        """Send a signal to the service's process in each of its containers (process 1 is the init)."""
        program = (
            f"import os, pathlib, signal\nwanted = b'services.{service}'\n"
            "for one in pathlib.Path('/proc').glob('[0-9]*'):\n"
            "    said = (one / 'cmdline').read_bytes().split(b'\\0')\n"
            "    if wanted in said and int(one.name) not in (1, os.getpid()):\n"
            f"        os.kill(int(one.name), signal.SIG{name})"
        )
        for container in self.containers(service):
            run(["docker", "exec", container, "python", "-c", program])

    def health(self, service: str) -> set[str]:
        """What the engine says of a service's containers: healthy, unhealthy, starting."""
        return {container["State"]["Health"]["Status"] for container in self.facts(service)}

    def facts(self, service: str) -> list[dict[str, Any]]:
        """What the engine knows of a service's containers."""
        found: list[dict[str, Any]] = json.loads(run(["docker", "inspect", *self.containers(service)]))
        return found


@contextmanager
def running_stack(**settings: str) -> Iterator[Stack]:
    """Build and start everything and wait until it is healthy; at the end nothing of it is left.

    When the block fails, the containers' last words are printed.
    """
    stack = Stack(f"dateline-e2e-{os.getpid()}", free_port(), free_port(), settings)
    try:
        stack.compose("up", "--build", "--detach", "--wait", seconds=BUILD_SECONDS)
        yield stack
    finally:
        print(stack.compose("logs", "--no-color", "--tail", "25"))
        stack.compose("down", "--volumes", "--remove-orphans")
        run(["docker", "image", "rm", "--force", stack.project])


def run(
    command: Sequence[str], seconds: float = COMMAND_SECONDS, env: Mapping[str, str] | None = None
) -> str:
    """Run a command; what it printed.

    Raises:
        AssertionError: it failed; what it said is in the message.
    """
    answer = subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert answer.returncode == 0, f"{' '.join(command)}\n{answer.stdout}\n{answer.stderr}"
    return answer.stdout
