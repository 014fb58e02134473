"""The users of the server as rules, and how a URL gets its password."""

from __future__ import annotations

import asyncio
import hashlib
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from dateline.access import MODES, Grant, acl_file, after_loading, users
from dateline.login import with_login
from dateline.settings import SettingsError, load_settings
from dateline.streams import Names
from tests.unit.stage.test_slots import run_all

PASSWORDS = {user.name: f"secret of {user.name}" for user in users(Names())}


def lines(mode: str = "contract", namespace: str = "") -> dict[str, str]:
    """User → rules."""
    file = acl_file(Names(namespace), PASSWORDS, mode)
    return {line.split(" ", 2)[1]: line.split(" ", 2)[2] for line in file.splitlines()}


def test_no_password_stands_in_the_file() -> None:
    rules = lines()
    assert all(password not in rule for password in PASSWORDS.values() for rule in rules.values())
    assert f"#{hashlib.sha256(b'secret of ingest').hexdigest()}" in rules["ingest"]


@pytest.mark.parametrize("mode", MODES)
def test_only_who_names_no_user_depends_on_the_mode(mode: str) -> None:
    assert {name: rule for name, rule in lines(mode).items() if name != "default"} == {
        name: rule for name, rule in lines().items() if name != "default"
    }
    assert lines(mode)["default"].startswith("off" if mode == "closed" else "on")


@pytest.mark.parametrize("mode", MODES)
def test_the_file_never_restricts_default_for_its_aof_is_judged_by_it(mode: str) -> None:
    assert lines(mode)["default"].endswith("~* &* +@all")
    restricted = " ".join(after_loading(Names(), mode))
    assert ("+@all" in restricted) is (mode != "contract")
    assert (" off " in restricted) is (mode == "closed")


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="contract, closed, open"):
        lines("wide open")


@pytest.mark.parametrize("user", [*PASSWORDS, "default"])
def test_in_a_namespace_every_key_is_of_it(user: str) -> None:
    keys = re.findall(r"(?:%[RW])?~([^ )]+)", lines(namespace="eu")[user])
    assert keys or user == "keeper"
    if user not in ("admin", "operator", "default"):  # replay rebuilds in another namespace
        assert [key for key in keys if not key.startswith(("eu:", "{eu:"))] == []


@pytest.mark.parametrize("namespace", ["", "eu"])
def test_every_script_has_a_service_that_may_run_it_on_all_its_keys(namespace: str) -> None:
    """In one grant: a server looks for a single one that covers a command with all its keys."""
    calls = asyncio.run(run_all(namespace))
    all_grants = [grant for user in users(Names(namespace)) for grant in user.grants]
    grants = [grant for grant in all_grants if "evalsha" in grant.commands.split()]
    refused = {
        (script, keys)
        for script, found in calls.items()
        for keys in found
        if not any(all(covers(grant, key) for key in keys) for grant in grants)
    }
    assert refused == set()


def covers(grant: Grant, key: str) -> bool:
    """Whether a grant's patterns match a key, for reading and writing."""
    return grant.mode == "RW" and any(fnmatchcase(key, pattern) for pattern in grant.keys)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://ingest@redis:6379/0", "redis://ingest:p%40ss%2F@redis:6379/0"),
        ("redis://redis:6379/0", "redis://:p%40ss%2F@redis:6379/0"),
        ("redis://ingest:own@redis/0", "redis://ingest:own@redis/0"),
        ("rediss://u:own@redis/0", "rediss://u:own@redis/0?ssl_ca_certs=/ca.crt"),
        ("rediss://u:own@redis/0?ssl_ca_certs=/own", "rediss://u:own@redis/0?ssl_ca_certs=/own"),
    ],
)
def test_a_url_is_completed_and_what_it_says_stands(url: str, expected: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("p@ss/\n")
    assert with_login(url, str(file), "/ca.crt") == expected


def test_a_password_file_that_is_not_there_stops_start_up_and_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "none")
    with pytest.raises(SettingsError, match=re.escape(missing)):
        load_settings({"DATELINE_REDIS_PASSWORD_FILE": missing})


def test_settings_do_not_print_the_password(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("hush")
    settings = load_settings({"DATELINE_REDIS_PASSWORD_FILE": str(file)})
    assert ":hush@" in settings.redis_url
    assert "hush" not in repr(settings)
