"""A good history, and what is wrong with a bad one: a change to it for every kind of breach."""

from __future__ import annotations

from dataclasses import replace

from tests.chaos.history import History, Outcome, Removed, Sent, Version

SOURCE = "/dateline/default/all"


def version(number: int, story: str, sequence: int, articles: str, **fields) -> Version:
    """An event of `story` that lists the articles of a string, a letter each."""
    built = Version(
        entry_id=f"{sequence}-0",
        source=SOURCE,
        sequence=sequence,
        epoch=1,
        event_id=f"{story}:{number}",
        kind="created" if number == 1 else "updated",
        story=story,
        version=number,
        previous=number - 1 or None,
        status="developing",
        articles=frozenset(articles),
        added=frozenset(articles) if number == 1 else frozenset(),
        removed=(),
    )
    return replace(built, **fields)


def good() -> History:
    """Three articles, a duplicate, garbage, a retraction; B merged into A, C split from A and withdrawn."""
    sent = [
        Sent("1-0", "one", "usable"),
        Sent("2-0", "two", "usable"),
        Sent("3-0", "two", "usable"),
        Sent("4-0", "garbage", "garbage"),
        Sent("5-0", "three", "usable"),
        Sent("6-0", "three", "canceled"),
    ]
    said = ["accepted a", "accepted b", "duplicate b", "rejected ", "accepted c", "retracted c"]
    outcomes = [Outcome(f"{n}-0", *text.split(" ")) for n, text in enumerate(said, 1)]
    events = [
        version(1, "A", 1, "a"),
        version(1, "B", 2, "b"),
        version(2, "A", 3, "ab", added=frozenset("b"), merged_from=(("B", False),)),
        version(2, "B", 4, "", status="merged", merged_into="A", removed=(Removed("b", "A"),)),
        version(3, "A", 5, "abc", added=frozenset("c"), merged_from=(("B", False),)),
        version(
            4,
            "A",
            6,
            "ab",
            removed=(Removed("c", "C"),),
            merged_from=(("B", False),),
            split_into=(("C", False),),
        ),
        version(1, "C", 7, "c", split_from=("A", False)),
        version(2, "C", 8, "", status="withdrawn", removed=(Removed("c", None),), split_from=("A", False)),
    ]
    latest = {event.story: event for event in events}
    return History(sent, outcomes, ["4-0"], [], events, {"A": 6}, dict(latest))


def with_event(history: History, at: int, **fields) -> None:
    """Change an event, and story:<id> with it where it is the last."""
    old = history.events[at]
    new = history.events[at] = replace(old, **fields)
    if history.latest.get(old.story) == old:
        history.latest[old.story] = new


def outcome_gone(history):
    del history.outcomes[0]


def outcome_twice(history):
    history.outcomes.append(history.outcomes[0])


def outcome_of_nobody(history):
    history.outcomes.append(Outcome("99-0", "accepted", "z"))


def outcome_unknown(history):
    history.outcomes[2] = replace(history.outcomes[2], outcome="fine")


def garbage_accepted(history):
    history.outcomes[3] = replace(history.outcomes[3], outcome="accepted", article_id="d")


def valid_rejected(history):
    history.outcomes[2] = replace(history.outcomes[2], outcome="rejected")


def letter_gone(history):
    history.letters.clear()


def letter_twice(history):
    history.letters.append("4-0")


def letter_beside_outcome(history):
    history.letters.append("1-0")


def letter_behind_ingest(history):
    history.later_letters.append("articles:{all} 1-0 unexpected_error")


def article_nowhere(history):
    with_event(history, 5, articles=frozenset("a"))


def article_in_two_stories(history):
    history.latest["C"] = replace(history.latest["C"], status="developing", articles=frozenset("a"))


def article_after_retraction(history):
    history.latest["A"] = replace(history.latest["A"], articles=frozenset("abc"))


def article_of_nobody(history):
    history.latest["A"] = replace(history.latest["A"], articles=frozenset("abz"))


def accepted_twice(history):
    history.outcomes[2] = replace(history.outcomes[2], outcome="accepted")


def never_accepted(history):
    history.outcomes[0] = replace(history.outcomes[0], outcome="duplicate")


def two_identities(history):
    history.outcomes[2] = replace(history.outcomes[2], article_id="z")


def shared_identity(history):
    history.outcomes[1] = replace(history.outcomes[1], article_id="a")


def event_gone(history):
    del history.events[2]


def first_event_gone(history):
    del history.events[0]


def event_twice(history):
    history.events.insert(3, history.events[2])


def events_swapped(history):
    history.events[0], history.events[1] = history.events[1], history.events[0]


def epoch_falls(history):
    with_event(history, 0, epoch=2)


def sequence_jumps(history):
    with_event(history, 7, sequence=9)


def version_jumps(history):
    with_event(history, 7, version=3, event_id="C:3")


def wrong_event_id(history):
    with_event(history, 7, event_id="C:7")


def wrong_previous(history):
    with_event(history, 5, previous=1)


def added_untold(history):
    with_event(history, 2, added=frozenset())


def removed_untold(history):
    with_event(history, 5, removed=())


def goes_on_after_the_end(history):
    history.events.append(version(3, "C", 9, "c", added=frozenset("c")))


def opens_again(history):
    with_event(history, 4, status="closed")


def record_contradicts_itself(history):
    with_event(history, 4, faults=("article_count 3, lists 2",))


def latest_missing(history):
    history.latest["B"] = None


def latest_old(history):
    history.latest["A"] = history.events[4]


def latest_differs(history):
    history.latest["A"] = replace(history.latest["A"], status="settled")


def index_missing(history):
    history.index.clear()


def index_keeps_dead(history):
    history.index["B"] = 4


def index_old(history):
    history.index["A"] = 5


def tombstone_elsewhere(history):
    with_event(history, 3, merged_into="C")


def winner_silent(history):
    for at in (2, 4, 5):
        with_event(history, at, merged_from=())


def merged_called_unpublished(history):
    with_event(history, 5, merged_from=(("B", True),))


def merged_lives_on(history):
    with_event(history, 3, status="developing", merged_into=None, articles=frozenset("b"), removed=())


def part_unnamed(history):
    with_event(history, 5, split_into=())


def part_missing(history):
    with_event(history, 5, split_into=(("C", False), ("D", False)))


def part_names_another(history):
    with_event(history, 6, split_from=("B", False))


def move_into_nothing(history):
    with_event(history, 5, removed=(Removed("c", "B"),))


def merged_leads_nowhere(history):
    with_event(history, 3, merged_into="Z")


def merged_in_a_circle(history):
    history.latest["B"] = replace(history.latest["B"], merged_into="B")


BREACHES = {
    "stuck": [outcome_gone],
    "doubled": [
        outcome_twice, letter_twice, letter_beside_outcome, article_in_two_stories, accepted_twice,
        event_twice,
    ],
    "lost": [
        letter_gone, letter_behind_ingest, article_nowhere, never_accepted, event_gone, first_event_gone,
        sequence_jumps, version_jumps, latest_missing,
    ],
    "wrong": [
        outcome_of_nobody, outcome_unknown, garbage_accepted, valid_rejected, article_after_retraction,
        article_of_nobody, two_identities, shared_identity, epoch_falls, wrong_event_id, wrong_previous,
        added_untold, removed_untold, goes_on_after_the_end, opens_again, record_contradicts_itself,
        latest_old, latest_differs, index_missing, index_keeps_dead, index_old, tombstone_elsewhere,
        winner_silent, merged_called_unpublished, merged_lives_on, part_unnamed, part_missing,
        part_names_another, move_into_nothing, merged_leads_nowhere, merged_in_a_circle,
    ],
}  # fmt: skip  # a table
