"""Whose article it is: the news agency that stands behind an outlet's article, by its credit.

A credit is printed before the lead ("LISBON (Reuters) –", "(ANSA) -", "/TASS/"), stands alone at the end
("© AFP", "Source: ANI"), is the only author, or the declared original publisher. "Told AFP" or "with AFP"
in running text changes nothing: a reporter may quote an agency and still have asked others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from dateline.articles import Article
from dateline.outlets import registry
from services.publish.own_names import own_name

HEAD, TAIL, END = 160, 400, 80
Credit = tuple[re.Pattern[str], Sequence[str]]
# "(EFE).-", "(Kyodo) --", "/TASS/", "- IANS -", "dpa -", and "By Reuters" or "AFP" on a line of its own.
# Each with what a text must hold for a match: nothing is searched where none can be.
OPENING: tuple[Credit, ...] = (
    (re.compile(r"\(([^()\n]{2,40})\)\s*[.:]?\s*[-–—:/]"), "("),
    (re.compile(r"/\s?([A-Z]{3,9})\s?/"), "/"),
    (re.compile(r"^\s*(?:[Bb]y |[Dd]e |[Vv]on )?([^\n|,.;]{2,40})[ \t]*\n"), "\n"),
    (re.compile(r"^\s*([^\n\s][^\n.–—-]{1,30}?)\s+(?:--|[-–—])\s"), "-–—"),
)
CLOSING: tuple[Credit, ...] = (
    (
        re.compile(
            r"(?:©|\(c\)|[Cc]opyright)\s*(?:\d{4})?[ ,]*(?:by )?([^\n.|,©]{2,40}?)"
            r"(?=\s*(?:\d{4}|[.\n|,]|[Aa]ll rights|$))"
        ),
        ("©", "(c)", "opyright"),
    ),
    (re.compile(r"\b(?:[Ss]ource|[Ff]uente|[Qq]uelle|[Ff]onte)\s*:\s*([^\n.|,;]{2,40})"), ":"),
)
# The last words, alone behind the last sentence: a match has no room for more than `END` characters.
SIGNATURE: tuple[Credit, ...] = (
    (
        re.compile(
            r"[.!?”\"»]\s{0,9}[-–—/]{0,2}\s{0,9}[(\[]?([^\n.()\[\]/]{2,40}?)[)\]]?(?:/[a-z]{2,4})?\s{0,9}$"
        ),
        '.!?”"»',
    ),
)
# How an agency signs that prints no name there: "(Reporting by …; Editing by …)".
SIGNED = ((re.compile(r"\((?:Additional r|R)eporting by [^()]*\b[Ee]diting by [^()]*\)"), "reuters.com"),)


def credited_agency(article: Article, printed: str | None) -> str | None:
    """The domain of the agency whose article this is, `printed` being what its body says; None: nobody's."""
    author = article.authors[0] if len(article.authors) == 1 else None
    own = article.publisher
    return _first_agency(article.original_publisher, own.domain, own_name(own), author) or printed


def printed_agency(body: str, credit: str | None) -> str | None:
    """The agency that a body credits: in its printed dateline (`credit`), before its lead or at its end."""
    return _first_agency(credit) or _printed(body[:HEAD], body[HEAD:][-TAIL:])


@lru_cache(maxsize=4_096)
def _first_agency(*names: str | None) -> str | None:
    known = registry()
    parts = (part for name in names if name for part in (name, *name.split("/")))
    return next((agency for part in parts if (agency := known.agency(part))), None)


def _printed(head: str, tail: str) -> str | None:
    """The agency credited before the lead, or after the last sentence."""
    for text, patterns in ((head, OPENING), (tail, CLOSING), (tail[-END:], SIGNATURE)):
        for pattern, marks in patterns:
            for found in pattern.finditer(text) if any(mark in text for mark in marks) else ():
                agency = _first_agency(found[1].strip())
                if agency:
                    return agency
    return next((agency for signed, agency in SIGNED if signed.search(tail)), None)
