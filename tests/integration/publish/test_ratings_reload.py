"""Ratings loaded while everything runs: what they change is published anew, and a replay gives the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.integration.test_up import up, wait_for

FERRY = (
    "A passenger ferry carrying 140 people sank off Lisbon harbour on Friday after striking an unlit barge."
)
WHEAT = "Wheat prices in Chicago fell to their lowest in three years after a record harvest on the plains."


def dateline(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dateline", *words, "--redis", url]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def events(client: redis.Redis) -> list[dict[str, Any]]:
    return [json.loads(fields["data"]) for _, fields in client.xrange("stories.published")]


def rerated(client: redis.Redis, times: int) -> list[dict[str, Any]]:
    found = [event for event in events(client) if "ratings_changed" in event["change"]["reasons"]]
    return found if len(found) == times else []


def test_a_load_republishes_what_it_changes_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_PUBLISH_SETTLE_SECONDS", "0")
    monkeypatch.setenv(
        "DATELINE_PUBLISH_MIN_PUBLISHERS", "1"
    )  # as `up` has it; the replay must have the same
    with up(tmp_path / "data") as (_, url):
        client = redis.Redis.from_url(url, decode_responses=True)
        for host, text in (("left.example", FERRY), ("right.example", FERRY), ("grain.example", WHEAT)):
            article = {"title": text[:40], "text": f"{text} {text[10:]}", "url": f"https://{host}/1"}
            client.xadd("articles.raw", {"article": json.dumps(article)})
        wait_for(lambda: len(events(client)) == 3, "the stories")

        ratings = tmp_path / "ratings.csv"
        ratings.write_text(
            "domain,bias,provider\nleft.example,left,One\nleft.example,center,Two\nright.example,right,One\n"
        )
        loaded = dateline(url, "outlets", "import", str(ratings), "--name", "First", "--licence", "CC0")
        assert loaded.returncode == 0, loaded.stderr
        assert "3 ratings of 2 outlets sent" in loaded.stdout
        (first,) = wait_for(lambda: rerated(client, 1), "the first version by ratings")  # type: ignore[misc, attr-defined]  # a wait answers object
        assert first["coverage"]["bias"]["grouped"] == {"left": 1, "center": 0, "right": 1}
        assert first["coverage"]["ratings"]["disagreement"] == {"left.example": ["One: left", "Two: center"]}
        assert first["article_count"] == 2

        ratings.write_text("domain,bias\nleft.example,far_left\nright.example,right\n")
        dateline(url, "outlets", "import", str(ratings), "--name", "Second", "--licence", "CC0")
        _, second = wait_for(lambda: rerated(client, 2), "the second version by ratings")  # type: ignore[misc, attr-defined]  # a wait answers object
        assert second["version"] == first["version"] + 1
        assert second["coverage"]["bias"]["counts"]["far_left"] == 1
        assert second["coverage"]["ratings"]["name"] == "Second"

        bad = {
            "act": "ratings",
            "body": json.dumps({"load_id": "x", "rows": [{"domain": "a.example", "bias": "red"}]}),
        }
        client.xadd("articles.control", bad)
        wait_for(lambda: client.xlen("stories:{all}.dead") == 1, "the dead letter")
        (_, letter), *_ = client.xrange("stories:{all}.dead")
        assert "row 0: bias" in letter["reason"]
        assert len(events(client)) == 5

        replayed = dateline(url, "replay", "--events")
        assert replayed.returncode == 0, replayed.stdout + replayed.stderr
