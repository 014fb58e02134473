"""HTML to plain text: whole pages through trafilatura, fragments by their block elements.

Neither may take long on a hostile document: what has too many tags is stripped, not parsed.
"""

from __future__ import annotations

import re

from lxml import etree
from lxml import html as lxml_html

# Element names that say "this is HTML"; a lone `<` or `<T>` in prose does not.
_NAMES = (
    "a|abbr|address|article|aside|b|big|blockquote|body|br|button|center|cite|code|dd|del|div|dl|dt|em|"
    "figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|label|li|link|main|"
    "mark|meta|nav|noscript|ol|p|picture|pre|q|s|script|section|small|source|span|strike|strong|style|sub|sup|"
    "svg|table|tbody|td|template|tfoot|th|thead|time|title|tr|tt|u|ul|var|video|wbr|path|object|embed|audio"
)
_ELEMENT = re.compile(rf"</?(?:{_NAMES})[\s/>]|<!--|<!\[CDATA\[|<!doctype\s", re.IGNORECASE)
_TAG = re.compile(
    rf"</?(?:{_NAMES})(?=[\s/>])[^<>]*>|<!--.*?(?:-->|\Z)|<!\[CDATA\[|\]\]>|<!doctype[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
_PAGE = re.compile(r"<(?:!doctype html|html|body|head)[\s>]", re.IGNORECASE)
_UNREAD = re.compile(
    r"<(script|style|template|noscript|svg|head)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_BREAKING = re.compile(
    r"</?(?:p|div|br|li|ul|ol|h[1-6]|tr|table|blockquote|section|article|hr|dd|dt|figcaption)\b[^<>]*>",
    re.IGNORECASE,
)

_SKIPPED = frozenset(
    "script style template noscript svg head iframe object form button select textarea nav video"
    " audio".split()
)
_INLINE = frozenset(
    "a abbr b bdi bdo big cite code data del dfn em font i ins kbd label mark q rp rt ruby s samp small span"
    " strike strong sub sup time tt u var wbr img".split()
)
_MAX_TAGS = 20_000
_MAX_ATTRIBUTES = 500  # of one tag: parsers compare each with every other
_LONG_TAG = re.compile(r"<[^<>]{8000,}")
_PAGE_HEAD = 4_096


def has_markup(text: str) -> bool:
    """Whether the text has HTML elements in it."""
    return "<" in text and _ELEMENT.search(text) is not None


def is_page(text: str) -> bool:
    """Whether the text is a whole HTML page rather than a fragment of one."""
    return _PAGE.search(text, 0, _PAGE_HEAD) is not None


def plain_line(text: str) -> str:
    """A line without its markup; script and style go with their content."""
    return _TAG.sub(" ", _without_unread(text)) if has_markup(text) else text


def plain_body(text: str) -> tuple[str, bool]:
    """The readable text of an HTML page or fragment, and whether its markup could be parsed.

    Paragraphs are divided by empty lines. Entities are decoded where it was parsed.
    """
    if _is_hostile(text):
        return stripped(text), False
    try:
        main = _main_text(text) if is_page(text) else None
        return (main or _blocks(text)), True
    except Exception:  # noqa: BLE001  # third-party parsers on arbitrary text: whatever they raise, tags can be stripped
        return stripped(text), False


def _is_hostile(text: str) -> bool:
    """Whether parsing could take seconds: too many tags, or a tag with too many attributes."""
    if text.count("<") > _MAX_TAGS:
        return True
    return any(tag[0].count("=") > _MAX_ATTRIBUTES for tag in _LONG_TAG.finditer(text))


def _main_text(page: str) -> str | None:
    """The article on a page, without navigation, comments and the like; None where none is found."""
    import trafilatura  # noqa: PLC0415  # 220 ms to import, and most bodies are plain

    return trafilatura.extract(page, fast=True, include_comments=False, include_tables=False)


def _blocks(fragment: str) -> str:
    """The text of a fragment: block elements divide paragraphs, inline ones vanish."""
    parser = lxml_html.HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8")
    root = lxml_html.document_fromstring(fragment.encode("utf-8", "ignore"), parser=parser)
    parts: list[str] = []
    skipped = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        name = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            skipped += name in _SKIPPED
            if not skipped:
                parts.append(("" if name in _INLINE else "\n\n") + (element.text or ""))
        else:
            skipped -= name in _SKIPPED
            if not skipped:
                parts.append(("" if name in _INLINE else "\n\n") + (element.tail or ""))
    return "".join(parts)


def stripped(text: str) -> str:
    """The text with every tag cut out, in time linear in its length."""
    return re.sub(r"<[^<>]*>", " ", _BREAKING.sub("\n\n", _without_unread(text)))


def _without_unread(text: str) -> str:
    return _UNREAD.sub(" ", text) if "<" in text else text
