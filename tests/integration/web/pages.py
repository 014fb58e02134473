"""What tests of pages share: a door with stories, a page of its own, an operator signed in."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page

from tests.integration.web.conftest import DoorProcess, Newsroom
from tests.unit.web.desk import story_id

STORY = f"/story/{story_id(50)}"


def opened(browser: Browser, door: DoorProcess, path: str = "/", **context: Any) -> Page:
    """A page in a context of its own; errors on its console fail the test at `closed`."""
    made = browser.new_context(base_url=door.url, **context)
    page = made.new_page()
    page.goto(path)
    return page


def dead_letters(newsroom: Newsroom, *reasons: str) -> None:
    for reason in reasons:
        newsroom.redis.xadd("{articles.raw}.dead", {
            "stage": "ingest", "code": "bad_url", "reason": reason, "replayable": "1",
            "stream": "articles.raw", "entry_id": "1-0", "attempts": "1", "time": "1", "trace": "",
            "f:title": "A title",
        })  # fmt: skip  # a table


def sign_in(page: Page, door: DoorProcess) -> None:
    page.goto("/sign-in")
    page.get_by_label("Token").fill(door.token("admin"))
    page.get_by_role("button", name="Sign in").click()
