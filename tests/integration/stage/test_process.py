"""Services as processes: how they start, what they answer, and how they end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dateline.embedded import free_port
from tests.integration.stage.house import wait_for


class Service:
    """A running service, the port of its health, and its log."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    def health(self, route: str = "health") -> tuple[int, str]:
        """Status and body; 0 where nobody answers yet."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{route}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def says(self, text: str) -> bool:
        return text in self.log.read_text()


@contextmanager
def service(name: str, url: str, folder: Path, **settings: str) -> Iterator[Service]:
    port, log = free_port(), folder / f"{name}-{free_port()}.log"
    environment = {**os.environ, "DATELINE_REDIS_URL": url, "DATELINE_HTTP_PORT": str(port), **settings}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", f"services.{name}"], env=environment, stdout=out, stderr=out
        )
    try:
        yield Service(process, port, log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def test_sigterm_ends_a_service_in_order(server, tmp_path):
    with service("cluster", server.url, tmp_path, DATELINE_LEASE_SECONDS="60") as one:
        wait_for(lambda: server.client.exists("cluster:{all}:lease"))
        wait_for(lambda: one.health()[0] == 200)
        one.process.send_signal(signal.SIGTERM)
        assert one.process.wait(20) == 0
        assert not server.client.exists("cluster:{all}:lease"), "a standby need not wait"
        lines = [json.loads(line) for line in one.log.read_text().splitlines() if line.startswith("{")]
        assert [line["event"] for line in lines if line["event"] != "group created"][-1] == "stopped"


def test_a_task_that_ends_takes_the_service_down_with_an_exit_code(server, tmp_path):
    """So that whoever started it starts it again, and does not believe it well."""
    server.client.hset("cluster:{all}:ledger", "schema", "99")
    with service("cluster", server.url, tmp_path) as one:
        assert one.process.wait(30) == 1
        assert one.says("written by schema 99, this code knows")


def test_a_server_that_is_not_there_yet_is_waited_for(stoppable, tmp_path):
    stoppable.stop()
    with service("ingest", stoppable.url, tmp_path) as one:
        wait_for(lambda: one.health()[0])
        wait_for(lambda: one.says("waiting for the server"))
        assert one.process.poll() is None
        stoppable.start()
        stoppable.client.xadd("articles.raw", {"title": "A bridge opens", "url": "https://a.example/1"})
        wait_for(lambda: stoppable.client.exists("{articles.raw}.outcomes"))
        wait_for(lambda: one.says("recovered"))
        code, report = one.health()
        assert code == 200
        assert json.loads(report)["loops"]["articles.raw"]["role"] == "reading"
        assert one.log.read_text().count("waiting for the server") <= 4, "told once an outage and loop"


def test_health_is_503_when_a_key_is_refused_and_says_why(server, tmp_path):
    server.client.set("stories:{all}", "not a stream")
    with service("publish", server.url, tmp_path, DATELINE_STUCK_AFTER_SECONDS="0.5") as one:
        wait_for(lambda: one.health()[0] == 503)
        report = json.loads(one.health()[1])
        assert report["alive"] is False
        assert "WRONGTYPE" in report["loops"]["stories:{all}"]["fault"]
        server.client.delete("stories:{all}")
        wait_for(lambda: one.health()[0] == 200)
        assert one.health("metrics")[0] == 200


def test_a_setting_that_is_none_stops_the_start_in_words(server, tmp_path):
    with service("ingest", server.url, tmp_path, DATELINE_SHARD="all") as one:
        assert one.process.wait(30) == 2
        assert one.says("DATELINE_SHARD is not a setting. Did you mean DATELINE_SHARDS?")


def test_settings_that_a_service_itself_refuses_end_it_with_a_sentence(server, tmp_path):
    with service("cluster", server.url, tmp_path, DATELINE_CLUSTER_PARAMETERS='{"nothing": 1}') as one:
        assert one.process.wait(30) == 2
        assert one.says("dateline cluster: DATELINE_CLUSTER_PARAMETERS: ")
        assert not one.says("Traceback")
