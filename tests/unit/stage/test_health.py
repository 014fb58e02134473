"""Health tells the truth: one loop that stands still, or a fault that lasts, is a service that is stuck."""

from __future__ import annotations

import time

from dateline.stage.health import Health


def test_a_service_whose_loops_turn_is_alive() -> None:
    health = Health("ingest", stuck_after=10.0)
    for stream in ("articles.raw", "articles.control"):
        health.loop(stream).turn()
    assert health.alive()


def test_one_loop_that_stands_still_is_not_covered_up_by_another() -> None:
    health = Health("ingest", stuck_after=10.0)
    still, busy = health.loop("articles.raw"), health.loop("articles.control")
    later = time.monotonic() + 11
    busy.last_turn = later
    assert not health.alive(later)
    still.last_turn = later
    assert health.alive(later)


def test_a_fault_is_forgiven_while_it_is_short_and_forgotten_when_it_is_over() -> None:
    health = Health("cluster", stuck_after=10.0)
    loop = health.loop("articles:{all}")
    loop.failed("WRONGTYPE")
    began = loop.fault_since or 0.0
    assert health.alive(began + 9)
    loop.last_turn = began + 11  # it turns, and turns, and gets nothing done
    assert not health.alive(began + 11)
    loop.failed("WRONGTYPE")
    assert loop.fault_since == began, "the same fault still"
    loop.batch()
    assert health.alive()
    assert loop.report(time.monotonic())["fault"] is None


def test_a_service_that_has_stopped_is_not_alive() -> None:
    health = Health("publish")
    health.loop("stories:{all}").turn()
    health.stopped = True
    assert not health.alive()


def test_the_report_names_each_loop_its_role_and_its_fault() -> None:
    health = Health("publish")
    loop = health.loop("stories:{all}")
    loop.role = "writer"
    loop.failed("OSError: the wire is cut")
    report = health.report()
    assert (report["stage"], report["alive"]) == ("publish", True)
    loops = report["loops"]
    assert isinstance(loops, dict)
    assert loops["stories:{all}"]["role"] == "writer"
    assert loops["stories:{all}"]["fault"] == "OSError: the wire is cut"
    assert loops["stories:{all}"]["seconds_since_batch"] is None


def test_ready_means_that_every_loop_works_or_could_at_once() -> None:
    health = Health("cluster")
    one, other = health.loop("articles:{a}"), health.loop("articles:{b}")
    assert not health.ready(), "starting"
    one.role, other.role = "writer", "standby"
    assert health.ready()
    for role in ("loading", "paused: memory"):
        one.role = role
        assert health.alive()
        assert not health.ready()
    one.role = "writer"
    one.failed("the wire is cut")
    assert health.alive()
    assert not health.ready()
