"""What becomes of messages about one article, in and out of order, as `tests/vectors/revisions.json` says."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import pytest

from services.ingest.clean import Cleaned, clean
from services.ingest.store import Arrival, Store, accept, server_time
from tests.unit.ingest.wire import NO_OUTLETS, as_json, named, vectors

ROWS = vectors("revisions")


async def applied(store: Store, *messages: tuple[int, dict[str, Any]]) -> list[str]:
    """The outcomes of messages, each applied alone, in this order; (number of the raw entry, message)."""
    outcomes = []
    for number, message in messages:
        now = await server_time(store)
        found = clean(as_json(message), arrived=now, registry=NO_OUTLETS)
        assert isinstance(found, Cleaned), found
        ((outcome, _),) = await accept(store, "all", [Arrival(f"{number}-0", now, found)])
        outcomes.append(outcome)
    return outcomes


async def logged(store: Store) -> list[dict[str, Any]]:
    """The articles and retractions in the shard's log."""
    entries = await store.redis.xrange(store.names.articles("all"))
    return [{"kind": fields[b"kind"].decode(), **json.loads(fields[b"data"])} for _, fields in entries]


@pytest.fixture
def store(redis, make_settings) -> Store:
    settings = make_settings()
    return Store(redis, settings, settings.names)


@pytest.mark.parametrize("row", ROWS, ids=named(ROWS))
async def test_the_vectors_and_again_after_a_redelivery(store: Store, row: dict[str, Any]):
    messages = [(step["entry"], step["message"]) for step in row["steps"]]
    wanted = [step["outcome"] for step in row["steps"]]
    assert await applied(store, *messages) == wanted
    before = await logged(store)
    assert await applied(store, *messages) == wanted
    assert await logged(store) == before


async def test_the_newest_revision_wins_in_whatever_order_workers_apply_them(store: Store):
    for case, order in enumerate(itertools.islice(itertools.permutations(range(1, 6)), 0, 120, 7)):
        url = f"https://coastalpost.example/{case}"
        messages = {number: {"title": f"Ferry, report {number}", "url": url} for number in order}
        await applied(store, *((case * 10 + number, messages[number]) for number in order))
        last = (await logged(store))[-1]
        assert last["canonical_url"] == url and last["title"] == "Ferry, report 5", order


async def test_updated_at_wins_over_entry_ids_in_whatever_order(store: Store):
    source = random.Random(7)
    for case in range(20):
        url = f"https://coastalpost.example/{case}"
        hours = source.sample(range(24), 5)
        messages = [
            (
                case * 10 + number,
                {"title": f"At {hour}", "url": url, "updated_at": f"2025-07-18T{hour:02}:00:00Z"},
            )
            for number, hour in enumerate(hours)
        ]
        source.shuffle(messages)
        await applied(store, *messages)
        mine = [one for one in await logged(store) if one["canonical_url"] == url]
        assert mine[-1]["title"] == f"At {max(hours)}"


async def test_what_is_retracted_for_good_stays_out_in_whatever_order(store: Store):
    steps = [
        (1, {"title": "Ferry sinks"}),
        (2, {"title": "Ferry sinks, 12 dead"}),
        (3, {"status": "canceled"}),
    ]
    for case, order in enumerate(itertools.permutations(steps)):
        url = f"https://coastalpost.example/{case}"
        await applied(store, *((case * 10 + number, {**message, "url": url}) for number, message in order))
        assert (await logged(store))[-1]["kind"] == "retraction", order
