"""compose: the whole record of a story, its tombstones, its bounds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dateline.changes import Left, Membership
from dateline.stories import StoryRecord
from services.publish.dateline_text import opening_day
from services.publish.ratings import Ratings, load_rows
from services.publish.scope import RecordLimits
from tests.unit.publish.press import FERRY, FRIDAY, OTHER, article, draft, ferry, member, record


def test_the_summary_is_one_sentence_under_a_dateline() -> None:
    summary = record(ferry()).summary

    assert summary is not None
    assert summary.dateline.text == "PORTUGAL, JUL 18"
    assert summary.text.startswith("PORTUGAL, JUL 18 – At least 15 people were killed when")
    assert "Reuters" not in summary.text


def test_every_span_is_verbatim() -> None:
    story = ferry()
    rec = record(story)
    spans = [span for point in rec.key_points for span in point.spans] + [
        q.span for q in rec.quotes if q.span
    ]

    assert len(spans) >= 4
    for span in spans:
        assert (
            getattr(story.members[span.article_id].article, span.field)[span.start : span.end] == span.quote
        )


def test_a_key_point_names_the_articles_that_support_it() -> None:
    point = next(point for point in record(ferry()).key_points if "inquiry" in point.text)

    assert set(point.article_ids) == {"a1", "a2", "a3"}
    assert point.publisher_count == 3
    assert (point.first_reported_by, point.first_reported_at) == ("a1", FRIDAY + timedelta(hours=1))


def test_the_day_of_the_dateline_is_not_said_again_before_a_name() -> None:
    told = "On Friday, Tejo Lines suspended all crossings of the Tagus between Lisbon and Cacilhas."
    story = draft(
        *(member(article(f"a{n}", title, f"{text} {told}")) for n, (title, text) in enumerate(FERRY.values()))
    )
    (point,) = (point for point in record(story).key_points if "crossings" in point.text)

    assert point.text == told.removeprefix("On Friday, ")
    assert point.spans[0].quote == point.text


@pytest.mark.parametrize(
    ("text", "day", "cut"),
    [
        ("On Friday, Orrick ruled.", 18, "On Friday, "),
        ("Late on Friday night, Orrick ruled.", 18, "Late on Friday night, "),
        ("On Thursday, Orrick ruled.", 18, ""),
        ("On Friday, the court ruled.", 18, ""),
        ("On Friday, July 18, Orrick ruled.", 18, ""),
    ],
)
def test_an_opening_day_is_cut_where_it_says_no_more_than_the_dateline(text: str, day: int, cut: str) -> None:
    assert opening_day(text, FRIDAY.date(), True, date(2025, 7, day)) == len(cut)


def test_key_points_do_not_repeat_the_summary_or_teasers() -> None:
    rec = record(ferry())

    assert rec.summary is not None
    assert all(point.text not in rec.summary.text for point in rec.key_points)
    assert not any("what to know" in point.text for point in rec.key_points)


# What groups of eight sources each tell besides.
ASIDES = (
    "Tejo Lines had promised engineers a new radar for its oldest vessels by Christmas.",
    "Opposition lawmakers in Portugal demanded that the transport ministry publish every inspection report.",
)


def test_a_large_story_has_points_beyond_what_everybody_says_first() -> None:
    """Forty-eight sources open alike; what groups of eight add is told too."""
    said = "of ferry {} said passengers on quay {} saw the barge off Lisbon harbour on Friday."
    bodies = [
        " ".join(f"Captain Bor{n}{at}ra {said.format(f'Cal{n}{at}', f'Fen{at}{n}')}" for at in range(5))
        + " ".join(["", *ASIDES[n % 6 : n % 6 + 1]])
        for n in range(48)
    ]
    story = draft(*(member(article(f"a{n}", text=body)) for n, body in enumerate(bodies)))

    assert set(ASIDES) <= {point.text for point in record(story).key_points}


def test_an_agencys_title_wins_a_near_tie_whatever_the_ratings_say() -> None:
    body = "A ferry sank off Lisbon harbour on Friday after it hit a barge, the coast guard of Portugal said."
    hits, strikes = (
        "Ferry hits barge and sinks off Lisbon harbour",
        "Ferry strikes barge and sinks off Lisbon harbour",
    )

    def headline(of_hits: str, ratings: Ratings | None = None) -> str:
        pair = (
            article("a1", hits, body, domain=of_hits),
            article("a2", strikes, body + " Divers found the wreck."),
        )
        chosen = record(draft(*map(member, pair)), ratings=ratings).headline
        return chosen.text if chosen else ""

    rated = load_rows(
        [{"domain": "a.example", "bias": "center"}, {"domain": "outlet2.example", "bias": "right"}]
    )

    assert headline("a.example") == headline("a.example", rated) == strikes
    assert headline("reuters.com") == hits
    assert headline("tass.com") == strikes


def test_sources_that_disagree_on_a_number_are_shown_with_it() -> None:
    disputed = record(ferry()).key_points[0]

    assert disputed.text == "12 dead (Harbour Times, 10:00); 15 dead (Tagus Daily, 13:00)"
    assert [span.quote for span in disputed.spans] == ["12 dead", "15 dead"]


def test_a_quotation_has_its_speaker() -> None:
    (quote,) = record(ferry()).quotes

    assert quote.speaker == "Rui Almeida"
    assert quote.text == "The barge was invisible to the ferry's captain in the morning fog"


def test_the_same_draft_in_another_order_gives_the_same_bytes() -> None:
    one, other = ferry("a1", "a2", "a3", "a4"), ferry("a4", "a2", "a1", "a3")

    assert record(one).model_dump_json() == record(other).model_dump_json()


def test_roles_first_representative_reprint_member() -> None:
    members = [member(one.article) for one in ferry().members.values()]
    copy = member(article("a5", *("Ferry sinks off Lisbon harbour, 12 dead", "")), near_copy_of="a1")
    rec = record(draft(*members, copy))
    roles = {entry.article_id: entry.role for entry in rec.articles}

    assert rec.headline is not None
    assert rec.headline.article_ids == ("a4",)  # it has the newest toll
    assert roles == {"a1": "first", "a2": "member", "a3": "member", "a4": "representative", "a5": "reprint"}
    assert rec.articles[-1].reprint_of == "a1"


def test_new_members_are_added_in_this_version() -> None:
    old = member(article("a1"), added_in_version=1)
    rec = record(draft(old, member(article("a2"))), version=3)

    assert [entry.membership.added_in_version for entry in rec.articles if entry.membership] == [1, 3]


def test_stories_never_published_are_marked() -> None:
    runner_up = Membership(score=0.5, threshold=0.3, runner_up=OTHER)
    story = draft(
        member(article("a1"), membership=runner_up), related=[OTHER], split_from="s-8", merged_from=["s-7"]
    )
    rec = record(story, published=lambda story_id: story_id == "s-7")

    assert rec.related[0].unpublished
    assert rec.related[0].score == 0.1235
    assert rec.split_from is not None
    assert rec.split_from.unpublished
    assert not rec.merged_from[0].unpublished
    assert rec.articles[0].membership is not None
    assert rec.articles[0].membership.runner_up is not None
    assert rec.articles[0].membership.runner_up.unpublished


def test_a_tombstone_has_no_articles_and_no_text() -> None:
    before = record(ferry())
    gone = draft(
        status="merged", merged_into="s-0", fold={"removed": [Left(article_id="a1", reason="merged")]}
    )
    rec = record(gone, previous=before, version=2)

    assert rec.headline is None
    assert rec.summary is None
    assert (rec.article_count, rec.articles, rec.key_points) == (0, (), ())
    assert rec.merged_into == "s-0"
    assert rec.change.significance == "major"
    assert rec.change.statement.startswith("Merged into s-0")
    assert StoryRecord.model_validate_json(rec.model_dump_json()) == rec


def test_a_story_withdrawn_before_it_was_ever_published_is_valid() -> None:
    rec = record(draft(status="withdrawn"))

    assert rec.headline is None
    assert rec.publisher_count == 0


def test_titles_alone_make_a_record() -> None:
    rec = record(draft(member(article("a1", "Ferry sinks off Lisbon harbour")), member(article("a2", ""))))

    assert rec.headline is not None
    assert rec.headline.text == "Ferry sinks off Lisbon harbour"
    assert rec.summary is None
    assert rec.key_points == ()


def test_over_the_limit_the_oldest_reprints_are_listed_by_id() -> None:
    members = [member(one.article) for one in ferry().members.values()]
    copies = [member(article(f"a{n}", "Ferry sinks", "x " * 200), near_copy_of="a1") for n in range(10, 60)]
    whole = record(draft(*members, *copies))
    limit = len(whole.model_dump_json().encode()) - 2_000
    cut = record(draft(*members, *copies), limits=RecordLimits(snapshot_bytes=limit))

    assert whole.articles_truncated == 0
    assert 0 < cut.articles_truncated < 10
    assert len(cut.model_dump_json().encode()) <= limit
    bare = [entry.article_id for entry in cut.articles if entry.url is None]
    assert bare == [f"a{n}" for n in range(10, 10 + cut.articles_truncated)]
    assert cut.article_count == whole.article_count == 54


def test_times_come_from_the_articles_and_the_draft() -> None:
    rec = record(ferry())

    assert rec.first_published_at == FRIDAY + timedelta(hours=1)
    assert rec.last_published_at == FRIDAY + timedelta(hours=4)
    assert rec.created_at == FRIDAY
    assert rec.event_date == "2025-07-18"
    assert rec.velocity == round(4 / 3, 4)


def test_the_story_speaks_its_main_language() -> None:
    spanish = article("a9", "Se hunde un ferry frente a Lisboa con 140 pasajeros a bordo", language="es")
    rec = record(draft(*ferry().members.values(), member(spanish)))

    assert rec.language == "en"
    assert rec.languages == {"en": 4, "es": 1}
    assert rec.headline is not None
    assert rec.headline.language == "en"


def test_how_sure_a_detected_language_is_stands_beside_it() -> None:
    short = article("a1", "Live", language="no", language_confidence=0.21)
    said = article("a2", "Ferry sinks", language="en")

    articles = record(draft(member(short), member(said))).articles

    assert [(one.language, one.language_confidence) for one in articles] == [("no", 0.21), ("en", None)]
