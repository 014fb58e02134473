"""Dashboard, alerts and their profile: whole, described, and of metrics that exist."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.integration.watched import MONITORING, dashboard, expressions, ours


def test_every_label_that_is_watched_exists() -> None:
    known = {"le", "job", "instance", "service"}
    for metric in ours().values():
        known |= {*metric._labelnames}
    for where, query in expressions().items():
        said = re.findall(r"by \(([^)]*)\)", query)
        used = {label.strip() for group in said for label in group.split(",")}
        for name in re.findall(r"dateline_[a-z_]+", query):
            base = re.sub(r"_(total|bucket|sum|count)$", "", name)
            assert used <= {*ours()[base]._labelnames, "le"}, where
        assert used <= known, where


def test_everything_of_ours_is_watched_and_described() -> None:
    everything = " ".join(expressions().values())
    page = (ROOT / "docs" / "monitor.md").read_text("utf-8")
    assert [name for name in ours() if name not in everything] == []
    assert [name for name in ours() if f"`{name}`" not in page and f"`{name}_total`" not in page] == []


def test_every_alert_names_a_runbook_that_is_there() -> None:
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
    for rule in rules:
        assert (ROOT / rule["annotations"]["runbook"]).exists(), rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning")


def test_the_dashboard_is_one_that_grafana_reads() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    sources = yaml.safe_load((MONITORING / "grafana" / "sources.yml").read_text("utf-8"))["datasources"]
    places: set[tuple[int, int]] = set()
    for panel in panels:
        grid = panel["gridPos"]
        columns = range(grid["x"], grid["x"] + grid["w"])
        cells = {(x, y) for x in columns for y in range(grid["y"], grid["y"] + grid["h"])}
        assert not cells & places, f"{panel['title']} lies over another"
        assert grid["x"] + grid["w"] <= 24
        places |= cells
        if panel["type"] != "row":
            assert panel["targets"] and panel["description"]
            assert panel["datasource"]["uid"] in {one["uid"] for one in sources}


@pytest.mark.parametrize(
    "words",
    ["check config prometheus.yml", "check rules alerts.yml", "test rules alerts_test.yml"],
)
def test_promtool_agrees(words: str) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("there is no promtool here (Debian: prometheus)")
    command = [promtool, *words.split()]
    said = subprocess.run(command, cwd=MONITORING, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("files", ["docker-compose.yml", "docker-compose.yml:compose.tls.yml"])
def test_compose_accepts_the_profile(files: str) -> None:
    """`docker compose config`, which needs no engine: what is mounted is there, and loopback only."""
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], check=False).returncode:
        pytest.skip("there is no docker compose here")
    command = [docker, "compose", "--profile", "monitoring", "config", "--format", "json"]
    said = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "COMPOSE_FILE": files},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    services = json.loads(said.stdout)["services"]
    for name in ("prometheus", "grafana"):
        assert {port["host_ip"] for port in services[name]["ports"]} == {"127.0.0.1"}
        mounted = [one["source"] for one in services[name]["volumes"] if one["type"] == "bind"]
        assert mounted and all(Path(one).is_file() for one in mounted)
