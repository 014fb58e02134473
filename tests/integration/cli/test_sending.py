"""send: every form of input, outcomes by reason, and what cannot be sent."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from redis import Redis

from tests.integration.cli.conftest import Newsroom, Run


def article(number: int, **more: object) -> dict[str, object]:
    return {"title": f"Tram line {number} opens", "url": f"https://a.example/tram/{number}", **more}


def lines(*articles: object) -> str:
    return "".join(json.dumps(one) + "\n" for one in articles)


def sent(url: str) -> list[str]:
    with Redis.from_url(url, decode_responses=True) as server:
        entries = server.xrange("articles.raw")
        return [fields.get("title") or json.loads(fields["article"])["title"] for _, fields in entries]


def test_every_form_of_input_is_read_in_order(empty_server: str, typed: Run, tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "1.jsonl").write_text("\ufeff" + lines(article(1), article(2)))
    (folder / "2.jsonl.gz").write_bytes(gzip.compress(lines(article(3)).encode()))
    (folder / "3.json").write_text(json.dumps([article(4), article(5)], indent=1))
    (folder / "4.json").write_text(json.dumps({"status": "ok", "articles": [article(6)]}, indent=1))
    (folder / "5.json").write_text(json.dumps(article(7), indent=1))
    (folder / "notes.txt").write_text("not an article")
    done = typed("send", str(folder), "-", "--no-wait", url=empty_server, stdin=lines(article(8)))

    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("8 articles sent (")
    assert sent(empty_server) == [f"Tram line {number} opens" for number in range(1, 9)]


def test_what_cannot_be_read_is_named_by_its_line_and_the_rest_is_sent(empty_server: str, typed: Run) -> None:
    given = lines(article(1)) + '{"title": \n' + "[1, 2]\n" + lines(article(2, text="x" * 2**20 + "x"))
    done = typed("send", "-", "--no-wait", url=empty_server, stdin=given + lines(article(3)))

    assert done.exit_code == 1
    assert done.stdout.startswith("2 articles sent, 3 not (")
    assert sent(empty_server) == ["Tram line 1 opens", "Tram line 3 opens"]
    assert "stdin:2: is not JSON (Expecting value at character 10)" in done.stdout
    assert "stdin:3: is of type list, no object; send a dict or a NewArticle" in done.stdout
    assert "stdin:4: text has 1,048,577 bytes, the limit is 1,048,576; shorten it" in done.stdout


def test_outcomes_are_told_by_reason(newsroom: Newsroom, typed: Run) -> None:
    known = (Path(__file__).parents[3] / "seeds" / "articles.jsonl").read_text("utf-8").splitlines()[0]
    given = known + "\n" + lines({"title": "No address"}, {"title": ["x"], "url": "https://a.example/1"})
    table = typed("send", "-", url=newsroom.url, stdin=given)
    told = json.loads(typed("send", "-", "--json", url=newsroom.url, stdin=given).stdout)

    assert table.exit_code == 1
    assert "duplicate" in table.stdout and "same identity and same content" in table.stdout
    assert "stdin:2: neither url nor id" in table.stdout
    assert told["outcomes"] == {"duplicate": 1, "rejected": 2}
    assert told["without_outcome"] == 0
    assert [one["where"] for one in told["problems"]] == ["stdin:2", "stdin:3"]


def test_without_ingest_it_says_that_nobody_answered(empty_server: str, typed: Run) -> None:
    done = typed("send", "-", "--timeout", "0.2", url=empty_server, stdin=lines(article(1)))

    assert done.exit_code == 1
    assert "1 outcome did not come. Does ingest run? Look at 'dateline status'" in done.stderr


def test_a_full_server_is_told_with_how_far_it_came(empty_server: str, typed: Run) -> None:
    with Redis.from_url(empty_server) as server:
        server.config_set("maxmemory", "1mb")
    done = typed("send", "-", "--no-wait", url=empty_server, stdin=lines(article(1)))

    assert done.exit_code == 1
    assert "0 articles of this call had been sent; repeating the command is safe" in done.stderr
    assert sent(empty_server) == []


def test_paths_that_hold_nothing(empty_server: str, typed: Run, tmp_path: Path) -> None:
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b'{"title": "x"}' * 500)[:40])
    for path, code, said in (
        ("nowhere.jsonl", 2, "there is no such file or directory; '-' reads standard input"),
        (str(tmp_path.parent / "none"), 2, "there is no such file"),
        (str(tmp_path / "cut.jsonl.gz"), 1, "cannot be read to its end"),
    ):
        done = typed("send", path, "--no-wait", url=empty_server)
        assert (done.exit_code, said in done.output) == (code, True), done.output
