"""show, explain, watch, status: what a person and a program read of a newsroom."""

from __future__ import annotations

import json
from typing import Any

from dateline.client import Client
from tests.integration.cli.conftest import NAMES, Newsroom, Run

CHIPS = "https://www.chipwright.example/supply/us-chip-controls-rare-earth-permits-explained"
RETRACTED = "https://www.libertybellwether.example/world/ferry-captain-arrested-indonesia"


def rare_earths(newsroom: Newsroom) -> Any:
    with Client(newsroom.url) as client:
        return next(story for story in client.stories() if CHIPS in {str(a.url) for a in story.articles})


def test_show_prints_the_record_as_a_reader_sees_it(newsroom: Newsroom, run: Run) -> None:
    story = rare_earths(newsroom)

    said = run("show", story.story_id).stdout

    assert story.headline.text in " ".join(said.split())
    assert "CHINA, JUL 18 –" in said
    assert "17 articles · 17 publishers" in said
    assert all(one.title.split()[0] in said for one in story.articles)
    assert json.loads(run("show", story.story_id, "--json").stdout)["story_id"] == story.story_id


def test_explain_says_why_and_why_not(newsroom: Newsroom, run: Run) -> None:
    story = rare_earths(newsroom)
    with Client(newsroom.url) as client:
        other = next(one for one in client.stories() if one.story_id != story.story_id)

    said = run("explain", CHIPS, "--not", other.story_id).stdout

    assert "Score" in said
    assert "against a threshold of" in said
    assert "shares" in said
    assert f"Why not in “{other.headline.text if other.headline else ''}”" in said
    facts = json.loads(run("explain", CHIPS, "--json").stdout)
    assert facts["article"]["membership"]["score"] >= facts["article"]["membership"]["threshold"]
    refused = run("explain", CHIPS, "--not", story.story_id)
    assert (refused.exit_code, "the article is in" in refused.stderr) == (1, True)


def test_explain_knows_what_became_of_an_article_that_is_nowhere(run: Run) -> None:
    gone, never = run("explain", RETRACTED), run("explain", "https://nowhere.example/x")

    assert (gone.exit_code, never.exit_code) == (1, 1)
    assert "Its last outcome was retracted (canceled); it is in no story any more" in gone.stderr
    assert "was it sent?" in never.stderr


def test_watch_replays_events_filtered_for_people_and_programs(run: Run) -> None:
    all_of = ("watch", "--since", "all", "--until-idle", "0.5")
    lines = run(*all_of, "--type", "created", "--json").stdout.splitlines()
    people = run(*all_of, "--text", "Flores", "--count", "2").stdout

    events = [json.loads(line) for line in lines]
    assert {event["type"] for event in events} == {"dateline.story.created.v1"}
    assert len(events) >= 20
    assert people.count("s-all-") == 2


def test_status_is_well_and_counts(newsroom: Newsroom, run: Run) -> None:
    people, program = run("status"), run("status", "--json")

    assert (people.exit_code, program.exit_code) == (0, 0)
    assert "Nothing is stuck." in people.stdout
    facts = json.loads(program.stdout)
    assert facts["stuck"] is False
    ingest = next(one for one in facts["stages"] if one["stream"] == NAMES.raw)
    assert (ingest["lag"], ingest["dead"]) == (0, len(newsroom.invalid))
