"""The health check of a container: what the service says decides, not that a port answers."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from dateline.embedded import free_port


class Service(BaseHTTPRequestHandler):
    """Alive at /alive; anything else is a service that is stuck."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/alive" else 503)
        self.end_headers()
        self.wfile.write(b'{"fault": "the reader stands still"}')

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def probe(url: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "dateline.stage.probe", url]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.returncode, answer.stdout


def test_a_service_that_is_alive_passes(address: str) -> None:
    assert probe(f"{address}/alive") == (0, '{"fault": "the reader stands still"}\n')


def test_a_stuck_service_fails_and_its_reason_is_told(address: str) -> None:
    code, said = probe(f"{address}/stuck")
    assert code == 1
    assert said.startswith("503")
    assert "the reader stands still" in said


def test_no_service_at_all_fails() -> None:
    code, said = probe(f"http://127.0.0.1:{free_port()}/alive")
    assert code == 1
    assert "refused" in said
