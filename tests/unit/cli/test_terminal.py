"""Nothing from an article steers the terminal: every string of a record is hostile here."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from rich.console import Console, RenderableType

from dateline.cli.explain import Found, explanation
from dateline.cli.story_view import story_view
from dateline.cli.terminal import clean, duration, plural, safe
from dateline.cli.watch import event_line
from dateline.client.events import Event
from dateline.stories import LatestStory
from tests.unit.publish.press import ferry, record

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u2066\u200b\U000e0041[red]\ud800 [/] [link=http://x]\r\n\t§"
STYLED = re.compile(r"\x1b\[[\d;]*m|\x1b\]8;[^\x1b]*\x1b\\")
STEERING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ud800-\udfff\U000e0000-\U000e007f]"
)


def hostile(value: Any, model: Callable[[Any], object], root: Any = None) -> Any:
    """Every string of `value` made hostile in place, where the model still takes it; how many were."""
    root = value if root is None else root
    changed = 0
    for key in list(value.keys() if isinstance(value, dict) else range(len(value))):
        inner = value[key]
        if isinstance(inner, dict | list):
            changed += hostile(inner, model, root)
        elif isinstance(inner, str):
            value[key] = inner + HOSTILE
            try:
                model(root)
                changed += 1
            except (ValidationError, ValueError):
                value[key] = inner
    return changed


@pytest.fixture(scope="module")
def story() -> LatestStory:
    data = {**record(ferry()).model_dump(mode="json"), "sequence": "1", "epoch": 1}
    data["articles"][0]["correction"] = {"text": "wrong", "at": None}
    data["articles"][0]["flags"] = ["flag"]
    data["coverage"]["statements"] = ["statement"]
    data["change"]["statement"] = "change"
    data["related"] = [{"story_id": "other", "score": 0.5}]
    changed = hostile(data, LatestStory.model_validate)
    assert changed > 60
    return LatestStory.model_validate(data)


def printed(*shown: RenderableType, colours: bool) -> str:
    into = io.StringIO()
    console = Console(
        file=into,
        force_terminal=colours,
        color_system="truecolor" if colours else None,
        width=90,
        markup=False,
        emoji=False,
        highlight=False,
    )
    for one in shown:
        console.print(one)
    return STYLED.sub("", into.getvalue()) if colours else into.getvalue()


@pytest.mark.parametrize("colours", [True, False])
def test_no_field_of_a_record_reaches_the_terminal_raw(story: LatestStory, colours: bool) -> None:
    when = datetime(2025, 7, 18, tzinfo=UTC)
    event = Event(
        entry_id="1-0", id="s:1" + HOSTILE, source="s", type="dateline.story.updated.v1", subject="s",
        dataschema="u", time=when, sequence="1", epoch=1, data=story,
    )  # fmt: skip  # a row of values
    for article in story.articles:
        said = printed(
            story_view(story, 90, all_articles=True),
            event_line(event),
            *explanation(Found(story, article), {"a": "t" + HOSTILE}, "runner" + HOSTILE),
            colours=colours,
        )
        assert STEERING.search(said) is None
        assert "[red]" in said  # markup is text
        assert "§" in said


def test_clean_keeps_what_people_write() -> None:
    for text in ("Ünïcödé – “quoted”", "钦州遭遇特大暴雨", "تسعة قتلى", "👩\u200d🚒 emoji"):
        assert clean(text) == text
    assert clean("one\r\ntwo\tthree\u2028four") == "one two three four"
    assert clean("\x1b[31mred\x1b[0m") == "[31mred[0m"
    assert safe("[bold]x[/]").plain == "[bold]x[/]"


def test_small_words() -> None:
    assert [plural(n, "story") for n in (0, 1, 1200)] == ["0 stories", "1 story", "1,200 stories"]
    assert [duration(s) for s in (0.04, 59, 119, 121, 7201, 200_000)] == [
        "0.0 s",
        "59 s",
        "119 s",
        "2 min",
        "2 h",
        "2 d",
    ]
