"""What is sent of a document, what an article is made of, and when a feed is polled again."""

from __future__ import annotations

import pytest

from dateline.client.new_article import encode
from dateline.feeds import NEVER_MS, Feed, health_in_words
from dateline.opml import feeds_of
from services.feeds.document import Document, Item
from services.feeds.items import raw_article, to_send
from services.feeds.schedule import Bounds, after_failure, after_success, asked_for, retry_after

BOUNDS = Bounds(300, 21_600)
ITEM = Item(guid="g", url="https://a.example/1", title="Flood", summary="Short", content="<p>Long</p>")


def feed(**facts: object) -> Feed:
    return Feed.model_validate({"url": "https://a.example/rss", "added": 1, **facts})


def test_only_what_is_new_or_changed_is_sent_oldest_first() -> None:
    old, changed, new = (Item(guid=name, title=name) for name in ("old", "changed", "new"))
    seen = {old.key: old.digest, changed.key: "another"}

    sent = to_send(feed(seen=seen), Document(items=(new, changed, old, Item(guid="untitled"))))

    assert [item.title for item in sent] == ["changed", "new"]


def test_an_item_becomes_an_article_of_its_publisher() -> None:
    document = Document(title="The Post", language="en")
    item = ITEM.model_copy(update={"source_name": "Example Wire", "published": "2026-11-24T08:00:00Z"})

    article = raw_article(feed(), document, item)

    assert article["url"] == ITEM.url
    assert "id" not in article
    assert (article["text"], article["description"]) == ("<p>Long</p>", "Short")
    assert (article["publisher"], article["original_publisher"]) == ("The Post", "Example Wire")
    assert raw_article(feed(publisher="Ours"), document, item, "Whole.")["publisher"] == "Ours"
    assert raw_article(feed(), document, item, "Whole.")["text"] == "Whole."


def test_an_item_without_an_address_is_known_by_its_guid() -> None:
    article = raw_article(feed(), Document(), ITEM.model_copy(update={"url": ""}))

    assert article["id"] == ITEM.key
    assert "url" not in article


def test_an_item_without_a_title_is_called_as_its_text_begins() -> None:
    untitled = Item(guid="g", summary="<p>The dam &amp; the bridge\n hold.</p>")
    long = Item(url="https://a.example/2", content="<b>" + "word " * 60)
    nameless = Item(title="A title is all there is")

    assert [item.key for item in to_send(feed(), Document(items=(untitled, long, nameless)))] == [
        nameless.key,
        long.key,
        untitled.key,
    ]
    assert raw_article(feed(), Document(), untitled)["title"] == "The dam & the bridge hold."
    title = raw_article(feed(), Document(), long)["title"]
    assert title.endswith("word …")
    assert len(title) <= 122
    assert raw_article(feed(), Document(), nameless)["id"] == nameless.key


def test_whatever_a_feed_says_the_article_can_be_sent() -> None:
    huge = Item(
        guid="x" * 9_999,
        url="https://a.example/" + "x" * 5_000,
        title="t" * 5_000,
        content="字" * 999_999,
        summary="s" * 99_999,
        authors=("a" * 200,) * 20,
    )

    assert encode(raw_article(feed(), Document(title="n" * 999), huge))["title"] == "t" * 1_000


def test_news_brings_the_next_poll_nearer_and_silence_puts_it_off() -> None:
    assert after_success(1_000, True, 0, BOUNDS) == 600
    assert after_success(1_000, False, 0, BOUNDS) == 1_400
    assert after_success(301, True, 0, BOUNDS) == BOUNDS.least
    assert after_success(21_000, False, 0, BOUNDS) == BOUNDS.most
    assert after_success(0, True, 0, BOUNDS) == 540
    assert after_success(300, True, 3_600, BOUNDS) == 3_600


def test_failures_double_the_wait_up_to_a_day_and_the_server_may_ask_for_more() -> None:
    assert [after_failure(count, 0, BOUNDS) for count in (1, 2, 3)] == [300, 600, 1_200]
    assert after_failure(50, 0, BOUNDS) == 86_400
    assert after_failure(1, 7_200, BOUNDS) == 7_200


@pytest.mark.parametrize(
    ("header", "ttl", "seconds"),
    [("", 0, 0), ("public, max-age=600", 0, 600), ("max-age=abc", 60, 60), ("MAX-AGE=99999999", 0, 21_600)],
)
def test_what_a_publisher_asks_for_is_heeded(header: str, ttl: int, seconds: int) -> None:
    assert asked_for(header, ttl, BOUNDS) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("Tue, 24 Nov 2026", 0), ("-1", 0), ("", 0), ("Tue, 24 Nov 2026 09:30:00 GMT", 5_400),
     ("Tue, 24 Nov 2026 07:00:00 GMT", 0), ("9" * 20, 0)],
)  # fmt: skip  # a row of values
def test_retry_after_is_seconds_or_a_date_after_the_answers_own(value: str, seconds: int) -> None:
    assert retry_after(value, "Tue, 24 Nov 2026 08:00:00 GMT") == seconds
    assert retry_after("Tue, 24 Nov 2026 09:30:00 GMT", "") == 0


def test_health_is_said_in_words() -> None:
    assert "not polled yet" in health_in_words(feed(), 0)
    assert health_in_words(feed(polled=1), 0) == "well"
    failing = feed(polled=1, failures=3, error="nobody there")
    assert health_in_words(failing, 0) == "failed 3 times in a row: nobody there"
    assert health_in_words(feed(polled=1, failures=1, error="gone"), NEVER_MS) == "stopped: gone"
    assert "moved to https://b" in health_in_words(feed(polled=1, current_url="https://b.example/"), 0)


def test_opml_lists_each_feed_once() -> None:
    body = b"""<?xml version="1.0"?><opml version="2.0"><body><outline text="News">
      <outline xmlUrl="https://a.example/rss"/><outline xmlUrl=" https://b.example/atom "/>
      <outline xmlUrl="https://a.example/rss"/></outline></body></opml>"""

    assert feeds_of(body) == ["https://a.example/rss", "https://b.example/atom"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"nonsense", "not XML"),
        (b"<rss/>", "not OPML"),
        (b"<opml><body/></opml>", "names no feed"),
        (b'<!DOCTYPE o [<!ENTITY a SYSTEM "file:///x">]><opml><outline t="&a;"/></opml>', "XML|no feed"),
    ],
)
def test_what_is_no_opml_is_said(body: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        feeds_of(body)
