"""export, import, replay: entry ids kept, stories rebuilt and compared, byte by byte with settling 0."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from redis import Redis

from tests.integration.cli.conftest import Newsroom, Run, stories

LOGS = ("articles.raw", "articles:{all}")


def whole(url: str, stream: str) -> Any:
    with Redis.from_url(url) as server:
        return server.xrange(stream)


def test_export_and_import_keep_ids_and_bytes(
    newsroom: Newsroom, empty_server: str, typed: Run, tmp_path: Path
) -> None:
    file = tmp_path / "logs.jsonl.gz"
    written = typed("export", *LOGS, "-o", str(file), "--json", url=newsroom.url)
    read = typed("import", str(file), "--namespace", "half", "--json", url=empty_server)

    assert written.exit_code == read.exit_code == 0, written.output + read.output
    assert json.loads(read.stdout) == json.loads(written.stderr)
    for stream in LOGS:
        assert whole(empty_server, f"half:{stream}") == whole(newsroom.url, stream) != []
    again = typed("import", str(file), "--namespace", "half", url=empty_server)
    assert again.exit_code == 1
    assert "is not empty" in again.stderr and "import into another --namespace" in again.stderr


def test_export_from_an_id_to_standard_output(newsroom: Newsroom, typed: Run) -> None:
    ids = [entry_id.decode() for entry_id, _ in whole(newsroom.url, "articles:{all}")]
    done = typed("export", "--since", ids[-2], url=newsroom.url)

    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ids[-2:]
    absent = typed("export", "articles.row", url=newsroom.url)
    assert (absent.exit_code, "there is no such stream; is --namespace right?" in absent.stderr) == (1, True)


def test_files_that_are_no_export_are_refused_by_line(empty_server: str, typed: Run, tmp_path: Path) -> None:
    good = b'{"stream":"articles:{all}","id":"2-0","fields":{"kind":"tick"}}\n'
    for name, content, said in (
        (
            "articles",
            b'{"title":"x","url":"https://a.example/1"}\n',
            "articles are sent with 'dateline send'",
        ),
        ("later", good + b"{", "later, line 2: is no line of 'dateline export'"),
        ("order", good + good.replace(b"2-0", b"1-0"), "comes after 2-0; the file is not in order"),
        ("cut", gzip.compress(good * 1000)[:60], "ends in the middle of line"),
        ("none", b"", "holds no entry"),
    ):
        (tmp_path / name).write_bytes(content)
        done = typed("import", str(tmp_path / name), url=empty_server)
        assert (done.exit_code, said in done.stderr) == (1, True), done.output
        with Redis.from_url(empty_server) as server:
            server.flushall()


def test_replay_gives_the_same_bytes_of_every_event(newsroom: Newsroom, typed: Run) -> None:
    done = typed("replay", "--events", "--json", url=newsroom.url, DATELINE_PUBLISH_MIN_PUBLISHERS="1")
    told = json.loads(done.stdout)

    assert done.exit_code == 0, done.output
    assert told["same"] is True
    assert told["compared"] == told["stories"] == len(stories(newsroom.url))
    assert told["events_same"] == told["events"] > told["stories"]


def test_replay_from_a_file_into_a_namespace_and_what_differs(
    newsroom: Newsroom, typed: Run, tmp_path: Path
) -> None:
    """A log that lacks one article: the story that held it is named, the exit code is 1."""
    file = tmp_path / "log.jsonl"
    typed("export", "-o", str(file), url=newsroom.url)
    story = stories(newsroom.url)[0]
    left_out = story["articles"][-1]["article_id"]
    kept = [line for line in file.read_text("utf-8").splitlines() if left_out not in line]
    file.write_text("\n".join(kept), "utf-8")
    done = typed(
        "replay",
        str(file),
        "--into",
        "half",
        "--json",
        url=newsroom.url,
        DATELINE_PUBLISH_MIN_PUBLISHERS="1",
    )
    told = json.loads(done.stdout)

    assert done.exit_code == 1
    assert told["differing"][story["story_id"]] == ["membership"]
    assert json.loads(typed("show", "--json", "--namespace", "half", url=newsroom.url).stdout)
    again = typed("replay", str(file), "--into", "half", url=newsroom.url)
    assert (again.exit_code, "already holds stories; name another with --into" in again.stderr) == (1, True)


def test_replay_needs_a_log_and_another_place(empty_server: str, typed: Run) -> None:
    nothing = typed("replay", url=empty_server)
    same = typed("replay", "--into", "half", "--namespace", "half", url=empty_server)

    assert (nothing.exit_code, "is --namespace right?" in nothing.stderr) == (1, True)
    assert (same.exit_code, "name another" in same.stderr) == (2, True)
