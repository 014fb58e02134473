"""Stories come when they are due, as if each was looked at every time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.publish.due import Due
from services.publish.versions import due_at

STORIES = st.sampled_from("abcde")
# A story changes, or time goes on so far and up to so many stories are published.
ACTS = st.lists(STORIES | st.tuples(st.integers(0, 9), st.integers(1, 3)), max_size=40)


@given(ACTS)
def test_as_if_all_were_looked_at(acts: list[str | tuple[int, int]]) -> None:
    queue, dirty, now = Due(), dict[str, tuple[float, float]](), 0.0

    def moment(story: str) -> float | None:
        return due_at(*dirty[story], 3.0) if story in dirty else None

    for act in acts:
        if isinstance(act, str):
            dirty[act] = (dirty.get(act, (now, now))[0], now)
            queue.note(act, moment(act) or 0.0)
            continue
        now += act[0]
        waiting = sorted((moment(story) or 0.0, story) for story in dirty)
        due = [story for when, story in waiting if when <= now][: act[1]]
        assert queue.take(now, act[1], moment) == due
        left = [when for when, story in waiting if story not in due]
        assert not left or (queue.next is not None and queue.next <= max(left[0], now))
        for story in due:
            del dirty[story]


def test_nothing_waits() -> None:
    queue = Due()
    queue.note("a", 1.0)
    assert queue.next == 1.0
    assert queue.take(2.0, 5, lambda _: None) == []
    assert queue.next is None
