"""Attacks through every field of a record are inert on every page."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser

from tests.integration.web.conftest import DoorProcess, Newsroom
from tests.integration.web.pages import STORY, opened, sign_in
from tests.unit.web.desk import record, rich, story_id

EVIL = (
    "\"'><script>window.hit=1</script><img src=x onerror=window.hit=1>{{7*7}}</script>"
    "<svg onload=window.hit=1>"
)


KEPT = frozenset(
    (
        "story_id article_id status role method side field significance bias factuality reprint_of"
        " base reason"
    ).split()
)


def poisoned(value: Any, key: str = "") -> Any:
    """A record whose every free text is an attack, and every URL a script."""
    if isinstance(value, dict):
        return {name: poisoned(one, name) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [poisoned(one, key) for one in value]
    if not isinstance(value, str) or key in KEPT or key.endswith(("_at", "_ids", "_start", "_id")):
        return value
    return f"javascript:window.hit=1//{EVIL}" if "url" in key else EVIL


def test_attacks_through_every_field_are_inert(
    browser: Browser, newsroom: Newsroom, door: DoorProcess
) -> None:
    fields = poisoned(rich(50, 1).model_dump(mode="json"))
    evil = type(record()).model_validate(fields)
    assert evil.headline is not None and evil.headline.text == EVIL
    newsroom.publish(evil)
    newsroom.publish(evil.model_copy(update={"version": 2, "headline": None, "summary": None}))
    door.until_applied(story_id(50), 2)
    newsroom.redis.xadd("{articles.raw}.dead", {"stage": EVIL, "code": EVIL, "reason": EVIL, "f:x": EVIL})
    page = opened(browser, door)
    query = "%22%3E%3Cscript%3Ewindow.hit=1%3C/script%3E"
    paths = ["/", STORY, f"{STORY}?version=1", f"{STORY}?bias={query}",
             f"/?q={query}&place={query}", f"/story/{query}", "/operations",
             f"/sign-in?next={query}", f"/operations/dead?code={query}",
             "/operations/dead"]  # fmt: skip  # a row of values
    sign_in(page, door)
    for path in paths:
        page.goto(path)
        page.wait_for_load_state("load")
        assert page.evaluate("window.hit") is None, path
        assert page.evaluate(
            "[...document.querySelectorAll('a')].every(a => !a.href.startsWith('javascript'))"
        ), path
        assert page.evaluate("document.querySelectorAll('script:not([src]):not([type])').length") == 0, path
        assert page.evaluate("document.querySelectorAll('img, svg[onload]').length") == 0, path
    page.goto(f"{STORY}?version=1")
    page.evaluate("JSON.parse(document.querySelector('script[type=\"application/ld+json\"]').textContent)")
    page.context.close()
