"""Entries made to cost time or memory: as large as the limits allow, of every kind we could think of."""

from __future__ import annotations

import json
from collections.abc import Iterator

MIB = 2**20


# Name, what is repeated, and optionally what goes before and after.
REPEATED: tuple[tuple[str, ...], ...] = (
    ("nested divs", "<div>", "<p>x</p>"),
    ("nested inline", "<b><i>"),
    ("unclosed tags", "<a href="),
    ("a tag without end", "x", "<p "),
    ("attributes", " a=b", "<p", ">x</p>"),
    ("attributes in many tags", "<p a=1 b=2 c=3 d=4>"),
    ("comments, unclosed", "<!--"),
    ("comments", "<!-- x -->"),
    ("scripts, unclosed", "<script>"),
    ("styles in styles", "<style><svg>"),
    ("a page of tables", "<table><tr><td>", "<html><body>"),
    ("a page of nested lists", "<ul><li>x", "<!doctype html><html><body>"),
    ("a page of divs", "<div><p>some words here</p></div>", "<!doctype html><html><body>"),
    ("a page of spans", "<span>w </span>", "<html><body><article><p>", "</p></article></body></html>"),
    ("cdata", "<![CDATA[", "<p>"),
    ("entity definitions", "<!ENTITY a '&b;&b;'>", "<!doctype html><p>"),
    ("entities", "&amp;"),
    ("entities in entities", "&amp;amp;amp;"),
    ("ampersands", "&"),
    ("numeric entities", "&#99999999;"),
    ("less-than signs", "<"),
    ("greater-than signs", ">"),
    ("escaped markup", "&lt;p&gt;x"),
    ("spaces", " ", "a", "b"),
    ("line breaks", "\n", "a", "b"),
    ("lines", "a\n"),
    ("paragraphs", "word\n\n"),
    ("carriage returns", "\r\x0b"),
    ("one word", "a"),
    ("dots", "."),
    ("dots and spaces", ". "),
    ("quotation marks", '"'),
    ("braces", "{"),
    ("braces, closed", "{}"),
    ("style rules", "a{b:c}"),
    ("style rules, nested", "@media x{a{b:c}"),
    ("declarations without end", "b:c;", "a{"),
    ("selectors", "a.b>c ", "", "{x:y}"),
    ("colons in braces", ":", "{", "}"),
    ("script signs", "window.x=function(){};"),
    ("objects", '{"@type":1,'),
    ("brackets", "[+12 "),
    ("cookies", "we use cookies "),
    ("banners", "We use cookies, please accept them. "),
    ("newsletter sentences", "please subscribe to our newsletter! "),
    ("copyright signs", "© "),
    ("the post appeared", "The post "),
    ("captions", "Enlarge this image toggle caption "),
    ("captchas", "captcha you "),
    ("mojibake", "Ã©"),
    ("mojibake, long line", "â€œno", "", "â€"),
    ("half mojibake", "Ã "),
    ("combining marks", "\u0301", "a"),
    ("Hangul jamo", "\u1100\u1161\u11a8"),
    ("zero-width joiners", "\u200d"),
    ("joiners and letters", "\u200da"),
    ("bidi controls", "\u202e"),
    ("tags beyond the plane", "\U000e0041"),
    ("ligatures", "\ufdfa"),
    ("NUL", "\x00"),
    ("terminal escapes", "\x1b[31m"),
    ("Chinese", "渡轮沉没。"),
    ("Thai without spaces", "เรือเฟอร์รี่"),
    ("digits", "1"),
    ("URLs", "https://a.example/"),
    ("at signs", "@a "),
)


def filled(size: int, unit: str, before: str = "", after: str = "") -> str:
    """About `size` bytes of a unit between two ends."""
    room = size - len((before + after).encode())
    return before + unit * (room // len(unit.encode())) + after


def texts(size: int = MIB - 1) -> Iterator[tuple[str, str]]:
    """Names and texts, each about `size` bytes."""
    for name, *parts in REPEATED:
        yield name, filled(size, *parts)
    yield "nested divs, closed", "<div>" * (size // 11) + "x" + "</div>" * (size // 11)
    yield "attributes of many names", "<p " + " ".join(f"a{n}=1" for n in range(size // 9)) + ">x</p>"


def entries() -> Iterator[tuple[str, dict[bytes, bytes]]]:
    """Names and whole entries."""
    base = {b"title": b"Ferry sinks", b"url": b"https://coastalpost.example/ferry"}
    for name, text in texts():
        yield f"text: {name}", {**base, b"text": text.encode("utf-8", "surrogatepass")}
    for name, text in texts(900):
        title = text.encode()[:990].decode("utf-8", "ignore")
        yield f"title: {name}", {**base, b"title": title.encode()}
    for name, line in (("many dots", "a." * 1000), ("slashes", "/" * 2000), ("percent", "%" * 2000)):
        yield f"url: {name}", {**base, b"url": ("https://x.example/" + line)[:2048].encode()}
    yield "url: parameters", {**base, b"url": ("https://x.example/?" + "a&" * 1000)[:2048].encode()}
    yield "url: host", {**base, b"url": ("https://" + "é." * 1000)[:2048].encode()}
    for depth in (64, 65, 10_000, 300_000):
        yield f"json: {depth} arrays", {b"article": b"[" * depth + b"]" * depth}
        yield f"json: {depth} objects", {b"article": b'{"a":' * depth + b"1" + b"}" * depth}
    yield "json: digits", {b"article": b'{"title": "x", "id": "1", "published_at": ' + b"1" * MIB + b"}"}
    yield (
        "json: digits after the point",
        {b"article": b'{"title": "x", "id": "1", "n": 1.' + b"1" * MIB + b"}"},
    )
    yield "json: an exponent", {b"article": b'{"title": "x", "id": "1", "version": 1e' + b"9" * MIB + b"}"}
    yield "json: strings", {b"article": b'["' * (MIB // 2)}
    yield "json: escapes", {b"article": b'{"title": "x", "id": "1", "text": "' + b"\\u0041" * 170_000 + b'"}'}
    yield (
        "json: surrogates",
        {b"article": b'{"title": "x\\ud800", "id": "1", "text": "' + b"\\udfff" * 170_000 + b'"}'},
    )
    yield "json: backslashes", {b"article": b'{"title": "' + b"\\" * MIB}
    graph = [{"@type": "NewsArticle", "@id": str(n), "author": {"@id": str(n + 1)}} for n in range(20_000)]
    yield "json-ld: a graph", {b"article": json.dumps({"@graph": graph}).encode()}
    yield "json-ld: types", {b"article": json.dumps({"@type": ["x"] * 200_000}).encode()}
    yield "authors", {**base, b"authors": json.dumps(["a"] * 400_000).encode()}
    yield "authors nested", {**base, b"authors": b"[" * 60 + b"]" * 60}
    yield "published_at: digits", {**base, b"published_at": b"1" * MIB}
    yield "published_at: words", {**base, b"published_at": b"July " * 12}
    yield "version: digits", {**base, b"version": b"9" * MIB}
    yield "language: parts", {**base, b"language": b"en-" * 80}
    yield "correction", {**base, b"correction": json.dumps({"text": "<" * 9_999}).encode()}
    yield (
        "publisher",
        {**base, b"publisher": json.dumps({"name": "<b>" * 300, "domain": "x." * 120}).encode()},
    )
    yield "many fields", {**base, **{b"f%d" % n: b"" for n in range(100_000)}}
