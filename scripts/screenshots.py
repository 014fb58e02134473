"""Make the pictures of the docs: `make screenshots` → docs/images/*.png.

Runs everything on an embedded server with the seed articles and drives Debian's chromium (or
CHROMIUM=path) through the pages.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from redis import Redis

from dateline.client import Client
from dateline.embedded import free_port, running

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"
WAIT_SECONDS = 90.0

# name, path, width, height, colour scheme, whether key points are opened
WIDE, PHONE = 1440, 360
SHOTS = (
    ("front", "/", WIDE, 900, "light", False),
    ("front-phone-dark", "/", PHONE, 780, "dark", False),
    ("story", "/story/{story}", WIDE, 940, "light", True),
    ("story-dark", "/story/{story}#articles", WIDE, 900, "dark", False),
    ("story-phone", "/story/{story}", PHONE, 780, "light", False),
    ("operations", "/operations", WIDE, 820, "light", False),
    ("operations-phone-dark", "/operations", PHONE, 780, "dark", False),
)


def fill(url: str) -> None:
    """Load the outlets' ratings and send the seed articles."""
    with Client(url) as client:
        rows = list(csv.DictReader((SEEDS / "outlets.csv").read_text("utf-8").splitlines()))
        client.load_ratings(rows, name="Dateline demo ratings (fictional)", licence="Apache-2.0")
        lines = (SEEDS / "articles.jsonl").read_text("utf-8").splitlines()
        client.send([json.loads(line) for line in lines], wait=60)
    with Redis.from_url(url) as redis:
        for line in (SEEDS / "invalid.jsonl").read_text("utf-8").splitlines()[:30]:
            if entry := json.loads(line).get("entry"):
                redis.xadd("articles.raw", entry)


def asked(url: str) -> Any:
    """JSON of an address; an empty object while nobody listens there yet."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)
    except OSError:
        return {}


def most_covered(base: str) -> str:
    """The id of the most covered story, once it has all its articles."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        stories = asked(f"{base}/v1/stories?sort=covered&limit=1").get("stories")
        if stories and stories[0]["article_count"] >= 17:
            return str(stories[0]["story_id"])
        if time.monotonic() > deadline:
            raise SystemExit("the stories did not form in time")
        time.sleep(0.5)


def shoot(browser: Browser, base: str, folder: Path, story: str) -> None:
    """Take every picture."""
    for name, path, width, height, scheme, opened in SHOTS:
        context = browser.new_context(
            base_url=base, viewport={"width": width, "height": height}, color_scheme=scheme
        )  # type: ignore[arg-type]  # light or dark
        page = context.new_page()
        page.goto(path.format(story=story))
        if opened:
            page.locator(".cite > summary").first.click()
        page.wait_for_timeout(4_500 if name == "operations" else 300)
        page.screenshot(path=folder / f"{name}.png")
        print(folder / f"{name}.png")
        context.close()


def main() -> None:
    """The command line: the folder."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no chromium here: apt-get install chromium, or CHROMIUM=path")
    port = free_port()
    base = f"http://localhost:{port}"
    with tempfile.TemporaryDirectory() as scratch, running(Path(scratch), door=port) as (url, _):
        fill(url)
        story = most_covered(base)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            shoot(browser, base, folder, story)
            browser.close()


if __name__ == "__main__":
    main()
