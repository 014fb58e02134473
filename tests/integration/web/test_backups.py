"""The door's own file: copied while it works, and brought back (docs/runbooks/door-volume-lost.md)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
from typer.testing import CliRunner

from dateline.cli import app
from dateline.embedded import stop_process
from tests.conftest import ROOT
from tests.integration.web.conftest import DoorProcess, Newsroom, wait_for
from tests.integration.web.test_webhooks import Receiver
from tests.unit.web.desk import record, story_id

STEP = re.compile(r"sh -c \\\n\s+'(.*?)'\n", re.DOTALL)


def restoring() -> str:
    """The runbook's own command."""
    found = STEP.search((ROOT / "docs" / "runbooks" / "door-volume-lost.md").read_text("utf-8"))
    assert found
    return found[1]


def test_the_volume_is_lost(
    newsroom: Newsroom, make_door: Callable[..., DoorProcess], tmp_path: Path
) -> None:
    copies, receiver = tmp_path / "elsewhere", Receiver()
    given = {"DATELINE_WEB_PRIVATE_TARGETS": "true", "DATELINE_WEB_BACKUPS": str(copies)}
    door = make_door(**given)
    token = {"authorization": f"Bearer {door.token('admin')}"}
    hook = httpx.post(f"{door.url}/v1/webhooks", json={"url": receiver.url}, headers=token).json()[
        "webhook_id"
    ]
    log = f"{door.url}/v1/webhooks/{hook}/deliveries"
    newsroom.publish(record(1))
    wait_for(lambda: _delivered(log, token) == [f"{story_id(1)}:1"], "the first delivery")
    (daily,) = wait_for(lambda: sorted(copies.glob("keep-*.db")), "the copy that the door makes by itself")
    copied = CliRunner().invoke(app, ["backup", str(daily)], env={"DATELINE_WEB_DATA": str(door.data)})
    assert copied.exit_code == 0, copied.output
    newsroom.publish(record(1, 2))
    wait_for(lambda: f"{story_id(1)}:2" in receiver.ids, "a delivery after the copy")
    door.kill()
    shutil.rmtree(door.data)
    door.start()
    assert httpx.get(log, headers=token).status_code == 401
    assert "tokens and webhooks are gone" in (door.data / "log").read_text("utf-8")
    assert door.process
    stop_process(door.process)

    subprocess.run(
        ["sh", "-c", restoring()],
        check=True,
        env={**os.environ, "DATELINE_WEB_DATA": str(door.data), "DATELINE_WEB_BACKUPS": str(copies)},
    )
    door.start()
    newsroom.publish(record(1, 3))

    versions = [f"{story_id(1)}:{version}" for version in (3, 2, 1)]
    wait_for(lambda: _delivered(log, token) == versions, "the log, gone on")
    assert receiver.ids == [f"{story_id(1)}:{version}" for version in (1, 2, 2, 3)]
    receiver.server.shutdown()
    receiver.server.server_close()


def _delivered(log: str, token: dict[str, str]) -> list[str]:
    """The log's delivered events, the newest first."""
    found = httpx.get(log, headers=token).json()["deliveries"]
    return [one["event_id"] for one in found if one["state"] == "delivered"]
