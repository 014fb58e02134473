"""The pages in a real browser: every page and control, live, without scripts, dark and light, small and wide.

Needs Debian's `chromium` (or CHROMIUM=path); without a browser these tests are skipped.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.integration.web.conftest import DoorProcess, Newsroom, wait_for
from tests.integration.web.pages import STORY, dead_letters, opened, sign_in
from tests.unit.web.desk import article, record, rich, story_id

SIZES = {"phone": (360, 740), "desk": (1440, 900)}
PAGES = ["/", "/?sort=covered", "/?q=harbour", "/?place=nowhere", STORY, f"{STORY}?version=1",
         f"{STORY}?group=bias&history=all", f"/story/{story_id(4)}", f"/story/{story_id(5)}?version=2",
         "/?sort=blindspots", "/?min_publishers=99", "/?since=soon", "/story/none",
         "/operations", "/sign-in"]  # fmt: skip  # a row of values


@pytest.fixture
def full(newsroom: Newsroom, door: DoorProcess) -> DoorProcess:
    """The door with a few stories, one of them rich and in its second version."""
    for number in range(1, 4):
        newsroom.publish(record(number))
    newsroom.publish(rich(version=1, headline={"text": "Harbour bridge opens late"}))
    newsroom.publish(record(4))
    ended = {"headline": None, "summary": None, "articles": [], "article_count": 0}
    newsroom.publish(record(4, 2, status="withdrawn", **ended), "withdrawn")
    newsroom.publish(record(5))
    newsroom.publish(record(5, 2, status="merged", merged_into=story_id(50), **ended), "merged")
    newsroom.publish(rich())
    door.until_applied(story_id(50), 2)
    return door


def judge(page: Page, width: int) -> None:
    """Nothing is wider than the window, and axe finds nothing, with everything unfolded."""
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_whole_and_accessible(
    browser: Browser, newsroom: Newsroom, full: DoorProcess, scheme: Any, size: str
) -> None:
    dead_letters(newsroom, "url: 'javascript:alert(1)' is not an absolute http(s) URL")
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=full.url,
        color_scheme=scheme,
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
    )
    said: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    for path in PAGES:
        page.goto(path)
        judge(page, width)
    sign_in(page, full)
    for path in ("/operations", "/operations/dead?stage=ingest&code=bad_url", "/operations/dead?code=none"):
        page.goto(path)
        judge(page, width)
    context.close()
    assert [one for one in said if "404" not in one and "422" not in one] == []  # as asked for


def test_the_front_page_filters_searches_orders_and_pages(
    browser: Browser, newsroom: Newsroom, door: DoorProcess
) -> None:
    for number in range(1, 31):
        newsroom.publish(record(number, publisher_count=number))
    newsroom.publish(rich())
    door.until_applied(story_id(50), 2)
    page = opened(browser, door)
    expect(page.locator(".card")).to_have_count(24)
    page.get_by_role("link", name="Older stories").click()
    expect(page.locator(".card")).to_have_count(7)
    page.get_by_role("link", name="Most covered").click()
    expect(page.locator(".card").nth(1)).to_contain_text("number")
    page.get_by_role("link", name="Blind spots").click()
    expect(page.locator(".card")).to_have_count(1)
    page.get_by_label("Search stories").fill("bridge number 7")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".tabs [aria-current]")).to_have_text("Best match")
    page.goto("/")
    page.locator(".filters summary").click()
    page.get_by_label("Place", exact=True).select_option("porto")
    page.get_by_label("Sources at least").fill("3")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".filters .chip")).to_have_text("on")
    assert "place=porto" in page.url
    page.get_by_role("link", name="Clear").click()
    expect(page.locator(".card")).to_have_count(24)
    page.context.close()


def test_a_story_page_shows_sources_evidence_and_history(browser: Browser, full: DoorProcess) -> None:
    page = opened(browser, full, STORY)
    expect(page.get_by_role("heading", level=1)).to_have_text("Harbour bridge number 50 opens")
    expect(page.locator(".notice.merged")).to_contain_text("turned out to be this one")
    expect(page.locator(".notice.corrected")).to_contain_text("The bridge is longer.")
    page.locator(".cite summary").click()
    expect(page.locator(".cite blockquote")).to_have_text("It opened.")
    assert page.locator(".cite a").get_attribute("href") == "https://www.wire.example/500"
    page.get_by_role("link", name="Left 1").click()
    expect(page.locator(".text .articles > .article")).to_have_count(1)
    page.locator(".why summary").first.click()
    expect(page.locator(".why").first).to_contain_text("above the threshold of 0.42")
    expect(page.locator(".why").first).to_contain_text("Harbour bridge number 1 opens")
    page.locator(".facets [aria-current]").filter(has_text="Left").click()
    page.locator(".reprints > summary").click()
    expect(page.locator(".reprint")).to_contain_text("The Post")
    page.get_by_role("link", name="Country", exact=True).click()
    expect(page.locator(".group")).to_have_text(["Spain 1", "Portugal 1", "Unknown 1"])
    page.get_by_role("link", name="Time", exact=True).click()
    expect(page.locator(".group")).to_have_count(0)
    page.get_by_text("What changed").click()
    expect(page.locator(".versions del").first).to_have_text("late")
    expect(page.locator(".versions ins").first).to_contain_text("number 50")
    page.get_by_role("link", name="Version 1", exact=True).click()
    expect(page.locator(".notice")).to_contain_text(["An earlier version"])
    page.context.close()


def test_what_became_of_a_story_is_said(browser: Browser, newsroom: Newsroom, full: DoorProcess) -> None:
    page = opened(browser, full, f"/story/{story_id(4)}")
    expect(page.get_by_role("heading", level=1)).to_have_text("This story was withdrawn")
    expect(page.locator(".notice.withdrawn")).to_contain_text("No article of it is left")
    page.goto(f"/story/{story_id(5)}")
    expect(page).to_have_url(re.compile(f"{STORY}\\?from="))
    out = {"articles_removed": [{"article_id": article(11)["article_id"], "reason": "article_retracted"}]}
    newsroom.publish(record(1, 2, articles=[article(10)], change=out))
    newsroom.publish(record(1, 3, articles=[article(10)]))
    full.until_applied(story_id(1), 3)
    page.goto(f"/story/{story_id(1)}")
    expect(page.locator(".notice.retracted")).to_contain_text("herald.example took its article back.")
    page.context.close()


def test_a_page_that_was_dropped_hears_again(browser: Browser, newsroom: Newsroom, full: DoorProcess) -> None:
    """The stream ends as it does for slow readers; the browser comes back with Last-Event-ID."""
    page = browser.new_context(base_url=full.url).new_page()
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status) if "/v1/events" in answer.url else None)
    dropped = "retry: 50\n\nevent: dropped\ndata: {}\n\n"
    page.route(
        "**/v1/events**", lambda route: route.fulfill(body=dropped, content_type="text/event-stream"), times=2
    )
    page.goto("/")
    wait_for(lambda: page.evaluate("1") and len(answers) >= 2, "two streams that end")
    newsroom.publish(record(3, 2))
    expect(page.locator(".news a")).to_have_text("1 story updated", timeout=15_000)
    page.context.close()


def test_an_event_is_announced_and_shown_without_jumping(
    browser: Browser, newsroom: Newsroom, full: DoorProcess
) -> None:
    page = opened(browser, full, viewport={"width": 360, "height": 400})
    page.wait_for_function("performance.getEntriesByType('resource').length > 1")
    page.mouse.wheel(0, 300)
    before = page.evaluate("[scrollY, document.querySelector('#stories').innerHTML.length]")
    newsroom.publish(record(3, 2, headline={"text": "The harbour bridge closes again"}))
    note = page.locator(".news a")
    expect(note).to_have_text("1 story updated", timeout=10_000)
    assert page.evaluate("document.querySelector('#stories').innerHTML.length") == before[1]
    note.click()
    expect(page.locator(".card.fresh")).to_contain_text("closes again")
    expect(note).to_be_hidden()
    page.goto(STORY)  # what comes before the page listens is not missed
    newsroom.publish(rich(version=3))
    expect(page.locator(".news a")).to_contain_text("Version 3 is here", timeout=10_000)
    page.context.close()


def test_everything_can_be_done_without_scripts(
    browser: Browser, newsroom: Newsroom, full: DoorProcess
) -> None:
    page = opened(browser, full, java_script_enabled=False)
    expect(page.locator(".card")).to_have_count(4)
    expect(page.locator(".theme")).to_be_hidden()
    page.locator(".card a").first.click()
    page.locator(".cite summary").click()
    expect(page.locator(".cite blockquote")).to_be_visible()
    page.goto(f"{STORY}?version=1")
    expect(page.locator(".notice")).to_contain_text(["An earlier version"])
    page.goto("/operations")
    expect(page.locator(".flow")).to_contain_text("Raw articles")
    page.goto("/?sort=covered")
    page.locator(".filters summary").click()
    page.get_by_label("Sources at least").fill("3")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".card")).to_have_count(1)
    dead_letters(newsroom, "bad")
    sign_in(page, full)
    page.goto("/operations/dead?stage=ingest&code=bad_url")
    page.get_by_role("button", name="Drop", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("1 letter dropped")
    page.context.close()


def test_the_theme_is_switched_and_kept(browser: Browser, full: DoorProcess) -> None:
    page = opened(browser, full, color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Switch between light and dark").click()
    dark = page.evaluate(paper)
    page.goto(STORY)
    assert (light != dark, page.evaluate(paper)) == (True, dark)
    page.context.close()


def test_a_page_is_walked_with_the_keyboard(browser: Browser, full: DoorProcess) -> None:
    page = opened(browser, full)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.card') !== null"):
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/story/"))
    page.context.close()


def test_an_operator_signs_in_inspects_and_replays(
    browser: Browser, newsroom: Newsroom, door: DoorProcess
) -> None:
    dead_letters(newsroom, "bad", "worse")
    page = opened(browser, door, "/operations")
    page.get_by_role("link", name="bad_url").click()
    page.get_by_label("Token").fill(door.token("admin"))
    page.get_by_role("button", name="Sign in").click()
    page.goto("/operations/dead?stage=ingest&code=bad_url")
    page.locator(".letter summary").first.click()
    expect(page.locator(".letter pre").first).to_have_text("A title")
    page.locator(".letter").first.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("status")).to_have_text("1 letter replayed")
    page.get_by_role("button", name="Drop all of these").click()
    expect(page.get_by_role("status")).to_have_text("1 letter dropped")
    wait_for(lambda: newsroom.redis.xlen("articles.raw") == 1, "the replayed entry")
    assert newsroom.redis.xlen("{articles.raw}.dead") == 0
    page.context.close()


def test_the_front_page_is_light(browser: Browser, newsroom: Newsroom, door: DoorProcess) -> None:
    """Everything a first visit transfers, uncompressed, with 24 full cards: under 100 KB."""
    long = {"text": "PORTO, JUL 18 – " + "A long sentence about the bridge. " * 9}
    for number in range(100, 124):
        newsroom.publish(rich(number, 1, summary=long))
    door.until_applied(story_id(123))
    context = browser.new_context(base_url=door.url)
    page = context.new_page()
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(int(answer.headers.get("content-length", "0"))))
    page.goto("/")
    expect(page.locator(".card")).to_have_count(24)
    assert len(sizes) >= 3
    assert sum(sizes) < 100_000
    context.close()
