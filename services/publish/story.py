"""A story as the writing modules see it: live articles in order, read, counted and weighed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dateline.outlets import registry
from services.publish.agreement import VOTE, Agreement, Votes, agree
from services.publish.counts import Counts, count, publisher_key
from services.publish.drafts import Draft, Member
from services.publish.ratings import Ratings
from services.publish.reading import Reading, read

DOUBTFUL = frozenset({"mixed", "low", "very_low"})
REMEMBERED_DOMAINS = 1_024


@dataclass(frozen=True, eq=False)
class Story:
    """All live members by publication, then id; `voices` are those that are nobody's reprint.

    `copies` are the reprints, `publishers` the publisher of each article by its id.
    `readings`, `sources`, `agencies` and the rows of `agreement` follow `voices`; `agencies` tells which
    voices are a news agency's own, `here` names those that speak the story's main language (an unknown one is
    taken to).
    """

    members: Sequence[Member]
    counts: Counts
    voices: Sequence[Member]
    copies: Sequence[Member]
    publishers: Mapping[str, str]
    readings: Sequence[Reading]
    sources: Sequence[str]
    agencies: Sequence[bool]
    agreement: Agreement
    language: str | None
    languages: dict[str, int]
    here: Sequence[int]


def gather(draft: Draft, ratings: Ratings) -> Story | None:
    """The story of a draft; None where it has no live article."""
    members = sorted(draft.members.values(), key=lambda m: (m.article.published_at, m.article.article_id))
    if not members:
        return None
    counts = count(members, ratings)
    voices = [member for member in members if member.article.article_id not in counts.reprint_of]
    readings = [read(voice.article) for voice in voices]
    sources = [counts.sources[voice.article.article_id] for voice in voices]
    languages = Counter(member.article.language for member in members if member.article.language)
    language = main_language(voices, sources)
    copies = [member for member in members if member.article.article_id in counts.reprint_of]
    return Story(
        members=members,
        counts=counts,
        voices=voices,
        copies=copies,
        publishers={m.article.article_id: publisher_key(m.article.publisher) for m in members},
        readings=readings,
        sources=sources,
        agencies=[_is_agency(voice.article.publisher.domain) for voice in voices],
        agreement=agree(
            readings,
            _votes(voices, copies, sources, [counts.sources[copy.article.article_id] for copy in copies]),
            [read(copy.article) for copy in copies],
        ),
        language=language,
        languages=dict(sorted(languages.items(), key=lambda item: (-item[1], item[0]))),
        here=[
            number
            for number, voice in enumerate(voices)
            if language is None or voice.article.language in (None, language)
        ],
    )


def _votes(
    voices: Sequence[Member], copies: Sequence[Member], sources: Sequence[str], copied: Sequence[str]
) -> Votes:
    """A source's vote, shared by its articles; that on the title by its reprints as well.

    Of equal titles of a source the first has the votes of all.
    """
    texts, titles = Counter(sources), Counter((*sources, *copied))
    keys = [
        (source, member.article.title.casefold())
        for source, member in zip((*sources, *copied), (*voices, *copies), strict=True)
    ]
    alike = Counter(keys)
    shares = [VOTE * alike.pop(key) // titles[key[0]] if key in alike else 0 for key in keys]
    return Votes(
        texts=[max(1, VOTE // texts[source]) for source in sources],
        titles=shares[: len(voices)],
        copies=shares[len(voices) :],
    )


@lru_cache(maxsize=REMEMBERED_DOMAINS)
def _is_agency(domain: str | None) -> bool:
    """Whether a publisher is a news agency, and none that the registry knows for unreliable reports."""
    domain = registry().agency(domain)
    return domain is not None and registry().by_host[domain].factuality not in DOUBTFUL


def main_language(voices: Sequence[Member], sources: Sequence[str]) -> str | None:
    """The language of most independent sources; ties by code."""
    heard = {
        (source, voice.article.language)
        for source, voice in zip(sources, voices, strict=True)
        if voice.article.language
    }
    votes = Counter(language for _, language in heard)
    return min(votes, key=lambda language: (-votes[language], language)) if votes else None
