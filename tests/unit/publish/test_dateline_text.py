"""Datelines: printed ones, told days, the opening of a summary."""

from __future__ import annotations

from datetime import date

import pytest

from services.publish.dateline_text import dateline_text, event_day, printed_dateline, told_day
from services.publish.gazetteer import place

LEAD = "A ferry sank off the harbour on Friday, the coast guard said."
FRIDAY = date(2025, 7, 18)


@pytest.mark.parametrize(
    ("before", "where", "credit"),
    [
        ("SHANGHAI, July 19 (Reuters) – ", "SHANGHAI", "Reuters"),
        ("LISBON (AP) — ", "LISBON", "AP"),
        ("SACRAMENTO, Calif. (AP) — ", "SACRAMENTO, Calif.", "AP"),
        ("NEW DELHI: ", "NEW DELHI", None),
        ("CAIRO/JERUSALEM — ", "CAIRO/JERUSALEM", None),
        ("New Delhi: ", "New Delhi", None),
        ("Tel Aviv [Israel], August 25 (ANI/TPS): ", "Tel Aviv", "ANI/TPS"),
        ("(The Center Square) – ", None, "The Center Square"),
        ("(AFP) - ", None, "AFP"),
        ("July 18, 2025 – ", None, None),
        ("COLDSPRING GULCH – ", None, None),
    ],
)
def test_a_printed_dateline_is_cut_and_read(before: str, where: str | None, credit: str | None) -> None:
    printed = printed_dateline(before + LEAD)

    assert (before + LEAD)[printed.length :] == LEAD
    assert (printed.place, printed.credit) == (where, credit)


@pytest.mark.parametrize(
    "lead",
    [
        LEAD,
        "Rui Almeida (born 1971) became chief of the coast guard on Friday after a vote.",
        "BREAKING: A ferry sank off the harbour on Friday, the coast guard said.",
        "NATO – the alliance of 32 states – said on Friday that it would send a ferry.",
        "COVID-19 and Its variants kept the ferry of Lisbon in port on Friday.",
        "Almeida: the barge was not to be seen in the fog, the coast guard's chief said.",
    ],
)
def test_what_is_no_dateline_stays(lead: str) -> None:
    assert printed_dateline(lead).length == 0


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("A ferry sank on Friday, police said.", date(2025, 7, 18)),
        ("A ferry sank on Thursday, police said.", date(2025, 7, 17)),
        ("Un ferry se hundió el jueves.", date(2025, 7, 17)),
        ("A ferry sank on July 16.", date(2025, 7, 16)),
        ("A ferry sank on 16 July 2025.", date(2025, 7, 16)),
        ("A ferry sank on July 16, 2019.", None),
        ("The minister will visit on Thursday.", None),
        ("As of July 16, 40 ferries had been checked.", None),
        ("A ferry sank.", None),
        ("A ferry sank on Saturday, police said.", None),  # it is Saturday in Manila by now
        ("The leaders meet for the first time on Saturday (July 19).", None),
    ],
)
def test_told_days_are_resolved_against_the_article_date(text: str, day: date | None) -> None:
    assert told_day(text, FRIDAY) == day


def test_weekdays_say_nothing_when_only_the_arrival_is_known() -> None:
    assert told_day("A ferry sank on Thursday.", FRIDAY, dated=False) is None
    assert told_day("A ferry sank on July 16.", FRIDAY, dated=False) == date(2025, 7, 16)


def test_the_event_day_is_the_summary_s_else_the_majority_s_within_a_week() -> None:
    told = [date(2025, 7, 17), date(2025, 7, 16), date(2025, 7, 16), date(2025, 6, 1), None]

    assert event_day(told, FRIDAY, FRIDAY) == date(2025, 7, 16)
    assert event_day(told, FRIDAY, FRIDAY, summary=date(2025, 7, 17)) == date(2025, 7, 17)
    assert event_day([date(2025, 6, 1)], FRIDAY, FRIDAY) is None


@pytest.mark.parametrize(
    ("code", "language", "text"),
    [
        ("CN", "en", "CHINA, JUL 18"),
        ("US-TX", "en", "TEXAS, JUL 18"),
        ("DE", "es", "ALEMANIA, 18 JUL"),
        ("CN", "zh", "中国, 7月18日"),
        (None, "en", "JUL 18"),
    ],
)
def test_the_dateline_text(code: str | None, language: str, text: str) -> None:
    assert dateline_text(place(code) if code else None, FRIDAY, language).text == text
