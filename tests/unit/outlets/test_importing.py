"""Files of ratings: what is taken, what is not, and that the report says so."""

from __future__ import annotations

import json

import pytest

from dateline.outlets import importing
from dateline.outlets.findings import MOST_EXAMPLES, Import, UnreadableRatings
from dateline.outlets.importing import read_file


def read(text: str, encoding: str = "utf-8") -> Import:
    return read_file(text.encode(encoding))


def reasons(found: Import) -> list[str]:
    return [f"{problem.where}: {problem.reason}" for problem in found.problems]


def test_a_plain_csv_is_taken_with_all_its_columns() -> None:
    found = read(
        "domain,name,aliases,bias,factuality,owner,owner_type,country,language,provider,date\n"
        "https://www.a.example/,The A,old.example|older.example,Left-Center,Very High,Big Co,"
        "private equity,uk,en,One,2025-01-01\n"
    )

    assert found.rows == [
        {
            "domain": "a.example", "name": "The A", "aliases": ["old.example", "older.example"],
            "bias": "lean_left", "factuality": "very_high", "owner": "Big Co",
            "owner_type": "private_equity", "country": "GB",
            "language": "en", "provider": "One", "date": "2025-01-01",
        }
    ]  # fmt: skip  # a table
    assert found.complete


@pytest.mark.parametrize(
    ("word", "bias"),
    [
        ("far left", "far_left"), ("extreme-left", "far_left"), ("LEFT", "left"),
        ("left_center", "lean_left"),
        ("-1", "lean_left"), ("Centre", "center"), ("least biased", "center"), ("0", "center"),
        ("right-center", "lean_right"), ("lean right", "lean_right"), ("+2", "right"), ("3", "far_right"),
    ],
)  # fmt: skip  # a row of values
def test_words_for_a_slant(word: str, bias: str) -> None:
    assert read(f"domain,bias\na.example,{word}\n").rows[0]["bias"] == bias


@pytest.mark.parametrize("word", ["unrated", "Unknown", "not rated", "n/a"])
def test_a_rater_may_say_that_it_has_no_judgement(word: str) -> None:
    found = read(f"domain,bias,provider\nnews.a.example,{word},One\n")

    assert found.rows == [{"domain": "news.a.example", "provider": "One"}]
    assert found.complete


@pytest.mark.parametrize("word", ["purple", "4", "0.5", "mixed", "pro-science", "left right"])
def test_words_that_are_none_are_reported_and_the_rest_of_the_row_taken(word: str) -> None:
    found = read(f"domain,bias,factuality\na.example,{word},high\n")

    assert found.rows == [{"domain": "a.example", "factuality": "high"}]
    assert reasons(found) == [
        f"line 2: bias {word!r} is none of far_left, left, lean_left, center, lean_right, right, far_right"
    ]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (",left", "no domain"),
        ("nodomain,left", "bad domain"),
        ("a.example/section,left", "bad domain"),
        ("a b.example,left", "bad domain"),
        ("a.example,", "says nothing"),
        ("a.example,left,x", "too many cells"),
    ],
)
def test_rows_that_are_none_are_left_out_with_a_reason(row: str, kind: str) -> None:
    found = read(f"domain,bias\n{row}\nb.example,left\n")

    assert [one["domain"] for one in found.rows] == ["b.example"]
    assert (found.read, dict(found.tally)) == (2, {kind: 1})
    assert found.problems[0].where == "line 2"
    assert not found.problems[0].row_taken


def test_one_rater_has_one_word_the_newer_or_the_first_and_several_raters_one_each() -> None:
    found = read(
        "domain,bias,provider,date\n"
        "a.example,left,One,2024-01-01\n"
        "a.example,left,One,2024-01-01\n"
        "a.example,right,One,2025-01-01\n"
        "b.example,left,One,\n"
        "b.example,center,One,\n"
        "b.example,center,Two,\n"
    )

    assert [(row["domain"], row["bias"], row["provider"]) for row in found.rows] == [
        ("a.example", "right", "One"),
        ("b.example", "left", "One"),
        ("b.example", "center", "Two"),
    ]
    assert dict(found.tally) == {"repeated": 1, "contradicted": 2}
    assert not found.complete


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_other_encodings_are_read(encoding: str) -> None:
    assert read("domain,name,bias\na.example,Süd,left\n", encoding).rows[0]["name"] == "Süd"


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_separators_and_names_of_columns(mark: str) -> None:
    text = "Domain,Owner Type,Audience Share\na.example,government,0.9\n".replace(",", mark)
    found = read(text)

    assert found.rows == [{"domain": "a.example", "owner_type": "government"}]
    assert found.notes == ["Columns that are not read: audience_share."]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must name the columns"),
        ("name,rating\nx,left\n", "It names: name, rating"),
        ("domain,visits\na.example,3\n", "at least one of"),
        ("domain,bias,bias\na.example,left,left\n", "'bias' twice"),
        ("{not json", "begins like JSON"),
        ('{"version": 1}', "no 'sources'"),
        ("domain,bias\n\0,left\n", "no text file"),
    ],
)
def test_a_file_that_is_none_is_refused_with_what_is_needed(text: str, reason: str) -> None:
    with pytest.raises(UnreadableRatings, match=reason):
        read(text)


def test_media_bias_fact_check_as_a_list_or_by_domain() -> None:
    sources = [
        {"domain": "bbc.co.uk", "name": "BBC", "bias": "left-center", "reporting": "high"},
        {"domain": "n.example", "bias": "pro-science", "reporting": "very-high"},
        {"domain": "m.example", "bias": "extreme-right", "reporting": "mostly-factual"},
        {"name": "nobody"},
        7,
    ]
    rest = {"aliases": {"bbc.com": "bbc.co.uk"}, "date": "2025-01-01"}
    found = read(json.dumps({"sources": sources} | rest))
    by_domain = read(json.dumps({"sources": {one.pop("domain"): one for one in sources[:3]}} | rest))

    assert found.rows == by_domain.rows
    assert found.rows[0] == {
        "domain": "bbc.co.uk",
        "bias": "lean_left",
        "factuality": "high",
        "name": "BBC",
        "aliases": ["bbc.com"],
        "provider": "Media Bias/Fact Check",
        "date": "2025-01-01",
    }
    assert "bias" not in found.rows[1]
    assert (found.rows[2]["bias"], found.rows[2]["factuality"]) == ("far_right", "high")
    assert dict(found.tally) == {"bad bias": 1, "no domain": 2}


def test_allsides_by_the_names_of_the_registry_and_opinion_is_another_outlet() -> None:
    found = read(
        "news_source,rating,type\nNew York Times (News),left-center,x\nNew York Times (Opinion),left,x\n"
        "AP,center,x\nNobody Gazette,center,x\nReuters,mixed,x\n"
    )

    assert [(row["domain"], row["bias"]) for row in found.rows] == [
        ("nytimes.com", "lean_left"),
        ("apnews.com", "center"),
    ]
    assert dict(found.tally) == {"unmatched": 2, "bad bias": 1}


def test_quality_scores_in_fifths() -> None:
    found = read("domain,pc1\na.example,0\nb.example,0.2\nc.example,0.59\nd.example,1\ne.example,1.1\n")

    assert [row["factuality"] for row in found.rows] == ["very_low", "low", "mixed", "very_high"]
    assert dict(found.tally) == {"bad pc1": 1}


def test_the_report_shows_the_first_of_each_kind_and_counts_all() -> None:
    found = read("domain,bias\n" + "".join(f"o{n}.example,purple\n" for n in range(500)) + ",left\n")

    assert found.tally["bad bias"] == found.tally["says nothing"] == 500
    assert len(found.problems) == 2 * MOST_EXAMPLES + 1


def test_of_a_large_file_all_rows_are_counted_and_few_shown() -> None:
    told: list[int] = []
    rows = "".join(f"o{n % 5}.example,left\n" if n % 4 else "o.example,purple\n" for n in range(20_000))
    found = read_file(("domain,bias\n" + rows).encode(), told=told.append)

    assert (found.read, found.outlets, len(found.problems)) == (20_000, 5, 3 * MOST_EXAMPLES)
    assert dict(found.tally) == {"bad bias": 5_000, "repeated": 14_995, "says nothing": 5_000}
    assert told == [10_000, 20_000]


def test_a_file_of_more_outlets_than_a_load_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_OUTLETS", 3)

    assert len(read("domain,bias\n" + "".join(f"o{n}.example,left\n" for n in (1, 2, 3, 3))).rows) == 3
    with pytest.raises(UnreadableRatings, match="rates 4 outlets, and a load holds 3"):
        read("domain,bias\n" + "".join(f"o{n}.example,left\n" for n in (1, 2, 3, 4)))
