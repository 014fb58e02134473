"""What counts as agreement: whose titles vote, what bears a point out, and when two points are one."""

from __future__ import annotations

import numpy as np

from services.publish.ratings import empty_ratings
from services.publish.reading import read
from services.publish.story import Story, gather
from services.publish.words import weigh
from tests.unit.publish.press import FERRY, article, draft, member, record


def test_a_point_told_again_in_other_words_is_one_point() -> None:
    """Both rest on the same sentences of others, and little but "passwords" and "cards" stands in both."""
    told = [
        "The company said that no payment cards or passwords were taken in the raid on its bookings.",
        "Passwords, passports and payment cards were stored elsewhere, the company told its customers.",
        "Tejo Lines insists that neither card numbers nor passwords were touched by the thieves.",
        "Customers need no new cards, and passwords stay as they were, for neither of them was stored there.",
    ]
    other = "Shares in Tejo Lines fell by a tenth in Lisbon on Friday after the theft became known."
    stories = [
        f"Hackers took bookings of Tejo Lines' ferries, the company said. {one} {other}" for one in told
    ]
    points = record(
        draft(*(member(article(f"a{n}", text=text)) for n, text in enumerate(stories)))
    ).key_points

    assert sum("asswords" in point.text for point in points) == 1
    assert any(point.text == other for point in points)


def test_the_name_of_what_all_speak_of_bears_nothing_out() -> None:
    own = "Tejo Lines has insured each of its ferries for nine million euros with a syndicate in London."
    others = [
        f"Tejo Lines said on Friday that {what}." for what in ("it mourns", "crossings stop", "help is there")
    ]
    texts = [f"Tejo Lines lost a ferry off Lisbon. {text}" for text in (own, *others)]
    points = record(draft(*(member(article(f"a{n}", text=text)) for n, text in enumerate(texts)))).key_points

    assert own not in {point.text for point in points}


def test_reprints_choose_titles() -> None:
    """Of one dispatch's titles the one that most of its reprints have is agreed to by one source."""
    text = FERRY["a1"][1] + " All of Portugal will mourn the passengers of the ferry on Sunday."
    titles = [
        "Passenger ferry sinks off Lisbon after hitting barge",
        *["Ferry disaster kills many in Portugal"] * 4,
    ]
    first, *copies = (
        member(article(f"a{n}", title, text, domain=f"outlet{n}.example"), near_copy_of="a0" if n else None)
        for n, title in enumerate(titles)
    )
    alone, together = gather(draft(first), empty_ratings()), gather(draft(first, *copies), empty_ratings())
    assert alone is not None
    assert together is not None

    def titled(story: Story, word: str) -> int:
        ids = np.unique(np.concatenate([read(one.article).word_ids for one in story.members])).tolist()
        return int(story.agreement.title_votes[ids.index(weigh(word, "en").id)])

    assert (titled(alone, "barge"), titled(alone, "portugal")) == (60, 0)
    assert (titled(together, "barge"), titled(together, "portugal")) == (12, 48)


def test_no_point_is_the_summary_in_other_words() -> None:
    leads = [
        "Minister Ana Correia resigned from Portugal's transport ministry over the sinking of the ferry.",
        "Transport minister Ana Correia of Portugal resigned over the sinking of the ferry, Lusa reported.",
        "Portugal's minister of transport, Ana Correia, is leaving the ministry after a ferry's sinking.",
    ]
    other = "Divers found the barge's log in forty metres of water off Cascais on Sunday morning."
    title = "Transport minister of Portugal resigns after ferry's sinking"
    stories = (member(article(f"a{n}", title, f"{lead} {other}")) for n, lead in enumerate(leads))
    made = record(draft(*stories))

    assert made.summary is not None
    assert "Correia" in made.summary.text
    assert [point.text for point in made.key_points] == [other]
