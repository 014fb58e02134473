"""Generated texts in records: printed as long as they fit and are supported, sentence by sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dateline.changes import Left, StoryChange
from dateline.stories import StoryRecord
from services.publish.drafts import Draft, Generated, fold_change
from services.publish.generated import Words, is_extractive, read_generated
from services.publish.prompt import MOST_ARTICLES, Question, question, read_answer, response_format
from tests.unit.publish.press import FRIDAY, article, ferry, member, record

HEADLINE = "Passenger ferry sinks off Lisbon harbour after striking an unlit barge"
SUMMARY = "A ferry sank off Lisbon harbour on Friday after striking a barge."


def asked(rec: StoryRecord, of: Draft) -> Question:
    assert rec.headline is not None
    words = Words(headline=rec.headline, summary=rec.summary, key_points=rec.key_points)
    return question(rec.story_id, words, of.members, rec.language)


def answer(**changed: Any) -> str:
    said = {
        "headline": {"text": HEADLINE, "articles": [1, 2]},
        "summary": {"text": SUMMARY, "articles": [1, 2]},
        "key_points": [],
    }
    return json.dumps(said | changed)


def written(of: Draft, content: str) -> Generated:
    return read_answer(content, asked(record(of), of), "small")


def test_an_accepted_text_is_printed_marked_and_cited() -> None:
    of = ferry()
    before = record(of)
    of.generated = written(of, answer())
    after = record(of, previous=before, version=2)

    assert before.headline and after.headline and before.summary and after.summary
    assert (after.headline.text, after.headline.method) == (HEADLINE, "generated")
    assert after.summary.text == f"{before.summary.dateline.text} – {SUMMARY}"
    assert after.summary.method == "generated"
    assert set(after.headline.article_ids) <= set(of.members)
    assert after.key_points == before.key_points
    assert after.provenance.models == ("small",)
    assert not is_extractive(after)
    assert {"/headline/text", "/summary/text"} <= set(after.change.fields_changed)


def test_a_key_point_keeps_its_spans_and_articles() -> None:
    of = ferry()
    before = record(of)
    text = "Investigators opened an inquiry into the barge's missing navigation lights."
    number = next(n for n, point in enumerate(before.key_points) if "inquiry" in point.text)
    of.generated = written(
        of, answer(key_points=[{"point": number, "text": text}, {"point": 77, "text": "x"}])
    )
    after = record(of, previous=before, version=2).key_points[number]

    assert (after.text, after.method) == (text, "generated")
    assert (after.spans, after.article_ids) == (
        before.key_points[number].spans,
        before.key_points[number].article_ids,
    )


def test_a_lie_falls_back_to_the_extractive_sentence_alone() -> None:
    of = ferry()
    before = record(of)
    of.generated = written(of, answer(headline={"text": "Ferry sinks off Porto, 99 dead", "articles": [1]}))
    after = record(of, previous=before, version=2)

    assert after.headline == before.headline
    assert after.summary and after.summary.method == "generated"


@pytest.mark.parametrize(
    "headline",
    [
        {"text": HEADLINE, "articles": []},
        {"text": HEADLINE, "articles": [99]},
        {"text": " ", "articles": [1]},
        {"text": HEADLINE * 9, "articles": [1]},
        {"text": f"{HEADLINE} https://x.example", "articles": [1]},
        {"text": f"<b>{HEADLINE}</b>", "articles": [1]},
    ],
)
def test_what_cites_nothing_or_is_no_headline_is_not_printed(headline: dict[str, Any]) -> None:
    of = ferry()
    of.generated = written(of, answer(headline=headline))

    assert record(of).headline == record(ferry()).headline


def test_a_text_for_other_words_is_not_printed_and_the_headline_stays_stable() -> None:
    of = ferry("a1", "a2", "a3")
    first = record(of)
    of.generated = written(of, answer())
    second = record(of, previous=first, version=2)
    of.members |= ferry("a4").members
    third = record(of, previous=second, version=3)
    fresh = ferry()

    assert second.headline and second.headline.method == "generated"
    assert third.headline and third.headline.method == "extractive"
    assert third.headline == record(fresh, previous=first, version=2).headline


def test_a_retracted_article_takes_the_text_with_it() -> None:
    of = ferry()
    before = record(of)
    of.generated = written(of, answer())
    assert before.headline is not None
    del of.members[before.headline.article_ids[0]]

    assert is_extractive(record(of, previous=before, version=2))


def test_a_text_goes_with_any_article_it_rests_on() -> None:
    of = ferry()
    of.generated = written(of, answer())
    assert set(of.generated.cites) == set(of.members)
    left = Left(article_id="a4", reason="erased")
    fold_change(of, StoryChange(story_id="s-1", position="6-0", logical_time=FRIDAY, left=(left,)), {})

    assert of.generated is None


def test_the_same_story_asks_the_same_question_and_few_articles_go_along() -> None:
    of = ferry()
    for number in range(40, 70):
        of.members[f"a{number}"] = member(
            article(f"a{number}", *[m.article.title for m in of.members.values()][:1])
        )
    rec = record(of)
    one, other = asked(rec, of), asked(rec, of)
    sent = json.loads(one.messages[1]["content"])

    assert (one.basis, one.messages) == (other.basis, other.messages)
    assert len(sent["articles"]) <= MOST_ARTICLES
    assert [point["point"] for point in sent["key_points"]] == list(range(len(rec.key_points)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "Invalid JSON"),
        ("Here is your story:", "Invalid JSON"),
        ("[]", "answer"),
        ('{"headline": {"text": "x"}}', "headline.articles"),
        (answer(opinion="great"), "opinion"),
        (answer(key_points=[{"point": "first", "text": "x"}]), "key_points.0.point"),
    ],
)
def test_an_answer_of_another_form_is_broken(content: str, reason: str) -> None:
    of = ferry()
    with pytest.raises(ValueError, match=reason):
        read_answer(content, asked(record(of), of), "small")


def test_an_answer_in_a_fence_is_read() -> None:
    assert written(ferry(), f"```json\n{answer()}\n```").headline is not None


def test_the_form_is_strict() -> None:
    schema = response_format()["json_schema"]["schema"]
    objects = [schema, *schema["$defs"].values()]

    assert all(one["additionalProperties"] is False for one in objects)
    assert all(set(one["required"]) == set(one["properties"]) for one in objects)


def test_an_act_without_a_story_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="story_id"):
        read_generated({"basis": "x"})
