"""Feed documents of every kind, whole and broken."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.feeds.document import Document, NotAFeed, read_document

BASE = "https://news.example/feeds/all.xml"

RSS = b"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
     xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>The Tellmark Post</title><language>en-gb</language><ttl>30</ttl>
<item><title>Sarn floods &amp; recedes</title><link>/sarn</link><guid isPermaLink="false">g-1</guid>
 <description>Short &lt;b&gt;lead&lt;/b&gt;</description>
 <content:encoded><![CDATA[<p>The river Sarn fell.</p>]]></content:encoded>
 <pubDate>Tue, 24 Nov 2026 10:00:00 GMT</pubDate><dc:creator>Ida Holm</dc:creator>
 <source url="https://wire.example/rss">Example Wire</source>
 <media:content url="https://news.example/sarn.jpg" medium="image"/><category>Weather</category></item>
<item><title>Two</title><link>javascript:alert(1)</link></item>
</channel></rss>"""

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Atom Gazette</title>
<entry><title type="html">Jury &lt;i&gt;out&lt;/i&gt;</title><id>tag:a,1</id>
<link rel="alternate" href="https://atom.example/jury"/><updated>2026-11-24T09:00:00Z</updated>
<published>2026-11-24T08:00:00Z</published><author><name>A. Writer</name></author>
<summary>Out</summary><content type="html">&lt;p&gt;Long&lt;/p&gt;</content></entry></feed>"""

JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "JSON Courier",
    "language": "de",
    "items": [
        {"id": "1", "url": "eins", "title": "Eins", "content_text": "Text", "date_published": "2026-11-24",
         "authors": [{"name": "B"}], "tags": ["politik"], "image": "/i.png"},
        "not an item",
    ],
}  # fmt: skip  # a table


def read(body: bytes, content_type: str = "application/xml") -> Document:
    return read_document(body, {"content-type": content_type}, BASE)


def test_rss_is_read_with_all_that_an_article_can_use() -> None:
    document = read(RSS)
    first, second = document.items

    assert (document.title, document.language, document.ttl_seconds) == ("The Tellmark Post", "en-gb", 1800)
    assert (first.guid, first.url) == ("g-1", "https://news.example/sarn")
    assert first.title == "Sarn floods & recedes"
    assert (first.summary, first.content) == ("Short <b>lead</b>", "<p>The river Sarn fell.</p>")
    assert (first.authors, first.subjects) == (("Ida Holm",), ("Weather",))
    assert (first.source_name, first.image_url) == ("Example Wire", "https://news.example/sarn.jpg")
    assert first.published == "Tue, 24 Nov 2026 10:00:00 GMT"
    assert second.url == ""


def test_atom_is_read() -> None:
    (entry,) = read(ATOM).items

    assert (entry.url, entry.guid) == ("https://atom.example/jury", "tag:a,1")
    assert (entry.published, entry.updated) == ("2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z")
    assert entry.content == "<p>Long</p>"


def test_json_feed_is_read_and_what_is_no_item_is_left_out() -> None:
    document = read(json.dumps(JSON_FEED).encode(), "application/feed+json")
    (item,) = document.items

    assert (document.title, document.language) == ("JSON Courier", "de")
    assert item.url == "https://news.example/feeds/eins"
    assert (item.content, item.subjects) == ("Text", ("politik",))
    assert item.image_url == "https://news.example/i.png"


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("iso-8859-1", "application/rss+xml; charset=iso-8859-1"),
        ("windows-1252", "text/xml; charset=windows-1252"),
        ("utf-16", "application/xml"),
        ("utf-8", "text/html"),
    ],
)
def test_encodings_are_heeded(encoding: str, content_type: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel><title>Größe</title>'
    text += (
        "<item><title>Überschwemmung in Köln</title><link>https://a.example/1</link></item></channel></rss>"
    )

    document = read(text.encode(encoding), content_type)

    assert (document.title, document.items[0].title) == ("Größe", "Überschwemmung in Köln")


def test_what_is_nearly_xml_is_read_all_the_same() -> None:
    broken = RSS.replace(b"floods &amp; recedes", b"floods & recedes").replace(b"</channel></rss>", b"")

    assert [item.title for item in read(broken).items] == ["Sarn floods & recedes", "Two"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"<!doctype html><html><head><title>Login</title></head></html>", "web page"),
        (b"just words", "no RSS or Atom"),
        (b"{", "no JSON"),
        (b"{}", "no JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": 3}', "no JSON Feed"),
        (b"{" + b'"a":[' * 100_000, "no JSON"),
        (b'<!DOCTYPE rss [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><rss><title>&b;</title></rss>', "entities"),
        (b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss>&x;</rss>', "entities"),
        ('<!DOCTYPE r [<!ENTITY a "b">]><rss/>'.encode("utf-16"), "entities"),
    ],
)
def test_what_is_no_feed_is_said_in_words(body: bytes, said: str) -> None:
    with pytest.raises(NotAFeed, match=said):
        read(body)


def test_an_item_changes_its_digest_with_its_content_and_keeps_its_key() -> None:
    before, after = read(RSS).items[0], read(RSS.replace(b"fell.", b"rose.")).items[0]

    assert before.key == after.key
    assert before.digest != after.digest


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, len(RSS)))
def test_no_bytes_do_more_than_be_refused(noise: bytes, at: int) -> None:
    try:
        document = read(RSS[:at] + noise + RSS[at:])
    except NotAFeed:
        return
    assert all(item.url == "" or item.url.startswith(("http://", "https://")) for item in document.items)
