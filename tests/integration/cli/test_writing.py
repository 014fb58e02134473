"""dead, export, import, replay, send: an operator's and a sender's tools, tried on a newsroom."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import redis

from dateline.streams import Names
from tests.integration.cli.conftest import NAMES, SEEDS, Newsroom, Run, dateline
from tests.integration.test_up import wait_for

HOSTILE = "\x1b[31m[bold]red[/bold]\u202e\x07"
SEEN = {"\x1b", "\u202e", "\x07"}


def letters(run: Run, *choice: str) -> list[Any]:
    said = run("dead", "list", "--limit", "500", "--json", *choice)
    assert said.exit_code == 0, said.stderr
    return list(json.loads(said.stdout))


def test_dead_letters_are_listed_shown_replayed_and_dropped(run: Run, server: redis.Redis) -> None:
    raw: Any = server.xadd(NAMES.raw, {"title": HOSTILE, "url": "ftp://files.example/x"})
    mine = ("--code", "bad_url", "--reason", "files.example")
    first = wait_for(lambda: letters(run, *mine), "the dead letter")[0]  # type: ignore[index]  # a wait answers object

    shown = run("dead", "show", raw.decode()).stdout
    replayed = json.loads(run("dead", "replay", first["letter_id"], "--json").stdout)["replayed"]
    again = wait_for(lambda: letters(run, *mine), "the letter of the replayed entry")

    assert first["entry_id"] == raw.decode()
    assert first["fields"] == {"title": HOSTILE, "url": "ftp://files.example/x"}
    assert "[bold]red[/bold]" in shown
    assert not SEEN & set(shown)
    assert [one["entry_id"] for one in again] == [replayed[first["letter_id"]]]  # type: ignore[attr-defined]  # a wait answers object
    assert run("dead", "drop", *mine).exit_code == 0
    assert letters(run, *mine) == []
    assert run("dead", "show", raw.decode()).exit_code == 1


def test_what_is_over_the_limit_is_not_replayed_and_it_is_said_why(run: Run) -> None:
    large = next(one for one in letters(run) if one["code"] == "too_large")

    refused = run("dead", "replay", large["letter_id"])

    assert refused.exit_code == 1
    assert "only its head is kept" in refused.stderr
    assert run("dead", "replay").exit_code == 2  # all of them only with --all


def test_hostile_titles_reach_no_terminal(run: Run, newsroom: Newsroom) -> None:
    article = {"title": f"Sarn {HOSTILE} rises", "url": "https://evil.example/1", "text": f"{HOSTILE} text"}
    sent = run("send", "-", stdin=json.dumps(article))
    assert sent.exit_code == 0

    wait_for(lambda: "evil.example" in run("explain", "https://evil.example/1").stdout, "the story")

    story = json.loads(run("explain", "https://evil.example/1", "--json").stdout)["story_id"]
    for words in (
        ["show", story],
        ["show"],
        ["explain", "https://evil.example/1"],
        ["watch", "--since", "all", "--until-idle", "0.5", "--story", story],
    ):
        assert not SEEN & set(run(*words).stdout), words


def test_the_log_is_exported_with_its_ids_imported_and_rebuilt(
    run: Run, newsroom: Newsroom, server: redis.Redis, tmp_path: Path
) -> None:
    file = tmp_path / "log.jsonl.gz"

    exported = run("export", "-o", str(file))
    imported = run("import", str(file), "--namespace", "copy")
    rebuilt = run("replay", str(file), "--json", "--events")

    assert (exported.exit_code, imported.exit_code) == (0, 0), exported.stderr + imported.stderr
    log: Any = server.xrange(NAMES.articles("all"))
    assert server.xrange(Names("copy").articles("all")) == log
    assert len(gzip.decompress(file.read_bytes()).splitlines()) == len(log)
    assert run("import", str(file), "--namespace", "copy").exit_code == 1  # it is not empty any more
    assert rebuilt.exit_code == 0, rebuilt.stdout + rebuilt.stderr
    facts = json.loads(rebuilt.stdout)
    assert facts["same"] is True
    assert facts["events_same"] == facts["events"] > 100


def test_everything_can_be_sent_in_any_wrapping(newsroom: Newsroom, tmp_path: Path) -> None:
    lines = (SEEDS / "articles.jsonl").read_text("utf-8").splitlines()[:4]
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "one.jsonl").write_text(lines[0] + "\n", "utf-8")
    with gzip.open(folder / "two.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(lines[1] + "\n")
    (folder / "three.json").write_text(f"[{lines[2]}, {lines[3]}]", "utf-8")

    said = dateline(newsroom.url, "send", str(folder), "--json")

    assert said.exit_code == 0, said.stderr
    facts = json.loads(said.stdout)
    assert facts["sent"] == 4
    assert sum(facts["outcomes"].values()) == 4
    assert set(facts["outcomes"]) <= {"duplicate", "stale", "revision"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["status", "--redis", "redis://127.0.0.1:1/0"], 1, "the server does not answer"),
        (["send", "no-such-file.jsonl"], 2, "there is no such file"),
        (["show", "s-nothing"], 1, "there is none"),
        (["status", "--namespace", "Bad!"], 2, "lower-case letters"),
        (["import", "no-such-file"], 1, "there is no such file"),
        (["edit", "move", "a-1", "nonsense"], 2, "to_story_id"),
        (["erase", "https://nowhere.example/"], 1, "name it by its article id"),
        (["feeds", "add", "no-such.opml"], 2, "neither an http(s) address nor a file"),
        (["evaluate", "no-such-set"], 2, "there is no such file"),
        (["sendd"], 2, "Did you mean 'send'?"),
    ],
)
def test_every_error_is_a_sentence_with_the_remedy(run: Run, words: list[str], code: int, said: str) -> None:
    ended = run(*words)

    assert ended.exit_code == code, ended.stderr
    assert said in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr


def test_a_bad_line_is_named_and_the_others_are_sent(run: Run) -> None:
    lines = '{"title": "Sarn falls", "url": "https://one.example/f"}\nnot json\n{"title": "No identity"}\n'

    ended = run("send", "-", stdin=lines)

    assert ended.exit_code == 1
    assert "stdin:2: is not JSON" in ended.stdout + ended.stderr
    assert "accepted" in ended.stdout
    assert "neither url nor id" in ended.stdout
