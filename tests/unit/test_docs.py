"""Every link of the documentation leads somewhere, and every page can be found from the front."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGES = sorted(
    path
    for folder in ("", "docs", "seeds", "tests/vectors", "examples", "benchmarks")
    for path in (ROOT / folder).glob("**/*.md" if folder else "*.md")
    if not {".venv", "node_modules", "build"} & set(path.relative_to(ROOT).parts)
)
LINK = re.compile(r"(?<!`)\[[^\]\n]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"```.*?```", re.DOTALL)


def links(page: Path) -> list[str]:
    """The targets of a page's links, those in code blocks left out."""
    return LINK.findall(FENCE.sub("", page.read_text("utf-8")))


def target(page: Path, link: str) -> Path:
    return (page.parent / link.partition("#")[0]).resolve()


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and mkdocs make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    inside = [link for link in links(page) if "://" not in link and not link.startswith("mailto:")]
    broken = [link for link in inside if link.partition("#")[0] and not target(page, link).exists()]
    astray = [
        link
        for link in inside
        if "#" in link
        and (link.startswith("#") or (target(page, link).suffix == ".md" and link not in broken))
        and link.partition("#")[2] not in anchors(page if link.startswith("#") else target(page, link))
    ]

    assert (broken, astray) == ([], [])


def test_every_page_of_docs_is_linked_from_the_front_or_from_a_page_that_is() -> None:
    reached, waiting = set(), [ROOT / "README.md", ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        found = {target(page, link) for link in links(page) if "://" not in link}
        waiting += [one for one in found if one.suffix == ".md" and one.exists() and one not in reached]

    assert {str(page.relative_to(ROOT)) for page in PAGES if "docs" in page.parts} <= {
        str(page.relative_to(ROOT)) for page in reached
    }
