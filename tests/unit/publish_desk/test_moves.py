"""What a commit writes of members that move, whatever falls into one batch."""

from __future__ import annotations

from datetime import UTC, datetime

from dateline.articles import Article
from dateline.changes import Joined, Left, Membership, StoryChange
from dateline.stage.commits import Commit
from dateline.streams import Names
from services.publish.desk import Desk
from services.publish.packing import keys_of, unpack_member
from services.publish.publishing import Rules, apply_change

NOON = datetime(2026, 7, 18, 12, tzinfo=UTC)
RULES = Rules(Names(), "all", 1, 0, "test")
OLD, NEW = Membership(score=0.5, threshold=0.14), Membership(score=0.4, threshold=0.2)


def article(name: str) -> Article:
    return Article(article_id=name, title=f"Sarn rises at {name}", published_at=NOON, received_at=NOON)


def change(story: str, **fields: object) -> StoryChange:
    return StoryChange.model_validate({"story_id": story, "position": "1-0", "logical_time": NOON, **fields})


def founded(story: str, name: str) -> StoryChange:
    joined = Joined(article_id=name, article=article(name), membership=OLD)
    return change(story, reasons=("created",), joined=(joined,))


def test_a_merge_in_one_batch_leaves_the_winners_member_behind() -> None:
    """The winner's change comes first: the loser's must not write back what the article was there."""
    desk = Desk()
    moved = Joined(article_id="b", membership=NEW, from_story_id="s-all-2-0-0")
    left = Left(article_id="b", reason="merged", to_story_id="s-all-1-0-0")
    for one in (
        founded("s-all-1-0-0", "a"),
        founded("s-all-2-0-0", "b"),
        change("s-all-1-0-0", reasons=("merged",), joined=(moved,), merged_from=("s-all-2-0-0",)),
        change("s-all-2-0-0", status="merged", left=(left,), merged_into="s-all-1-0-0"),
    ):
        apply_change(desk, RULES, one, 0.0)
    commit, keys = Commit("0-0"), keys_of(Names(), "all")

    desk.take(commit, keys)

    written = commit.hashes[keys.members]["b"]
    assert isinstance(written, bytes)
    member = unpack_member(written)
    assert (member.story_id, member.membership) == ("s-all-1-0-0", NEW)
