"""The server of a run: the embedded Valkey, or redis:8 in a container of its own, on the same files."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from dateline.embedded import SERVER_OPTIONS, Server, answers, free_port, start_server

EMBEDDED = "embedded"
START_SECONDS = 30.0


@dataclass
class Container:
    """A container that runs one server, with as much of a process's manners as the stack needs."""

    name: str
    returncode: int | None = None

    def send_signal(self, number: int) -> None:
        docker("kill", "--signal", signal.Signals(number).name, self.name)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def poll(self) -> int | None:
        said = docker("inspect", "--format", "{{.State.Running}}", self.name)
        return None if said == "true" else 0

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and remove it."""
        deadline = time.monotonic() + (timeout or 60)
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self.name, timeout or 60)
            time.sleep(0.05)
        docker("rm", "--force", self.name)
        return 0


def docker(*words: str) -> str:
    """What docker says; nothing where it refuses (the container is gone)."""
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=False).stdout.strip()


def start(
    engine: str, directory: Path, port: int | None = None, options: Mapping[str, str] | None = None
) -> Server:
    """Start a server with its data in `directory`; `engine` is `embedded` or an image's name."""
    if engine == EMBEDDED:
        return start_server(directory, port, options)
    directory.mkdir(parents=True, exist_ok=True)
    chosen = port or free_port()
    settings = {**SERVER_OPTIONS, **(options or {}), "port": str(chosen), "bind": "127.0.0.1"}
    flags = [part for name, value in settings.items() for part in (f"--{name}", value)]
    name = f"dateline-chaos-{secrets.token_hex(4)}"
    command = ["docker", "run", "--detach", "--network", "host", "--name", name]
    command += ["--user", f"{os.getuid()}:{os.getgid()}", "--volume", f"{directory.resolve()}:/data"]
    subprocess.run([*command, engine, "redis-server", *flags], check=True, capture_output=True)
    container = Container(name)
    server = Server(cast("Any", container), chosen, directory, options)
    deadline = time.monotonic() + START_SECONDS
    while not answers(server.url):
        if container.poll() is not None or time.monotonic() > deadline:
            said = subprocess.run(
                ["docker", "logs", name], capture_output=True, text=True, check=False
            ).stdout
            docker("rm", "--force", name)
            raise AssertionError(f"{engine} did not start in {directory}:\n{said[-800:]}")
        time.sleep(0.02)
    return server
