"""Point 7: the words of a site's own story title in our records, beside simpler records and the bound.

Once in our own stories, where a title whose articles we tell within a larger story is not found, and once
in records of the site's own stories, which shows the writing without the grouping.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from tests.quality import record_checks, record_measures
from tests.quality.record_measures import mean
from tests.quality.regrouped import regrouped
from tests.quality.story_run import StoryRun

HEAD, WHOLE = 0.78, 0.88
RECORD = "the record"
# Not a record that can be made: it knows the words that are looked for.
BOUND = "the best title and lead there are"
OURS, SITES = "our stories", "the site's stories"
SHOWN_TITLE = 52
Json = dict[str, Any]
# What, of which run, the figure, what it must be, whether it is.
Row = tuple[str, str, str, str, bool]


class Found(NamedTuple):
    """The parts of one title's words in headline with summary and in the whole text, by kind of record."""

    title: str
    articles: int
    other: bool
    within: bool
    shares: Mapping[str, tuple[float, float]]


def measure(run: StoryRun, rows: Sequence[Json], console: Console) -> Iterator[Row]:
    """The figures with what they must be; the tables behind them are printed."""
    by_story: dict[str, list[Json]] = defaultdict(list)
    for row in rows:
        by_story[row["story"]].append(row)
    labels = {row["id"]: row["story"] for row in rows}
    within = record_measures.told_within(record_checks.live(run), labels)
    console.print(
        f"{len(within)} of {len(by_story)} titles are of stories that ours tell within a larger one"
    )
    records = {
        OURS: record_measures.by_label(record_checks.live(run), labels),
        SITES: regrouped(run, rows),
    }
    found = {
        grouping: [_found(members, label in within, ours[label]) for label, members in by_story.items()]
        for grouping, ours in records.items()
    }
    console.print(_by_story(found[OURS], found[SITES]))
    console.print(_lost(found[OURS], found[SITES]))
    for grouping, titles in found.items():
        yield from _figures(f"{run.name}, {grouping}", titles, console)


def _found(members: Sequence[Json], within: bool, record: Json) -> Found:
    title = str(members[0].get("story_title") or "")
    gold = record_measures.content(title)
    shares = record_measures.baselines(members, gold, len(record["key_points"]))
    head, whole = record_measures.words_of(record)
    shares[RECORD] = record_measures.found_share(gold, head), record_measures.found_share(gold, whole)
    shares[BOUND] = record_measures.bound(members, gold)
    other = not record_measures.is_a_members(gold, members)
    return Found(title, len(members), other, within, shares)


def _by_story(ours: Sequence[Found], sites: Sequence[Found]) -> Table:
    """Every title: what is found in ours, in the site's, and what could be."""
    table = Table(
        "the site's title", "articles", "head: ours", "site's", "bound", "text: ours", "site's", "bound"
    )
    for own, site in zip(ours, sites, strict=True):
        mark = "within another" if own.within else "own wording" if own.other else ""
        shares = [
            one[at] for at in (0, 1) for one in (own.shares[RECORD], site.shares[RECORD], own.shares[BOUND])
        ]
        name = f"{own.title[:SHOWN_TITLE]}{f' [{mark}]' if mark else ''}".replace("[", "\\[")
        table.add_row(name, str(own.articles), *(f"{share:.2f}" for share in shares))
    return table


def _lost(ours: Sequence[Found], sites: Sequence[Found]) -> str:
    """What of all titles' words is not found in our records, by why."""
    lines = []
    for at, part in enumerate(("headline + summary", "text")):
        missing = 1 - mean(one.shares[RECORD][at] for one in ours)
        nowhere = 1 - mean(one.shares[BOUND][at] for one in ours)
        grouped = mean(s.shares[RECORD][at] - o.shares[RECORD][at] for o, s in zip(ours, sites, strict=True))
        lines.append(
            f"{part}: {missing:.3f} not found; {grouped:.3f} by grouping, {nowhere:.3f} that nothing has, "
            f"{missing - grouped - nowhere:.3f} by choice"
        )
    return "\n".join(lines)


def _figures(run: str, titles: Sequence[Found], console: Console) -> Iterator[Row]:
    """Means over all titles and over those of the site's own wording; the baselines must be beaten."""
    groups = {"all": titles, "other titles": [one for one in titles if one.other]}
    table = Table(
        f"words of the site's title found: {run}", "head, all", "head, other", "text, all", "text, other"
    )
    means: dict[str, list[float]] = {}
    for name in titles[0].shares:
        means[name] = [
            mean(one.shares[name][at] for one in group) for at in (0, 1) for group in groups.values()
        ]
        table.add_row(name, *(f"{figure:.3f}" for figure in means[name]))
    console.print(table)
    ours = means.pop(RECORD)
    means.pop(BOUND)
    parts = [
        (part, least, group)
        for part, least in (("headline + summary", HEAD), ("text", WHOLE))
        for group in groups
    ]
    for at, (part, least, group) in enumerate(parts):
        best = max(others[at] for others in means.values())
        good = ours[at] >= least and ours[at] > best
        yield f"7 {part}, {group}", run, f"{ours[at]:.3f}", f">= {least}, > {best:.3f}", good
