"""`dateline outlets` as a user runs it, without a server."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from dateline.cli.faults import Failed
from dateline.cli.outlets import app

GOOD = "domain,bias,provider\na.example,left,One\n"
MIXED = GOOD + "b.example,purple,One\nnowhere,left,One\n"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def written(folder: Path, text: str) -> str:
    path = folder / "ratings.csv"
    path.write_text(text)
    return str(path)


def test_check_says_what_would_be_taken_and_what_not(tmp_path: Path) -> None:
    done = run("check", written(tmp_path, MIXED))

    assert done.exit_code == 0
    assert "bias 'purple' is none of" in done.output
    assert "1 rating of 1 outlet can be taken" in done.output


def test_check_as_json(tmp_path: Path) -> None:
    facts = json.loads(run("check", "--json", written(tmp_path, MIXED)).stdout)

    assert (facts["read"], facts["taken"], facts["outlets"]) == (3, 1, 1)
    assert facts["not_taken"] == {"bad bias": 1, "says nothing": 1, "bad domain": 1}
    assert facts["problems"][0]["where"] == "line 3"


def test_a_file_of_which_nothing_can_be_taken_fails(tmp_path: Path) -> None:
    assert run("check", written(tmp_path, "domain,bias\nnowhere,left\n")).exit_code == 1


def test_a_file_that_is_none_says_what_is_needed(tmp_path: Path) -> None:
    done = run("check", written(tmp_path, "name,score\nx,1\n"))

    assert isinstance(done.exception, Failed)
    assert "must name the columns" in str(done.exception)


def test_strict_sends_nothing_unless_all_can_be_taken(tmp_path: Path) -> None:
    done = run(
        "import", written(tmp_path, MIXED), "--strict", "--name", "X", "--licence", "CC0", "--redis", "redis://127.0.0.1:1"
    )  # fmt: skip  # a row of values

    assert isinstance(done.exception, Failed)
    assert "nothing was sent" in str(done.exception)


def test_list_and_show_say_where_facts_are_from() -> None:
    agencies = json.loads(run("list", "--agencies", "--limit", "0", "--json").stdout)
    abc = json.loads(run("show", "live.abcnews.go.com", "--json").stdout)
    station = run("show", "wlos.com").stdout

    assert {"reuters.com", "apnews.com", "afp.com", "dpa.com"} <= {one["domain"] for one in agencies}
    assert abc["domain"] == "abcnews.go.com"
    assert abc["sources"] == ["own", "wikipedia"]
    assert "Sinclair Broadcast Group (as of 2018)" in station
    assert "us_local" in station


def test_an_outlet_that_nobody_knows() -> None:
    done = run("show", "nobody.example")

    assert isinstance(done.exception, Failed)
    assert "not in the registry" in str(done.exception)
