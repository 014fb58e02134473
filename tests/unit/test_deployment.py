"""docker-compose.yml and the Dockerfile against the code and the promises made of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from dateline.embedded import SERVER_OPTIONS
from dateline.settings import PREFIX, Settings
from tests.conftest import ROOT

SERVICES = ("ingest", "cluster", "publish", "web", "feeds")


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    return loaded


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text("utf-8")


def test_every_setting_can_be_given() -> None:
    settings = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    for service in SERVICES:
        assert compose()["services"][service]["environment"].keys() == settings


def test_only_what_compose_itself_decides_is_fixed() -> None:
    environment = compose()["services"]["ingest"]["environment"]
    assert {name for name, value in environment.items() if value is not None} == {
        "DATELINE_REDIS_URL",
        "DATELINE_HTTP_HOST",
        "DATELINE_HTTP_PORT",
        "DATELINE_WEB_HOST",
        "DATELINE_WEB_PORT",
        "DATELINE_WEB_DATA",
        "DATELINE_WEB_PUBLIC_URL",
        "DATELINE_WEB_METRICS_URLS",
    }


def test_redis_runs_with_the_options_of_the_embedded_server() -> None:
    options = dict(
        line.removeprefix("--").partition(" ")[::2] for line in compose()["services"]["redis"]["command"][1:]
    )
    assert options["appendfsync"] == "${REDIS_APPENDFSYNC:-everysec}"
    assert options["maxmemory"] == "${REDIS_MAXMEMORY:-1gb}"
    given = {name: value.strip('"') for name, value in options.items()} | {"appendfsync": "everysec"}
    assert {name: given[name] for name in SERVER_OPTIONS} == SERVER_OPTIONS


def test_only_redis_and_the_door_are_published_and_on_loopback() -> None:
    services = compose()["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["redis", "web"]
    assert services["web"]["ports"] == ["127.0.0.1:${WEB_PORT:-8080}:8080"]
    assert services["redis"]["ports"] == ["127.0.0.1:${REDIS_PORT:-6379}:6379"]


@pytest.mark.parametrize("name", ["redis", *SERVICES])
def test_containers_are_confined(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert {"mem_limit", "pids_limit", "healthcheck"} <= service.keys()
    assert "container_name" not in service  # or it could not be scaled


def test_the_image_stands_on_one_base_and_runs_without_root() -> None:
    bases = re.findall(r"^FROM (\S+)", dockerfile(), re.MULTILINE)
    assert bases == ["python:3.13-slim", "python:3.13-slim"]
    assert re.findall(r"^USER (\S+)", dockerfile(), re.MULTILINE) == ["10001"]


def test_nothing_is_fetched_from_a_registry_to_read_the_dockerfile() -> None:
    assert "syntax=" not in dockerfile()
