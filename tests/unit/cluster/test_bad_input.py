"""What the web sends in place of news neither glues stories together nor tears them apart."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.unit.cluster.newsroom import EVENTS, article, entries, membership, play, report

BOT_WALL = (
    "Verifying you are human. This may take a few seconds. The site needs to review the security of your"
    " connection before proceeding. Enable JavaScript and cookies to continue. Performance and security by a"
    " network that protects this page from automated requests and from too many visitors at a time today."
)


def stories_of(values):
    """Article → story, played in order."""
    return membership(play(entries(values))[1])


def titled(count):
    """Titles of as many unrelated events: each of its own words."""
    syllables = ("kra", "lum", "vet", "sor", "min")
    return [" ".join(f"{syllable}{number}" for syllable in syllables) for number in range(count)]


def test_a_bot_wall_under_many_titles_glues_nothing():
    values = [
        article(f"n{n}", title, BOT_WALL, publisher=f"p{n}.example") for n, title in enumerate(titled(12))
    ]
    assert len(set(stories_of(values).values())) == 12


def test_the_same_boilerplate_around_200_articles_glues_nothing():
    boilerplate = " ".join(f"subscribe{n} newsletter{n * 3 % 7} advertisement{n * 5 % 11}" for n in range(25))
    values = [
        article(f"n{n}", title, f"{title} {boilerplate}", publisher=f"p{n}.example")
        for n, title in enumerate(titled(200))
    ]
    found = stories_of(values)
    assert len(set(found.values())) >= 190


def test_a_bot_wall_between_reports_tears_nothing():
    values = []
    for number in range(4):
        values += [report("quake", number), article(f"wall-{number}", f"Please wait {number}", BOT_WALL)]
    found = stories_of(values)
    assert len({found[f"quake-{number}"] for number in range(4)}) == 1
    assert not {found[f"wall-{number}"] for number in range(4)} & {found["quake-0"]}


def test_empty_and_one_word_titles_stand_alone():
    values = [article(f"n{n}", title, publisher=f"p{n}") for n, title in enumerate(("", "Live", "Live", "!"))]
    assert len(set(stories_of(values).values())) == 4


def test_a_megabyte_of_text_is_an_article_like_others():
    long = report("quake", 9)
    long = long.model_copy(update={"text": f"{long.text} {'filler words without end ' * 42_000}"})
    assert len(long.text) > 1_000_000
    found = stories_of([report("quake", 0), report("trial", 0), long, report("quake", 1)])
    assert found["quake-9"] == found["quake-0"] == found["quake-1"] != found["trial-0"]


def test_an_article_of_everything_joins_no_two_stories():
    everything = " ".join(EVENTS.values())
    values = [report(event, number) for number in range(3) for event in EVENTS]
    briefing = article("briefing", "Morning briefing: what to know today", everything)
    later = [report(event, number) for number in range(3, 6) for event in EVENTS]
    found = stories_of([*values, briefing, *later])
    del found["briefing"]
    assert len(set(found.values())) == len(EVENTS)


def test_mixed_languages_in_one_article_glue_nothing():
    mixed = report("quake", 7)
    mixed = mixed.model_copy(update={"text": f"{mixed.text} Los rescatistas buscan. 救援人员搜寻幸存者。"})
    found = stories_of([report("quake", 0), report("trial", 0), mixed, report("trial", 1)])
    assert found["quake-7"] == found["quake-0"]
    assert found["trial-0"] == found["trial-1"] != found["quake-0"]


def test_a_date_years_off_does_not_tear_a_story():
    wrong = report("quake", 2, published_at=datetime(1970, 1, 1, tzinfo=UTC))
    right = [report("quake", n, published_at=datetime(2025, 6, 15, tzinfo=UTC)) for n in (0, 1, 3, 4)]
    found = stories_of([*right[:2], wrong, *right[2:], report("trial", 0)])
    assert len({found[f"quake-{n}"] for n in (0, 1, 3, 4)}) == 1
    assert found["trial-0"] != found["quake-0"]


HOUSE_TEXT = (
    "Sign up for the Brackwater Courier newsletter and get the day's stories in your inbox every evening."
    " Our reporters depend on readers like you: support independent local journalism with a donation today."
    " Follow the Courier on every platform, download the app and never miss an important update again."
)


def house_articles(count, around=HOUSE_TEXT):
    """One publisher's reports of as many unrelated events, each with the house's own text under it."""
    syllables = ("kra", "lum", "vet", "sor", "min", "dol", "pag", "tir")
    found = []
    for number, title in enumerate(titled(count)):
        own = " ".join(f"{syllable}{number}" for syllable in syllables for _ in range(2))
        found.append(
            article(f"n{number}", f"Courier {title}", f"{own}. {around}", publisher="courier.example")
        )
    return found


def test_a_publishers_own_text_under_200_articles_glues_nothing():
    found = stories_of(house_articles(200))
    assert len(set(found.values())) >= 195


def test_a_publishers_own_text_is_no_shared_term_and_no_reprint():
    values = house_articles(20)
    other = article(
        "other", values[19].title, values[19].text.partition(". ")[0], publisher="gazette.example"
    )
    _, changes = play(entries([*values, other]))
    assert changes[-1].story_id == changes[-2].story_id
    state, _ = play(entries(values))
    printed = {word for each in list(state.articles.values())[8:] for word in each.words}
    assert not printed & {"donation", "inbox", "evening", "reporters", "readers", "platform"}
    assert not any(each.copy_of for each in state.articles.values())


def test_what_several_publishers_say_once_each_is_no_boilerplate():
    values = [report("quake", number) for number in range(8)]
    assert len(set(stories_of(values).values())) == 1


def test_boilerplate_is_forgotten_with_the_articles_that_had_it_and_survives_a_restart():
    log = entries(house_articles(12))
    assert play(log, reload_every=1)[1] == play(log)[1]
    state, _ = play([*log, *entries([40 * 86_400_000, 40 * 86_400_000])])
    assert not state.index.latest
