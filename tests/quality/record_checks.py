"""Points 1 to 6 of a run: what must be true of every record, computed without the code that made it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from dateline.stage.entries import split_id
from tests.quality.contract import cited, record_errors, step_errors
from tests.quality.story_run import StoryRun

Json = dict[str, Any]
SIDES = {
    "Far Left": "left",
    "Left": "left",
    "Lean Left": "left",
    "Center": "center",
    "Lean Right": "right",
    "Right": "right",
    "Far Right": "right",
}


def live(run: StoryRun) -> list[Json]:
    """The latest records of stories that have articles."""
    return [record for record in run.records.values() if record["articles"]]


def verbatim(run: StoryRun) -> Iterator[tuple[bool, str]]:
    """1: key points and quotations stand at their spans in a live article of the story, of that revision."""
    for record in run.events:
        articles = {article["article_id"]: article.get("revision") for article in record["articles"]}
        for one in (*record["key_points"], *record["quotes"]):
            spans = one["spans"] if "spans" in one else [one["span"]]
            for span in spans:
                article = run.articles[span["article_id"], span["revision"]]
                there = article.get(span["field"], "")[span["start"] : span["end"]] == span["quote"]
                fits = there and articles.get(span["article_id"]) == span["revision"]
                yield fits, f"{record['story_id']} v{record['version']}: {span}"
            quoted = [span["quote"] for span in spans]
            yield (
                one["text"] in quoted[0] or _within(one["text"], quoted[0]) or _figures(one["text"], quoted),
                f"{record['story_id']} v{record['version']}: {one['text']!r} is not made of {quoted}",
            )


def _figures(text: str, quoted: list[str]) -> bool:
    """Whether a text is a row of figures, each with the number that its own source prints."""
    parts = text.split("; ")
    printed = [{number(word) for word in re.findall(r"[\w,]+", quote)} for quote in quoted]
    return len(parts) == len(quoted) and all(
        number(part.split()[0]) in numbers for part, numbers in zip(parts, printed, strict=True)
    )


def number(word: str) -> str:
    """A number in figures: `1,200` and `twelve` alike."""
    words = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    bare = word.replace(",", "").casefold()
    return str(words.split().index(bare)) if bare in words.split() else bare


def _within(text: str, quote: str) -> bool:
    """Whether a text is its source but for a first letter made a capital and a full stop set."""
    return bool(text) and text[1:].rstrip(".") in quote and text[:1].casefold() in quote.casefold()


def known_ids(run: StoryRun) -> Iterator[tuple[bool, str]]:
    """2: every article id in the text exists and is live."""
    for record in run.events:
        ids = {article["article_id"] for article in record["articles"]}
        for where, article_id in cited(record) if ids else ():
            yield article_id in ids, f"{record['story_id']} v{record['version']}{where}: {article_id}"


def consistent(run: StoryRun) -> Iterator[tuple[bool, str]]:
    """3: the contract and its counts, of every version and from each to the next."""
    before: dict[str, Json] = {}
    for record in run.events:
        errors = record_errors(record)
        if record["story_id"] in before:
            errors += step_errors(before[record["story_id"]], record)
        before[record["story_id"]] = record
        yield not errors, f"{record['story_id']} v{record['version']}: {errors[:3]}"


def whole_shares(run: StoryRun) -> Iterator[tuple[bool, str]]:
    """4: shares are those of the rated publishers and sum to 1."""
    for record in run.events:
        if not record["articles"]:
            continue
        bias = record["coverage"]["bias"]
        rated = bias["rated"]
        shares = {side: count / rated for side, count in bias["grouped"].items()} if rated else {}
        good = all(abs(bias["shares"].get(side, 0) - share) < 1e-4 for side, share in shares.items())
        if rated:
            good = good and abs(sum(bias["shares"].values()) - 1) < 1e-3
        yield good, f"{record['story_id']} v{record['version']}: {bias}"


def nothing_retracted(run: StoryRun) -> Iterator[tuple[bool, str]]:
    """5: from the position of a retraction on, until the article comes again, no record names it.

    What the change says of its leaving is not looked at; everything else is, to the last field.
    """
    for article_id, position in run.retracted:
        gone = split_id(position)
        back = min(
            (split_id(at) for at in run.arrivals.get(article_id, ()) if split_id(at) > gone), default=None
        )
        for record in run.events:
            at = split_id(record["provenance"]["input_position"])
            if at < gone or (back is not None and at >= back):
                continue
            rest = {name: value for name, value in record.items() if name != "change"}
            yield article_id not in str(rest), f"{record['story_id']} v{record['version']}: {article_id}"


def own_ratings(run: StoryRun, sides: Mapping[str, tuple[str, str]]) -> Iterator[tuple[bool, str]]:
    """6: shares and statement as computed from the set's own labels.

    `sides`: a set's article id to its host and label. One vote a publisher, as the contract knows it; of
    one with several hosts the first that the set rates speaks.
    """
    for record in live(run):
        publishers: dict[str, str | None] = {}
        for article in record["articles"]:
            _, label = sides[article["source_id"]]
            key = article["publisher"]["id"]
            publishers[key] = publishers.get(key) or SIDES.get(label)
        votes = Counter(side for side in publishers.values() if side)
        bias = record["coverage"]["bias"]
        good = (
            bias["rated"] == votes.total()
            and bias["unrated"] == len(publishers) - votes.total()
            and all(bias["grouped"][side] == votes[side] for side in ("left", "center", "right"))
            and all(abs(bias["shares"][side] - votes[side] / votes.total()) < 1e-4 for side in bias["shares"])
            and _stated(bias["statement"], votes, len(publishers))
        )
        yield good, f"{record['story_id']}: {bias}, but {dict(votes)} of {len(publishers)}"


def _stated(statement: str, votes: Counter[str], hosts: int) -> bool:
    """Whether the statement names every largest side with its share, or that nobody is rated."""
    if not votes:
        return f"{hosts} of {hosts}" in statement
    top = max(votes.values())
    percent = f"{100 * top / votes.total():.0f}%"
    largest = {side.title() for side, count in votes.items() if count == top}
    others = {"Left", "Center", "Right"} - largest
    main = statement.split(".", maxsplit=1)[0]
    return (
        main.startswith(f"{percent} of the sources are")
        and all(side in main for side in largest)
        and not any(f"{percent} {side}" in main for side in others)
    )
