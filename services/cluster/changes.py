"""Building the changes that publish applies, in the order in which it must apply them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dateline.articles import from_ms
from dateline.changes import EditorNote, Joined, Left, Membership, Revised, ScoredStory, StoryChange
from services.cluster.state import State, displace, in_order, place, schedule, stir, touch, unindex
from services.cluster.story import Node, Story, cohesion


@dataclass
class Draft:
    """One story's change while it is put together."""

    reasons: tuple[str, ...]
    joined: list[Joined] = field(default_factory=list)
    revised: list[Revised] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    merged_into: str | None = None
    merged_from: tuple[str, ...] = ()
    split_from: str | None = None
    split_into: tuple[str, ...] = ()
    related: bool = False
    notes: tuple[EditorNote, ...] = ()


def change(state: State, story: Story, draft: Draft) -> StoryChange:
    """The finished change; a story without members is `withdrawn`, or `merged`."""
    status = story.status if story.members else "merged" if draft.merged_into else "withdrawn"
    reasons = draft.reasons
    if status == "withdrawn" and "withdrawn" not in reasons:
        reasons = (*reasons, "withdrawn")
    related = tuple(ScoredStory(story_id=other, score=score) for other, score in story.related)
    return StoryChange(
        story_id=story.story_id,
        position=state.position,
        logical_time=from_ms(state.clock),
        status=status,
        reasons=reasons,
        joined=tuple(draft.joined),
        revised=tuple(draft.revised),
        left=tuple(draft.left),
        merged_into=draft.merged_into,
        merged_from=draft.merged_from,
        split_from=draft.split_from,
        split_into=draft.split_into,
        cohesion=cohesion(story),
        related=related if draft.related else None,
        notes=draft.notes,
    )


def drop_story(state: State, story: Story) -> None:
    """Forget a story that has no members any more."""
    state.stories.pop(story.story_id, None)
    state.by_birth.pop(story.birth, None)
    touch(state, story)


def depart(state: State, node: Node, draft: Draft, reason: str) -> Story:
    """An article leaves its story and every index; its record keeps the revision only."""
    story = state.stories[node.story_id]
    displace(state, story, node)
    unindex(state, node)
    draft.left.append(Left(article_id=node.article_id, reason=reason))
    return story


def move_all(
    state: State,
    nodes: list[Node],
    source: Story,
    target: Story,
    reasons: tuple[Draft, Draft],
    evidence: Mapping[str, Membership] = {},
) -> None:
    """Move members from one story to another, noting it in both drafts (source's, target's)."""
    leaving, gaining = reasons
    for node in nodes:
        held = Membership(score=max(0.0, min(1.0, node.score)), threshold=0.0)
        member = evidence.get(node.article_id, held)
        displace(state, source, node)
        place(state, target, node)
        leaving.left.append(
            Left(article_id=node.article_id, reason=leaving.reasons[0], to_story_id=target.story_id)
        )
        gaining.joined.append(
            Joined(
                article_id=node.article_id,
                revision=node.revision,
                membership=member,
                from_story_id=source.story_id,
                near_copy_of=node.copy_of,
            )
        )
    in_order(state, target)


def merge(
    state: State,
    winner: Story,
    loser: Story,
    reasons: tuple[str, ...] = ("merged",),
    notes: tuple[EditorNote, ...] = (),
    *,
    evidence: Mapping[str, Membership] = {},
    at_rest: bool = False,
) -> list[StoryChange]:
    """Merge one story into another: the winner's change first, the loser's right behind.

    It makes the winner move again, unless both are `at_rest`.
    """
    gaining = Draft(reasons, merged_from=(loser.story_id,), notes=notes)
    leaving = Draft(reasons, merged_into=winner.story_id)
    nodes = [state.articles[each] for each in loser.members]
    move_all(state, nodes, loser, winner, (leaving, gaining), evidence)
    winner.disordered |= loser.disordered
    winner.apart = _apart(state, winner, loser)
    if at_rest:
        winner.changed = max(winner.changed, loser.changed)
        schedule(state, winner)
    else:
        stir(state, winner)
    changes = [change(state, winner, gaining), change(state, loser, leaving)]
    drop_story(state, loser)
    return changes


def _apart(state: State, winner: Story, loser: Story) -> tuple[int, ...]:
    """What either was split from or into and still lives, but each other."""
    births = {*winner.apart, *loser.apart} & state.by_birth.keys()
    return tuple(sorted(births - {winner.birth, loser.birth}))
