"""What pages and feeds show, as values: pictures, differences, evidence in words, linked data."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from services.web import diffs, feeds_out, front_view, notices, pictures, story_view, wording
from services.web import share_card as share_card_module
from services.web.linked_data import json_ld
from services.web.rows import card
from services.web.share_card import share_card
from tests.unit.web.desk import NOON, article, record, rich, story_id


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=7))
def test_the_parts_of_a_bar_make_a_hundred(counts: list[int]) -> None:
    found = pictures.parts([(str(at), str(at), count) for at, count in enumerate(counts)])
    assert sum(part.width for part in found) == (100 if sum(counts) else 0)
    assert all(part.count > 0 for part in found)


def test_a_bias_bar_is_labelled_where_there_is_room() -> None:
    found = pictures.bias_bar({"left": 4, "center": 8, "right": 4})
    assert [(one.key, one.width, one.label) for one in found] == [
        ("left", 25, "L 25%"),
        ("center", 50, "Center 50%"),
        ("right", 25, "R 25%"),
    ]
    assert [one.label for one in pictures.bias_bar({"left": 1, "center": 99, "right": 0})] == [
        "",
        "Center 99%",
    ]


def test_equal_parts_are_labelled_alike() -> None:
    found = pictures.bias_bar({"left": 1, "center": 4, "right": 1})
    assert [one.label for one in found] == ["L 17%", "Center 67%", "R 17%"]
    assert sum(one.width for one in found) == 100


def test_a_line_shows_gaps_and_ends_at_zero() -> None:
    hours = [(NOON, 1), (NOON + timedelta(hours=1), 4), (NOON + timedelta(hours=3), 2)]
    assert [count for _, count in pictures.fill(hours)] == [1, 4, 0, 2]
    points = pictures.spark(hours, width=100, height=20).split()
    assert (points[0], points[-1], points[2]) == ("0.0,18.0", "100.0,18.0", "40.0,2.0")
    assert pictures.spark([]) == ""
    chart = pictures.columns(hours, width=400, height=100)
    assert [one.height for one in chart] == [25, 100, 0, 50]


def test_a_difference_says_what_a_reader_finds_changed() -> None:
    before = record(1, headline={"text": "Ferry sinks, 15 dead"}, articles=[article(1), article(2)])
    after = record(
        1,
        2,
        headline={"text": "Ferry sinks, 17 dead"},
        articles=[article(2), article(3)],
        article_count=3,
        change={"articles_removed": [{"article_id": article(1)["article_id"], "reason": "retracted"}]},
    )
    found = diffs.difference(before, after)
    assert found.texts == [
        ("Headline", [("same", "Ferry sinks, "), ("removed", "15"), ("added", "17"), ("same", " dead")])
    ]
    assert found.counts == [("articles", 2, 3)]
    assert [one.article_id for one in found.added] == [article(3)["article_id"]]
    assert [(one.article_id, why) for one, why in found.removed] == [(article(1)["article_id"], "retracted")]
    assert not diffs.difference(before, before)


def test_reprints_are_folded_below_their_origin_unless_it_is_filtered_away() -> None:
    one = rich()
    shown = story_view.grouped(one, one.articles)
    assert [len(each.reprints) for each in shown] == [1, 0]
    right = story_view.chosen(one.articles, {"bias": "right", "factuality": "", "country": "ES"})
    assert [each.article.role for each in story_view.grouped(one, right)] == ["reprint"]
    facets = story_view.facets(one.articles, {})
    assert [(choice.value, choice.count) for choice in facets["bias"]] == [
        ("left", 1),
        ("right", 1),
        ("unrated", 1),
    ]


def test_evidence_is_said_in_sentences() -> None:
    one = rich()
    titles = {one.articles[0].article_id: "“A”"}
    member = one.articles[1].membership
    assert member is not None
    assert story_view.why(one.articles[1], member, titles) == [
        "It scores 0.71, above the threshold of 0.42.",
        "It is nearest to “A”.",
        "It shares bridge (50%).",
        "It has been here since version 1.",
    ]


def test_pictures_of_coverage_come_with_their_base_in_words() -> None:
    view = story_view.coverage(rich())
    assert (view.base, view.countries_base) == ("2 of 3 sources rated", "Known of 3 of 3 sources.")


def test_what_happened_to_a_story_is_said_plainly() -> None:
    first, second = article(1), article(2)
    out = {"articles_removed": [{"article_id": second["article_id"], "reason": "article_retracted"}]}
    versions = [
        record(1, 3, articles=[first]),
        record(1, 2, articles=[first], change=out),
        record(1, 1, articles=[first, second]),
    ]
    gone = notices.retracted(versions)
    assert [one.article_id for one in gone] == [second["article_id"]]  # said on in later versions, too
    said = notices.notices(versions[0], gone)[-1]
    assert said == ("retracted", "wire.example took its article back.", [])
    back = record(1, 4, articles=[first, second])
    assert notices.retracted([back, *versions]) == [] == notices.retracted([])
    many = record(articles=[article(n, correction={"text": "No."}) for n in range(9)])
    (*_, last) = notices.notices(many)
    assert last[1] == "6 more articles of this story, as marked below."
    kinds = [kind for kind, _, _ in notices.notices(rich(status="closed"))]
    assert kinds == ["merged", "split", "closed", "corrected"]


def test_linked_data_cannot_end_its_element_and_stays_json() -> None:
    text = json_ld(rich(headline={"text": "</script><!-- <b>&"}), "https://x.example/", "Site")
    assert "<" not in text and ">" not in text
    body = json.loads(text)
    assert body["name"] == "</script><!-- <b>&"
    assert body["mainEntity"]["itemListElement"][0]["item"]["headline"] == rich().articles[0].title


def test_the_lead_is_the_most_important_of_the_first_few() -> None:
    cards = [card(record(number, importance={"score": number / 10})) for number in (1, 3, 2)]
    assert [one["story_id"] for one in front_view.with_lead(cards)] == [story_id(n) for n in (3, 1, 2)]
    assert front_view.with_lead([]) == []


def test_a_summary_does_not_repeat_its_place() -> None:
    one = card(
        record(1, summary={"text": "PORTO, JUL 18 – A bridge.", "dateline": {"text": "PORTO, JUL 18"}})
    )
    assert front_view.without_dateline(one) == "A bridge."
    assert front_view.address({"q": "a b", "sort": "newest"}, cursor="x") == "/?q=a+b&cursor=x"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(5, "just now"), (61, "1 min ago"), (7_300, "2 h ago"), (90_000, "1 day ago"), (8 * 86_400, "10 Jul")],
)
def test_ages(seconds: int, said: str) -> None:
    assert wording.age(NOON - timedelta(seconds=seconds), NOON) == said
    assert wording.day(NOON, datetime(2026, 1, 1, tzinfo=UTC)) == "18 Jul 2025"


def test_words() -> None:
    assert (
        wording.country("de") == "Germany" and wording.country("XX9") == "XX9" and wording.country(None) == ""
    )
    assert wording.language("pt-BR") == "Portuguese"
    assert wording.listed("ABCDE") == "A, B, C and 2 more" and wording.listed("AB") == "A and B"
    assert (
        wording.web_address("javascript:alert(1)") is None
        and wording.web_address("HTTPS://a/") == "HTTPS://a/"
    )


def test_a_feed_entry_keeps_its_id_over_versions() -> None:
    first, second = card(record(1)), card(record(1, 2))
    assert feeds_out.entry_id(first) == feeds_out.entry_id(second)
    assert b"\x0b" not in feeds_out.atom(
        [card(record(1, headline={"text": "a\x0bb"}))], "T", "http://s", "http://s/f"
    )


def picture(headline: str, **more: Any) -> Image.Image:
    made = share_card("Dateline", headline, "17 articles from 17 sources.", **more)
    return Image.open(io.BytesIO(made)).convert("RGB")


def test_a_share_card_has_headline_and_bar_in_the_size_that_is_asked_for() -> None:
    bar = tuple(pictures.bias_bar({"left": 1, "center": 2, "right": 1}))
    drawn = picture("Harbour bridge opens", bar=bar)
    assert (drawn.size, drawn.format) == ((1200, 630), None)
    assert drawn.getpixel((70, 500)) == (43, 95, 158)
    assert drawn.tobytes() != picture("", bar=bar).tobytes()
    assert drawn.tobytes() != picture("Harbour bridge opens", bar=()).tobytes()


@pytest.mark.parametrize("headline", ["नौका डूबी", "Harbour เรือล่ม opens", " "])
def test_of_a_headline_that_no_font_has_the_card_says_the_language(headline: str) -> None:
    drawn = picture(headline, instead="A story in Hindi")
    assert drawn.tobytes() == picture("A story in Hindi").tobytes()
    assert drawn.tobytes() != picture("").tobytes()
    hindi = record(language="hi", places=[{"name": "Kochi", "country": "IN", "role": "event"}])
    assert story_view.share_instead(hindi) == "A story in Hindi, from India"
    assert story_view.share_instead(record(language=None)) == "A story"


@pytest.mark.parametrize(
    "headline",
    ["Überfall, łódź, “señor”", "Мост открыт", "桥梁开通，三人受伤", "大橋が開通", "다리가 열렸다",
     "Bridge 桥 opens", "Ferry \U0001f6a2 sinks", "word " * 200, "x" * 999, "桥" * 300],
)  # fmt: skip  # a row of values
def test_headlines_of_any_length_and_many_scripts_are_drawn(headline: str) -> None:
    drawn = picture(headline, instead="No headline")
    assert drawn.tobytes() not in (picture("").tobytes(), picture("No headline").tobytes())
    assert drawn.crop((1150, 100, 1200, 440)).getcolors() == [(50 * 340, (251, 250, 246))]  # inside the edge


@pytest.mark.parametrize("headline", ["فتح الجسر بعد 15 عاما", "הגשר נפתח"])
def test_what_runs_from_right_to_left_is_drawn_where_there_is_a_shaper(
    headline: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if features.check("raqm"):
        assert share_card_module.drawable(headline)
        drawn = picture(headline)
        assert drawn.crop((64, 100, 120, 200)).getcolors() == [
            (56 * 100, (251, 250, 246))
        ]  # at the right edge
    monkeypatch.setattr(share_card_module.features, "check", lambda _: False)
    share_card.cache_clear()
    assert picture(headline, instead="A story").tobytes() == picture("A story").tobytes()
    share_card.cache_clear()
