"""What the clusterer promises: the same stories from the same log, and changes that add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dateline.articles import ControlAct, Retraction
from services.cluster.clusterer import Parameters
from tests.unit.cluster.newsroom import DAY, EVENTS, START, article, entries, membership, play, report


def mixed_log():
    events = ("quake", "trial", "match", "merger", "flood")
    values = [report(event, number) for number in range(4) for event in events]
    values.insert(7, Retraction(article_id="trial-0", status="withheld"))
    values.insert(9, report("quake", 0, seed=5))
    values.insert(
        12,
        ControlAct(act="move", body={"article_id": "match-1", "to_story_id": f"s-all-{START}-0-0"}),
    )
    values.insert(15, report("trial", 0))
    values.append(
        ControlAct(act="split", body={"story_id": f"s-all-{START}-0-0", "groups": [["quake-1", "quake-2"]]})
    )
    values.insert(18, 2 * DAY)
    values.append(20 * DAY)
    values.append(report("quake", 9))
    values.append(Retraction(article_id="flood-1", status="canceled"))
    values.append(40 * DAY)
    return entries(values)


@pytest.mark.parametrize("every", [1, 2, 3, 7])
def test_a_reload_after_any_number_of_steps_changes_nothing(every):
    log = mixed_log()
    parameters = Parameters(step_stories=3)
    assert play(log, parameters, reload_every=every)[1] == play(log, parameters)[1]


def test_changes_add_up_to_what_the_state_holds():
    log = mixed_log()[:-1]
    state, changes = play(log)
    held = {node.article_id: node.story_id for node in state.articles.values() if node.story_id}
    assert membership(changes) == held


def test_reports_of_one_event_are_one_story_and_of_another_are_not():
    _, changes = play(entries([report(event, n) for n in range(4) for event in ("quake", "trial", "match")]))
    where = membership(changes)
    for event in ("quake", "trial", "match"):
        assert len({where[f"{event}-{n}"] for n in range(4)}) == 1
    assert len(set(where.values())) == 3


def test_the_story_is_named_after_the_entry_that_founded_it():
    _, changes = play(entries([report("quake", 0)]))
    assert changes[0].story_id == f"s-all-{START}-0-0"
    assert changes[0].reasons == ("created",)
    assert changes[0].joined[0].article is not None


def test_a_reprint_attaches_by_its_text_and_leaves_the_sums_alone():
    original = report("quake", 0, seed=1)
    text = " ".join(f"w{n}x{n * 7 % 13}" for n in range(200))
    first = original.model_copy(update={"text": text})
    copy = article(
        "copy", "Rescuers: another w1x7 w2x1 w3x8 headline", text[: len(text) // 2], publisher="o.example"
    )
    state, changes = play(entries([first, copy]))
    assert changes[-1].joined[0].near_copy_of == "quake-0"
    story = next(iter(state.stories.values()))
    assert (len(story.members), story.own) == (2, 1)


def test_a_retracted_original_hands_its_reprints_to_the_earliest():
    text = " ".join(f"w{n}x{n * 7 % 13}" for n in range(200))
    copies = [article(f"copy-{n}", f"Headline {n} w1x7", text, publisher=f"p{n}") for n in range(3)]
    state, changes = play(entries([*copies, Retraction(article_id="copy-0", status="canceled")]))
    assert changes[-1].left[0].reason == "article_retracted"
    assert state.articles["copy-1"].copy_of is None
    assert state.articles["copy-2"].copy_of == "copy-1"
    assert next(iter(state.stories.values())).own == 1


def test_retracting_the_only_article_withdraws_the_story_and_unknown_ones_do_nothing():
    log = entries(
        [
            report("quake", 0),
            Retraction(article_id="quake-0", status="canceled"),
            Retraction(article_id="nobody", status="canceled"),
        ]
    )
    state, changes = play(log)
    assert [change.status for change in changes] == ["developing", "withdrawn"]
    assert not state.stories
    assert not state.frequency.any()


def test_a_withheld_article_comes_back_as_a_new_arrival_with_the_next_revision():
    log = entries(
        [report("quake", 0), Retraction(article_id="quake-0", status="withheld"), report("quake", 0)]
    )
    _, changes = play(log)
    assert changes[1].left[0].reason == "article_withheld"
    assert changes[2].reasons == ("created",)
    assert changes[2].joined[0].revision == 2


def test_a_revision_stays_and_says_so():
    log = entries([report("quake", 0), report("quake", 1), report("quake", 1, seed=3)])
    _, changes = play(log)
    assert changes[-1].revised[0].revision == 2
    assert "article_revised" in changes[-1].reasons
    assert not changes[-1].left


def test_a_revision_that_is_about_something_else_moves():
    values = [
        report("quake", 0),
        report("quake", 1),
        report("trial", 0),
        report("trial", 1),
        report("quake", 2),
    ]
    other = report("trial", 7).model_copy(update={"article_id": "quake-2"})
    _, changes = play(entries([*values, other]))
    revised, losing, gaining = changes[-3:]
    assert revised.revised[0].article.title == other.title
    assert losing.left[0].to_story_id == gaining.story_id
    assert gaining.joined[0].from_story_id == losing.story_id
    assert gaining.joined[0].article is None


def test_silence_settles_and_closes_and_an_article_reopens_what_is_settled():
    log = entries([report("quake", 0), 25 * 3_600_000, report("quake", 1), 15 * DAY, report("quake", 2)])
    _, changes = play(log)
    said = [(change.status, change.reasons[0]) for change in changes]
    assert said[:3] == [("developing", "created"), ("settled", "settled"), ("developing", "reopened")]
    assert said[3:] == [("settled", "settled"), ("closed", "closed"), ("developing", "created")]


def test_a_closed_story_still_takes_revisions_and_retractions():
    log = entries(
        [
            report("quake", 0),
            report("quake", 1),
            16 * DAY,
            report("quake", 0, seed=2),
            Retraction(article_id="quake-1", status="canceled"),
        ]
    )
    _, changes = play(log)
    assert (changes[-2].status, changes[-2].reasons) == ("closed", ("article_revised",))
    assert changes[-1].left[0].article_id == "quake-1"


def test_everything_is_forgotten_in_the_end():
    state, _ = play(
        entries(
            [
                report("quake", 0),
                report("trial", 0),
                Retraction(article_id="trial-0", status="canceled"),
                16 * DAY,
                31 * DAY,
            ]
        )
    )
    assert not state.stories
    assert not state.articles
    assert not state.frequency.any()
    assert not state.index.postings


def test_an_article_expires():
    gone = report("quake", 0, expires_at=datetime.fromtimestamp(START / 1000, UTC) + timedelta(days=1))
    _, changes = play(entries([gone, report("quake", 1), 2 * DAY]))
    assert any(left.reason == "article_expired" for change in changes for left in change.left)


def test_a_large_tick_is_applied_in_steps_of_a_fixed_size():
    values = [article(f"a{n}", f"zq{n} xv{n} kw{n}") for n in range(7)]
    log = entries([*values, 25 * 3_600_000])
    _, changes = play(log, Parameters(step_stories=2))
    assert [change.reasons for change in changes[7:]] == [("settled",)] * 7


def test_an_editor_merges_splits_and_moves_for_good():
    quake, trial = f"s-all-{START}-0-0", f"s-all-{START + 1000}-0-0"
    log = entries(
        [
            report("quake", 0),
            report("trial", 0),
            ControlAct(act="merge", body={"winner": quake, "loser": trial}),
        ]
    )
    _, changes = play(log)
    winner, loser = changes[-2:]
    assert (winner.story_id, winner.merged_from, winner.joined[0].from_story_id) == (quake, (trial,), trial)
    assert (loser.status, loser.merged_into, loser.left[0].to_story_id) == ("merged", quake, quake)
    assert "editor" in winner.reasons


def test_the_largest_part_keeps_the_name_in_a_split():
    quake = f"s-all-{START}-0-0"
    act = ControlAct(act="split", body={"story_id": quake, "groups": [["quake-0"], ["quake-1", "quake-2"]]})
    _, changes = play(entries([*(report("quake", n) for n in range(3)), act]))
    keeper, part = changes[-2:]
    assert (keeper.story_id, keeper.split_into) == (quake, (part.story_id,))
    assert part.split_from == quake
    assert [joined.article_id for joined in part.joined] == ["quake-0"]


def test_an_act_that_lacks_a_field_is_refused_in_words():
    with pytest.raises(ValueError, match="to_story_id"):
        play(entries([report("quake", 0), ControlAct(act="move", body={"article_id": "quake-0"})]))


@pytest.mark.parametrize("title", ["", "!", "Live", "a"])
def test_titles_without_words_glue_nothing(title):
    _, changes = play(entries([article("a", title), article("b", title, publisher="z.example")]))
    assert len({change.story_id for change in changes}) == 2


def test_one_cookie_notice_under_many_titles_glues_nothing():
    notice = " ".join(f"cookie{n} consent{n * 3 % 17} partner{n * 5 % 23}" for n in range(80))
    titles = [" ".join(words.split()[:6]) for words in EVENTS.values()]
    _, changes = play(
        entries([article(f"n{n}", title, notice, publisher=f"p{n}") for n, title in enumerate(titles)])
    )
    assert len(set(membership(changes).values())) == len(titles)


def bridged():
    """Two events, an article about both, and its retraction."""
    left = "earthquake magnitude tremor rescuers rubble seismologists aftershocks collapsed"
    right = "jury verdict embezzlement prosecutor courtroom accountant sentencing judge"
    return [
        article("left", left, left),
        article("both", f"{left} {right}", f"{left} {right}"),
        article("right", right, right),
        Retraction(article_id="both", status="canceled"),
    ]


def test_those_who_came_only_through_a_retracted_article_part_again():
    values = bridged()
    before = membership(play(entries(values[:-1]))[1])
    after = membership(play(entries(values))[1])
    assert before["left"] == before["both"] == before["right"]
    assert after["left"] != after["right"]


def test_only_small_stories_look_at_all_who_are_left():
    values = bridged()
    after = membership(play(entries(values), Parameters(review_members=1))[1])
    assert after["left"] == after["right"]


def test_a_closed_story_follows_a_new_expiry_date():
    sooner = report("quake", 0).model_copy(
        update={"expires_at": datetime.fromtimestamp((START + 18 * DAY) / 1000, UTC)}
    )
    log = entries([report("quake", 0), report("quake", 1), 16 * DAY, sooner, 3 * DAY])
    state, changes = play(log)
    assert changes[-1].left[0].reason == "article_expired"
    assert changes[-1].status == "closed"
    assert play(log, reload_every=1)[1] == changes
    assert not state.articles["quake-0"].story_id
