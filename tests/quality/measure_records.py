"""Measure the words of records on labelled stories; print a table, and the records to read.

    python -m tests.quality.measure_records DATA.jsonl.gz [--print N] [--only WORD] [--min 3] [--speed]

DATA has one article a line: title, text, url, source, published_at, language, story, story_title,
fields absent where unknown. Articles of one story make one draft; near copies are found by containment
of three-word shingles. Measures, by story: share of the content words of the label's own title
found in headline + summary (`head`) and in all the record's text (`all`); the largest share of
words that two key points have in common (`redundancy`); publishers per key point.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dateline.articles import Article, Publisher
from dateline.changes import Membership
from dateline.stories import Provenance, StoryRecord
from services.publish.drafts import Draft, Member
from services.publish.ratings import Ratings, empty_ratings, load_rows
from services.publish.record import compose

NOMINAL = datetime(2025, 8, 25, 6, tzinfo=UTC)
# Words count as the same by their first letters (suspends, suspension); 0 compares whole words.
STEM = 5
TEXT_CAP = 20_000
STOP = frozenset(
    "a an and are as at be been by could for from has have he her his in into is it its of on or over says "
    "said say she that the their them they this to was we were will with would after amid no not new us up "
    "out off".split()
)
SLANTS = {"Far Left": "far_left", "Left": "left", "Lean Left": "lean_left", "Center": "center",
          "Lean Right": "lean_right", "Right": "right", "Far Right": "far_right"}  # fmt: skip


def stories(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The articles of a file by label."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("story"):
                found[row["story"]].append(row)
    return dict(found)


def article(row: dict[str, Any], index: int, nominal: datetime) -> Article:
    """A labelled row as ingest would pass it on; undated ones arrive a minute apart from a nominal time."""
    given = row.get("published_at")
    arrived = nominal + timedelta(minutes=index)
    published = datetime.fromisoformat(given) if given else arrived
    if published.tzinfo is None:
        published = published.replace(tzinfo=UTC)
    source = row.get("source") or row.get("outlet")
    return Article(
        article_id=f"a-{row['id']}",
        url=row.get("url"),
        title=row["title"],
        text=(row.get("text") or "")[:TEXT_CAP],
        published_at=published,
        published_at_source="given" if given else "received",
        received_at=max(arrived, published),
        language=(row.get("language") or "en")
        if row.get("language") not in ("pcm", "an", "vec", "no")
        else "en",
        publisher=Publisher(id=source, domain=source, name=row.get("outlet")),
    )


def shingles(text: str) -> set[str]:
    """Three-word shingles of a body."""
    found = re.findall(r"\w+", text.casefold())
    return {" ".join(found[i : i + 3]) for i in range(len(found) - 2)}


def draft(story_id: str, rows: list[dict[str, Any]]) -> Draft:
    """A story of all articles of a label, near copies linked to the first of their kind."""
    members: dict[str, Member] = {}
    bodies: list[tuple[str, set[str]]] = []
    given = [datetime.fromisoformat(row["published_at"]) for row in rows if row.get("published_at")]
    nominal = max((moment.replace(tzinfo=UTC) for moment in given), default=NOMINAL)
    for index, row in enumerate(rows):
        one, copy_of = article(row, index, nominal), None
        body = shingles(one.text)
        if len(body) > 30:
            copy_of = next((o for o, s in bodies if len(body & s) >= 0.6 * min(len(body), len(s))), None)
            if copy_of is None:
                bodies.append((one.article_id, body))
        members[one.article_id] = Member(
            article=one, membership=Membership(score=0.5, threshold=0.3), near_copy_of=copy_of
        )
    last = max(member.article.received_at for member in members.values())
    return Draft(story_id=story_id, members=members, created_at=nominal, updated_at=last, position="1-0")


def slants(rows: list[dict[str, Any]]) -> Ratings:
    """Ratings from the rows' own labels, for looking at the coverage block."""
    seen = {
        row["source"]: SLANTS[row["bias"]] for row in rows if row.get("bias") in SLANTS and row.get("source")
    }
    return (
        load_rows({"domain": host, "bias": bias} for host, bias in seen.items()) if seen else empty_ratings()
    )


def record(one: Draft, ratings: Ratings) -> StoryRecord:
    """The first version of a draft's record."""
    provenance = Provenance(pipeline_version="measure", config_hash="-", input_position="1-0")
    return compose(
        one, ratings=ratings, previous=None, published=lambda _: True, version=1, provenance=provenance
    )


def content(text: str) -> set[str]:
    """Content words by their stem."""
    found = (re.sub(r"['’]s$", "", word) for word in re.findall(r"[\w’']+", text.casefold()))
    return {word[:STEM] if STEM else word.rstrip("s") for word in found if word not in STOP and len(word) > 1}


def found_share(gold: set[str], text: str) -> float:
    """Share of the gold words found in a text."""
    return len(gold & content(text)) / len(gold) if gold else 1.0


def redundancy(points: list[str]) -> float:
    """The largest share of words, by the shorter, that two points have in common."""
    bags = [content(point) for point in points]
    pairs = [(a, b) for i, a in enumerate(bags) for b in bags[:i] if a and b]
    return max((len(a & b) / min(len(a), len(b)) for a, b in pairs), default=0.0)


def check_spans(one: Draft, rec: StoryRecord) -> None:
    """Every quoted span is verbatim.

    Raises:
        AssertionError: one is not.
    """
    spans = [s for p in rec.key_points for s in p.spans] + [q.span for q in rec.quotes if q.span]
    for span in spans:
        text = getattr(one.members[span.article_id].article, span.field)
        assert text[span.start : span.end] == span.quote, span


def show(rec: StoryRecord, gold: str) -> Iterator[str]:
    """A record as a reader sees it."""
    numbers = f"{rec.article_count} articles, {rec.unique_article_count} unique"
    yield f"\n=== {numbers}, {rec.independent_source_count} independent | {gold}"
    yield f"H: {rec.headline.text if rec.headline else None}"
    yield f"S: {rec.summary.text if rec.summary else None}"
    for point in rec.key_points:
        yield f" - [{point.publisher_count}] {point.text}"
    for quote in rec.quotes:
        yield f" q {quote.speaker}: {quote.text[:110]}"
    topics = [(topic.label[:14], topic.score) for topic in rec.topics]
    yield f"   {topics} {[(place.name, place.role[:3]) for place in rec.places]}"
    yield f"   {[(one.type[:3], one.name, one.article_count) for one in rec.entities[:12]]}"
    covered = f"{rec.coverage.bias.statement} | blindspot {rec.coverage.blindspot.side}"
    yield f"   {covered} | {rec.event_date} | {rec.importance.score}"


def mean(values: list[float]) -> float:
    """The mean, 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--print", type=int, default=0, dest="shown")
    parser.add_argument("--only", default="")
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--min", type=int, default=1)
    parser.add_argument("--limit", type=int, default=10_000)
    parser.add_argument("--speed", action="store_true")
    options = parser.parse_args()
    table: dict[str, list[float]] = defaultdict(list)
    drafts = []
    for number, (label, rows) in enumerate(list(stories(options.data).items())[: options.limit]):
        gold = rows[0].get("story_title") or ""
        if len(rows) < options.min or options.only.casefold() not in f"{gold} {rows[0]['title']}".casefold():
            continue
        one = draft(label, rows)
        drafts.append(one)
        rec = record(one, slants(rows))
        check_spans(one, rec)
        tally(table, rec, content(gold))
        if options.skip <= number < options.skip + options.shown:
            print("\n".join(show(rec, gold)))
    print()
    for name, values in table.items():
        print(f"{name:24} {mean(values):.3f}   ({len(values)} stories)")
    if options.speed:
        speed(drafts)


def tally(table: dict[str, list[float]], rec: StoryRecord, gold: set[str]) -> None:
    """Add one record's measures."""
    head = f"{rec.headline.text if rec.headline else ''} {rec.summary.text if rec.summary else ''}"
    points = [point.text for point in rec.key_points]
    if gold:
        table["head"].append(found_share(gold, head))
        table["all"].append(found_share(gold, " ".join([head, *points])))
    table["summary"].append(float(rec.summary is not None))
    table["place"].append(float(bool(rec.summary and rec.summary.dateline.place)))
    table["key points"].append(len(points))
    if len(points) > 1:
        table["redundancy"].append(redundancy(points))
    if rec.article_count >= 10 and points:
        table["publishers per point"].append(mean([float(p.publisher_count) for p in rec.key_points]))
        table["points, >= 10 articles"].append(len(points))


def speed(drafts: list[Draft], size: int = 20, rounds: int = 3) -> None:
    """Records per second of CPU for stories cut to `size` articles, their articles read before."""
    cut = [
        d.model_copy(update={"members": dict(list(d.members.items())[:size])})
        for d in drafts
        if len(d.members) >= size
    ]
    for one in cut:
        record(one, empty_ratings())
    started, done = time.process_time(), 0
    while done < 300 * rounds and cut:
        for one in cut:
            record(one, empty_ratings())
            done += 1
    rate = done / (time.process_time() - started)
    print(f"{rate:.0f} records per CPU second of {size} articles, {len(cut)} stories")


if __name__ == "__main__":
    main()
