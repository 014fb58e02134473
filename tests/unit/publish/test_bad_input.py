"""What is sent that no editor would send: each still makes a record that keeps the contract."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from dateline.stories import StoryRecord
from services.publish.drafts import Draft, Member
from tests.quality.contract import record_errors, step_errors
from tests.unit.publish.press import FERRY, FRIDAY, article, draft, member, record

COOKIES = "We use cookies to improve your experience. Accept cookies or change your cookie settings here. "
Json = dict[str, Any]


def hexed(number: int) -> str:
    return f"a-{number:024x}"


def told(number: int, title: str, text: str = "", near: int | None = None, **given: Any) -> Member:
    domain = given.pop("domain", f"outlet{number}.example")
    one = article(hexed(number), title, text, at=FRIDAY + timedelta(minutes=number), domain=domain, **given)
    return member(one, near_copy_of=None if near is None else hexed(near))


def ferries() -> list[Member]:
    return [told(number, *FERRY[key]) for number, key in enumerate(FERRY, 1)]


def checked(story: Draft, **given: Any) -> tuple[StoryRecord, Json]:
    """The record, and its JSON, which keeps the contract with spans that are verbatim."""
    made = record(story, **given)
    plain = json.loads(made.model_dump_json())
    assert record_errors(plain) == []
    spans = [span for point in made.key_points for span in point.spans]
    for span in spans + [quote.span for quote in made.quotes if quote.span]:
        source = getattr(story.members[span.article_id].article, span.field)
        assert source[span.start : span.end] == span.quote
    return made, plain


def test_the_ferry_keeps_the_contract() -> None:
    checked(draft(*ferries()))


def test_four_hundred_reprints_are_one_voice() -> None:
    copies = [told(number, *FERRY["a1"], near=1) for number in range(10, 410)]
    made, _ = checked(draft(*ferries(), *copies))

    assert (made.article_count, made.unique_article_count, made.reprint_count) == (404, 4, 400)
    assert made.independent_source_count == 4
    assert [point.text for point in made.key_points] == [
        point.text for point in record(draft(*ferries())).key_points
    ]
    assert made.headline == record(draft(*ferries())).headline


def test_a_story_of_nothing_but_reprints() -> None:
    copies = [told(number, *FERRY["a1"], near=1) for number in range(2, 402)]
    made, _ = checked(draft(told(1, *FERRY["a1"]), *copies))

    assert made.unique_article_count == made.independent_source_count == 1
    assert all(point.publisher_count == 401 for point in made.key_points)


def test_titles_in_capitals_are_not_the_headline_where_another_is() -> None:
    shouted = [told(number, title.upper(), text) for number, (title, text) in enumerate(FERRY.values(), 5)]
    made, _ = checked(draft(*shouted, *ferries()[:2]))

    assert made.headline is not None
    assert not made.headline.text.isupper()
    checked(draft(*shouted))


def test_emoji_in_titles_and_text() -> None:
    emoji = [
        told(number, f"🚨 {title} 😱🇵🇹", f"😢😢 {text} 👉👉👉 🙏")
        for number, (title, text) in enumerate(FERRY.values(), 1)
    ]
    made, _ = checked(draft(*emoji))

    assert not any(mark in point.text for point in made.key_points for mark in "😢👉🙏")
    assert len(made.key_points) >= 2


def test_nine_hundred_kilobytes_of_cookie_text() -> None:
    text = COOKIES * (900_000 // len(COOKIES))
    made, _ = checked(draft(*ferries(), told(9, "Ferry sinks off Lisbon", text)))

    assert "cookie" not in " ".join(point.text for point in made.key_points).lower()
    assert made.summary is not None
    assert "cookie" not in made.summary.text.lower()
    checked(draft(told(9, "Ferry sinks off Lisbon", text)))


def test_titles_alone_are_never_padded() -> None:
    titles = [told(number, title) for number, (title, _) in enumerate(FERRY.values(), 1)]
    made, _ = checked(draft(*titles))

    assert made.headline is not None
    assert made.summary is None
    assert all(span.field in ("title", "description") for point in made.key_points for span in point.spans)
    texts = [point.text for point in made.key_points]
    assert len(texts) <= 2
    assert texts[0].startswith("12 dead (") and "what we know" not in " ".join(texts).lower()
    assert made.headline.text not in texts


def test_a_point_of_titles_has_no_outlet_in_it() -> None:
    titles = (
        "Ferry sinks off Lisbon harbour after hitting barge",
        "Portugal declares three days of mourning for ferry passengers | Coastal Post",
        "Owner of sunken Lisbon ferry suspends crossings to Cacilhas - Harbour Times",
    )
    made, _ = checked(draft(*(told(number, title) for number, title in enumerate(titles, 1))))

    assert {point.text for point in made.key_points} < {
        title.split(" | ")[0].split(" - ")[0] for title in titles
    }
    assert len(made.key_points) == 2


def test_without_text_key_points_come_from_descriptions() -> None:
    described = [
        told(number, title, description=text) for number, (title, text) in enumerate(FERRY.values(), 1)
    ]
    made, _ = checked(draft(*described))

    fields = {span.field for point in made.key_points for span in point.spans}
    assert "description" in fields
    assert "text" not in fields


def test_two_scripts_in_one_story() -> None:
    russian = (
        "Пассажирский паром затонул у берегов Лиссабона в пятницу, сообщила береговая охрана Португалии."
    )
    made, _ = checked(draft(*ferries(), told(9, "У Лиссабона затонул паром", russian, language="ru")))

    assert made.language == "en"
    assert made.languages == {"en": 4, "ru": 1}
    assert all(
        span.article_id != hexed(9) or span.quote in russian for p in made.key_points for span in p.spans
    )
    assert not any("паром" in point.text for point in made.key_points)


@pytest.mark.parametrize("claimed", ["Reuters", "Harbour Times", "The BBC"])
def test_the_domain_counts_whatever_a_publisher_calls_itself(claimed: str) -> None:
    members = ferries()[:2] + [
        told(number, *FERRY[key], name=claimed, domain="tabloid.example")
        for number, key in ((3, "a3"), (4, "a4"))
    ]
    made, _ = checked(draft(*members))

    assert made.publisher_count == 3
    assert made.articles[-1].publisher.id == "tabloid.example"
    assert made.coverage.bias.unrated == 3


def test_who_calls_itself_by_anothers_name_is_told_by_its_domain() -> None:
    members = [*ferries()[:1], told(4, *FERRY["a4"], name="BBC News", domain="tabloid.example")]
    made, _ = checked(draft(*members))

    assert made.key_points[0].text.endswith("15 dead (tabloid.example, 09:04)")


@pytest.mark.parametrize("claimed", ["Reuters", "The BBC", "AP"])
def test_an_unknown_domain_is_not_shown_by_the_name_of_a_known_outlet(claimed: str) -> None:
    members = [*ferries()[:2], told(3, *FERRY["a3"], name=claimed, domain="tabloid.example")]
    made, _ = checked(draft(*members))

    shown = made.articles[-1].publisher
    assert (shown.id, shown.name, shown.owner, shown.factuality) == ("tabloid.example", None, None, None)
    assert made.independent_source_count == 3


def test_a_known_outlet_and_an_unknown_one_go_by_their_own_names() -> None:
    members = [
        told(1, *FERRY["a1"], name="Harbour Times", domain="harbour.example"),
        told(2, *FERRY["a3"], name="Reuters", domain="reuters.com"),
    ]
    made, _ = checked(draft(*members))

    assert [one.publisher.name for one in made.articles] == ["Harbour Times", "Reuters"]


def test_a_copy_that_names_an_outlet_as_its_original_is_not_laid_to_who_borrows_that_name() -> None:
    text = "The harbour office counted boats that came home before the storm reached the coast on Friday."
    members = [
        told(1, *FERRY["a1"], name="BBC News", domain="tabloid.example"),
        told(2, "Boats come home before the storm", text, original_publisher="BBC News"),
        told(3, *FERRY["a3"], domain="bbc.co.uk"),
    ]
    made, _ = checked(draft(*members))

    assert made.independent_source_count == 2


def test_from_version_to_version_the_change_is_what_changed() -> None:
    first = draft(*ferries()[:2])
    before = record(first)
    held = [one.model_copy(update={"added_in_version": 1}) for one in ferries()[:2]]
    now = draft(*held, *ferries()[2:], fold={"added": [hexed(3), hexed(4)], "reasons": ["article_joined"]})
    after = record(now, previous=before, version=2)

    plain = [json.loads(one.model_dump_json()) for one in (before, after)]
    assert list(step_errors(*plain)) == []
    assert {"/articles", "/article_count", "/velocity"} <= set(after.change.fields_changed)
    assert "2 articles added" in after.change.statement
