"""status: each thing that can be stuck is named with its remedy and exit code 1, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from dateline.cli.holdings import STATE, held_bytes
from dateline.embedded import Services
from dateline.stage.dead_letters import Failure, dead_letter
from dateline.stage.entries import Entry
from dateline.streams import INGEST_GROUP, Names
from tests.integration.cli.conftest import Newsroom, Run, settled
from tests.integration.test_up import wait_for

EXHAUSTED = "18446744073709551615-18446744073709551615"


def test_a_newsroom_that_is_well(newsroom: Newsroom, typed: Run) -> None:
    done = typed("status", url=newsroom.url)
    told = json.loads(typed("status", "--json", url=newsroom.url).stdout)

    assert done.exit_code == 0, done.output
    assert "Nothing is stuck." in done.stdout
    assert [(one["stage"], one["lag"], bool(one["worker"])) for one in told["stages"]] == [
        ("ingest", 0, True),
        ("ingest", 0, True),
        ("cluster", 0, True),
        ("publish", 0, True),
    ]
    assert told["stages"][0]["dead"] >= 50
    assert [one["lease_seconds"] is not None for one in told["stages"]] == [False, False, True, True]
    for one in told["stages"]:
        assert one["memory_share"] == round(one["memory_bytes"] / told["memory"]["ceiling"], 4)
    assert (told["stuck"], told["faults"]) == (False, [])
    narrow = typed("status", url=newsroom.url, width=80)
    assert max(len(line.rstrip()) for line in narrow.stdout.splitlines()[:5]) <= 80


def test_what_the_server_keeps_for_a_stage_is_counted_by_stage(newsroom: Newsroom, server: Redis) -> None:
    kept = {key.decode() for stage in STATE for key in server.scan_iter(f"{stage}:{{all}}:*")}
    counted = {f"{stage}:{{all}}:{what}" for stage, keys in STATE.items() for what in keys}
    assert kept <= counted | {"cluster:{all}:lease", "publish:{all}:lease"}

    names = Names()
    of_cluster = held_bytes(server, names, "cluster", "all", names.articles("all"))
    assert of_cluster > server.memory_usage("cluster:{all}:articles") > 10_000
    assert held_bytes(server, names, "ingest", "–", names.raw) > server.memory_usage("articles.raw")


def test_what_a_worker_holds_is_lag_and_has_an_age(typed: Run, empty_server: str) -> None:
    with Redis.from_url(empty_server) as server:
        server.xgroup_create("articles.raw", INGEST_GROUP, id="0", mkstream=True)
        server.xadd("articles.raw", {"title": "x"}, id="1000-0")
        server.xreadgroup(INGEST_GROUP, "worker", {"articles.raw": ">"})

    ingest = json.loads(typed("status", "--json", url=empty_server).stdout)["stages"][0]

    assert (ingest["lag"], ingest["pending"]) == (1, 1)
    assert ingest["oldest_seconds"] > 1e9


def unread(server: Redis) -> None:
    server.xadd("articles.raw", {"title": "x"})


def behind(server: Redis) -> None:
    server.xadd("articles:{all}", {"kind": "tick"})


def unsent(server: Redis) -> None:
    server.hset("publish:{all}:outbox", "1", "x")


def set_back(server: Redis) -> None:
    server.hset("cluster:{all}:ledger", "position", "9-0")


def foreign(server: Redis) -> None:
    server.set("stories.published", "x")


def full(server: Redis) -> None:
    server.set("filler", "x" * 2_000_000)
    server.config_set("maxmemory", "3mb")


def far_ahead(server: Redis) -> None:
    server.xadd("articles.raw", {"title": "x"}, id="99999999999999-0")
    server.xgroup_create("articles.raw", INGEST_GROUP, id="$")


def exhausted(server: Redis) -> None:
    server.xadd("articles.raw", {"title": "x"}, id=EXHAUSTED)
    server.xgroup_create("articles.raw", INGEST_GROUP, id="$")


def exhausted_published(server: Redis) -> None:
    server.xadd("stories.published", {"id": "x"}, id=EXHAUSTED)


def exhausted_inner(server: Redis) -> None:
    server.xadd("articles:{all}", {"kind": "tick"}, id=EXHAUSTED)


def stopped(server: Redis) -> None:
    ledger = {"budget": "." * 3 + "x" * 10, "budget_latest": "7-0", "budget_said": "KeyError: 'x'"}
    server.hset("cluster:{all}:ledger", mapping=ledger)


def trimmed_inner(server: Redis) -> None:
    server.hset("publish:{all}:ledger", mapping={"deleted": "5", "deleted_told": "4"})


def deleted(server: Redis) -> None:
    server.xgroup_create("articles.raw", INGEST_GROUP, id="0", mkstream=True)
    for number in range(5):
        server.xadd("articles.raw", {"title": str(number)}, maxlen=2, approximate=False)


def dying(server: Redis) -> None:
    for number in range(12):
        entry = Entry(f"{number + 1}-0", {b"title": b"x"})
        failure = Failure("unexpected_error", "KeyError: 'x'", 5)
        letter = dead_letter(entry, failure, stream="articles.raw", stage="ingest", now_ms=0)
        server.xadd("{articles.raw}.dead", letter)  # type: ignore[arg-type]  # bytes are right


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (unread, "1 entry behind on articles.raw and nobody works; start 'python -m services.ingest'"),
        (behind, "1 entry behind on shard all and nobody works; start 'python -m services.cluster'"),
        (unsent, "1 event to be published and nobody does; start 'python -m services.publish'"),
        (set_back, "rebuild in another namespace with 'dateline replay'"),
        (foreign, "stories.published is a string, not a stream"),
        (full, "memory is above 80% of the ceiling: ingest pauses; raise maxmemory"),
        (far_ahead, "h ahead of the clock"),
        (exhausted, "articles.raw has used up its ids: XADD is refused"),
        (deleted, "3 entries of articles.raw were deleted before ingest read them; send them again"),
        (exhausted_published, "redis-cli DEL stories.published '{stories.published}.sources'"),
        (
            exhausted_inner,
            "articles:{all} has used up its ids: XADD is refused. The stages' positions are in",
        ),
        (
            stopped,
            "articles:{all}: 10 of the last 13 entries failed unexpectedly, the last (7-0) with KeyError",
        ),
        (trimmed_inner, "1 entry of stories:{all} was deleted before publish read them; what they said is"),
        (dying, "dead letters pile up in ingest (12 unexpected_error within 15 min)"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_stuck_is_named(
    harm: Callable[[Redis], None], said: str, empty_server: str, typed: Run
) -> None:
    with Redis.from_url(empty_server) as server:
        harm(server)
    done = typed("status", url=empty_server)
    told = json.loads(typed("status", "--json", url=empty_server).stdout)

    assert done.exit_code == 1, done.output
    assert any(line.startswith("Stuck: ") and said in line for line in done.stdout.splitlines()), done.stdout
    assert told["stuck"] is True
    assert any(said in fault for fault in told["faults"])


def test_a_server_that_holds_nothing_is_not_stuck(empty_server: str, typed: Run) -> None:
    done = typed("status", "--namespace", "eu", url=empty_server)

    assert done.exit_code == 0
    assert "namespace 'eu' holds nothing on this server; is --namespace right" in done.stdout


def test_the_remedy_for_used_up_ids_works(empty_server: str, typed: Run, tmp_path: Path) -> None:
    """As status says: readers catch up, the stream is deleted, senders go on, nothing is forgotten."""
    services = Services({"DATELINE_REDIS_URL": empty_server, "DATELINE_TRIM_SECONDS": "0.2"}, tmp_path)
    with Redis.from_url(empty_server, decode_responses=True) as server:
        try:
            for name in ("ingest", "cluster", "publish"):
                services.start(name)
            article = {"title": "Canal reopens", "url": "https://a.example/canal"}
            server.xadd("articles.raw", article, id=EXHAUSTED)
            settled(empty_server)
            assert typed("status", url=empty_server).exit_code == 1
            server.delete("articles.raw")
            again = str(server.xadd("articles.raw", article))

            def outcome() -> str:
                found = [f for _, f in server.xrange("{articles.raw}.outcomes") if f["entry_id"] == again]
                return found[0]["outcome"] if found else ""

            wait_for(outcome, "the outcome")
            assert outcome() == "duplicate"
            settled(empty_server)
            status = typed("status", url=empty_server)
            assert status.exit_code == 0, status.output
        finally:
            services.stop()
