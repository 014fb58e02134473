"""People, organisations and places an article names, by capitals, titles and the gazetteer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dateline.stories import Entity
from services.publish.gazetteer import look_up
from services.publish.places import RUN
from services.publish.sentences import Sentence
from services.publish.words import frequencies

PERSON_TITLES = frozenset(
    "President Prime Minister Vice Deputy Chancellor King Queen Prince Princess Pope Secretary General "
    "Governor Gov. Senator Sen. Sens. Representative Rep. Reps. Congressman Congresswoman Mayor Judge "
    "Justice Chief Attorney Ambassador Foreign Defense Defence Finance Interior Treasury State Minister "
    "Ministry Spokesman Spokeswoman Spokesperson Director Chairman Chairwoman Chair Speaker Leader "
    "Commissioner Sheriff Detective Sergeant Captain Colonel General Lieutenant Major Admiral Doctor Dr. Dr "
    "Professor Prof. Mr. Mr Mrs. Mrs Ms. Ms Sir Lord Lady Dame Rev. Reverend Bishop Cardinal Archbishop "
    "Sheikh Imam Rabbi CEO Executive Officer Republican Republicans Democrat Democratic Democrats Labour "
    "Conservative District U.S. US British Lt. Col. Gen. Maj. Capt. Sgt. Former Supreme Court Homeland "
    "Security Border Czar External Affairs Union House Majority Minority Senate Texas Acting Assistant Press "
    "National Adviser Advisor First Secretary-General Commerce Trade Gouverneur Presidente Président "
    "Präsident Bundeskanzler Premier Congressional Communications Deputies Under Associate".split()
)
ORGANISATION_WORDS = frozenset(
    "Ministry Department Agency Court Council Committee Commission University College Institute Bank Corp "
    "Corp. Inc Inc. Ltd Ltd. LLC Group Party Union Association Federation Organization Organisation "
    "Foundation Authority Bureau Office Police Army Navy Force Forces Guard Parliament Congress Senate House "
    "Assembly Cabinet Company Times Post News Journal Herald Guardian Airlines Airways Motors Technologies "
    "Systems Industries Holdings Center Centre Hospital School Club League Administration Service Services "
    "Board Fund Alliance Network Movement Society Trust Tribunal Command Corps Legislature Reserve Programme "
    "Program Republicans Democrats FC Nations Ministerio Gobierno Partido Universidad Ministère Gouvernement "
    "Université Ministerium Universität".split()
)
NOT_NAMES = frozenset(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July "
    "August September October November December The A An In On At But And He She It They We I You This That "
    "These Those For If When While After Before As With By From To Of Or Not No Yes His Her Their Our My Its "
    "There Here What Who Why How Where Which All Some Many Most One Two Three According However Meanwhile "
    "Read More Photo Image Video AM PM GMT UTC EST EDT ET BST TV Mr Mrs Ms Dr God Internet Christmas Easter "
    "Advertisement Share Copy Link Also".split()
)
HUMAN_TITLES = frozenset(
    "President Minister Chancellor King Queen Prince Princess Pope Governor Gov. Senator Sen. Rep. "
    "Congressman Mayor Congresswoman Judge Justice Ambassador Spokesman Spokeswoman Spokesperson Director "
    "Chairman Chairwoman Speaker Sheriff Captain Colonel General Admiral Doctor Dr. Dr Professor Prof. Mr. "
    "Mr Mrs. Mrs Ms. Ms Sir Lord Lady Bishop Cardinal Sheikh CEO Lt. Col. Gen. Secretary Presidente "
    "Präsident Président".split()
)
# Common words that head the news as surnames.
KNOWN_SURNAMES = frozenset(
    "Trump Biden Bush Brown King Young Lee Johnson Smith Scott Green White Black Rice Hall".split()
)
NOT_PEOPLE = frozenset(
    "River Lake Mount Saint Old New North South East West RAF Fort Port Camp Cape Al Greater Upper Lower "
    "Radical Rival St. Sports Lake".split()
)
ABSTRACT = re.compile(r"(?:ment|tion|ship|ance|ence|ics|orate|ness|ity|ives|isation|ization|ism)$")
NAME_TOKEN = re.compile(r"^(?:[^\W\d_]\.|[^\W\d_][^\W\d_'’-]*(?:['’-][^\W\d_]+)*)$")
MAX_SENTENCES, MAX_ENTITIES = 14, 20
COMMON_ZIPF = 4.5
KINDS = ("person", "organization", "place")


class Named(NamedTuple):
    """A name in an article; type `single` is one bare word, kept to count surnames."""

    type: str
    name: str


class Names(NamedTuple):
    """An article's names, each once; `bare` are single words that no full name of the article ends in."""

    full: tuple[Named, ...]
    bare: tuple[str, ...]
    places: tuple[str, ...]


def names(sentences: Sequence[Sentence]) -> Names:
    """The names in an article's body, sorted."""
    found = sorted(named(sentences))
    full = tuple(name for name in found if name.type != "single")
    surnames = {name.name.split()[-1] for name in full if name.type == "person"}
    return Names(
        full=full,
        bare=tuple(name.name for name in found if name.type == "single" and name.name not in surnames),
        places=tuple(name.name for name in full if name.type == "place"),
    )


def named(sentences: Sequence[Sentence]) -> frozenset[Named]:
    """The names in an article's body, single words among them."""
    found: set[Named] = set()
    for sentence in sentences:
        if 0 <= sentence.position < MAX_SENTENCES and sentence.whole:
            for run in RUN.finditer(sentence.text):
                found.update(_classify(run[0], run.start() == 0))
    return frozenset(found)


def _classify(run: str, opens: bool) -> Iterable[Named]:
    name = _trim(run)
    if not name or (opens and " " not in name):
        return ()
    return _typed(name)


def _trim(run: str) -> str:
    """A run without possessive ending, leading article and calendar words."""
    tokens = re.sub(r"['’]s?$", "", run).split()
    while tokens and tokens[0] in NOT_NAMES:
        tokens = tokens[1:]
    while tokens and (tokens[-1].rstrip(".,") in NOT_NAMES or tokens[-1].islower()):
        tokens = tokens[:-1]
    return " ".join(tokens).rstrip(".,") if tokens else ""


def _typed(name: str) -> tuple[Named, ...]:
    entry = look_up(name) or look_up(f"{name}.")
    if entry is not None and entry.kind in ("country", "region", "city"):
        return (Named("place", entry.name),)
    tokens = name.split()
    if any("’s" in token or "'s" in token for token in tokens):
        return ()
    if len(tokens) == 1:
        if (entry is not None and entry.kind == "people") or "." in name:
            return ()
        acronym = name.isupper() and 2 < len(name) <= 6
        return (Named("organization" if acronym else "single", name),)
    if _is_organisation(tokens) or (entry is not None and entry.kind == "cue"):
        return (Named("organization", name),)
    return _person(tokens)


def _is_organisation(tokens: list[str]) -> bool:
    return tokens[-1] in ORGANISATION_WORDS or (
        tokens[0] in ORGANISATION_WORDS and len(tokens) > 2 and tokens[1] in ("of", "for", "de")
    )


def _person(tokens: list[str]) -> tuple[Named, ...]:
    bare = list(tokens)
    while bare and (bare[0] in PERSON_TITLES or (look_up(bare[0]) is not None and len(bare) > 2)):
        bare = bare[1:]
    titled = len(bare) < len(tokens)
    if len(bare) == 1 and titled:
        return (Named("single", bare[0]),)
    if not 2 <= len(bare) <= 3 or any(not token[0].isupper() or token in PERSON_TITLES for token in bare):
        return ()
    if not all(NAME_TOKEN.match(token) for token in bare) or bare[0] in NOT_PEOPLE or bare[-1].isupper():
        return ()
    human = any(token in HUMAN_TITLES for token in tokens[: len(tokens) - len(bare)])
    return (Named("person", " ".join(bare)),) if human or _uncommon(bare[-1]) else ()


def _uncommon(surname: str) -> bool:
    """Whether a capitalised word may be a surname: not an everyday word, not an abstract noun."""
    common = frequencies("en").get(surname.casefold(), 0.0) >= COMMON_ZIPF and surname not in KNOWN_SURNAMES
    return not common and not ABSTRACT.search(surname)


def entities(articles: Iterable[Names]) -> tuple[Entity, ...]:
    """The story's entities by the number of articles that name them, the most named first.

    A person's bare surname counts for the one person of the story who bears it.
    """
    counts: Counter[Named] = Counter()
    singles: Counter[str] = Counter()
    held = list(articles)
    for article in held:
        counts.update(article.full)
        singles.update(article.bare)
    full = _by_surname(counts)
    for surname, extra in singles.items():
        if len(full.get(surname, ())) == 1:
            counts[full[surname][0]] += extra
    floor = 2 if len(held) > 2 else 1
    ranked = sorted(
        (item for item in counts.items() if item[1] >= floor), key=lambda item: (-item[1], item[0])
    )
    return tuple(
        Entity(type=name.type, name=name.name, article_count=count) for name, count in ranked[:MAX_ENTITIES]
    )


def _by_surname(counts: Counter[Named]) -> dict[str, list[Named]]:
    table: dict[str, list[Named]] = {}
    for name in sorted(counts):
        if name.type == "person":
            table.setdefault(name.name.split()[-1], []).append(name)
    return table
