"""Control acts: what editors do to the stories seen so far, and loads of ratings in chunks."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Act = dict[str, str]
BIAS = ("left", "lean_left", "center", "lean_right", "right")
OUTLETS = Path(__file__).resolve().parents[2] / "seeds" / "outlets.csv"


def choose(rng: random.Random, live: Mapping[str, frozenset[str]], number: int) -> list[Act]:
    """One thing that an operator does: an editor's act, a load of ratings, or nonsense.

    Loads become rare: each makes a new version of every story, and many would be all that a long run does.
    """
    if rng.random() < (0.12 if number < 50 else 0.005):
        return ratings(rng, f"load-{number}")
    if rng.random() < 0.06:
        return [{"act": "move", "body": "{not json"}]
    stories = sorted(live)
    if len(stories) < 2:
        return []
    return [act(*editorial(rng, live, stories))]


def editorial(
    rng: random.Random, live: Mapping[str, frozenset[str]], stories: list[str]
) -> tuple[str, dict[str, Any]]:
    """move, merge, split, pin or block something that was alive when last seen."""
    one, other = rng.sample(stories, 2)
    article = rng.choice(sorted(live[one]))
    kind = rng.choice(("merge", "merge", "split", "move", "pin", "block", "note"))
    if kind == "merge":
        return kind, {"winner": min(one, other), "loser": max(one, other)}
    if kind == "move":
        return kind, {"article_id": article, "to_story_id": other}
    if kind == "split":
        largest = max(stories, key=lambda story: (len(live[story]), story))
        members = sorted(live[largest])
        return kind, {"story_id": largest, "groups": [members[::2], members[1::2]]}
    if kind == "block":
        return kind, {"article_id": article, "story_id": one}
    return kind, {"article_id": article} if kind == "pin" else {"story_id": one}


def ratings(rng: random.Random, load_id: str) -> list[Act]:
    """A load of three chunks."""
    domains = [line.split(",")[0] for line in OUTLETS.read_text().splitlines()[1:]]
    rows = [{"domain": domain, "bias": rng.choice(BIAS)} for domain in domains]
    chunks = [rows[at::3] for at in range(3)]
    head = {"load_id": load_id, "name": "Chaos", "version": load_id, "licence": "CC0-1.0", "chunks": 3}
    return [act("ratings", {**head, "chunk": at, "rows": chunk}) for at, chunk in enumerate(chunks)]


def act(name: str, body: Mapping[str, Any]) -> Act:
    return {"act": name, "body": json.dumps(body)}
