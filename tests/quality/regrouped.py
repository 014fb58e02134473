"""Records of stories as a labelled set groups them: the writing by itself, whatever our own grouping was."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from dateline.changes import StoryChange
from dateline.outlets.importing import read_file
from dateline.stories import Provenance
from services.publish.drafts import Draft, Member, fold_change, new_draft
from services.publish.ratings import load_rows
from services.publish.record import compose
from tests.quality.story_run import StoryRun

Json = dict[str, Any]


def set_ratings(rows: Sequence[Json]) -> list[Json]:
    """The set's own bias labels as a file of ratings gives them, "unknown" among them."""
    bias = {row["source"]: row["bias"] for row in rows if row.get("bias")}
    lines = "".join(f"{host},{label}\n" for host, label in sorted(bias.items()))
    return read_file(f"domain,bias\n{lines}".encode(), "the set").rows


def regrouped(run: StoryRun, rows: Sequence[Json]) -> dict[str, Json]:
    """The record of each label, of the articles of a run as they came to be published last."""
    labels = {row["id"]: row["story"] for row in rows}
    drafts = _drafts(run)
    groups: dict[str, dict[str, Member]] = defaultdict(dict)
    for draft in drafts:
        for article_id, member in draft.members.items():
            label = labels.get(member.article.source_id or "")
            if label:
                groups[label][article_id] = member
    ratings = load_rows(set_ratings(rows), name="The set's own labels")
    provenance = Provenance(pipeline_version="1", config_hash="regrouped", input_position="0-0")
    return {
        label: json.loads(
            compose(
                drafts[0].model_copy(update={"story_id": f"s-{label}", "members": members}),
                ratings=ratings,
                previous=None,
                published=lambda _: False,
                version=1,
                provenance=provenance,
            ).model_dump_json()
        )
        for label, members in groups.items()
    }


def _drafts(run: StoryRun) -> list[Draft]:
    drafts: dict[str, Draft] = {}
    held: dict[str, Member] = {}
    for change in map(StoryChange.model_validate_json, run.changes):
        draft = drafts.setdefault(change.story_id, new_draft(change))
        fold_change(draft, change, held)
        held |= draft.members
    return list(drafts.values())
