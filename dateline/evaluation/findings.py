"""What was wrong: stories torn apart and stories glued together, worst first, each with its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from dateline.changes import Membership
from dateline.evaluation.datasets import Labelled, Record
from dateline.evaluation.metrics import Partition, groups

TITLE_CHARACTERS = 140


@dataclass(frozen=True)
class Placed:
    """One article of a finding: where it belongs, where it was put, and why."""

    record_id: str
    title: str
    publisher: str
    published_at: str
    label: str | None  # None: unlabelled
    story: str
    why: Membership | None


@dataclass(frozen=True)
class Finding:
    """A true story that was torn apart, or a found one that holds several.

    `lost` is what it costs: the sum over its articles of 1 minus B-cubed recall (torn) or precision (glued).
    """

    name: str
    lost: float
    parts: tuple[
        tuple[str, tuple[Placed, ...]], ...
    ]  # largest first: the other side's group and its articles


def torn(labelled: Labelled, found: Partition, why: Mapping[str, Membership]) -> list[Finding]:
    """True stories whose articles lie in several found ones."""
    items = {item: label for item, label in labelled.truth.items() if item in found}
    return _findings(groups(items), found, _placed(labelled, found, why))


def glued(labelled: Labelled, found: Partition, why: Mapping[str, Membership]) -> list[Finding]:
    """Found stories that hold articles of several true ones (unlabelled articles count as neither)."""
    known = {item: story for item, story in found.items() if item in labelled.truth}
    return _findings(groups(known), labelled.truth, _placed(labelled, found, why))


def _findings(
    whole: Mapping[object, list[str]], other: Partition, placed: Mapping[str, Placed]
) -> list[Finding]:
    result = []
    for name, items in whole.items():
        sizes = Counter(str(other[item]) for item in items)
        if len(sizes) < 2:
            continue
        lost = sum(count * (1 - count / len(items)) for count in sizes.values())
        parts = [
            (part, tuple(placed[item] for item in items if str(other[item]) == part))
            for part, _ in sorted(sizes.items(), key=lambda each: (-each[1], each[0]))
        ]
        result.append(Finding(str(name), round(lost, 3), tuple(parts)))
    return sorted(result, key=lambda finding: (-finding.lost, finding.name))


def _placed(labelled: Labelled, found: Partition, why: Mapping[str, Membership]) -> dict[str, Placed]:
    records: dict[str, Record] = {str(record["id"]): record for record in labelled.records}
    return {
        item: Placed(
            item,
            str(records[item]["title"])[:TITLE_CHARACTERS],
            str(records[item].get("publisher") or ""),
            str(records[item].get("published_at") or "")[:16],
            labelled.truth.get(item),
            str(story),
            why.get(item),
        )
        for item, story in found.items()
    }
