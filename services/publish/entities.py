"""People, organisations and places an article names, by capitals, titles, given names and the gazetteer.

Not every name of two words is a person's. One is taken for a person where something says so: a title or
role before it ("spokesman Rui Almeida"), a known given name with an uncommon surname, or, for what
might be either, the bare surname elsewhere in the article.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import NamedTuple

from dateline.stories import Entity
from services.publish.gazetteer import look_up
from services.publish.name_words import (
    HUMAN_TITLES,
    KNOWN_SURNAMES,
    NOT_NAMES,
    NOT_PEOPLE,
    ORGANISATION_WORDS,
    PERSON_TITLES,
    ROLES,
)
from services.publish.places import POSSESSIVE, POSSESSIVE_END, RUN
from services.publish.same_names import one_organisation, one_person
from services.publish.sentences import Sentence
from services.publish.words import frequencies

ABSTRACT = re.compile(r"(?:ment|tion|ship|ance|ence|ics|orate|ness|ity|ives|isation|ization|ism)$")
NAME_TOKEN = re.compile(r"^(?:[^\W\d_]\.|[^\W\d_][^\W\d_'’-]*(?:['’-][^\W\d_]+)*)$")
NOT_INITIALS = frozenset("PM IT US UN EU UK AI TV MP AG VP DC LA NY KM MV SS".split())
# The first half of a name that goes on behind "and": Food and Drug Administration, Department of Health and …
HALF = re.compile(
    r"(?:^|.*\s)((?:(?:Department|Ministry|Secretary|Minister) of \w+)|Food|Health|Science) (?:and|&) $"
)
MODIFIER = re.compile(r"-[a-zà-ÿ]{3,}$")
MAX_SENTENCES, MAX_ENTITIES = 14, 20
COMMON_ZIPF = 4.3
KINDS = ("person", "organization", "place")


@cache
def given_names() -> frozenset[str]:
    """Common given names, folded."""
    path = files("services.publish") / "data" / "given_names.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(name for line in lines if not line.startswith("#") for name in line.split())


class Named(NamedTuple):
    """A name in an article.

    Type `maybe` may be a person's, `single` is one bare word, kept to tell which are surnames.
    """

    type: str
    name: str


class Names(NamedTuple):
    """An article's names, each once; `bare` are single words that no full name of the article ends in."""

    full: tuple[Named, ...]
    bare: tuple[str, ...]
    places: tuple[str, ...]


def names(sentences: Sequence[Sentence]) -> Names:
    """The names in an article's body, sorted."""
    found = named(sentences)
    singles = {name.name for name in found if name.type == "single"}
    full = tuple(sorted({_settled(name, singles) for name in found if name.type != "single"}))
    surnames = {name.name.split()[-1] for name in full if name.type in ("person", "maybe")}
    return Names(
        full=full,
        bare=tuple(sorted(singles - surnames)),
        places=tuple(name.name for name in full if name.type == "place"),
    )


def _settled(name: Named, singles: set[str]) -> Named:
    """What may be a person is one where the surname stands alone elsewhere."""
    person = name.type == "maybe" and name.name.split()[-1] in singles
    return Named("person", name.name) if person else name


def named(sentences: Sequence[Sentence]) -> frozenset[Named]:
    """The names in an article's body, single words among them."""
    found: set[Named] = set()
    for sentence in sentences:
        if 0 <= sentence.position < MAX_SENTENCES and sentence.whole:
            for run in RUN.finditer(sentence.text):
                if run.start() or " " in run[0]:
                    found.update(_found(run[0], sentence.text[: run.start()]))
    return frozenset(found)


def _found(run: str, before: str) -> Iterable[Named]:
    """What a run of capitalised words names, `before` being the sentence up to it."""
    last = before.rsplit(None, 1)[-1:]
    half = HALF.match(before) if before.endswith(("and ", "& ")) else None
    whole = f"{half[1]} and {run}" if half else run
    role = bool(last) and last[0].strip("“”\"'(,") in ROLES
    return _classify(whole, not before, role)


def _classify(run: str, opens: bool, role: bool) -> Iterable[Named]:
    name = _trim(run)
    if not name or (opens and " " not in name):
        return ()
    return _typed(name, role)


def _trim(run: str) -> str:
    """A run without possessive ending, leading article and calendar words."""
    tokens = (POSSESSIVE_END.sub("", run) if run.endswith(POSSESSIVE) else run).split()
    while tokens and (tokens[0] in NOT_NAMES or tokens[0].islower() or MODIFIER.search(tokens[0])):
        tokens = tokens[1:]
    while tokens and (tokens[-1].rstrip(".,") in NOT_NAMES or tokens[-1].islower()):
        tokens = tokens[:-1]
    while tokens and MODIFIER.search(tokens[-1]):
        tokens = tokens[:-1]
    return " ".join(tokens).rstrip(".,") if tokens else ""


def _typed(name: str, role: bool) -> tuple[Named, ...]:
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
        vague = len(tokens) == 2 and tokens[0] in (
            "U.S.",
            "US",
            "U.K.",
            "UK",
            "Federal",
            "State",
            "Upper",
            "Lower",
        )
        return () if vague else (Named("organization", name),)
    return _person(tokens, role)


def _is_organisation(tokens: list[str]) -> bool:
    return tokens[-1] in ORGANISATION_WORDS or (
        tokens[0] in ORGANISATION_WORDS and len(tokens) > 2 and tokens[1] in ("of", "for", "de")
    )


def _person(tokens: list[str], role: bool) -> tuple[Named, ...]:
    bare = list(tokens)
    while bare and (bare[0] in PERSON_TITLES or (look_up(bare[0]) is not None and len(bare) > 2)):
        bare = bare[1:]
    while len(bare) > 2 and not _given(bare[0]) and _given(bare[1]):
        bare = bare[1:]
    titled = len(bare) < len(tokens)
    if len(bare) == 1 and titled:
        return (Named("single", bare[0]),)
    if not 2 <= len(bare) <= 3 or any(not token[0].isupper() or token in PERSON_TITLES for token in bare):
        return ()
    if not all(NAME_TOKEN.match(token) for token in bare) or bare[0] in NOT_PEOPLE or bare[-1].isupper():
        return ()
    human = role or any(token in HUMAN_TITLES for token in tokens[: len(tokens) - len(bare)])
    given, rare = _given(bare[0]), _uncommon(bare[-1])
    if not given and not human and look_up(bare[0]) is not None:
        return ()
    if human or (given and rare):
        return (Named("person", " ".join(bare)),)
    return (Named("maybe", " ".join(bare)),) if given or rare else ()


def _given(token: str) -> bool:
    """A common given name, or initials."""
    plain = token.replace(".", "")
    initials = plain.isupper() and len(plain) <= 2 and plain not in NOT_INITIALS
    return token.casefold() in given_names() or initials


def _uncommon(surname: str) -> bool:
    """Whether a capitalised word may be a surname: not an everyday word, not an abstract noun."""
    common = frequencies("en").get(surname.casefold(), 0.0) >= COMMON_ZIPF and surname not in KNOWN_SURNAMES
    return not common and not ABSTRACT.search(surname)


def entities(articles: Iterable[Names]) -> tuple[Entity, ...]:
    """The story's entities by the number of articles that name them, the most named first.

    A person's bare surname counts for the one person of the story who bears it.
    """
    held = list(articles)
    sure = {name.name for article in held for name in article.full if name.type == "person"}
    ends = {name[at + 1 :] for name in sure for at, letter in enumerate(name) if letter == " "}
    printed = [
        [_sure(name, sure, ends) for name in article.full] if _doubtful(article) else article.full
        for article in held
    ]
    seen = Counter(chain.from_iterable(printed))
    same = _same(seen)
    bearers = _by_surname(set(same.values()))
    only = {surname: named[0] for surname, named in bearers.items() if len(named) == 1}
    counts: Counter[Named] = Counter()
    for article, names_of in zip(held, printed, strict=True):
        meant = {same[name] for name in names_of if name in same}
        meant.update(only[each] for each in article.bare if each in only)
        counts.update(meant)
    floor = 2 if len(held) > 2 else 1
    ranked = sorted(
        (item for item in counts.items() if item[1] >= floor), key=lambda item: (-item[1], item[0])
    )
    return tuple(
        Entity(type=name.type, name=name.name, article_count=count) for name, count in ranked[:MAX_ENTITIES]
    )


def _doubtful(article: Names) -> bool:
    """Whether an article has a name of which it does not say whose it is; such names come first."""
    return bool(article.full) and article.full[0].type == "maybe"


def _sure(name: Named, sure: set[str], ends: set[str]) -> Named:
    """Who is a person in one article is one in all; the end of a person's name is short for it."""
    if name.type == "maybe" and (name.name in sure or name.name in ends):
        return Named("person", name.name)
    return name


def _same(counts: Mapping[Named, int]) -> dict[Named, Named]:
    """Each name to the one that stands for it; what only may be a person is left out."""
    found = {name: name for name in counts if name.type == "place"}
    for kind, together in (("person", one_person), ("organization", one_organisation)):
        forms = together({name.name: count for name, count in counts.items() if name.type == kind})
        found.update((Named(kind, name), Named(kind, best)) for name, best in forms.items())
    return found


def _by_surname(people: Iterable[Named]) -> dict[str, list[Named]]:
    table: dict[str, list[Named]] = {}
    for name in sorted(people):
        if name.type == "person":
            table.setdefault(name.name.split()[-1], []).append(name)
    return table
