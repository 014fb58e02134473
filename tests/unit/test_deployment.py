"""docker-compose.yml and the Dockerfile against the code and the promises made of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from dateline.access import users
from dateline.embedded import SERVER_OPTIONS
from dateline.settings import PREFIX, Settings
from dateline.streams import Names
from tests.conftest import ROOT

SERVICES = ("ingest", "cluster", "publish", "web", "feeds")
OWN_USER = (*SERVICES, "operator")
PASSWORDS = "/access/own"


def compose(name: str = "docker-compose.yml") -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / name).read_text("utf-8"))
    return loaded


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text("utf-8")


def test_every_setting_can_be_given() -> None:
    settings = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    for service in OWN_USER:
        assert compose()["services"][service]["environment"].keys() == settings


def test_only_what_compose_itself_decides_is_fixed() -> None:
    environment = compose()["services"]["ingest"]["environment"]
    assert {name for name, value in environment.items() if value is not None} == {
        "DATELINE_REDIS_URL",
        "DATELINE_REDIS_PASSWORD_FILE",
        "DATELINE_HTTP_HOST",
        "DATELINE_HTTP_PORT",
        "DATELINE_WEB_HOST",
        "DATELINE_WEB_PORT",
        "DATELINE_WEB_DATA",
        "DATELINE_WEB_BACKUPS",
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
    published = [name for name, service in services.items() if "ports" in service]
    assert [name for name in published if "profiles" not in services[name]] == ["redis", "web"]
    ports = [port for name in published for port in services[name]["ports"]]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
    assert services["web"]["ports"] == ["127.0.0.1:${WEB_PORT:-8080}:8080"]
    assert services["redis"]["ports"] == ["127.0.0.1:${REDIS_PORT:-6379}:6379"]


@pytest.mark.parametrize("name", OWN_USER)
def test_every_service_is_a_user_of_its_own_and_sees_its_own_password_only(name: str) -> None:
    service = compose()["services"][name]
    assert service["environment"]["DATELINE_REDIS_URL"] == f"redis://{name}@redis:6379/0"
    assert service["environment"]["DATELINE_REDIS_PASSWORD_FILE"] == f"{PASSWORDS}/password"
    passwords = [one for one in service["volumes"] if "access" in one]
    assert passwords == [f"access-{name}:{PASSWORDS}:ro"]
    assert f"access-{name}:/access/{name}" in compose()["services"]["access"]["volumes"]
    assert name in {user.name for user in users(Names())}


def test_no_password_is_written_down() -> None:
    for file in ("docker-compose.yml", "compose.tls.yml", "Dockerfile"):
        urls = re.findall(r"rediss?://([^@\s]*)@", (ROOT / file).read_text("utf-8"))
        assert {url for url in urls if ":" in url} <= {"probe:-"}  # anybody may be it: it may PING


def test_redis_takes_its_users_from_the_file_that_access_writes() -> None:
    redis = compose()["services"]["redis"]
    assert "--aclfile /access/acl/users.acl" in redis["command"]
    assert redis["depends_on"]["access"]["condition"] == "service_completed_successfully"
    assert "access-acl:/access/acl:ro" in redis["volumes"]


def test_tls_changes_the_door_of_redis_and_nothing_else() -> None:
    plain, tls = compose()["services"], compose("compose.tls.yml")["services"]
    assert tls.keys() == {"access", "redis", *OWN_USER}
    added = [option for option in tls["redis"]["command"] if option not in plain["redis"]["command"]]
    assert [one for one in tls["redis"]["command"] if one not in added] == plain["redis"]["command"]
    assert all(option.startswith(("--port 0", "--tls-")) for option in added)
    for name in ("access", *OWN_USER):
        before, after = plain[name]["environment"], tls[name]["environment"]
        assert after["DATELINE_REDIS_URL"] == before["DATELINE_REDIS_URL"].replace("redis:", "rediss:", 1)
        assert after.keys() == {"DATELINE_REDIS_URL", "DATELINE_REDIS_CA_FILE"}


MONITORING = ("prometheus", "grafana")


@pytest.mark.parametrize("name", MONITORING)
def test_monitoring_is_started_only_when_asked_for(name: str) -> None:
    service = compose()["services"][name]
    assert service["profiles"] == ["monitoring"]
    mounted = [one.partition(":")[0] for one in service["volumes"] if one.startswith("./")]
    assert mounted and [one for one in mounted if not (ROOT / one).is_file()] == []


@pytest.mark.parametrize("name", ["redis", "access", *OWN_USER, *MONITORING])
def test_containers_are_confined(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    passing = name in ("access", "operator")
    assert service["restart"] == ("no" if passing else "unless-stopped")
    assert {"mem_limit", "pids_limit", "cpus"} <= service.keys()
    assert passing or name in MONITORING or "healthcheck" in service
    assert "container_name" not in service  # or it could not be scaled


def test_the_image_stands_on_one_base_and_runs_without_root() -> None:
    bases = re.findall(r"^FROM (\S+)", dockerfile(), re.MULTILINE)
    assert bases == ["python:3.13-slim", "python:3.13-slim"]
    assert re.findall(r"^USER (\S+)", dockerfile(), re.MULTILINE) == ["10001"]


def test_nothing_is_fetched_from_a_registry_to_read_the_dockerfile() -> None:
    assert "syntax=" not in dockerfile()
