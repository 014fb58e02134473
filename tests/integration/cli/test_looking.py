"""show, watch, explain: by width, filter and form of address; what is wrong in words with the remedy."""

from __future__ import annotations

import json

from redis import Redis

from tests.integration.cli.conftest import Newsroom, Run, stories


def test_show_reads_like_the_page_of_a_newspaper(newsroom: Newsroom, typed: Run) -> None:
    story = stories(newsroom.url)[0]
    done = typed("show", story["story_id"], url=newsroom.url, width=100)

    assert done.exit_code == 0, done.output
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    assert lines[0] == story["headline"]["text"]
    assert "17 articles · 17 publishers · 2 reprinted" in done.stdout
    assert any(line.startswith("CHINA, JUL 18 – ") for line in lines)
    assert "No bias is rated here; 'dateline outlets import' loads ratings." in done.stdout
    assert "17 articles" in lines
    assert max(len(line.rstrip()) for line in lines) <= 100


def test_show_lists_the_newest_and_follows_the_limit(newsroom: Newsroom, typed: Run) -> None:
    done = typed("show", "--limit", "3", url=newsroom.url)
    listed = json.loads(typed("show", "--json", "--limit", "1000", url=newsroom.url).stdout)

    assert done.stdout.count("s-all-") == 3
    assert {one["story_id"] for one in listed} == {one["story_id"] for one in stories(newsroom.url)}


def test_show_json_is_the_record(newsroom: Newsroom, typed: Run) -> None:
    story = stories(newsroom.url)[0]
    shown = json.loads(typed("show", story["story_id"], "--json", url=newsroom.url).stdout)

    assert shown["story_id"] == story["story_id"]
    assert [one["article_id"] for one in shown["articles"]] == [
        one["article_id"] for one in story["articles"]
    ]


def test_explain_names_the_evidence_by_id_and_by_any_form_of_the_address(
    newsroom: Newsroom, typed: Run
) -> None:
    address = "https://www.deccanmorningmail.example/international/china-rare-earth-smuggling-crackdown-wire"
    article = next(one for one in stories(newsroom.url)[0]["articles"] if one["url"] == address)
    other_form = address.replace("https://www.", "http://m.") + "?utm_source=mail"

    for wanted in (article["article_id"], address, other_form):
        done = typed("explain", wanted, url=newsroom.url)
        assert done.exit_code == 0, done.output
        assert "It is a reprint of “" in done.stdout
        assert "(Meridian Wire): it counts as that source." in done.stdout
    facts = json.loads(typed("explain", address, "--json", url=newsroom.url).stdout)
    assert facts["article"]["membership"] == article["membership"]


def test_watch_filters_by_type_publisher_words_and_story(newsroom: Newsroom, typed: Run) -> None:
    story = stories(newsroom.url)[0]

    def seen(*chosen: str) -> list[dict[str, object]]:
        done = typed("watch", "--since", "all", "--until-idle", "0.3", "--json", *chosen, url=newsroom.url)
        assert done.exit_code == 0, done.output
        return [json.loads(line) for line in done.stdout.splitlines()]

    everything = seen()
    with Redis.from_url(newsroom.url) as server:
        assert len(everything) == server.xlen("stories.published")
    created = seen("--type", "created")
    assert 0 < len(created) < len(everything)
    assert {event["type"] for event in created} == {"dateline.story.created.v1"}
    assert {event["subject"] for event in seen("--story", story["story_id"])} == {story["story_id"]}
    assert all("mannequin" in json.dumps(event["data"]).casefold() for event in seen("--text", "mannequins"))
    assert len(seen("--publisher", "chipwright.example")) < len(everything)
    assert len(seen("--count", "2")) == 2


def test_watch_prints_two_lines_an_event(newsroom: Newsroom, typed: Run) -> None:
    done = typed("watch", "--since", "all", "--count", "1", url=newsroom.url)
    first, second = done.stdout.splitlines()

    assert " created " in first
    assert ":1 · 1 article, 1 publisher · " in second


def test_what_is_wrong_is_said_in_a_sentence_with_the_remedy(newsroom: Newsroom, typed: Run) -> None:
    for arguments, code, said in (
        (("show", "s-all-1-1-0"), 1, "'dateline show' lists the newest"),
        (("explain", "a-1"), 1, "'dateline dead list' shows what was rejected"),
        (("watch", "--since", "yesterday"), 2, "is none of new, all, an entry id, an ISO 8601 time"),
        (("watch", "--type", "new"), 2, "is none of created, updated"),
        (("show", "--namespace", "Bad!"), 2, "may hold lower-case letters"),
        (("show", "--redis", "redis://127.0.0.1:1"), 1, "is the server running, and is the URL right?"),
        (("status", "--redis", "redis://127.0.0.1:1"), 1, "is it running, and is --redis right?"),
        (("status", "--redis", "http://127.0.0.1:1"), 1, "is no Redis URL"),
    ):
        done = typed(*arguments, url=newsroom.url)
        assert done.exit_code == code, (arguments, done.output)
        assert said in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_key_of_another_type_is_told_with_its_remedy(empty_server: str, typed: Run) -> None:
    with Redis.from_url(empty_server) as server:
        server.set("stories.index", "x")
    done = typed("show", url=empty_server)

    assert done.exit_code == 1
    assert "use another --namespace" in done.stderr
