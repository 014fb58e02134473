"""Every number that clustering depends on: its unit, its meaning, and the data that set it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

HOUR = 3_600_000
DAY = 24 * HOUR


def growing(size: int, factor: float, most: int) -> tuple[int, ...]:
    """Sizes above one, each larger than the one before by a factor."""
    found = []
    while size * factor < most:
        size = int(size * factor)
        found.append(size)
    return tuple(found)


@dataclass(frozen=True)
class Parameters:
    """The one configuration. Times in milliseconds, scores 0 to 1.

    In brackets is what set a value. Numbers: thousandths of B-cubed F1 that the labelled sets gain on
    average, texts/titles, by half of it and by twice it: [-4/+5 +1/0]. `bad input`, `seeds`, `orders`: what
    the tests of these hold. `bound`, `life`: how much is read, and how long remembered. `off`: without an
    encoder it says nothing. `log`, and all trials: docs/quality-log.md.
    """

    # what of an article counts
    title_weight: float = 5.0  # a title word counts as this many words of the lead [-4/+5 +1/0]
    lead_words: int = 120  # words that count fully [-6/0 -4/0]
    body_words: int = 400  # words that count at all [-17/0 -9/0]
    body_weight: float = 0.5  # what a word after the lead counts [+1/0 -17/0]
    vector_terms: int = 100  # heaviest terms kept of an article [-14/0 -2/0]
    prior_documents: float = 120.0  # articles that the word-frequency prior is worth [-5/-1 +2/+5]
    max_idf: float = 9.0  # ceiling of a term's information (nats) [+2/-1 -3/-3]
    idf_power: float = 0.7  # below 1: rare words count less than their information [-1/-11 -30/-39]

    least_terms: int = 3  # an article with fewer terms says nothing: it stands alone [0/-1 0/-46]

    # candidates
    query_terms: int = 20  # heaviest terms looked up, and indexed, of an article [+2/-2 +1/-1]
    posting_cap: int = 6144  # entries of the terms' lists read, the rarest terms first [bound]
    near_articles: int = 48  # articles compared exactly [+1/-2 +1/+1]
    candidate_stories: int = 6  # stories compared exactly [-6/-7 +1/-1]

    # is it near enough
    near_members: int = 3  # nearest members whose mean similarity is the score [-6/-18 -8/-12]
    threshold: float = 0.14  # score at which an article joins a story of one [-15/-43 -154/-148]
    publisher_weight: float = 0.08  # bar raised by this if a near member is by its publisher [-1/+2 -4/-2]
    cohort_weight: float = 0.45  # share of the runner-up stories' mean taken off the score [-8/-7 -27/-30]
    cohort_stories: int = 4  # runner-up stories that make the cohort [-4/-6 -7/-4]
    gap_weight: float = 0.15  # bar raised by this times gap / (gap + gap_days) [-13/-18 -15/-11]
    gap_days: float = 2.0  # days between article and story at which half of it is reached [-4/-5 -1/-1]

    # what a sentence encoder adds, where one is set (the extra `dense`)
    dense_weight: float = 0.1  # what counts of a cosine above `dense_from`, beside the terms [off]
    dense_from: float = 0.6  # the cosine of two reports that have their subject in common and no more [off]
    dense_hash: str = ""  # of the encoder, from the settings: vectors of another are not compared [off]

    # near copies
    copy_containment: float = 0.6  # share of the smaller one's shingles that the other must hold [-1/0 -6/-2]
    copy_min_shingles: int = 6  # sampled shingles below which containment says nothing [0/-3 +2/-2]

    copy_title: float = 0.15  # share of its title the other must have, else it is boilerplate [bad input]
    copy_title_own: float = 0.5  # the same between two articles of one publisher [bad input]

    # boilerplate: what the stream itself shows to be a publisher's own
    habit_articles: int = 16  # latest articles of a publisher that are looked at [bad input]
    habit_share: float = 0.5  # share of them that has a phrase which is boilerplate [bad input]
    habit_least: int = 4  # and at least so many [+1/0 0/0]
    phrase_articles: int = 32  # articles beyond which a phrase is nobody's own text [+1/0 0/0]
    phrase_stories: int = 8  # and the stories that so many of them must be in [bad input]

    # second looks
    review_stories: int = 4  # stories near an arrival that are looked at again [bound]
    merge_margin: float = 0.03  # times its articles: a small one passes the bar by this to merge [+3/+5 0/-6]
    merge_public: float = 2.0  # times this if readers know the small story [log]
    # [log] sizes at which a story is examined: beyond the first, each time that it grew by an eighth
    split_sizes: tuple[int, ...] = (6, 8, 10, 13, 16, 20, 26, 32, 40, 52, 64, *growing(64, 1.125, 100_000))
    split_sample: int = 128  # members compared: the newest half, the others from all before [bound]
    split_part: int = 3  # members that the smaller part needs [0/0 -5/-3]
    split_terms: int = 200  # terms that each part needs, all members together [+5/0 -6/0]
    split_ratio: float = 0.65  # two stories: parts alike by less than this share of within [-36/0 -11/0]
    split_best: float = 0.95  # and that of the best pairs between them below this share [-13/0 -5/-4]
    split_pairs: int = 64  # members beyond which some of the pairs are always good [log]
    split_large: int = 16  # members from which the nearest are asked instead: two are [-3/-2 0/-6]
    split_near: float = 0.6  # parts whose members are so much less near the other's than own [0/0 -1/0]
    split_near_terms: int = 400  # where each part has so many terms [log]
    split_near_few: float = 0.4  # and where one has fewer: few words are weaker proof [+1/-9 -1/-25]
    # two stories of so many members are one: similarity across them above this share of that within,
    merge_from: int = 3  # [-81/-111 +1/-1]
    merge_ratio: float = 0.7  # [-2/-1 +1/-9]
    merge_gap: float = 0.3  # and above this times log(1 + days between them) more [log]
    reassign_margin: float = 0.08  # lead that another story needs to take a member away [log]
    young_margin: float = 0.15  # the same for one of a young story when another grows by it [+1/0 0/-2]
    review_members: int = 12  # a story is young up to this size: its members are looked at again [bound]

    # what came out of order is decided once more when it has come to rest
    rest_late: int = 2 * HOUR  # an article came late if one near it was published so much later [orders]
    rest_threshold: float = 0.12  # similarity of two articles whose stories are decided together [orders]
    rest_articles: int = 64  # articles of such stories, with reprints, that are too many [orders]

    # stories of two languages about one event (set on the seeds, checked on news of different years)
    related_members: int = 32  # latest articles of a story whose names are compared [seeds]
    related_holders: int = 64  # stories that name something, above which it leads to nobody [seeds]
    related_stories: int = 8  # stories compared [seeds]
    related_marks: int = 3  # names, places and numbers in common that a link needs [seeds]
    related_from: float = 0.2  # and the score [seeds]
    figure_marks: int = 2  # with a figure (of three digits, or broken) among them so many do [seeds]
    figure_from: float = 0.08  # and this score [seeds]
    related_keep: float = 0.5  # share of both scores down to which a link holds [seeds]
    related_step: float = 0.05  # change of the score that is told [seeds]
    related_days: float = 3.0  # days between the stories' dates beyond which they are not one event [seeds]

    public_from: int = 2  # publishers that make a story public; it keeps its id in a merge [-1/-6 0/0]

    # life (of logical silence)
    settle_after: int = 24 * HOUR  # [life]
    close_after: int = 14 * DAY  # [life]
    forget_after: int = 30 * DAY  # [life]
    step_stories: int = 500  # stories settled, closed or forgotten in one step [bound]


DEFAULT = Parameters()


def overridden(parameters: Parameters, text: str, settings: Mapping[str, int | str]) -> Parameters:
    """Parameters with some replaced: by a JSON object of numbers, then by those that are settings.

    Raises:
        ValueError: it is not a JSON object, names no parameter, or has a value of another kind.
    """
    given = json.loads(text or "{}")
    if not isinstance(given, dict):
        raise ValueError("is not a JSON object")
    values = {one.name: getattr(parameters, one.name) for one in fields(parameters)}
    known = {name: value for name, value in values.items() if isinstance(value, int | float)}
    for name, value in given.items():
        if name not in known or name in settings:
            near = difflib.get_close_matches(name, known.keys() - settings.keys(), n=1, cutoff=0)
            raise ValueError(f"{name!r} is no parameter; did you mean {near[0]}?")
        wanted = int if isinstance(known[name], int) else int | float
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise ValueError(f"{name}: {value!r} is not a number like {known[name]!r}")
    return replace(parameters, **given, **dict[str, Any](settings))
