"""Places an article names, and the vote of a story's articles on where it happened.

A name counts when it is the whole of a run of capitalised words ("Jordan", not "Michael Jordan"),
or stands at either end of one where that is safe ("Israeli Prime Minister …", "Toronto Police").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from services.publish.gazetteer import Entry, han_names, look_up, place

RUN = re.compile(r"[A-ZÀ-ÞА-ЯЁ][\w’'.-]*(?:\s+(?:(?:of|the|de|del|la|da|do|di)\s+)?[A-ZÀ-ÞА-ЯЁ][\w’'.-]*)*")
# Where somebody is at home, which says nothing of where it happened.
SEAT_OF = ("based in ", "headquartered in ")
# A capital at the beginning of a sentence is no name's.
OPENING = re.compile(
    r"(?:(?:In|At|On|From|To|Near|Across|The|As|After|Before|For|But|And|When|While|With|By|If|Since|Both|Former|"
    r"En|El|La|Los|Las|Le|Les|Im|Aus|Nach|Die|Der|Das|Em|No|Na|O|A|В|На|Из|По|От|Для|Как)\s+)+"
)
POSSESSIVE = ("'s", "’s", "'", "’")
POSSESSIVE_END = re.compile(r"(?:['’]s|['’])$")
ARABIC = re.compile(r"[؀-ۿ]+")
HAN = re.compile(r"[一-鿿]")
LOCATIVE = re.compile(
    r"\b(?:in|at|near|across|outside|inside|throughout|off|from|to|en|à|au|aux|im|nach|aus|em|no|na|в|во)"
    r"(?:\s+(?:the|northern|southern|eastern|western|central|war-torn|la|le|el|den|der|dem))?\s+$",
    re.IGNORECASE,
)
TITLE_VOTES, LEAD_VOTES, LOCATIVE_VOTES, DATELINE_VOTES = 3, 1, 1, 16
COUNTRY_SHARE, COUNTRY_LEAD, REGION_SHARE, NAMED_BY = 0.3, 1.15, 0.5, 0.25
# A demonym says who acts; a name says where.
KIND_WEIGHT = {"country": 4, "region": 4, "city": 4, "people": 2, "cue": 2}


class Mention(NamedTuple):
    """A place named once in a text."""

    entry: Entry
    locative: bool


class Winner(NamedTuple):
    """The place of a story: the entry and its share of all votes, 0 to 1."""

    entry: Entry
    share: float


def mentions(text: str) -> Iterator[Mention]:
    """The places a text names, in order, a demonym or an institution as its country."""
    for start, entry in _in_runs(text):
        if not text.endswith(SEAT_OF, 0, start):
            yield Mention(entry, _is_locative(text, start))
    if not text.isascii():
        if HAN.search(text):
            yield from (Mention(entry, False) for entry in _known(han_names().findall(text)))
        yield from (Mention(entry, False) for entry in _known(_arabic_forms(text)))


def _is_locative(text: str, start: int) -> bool:
    return bool(LOCATIVE.search(text[max(0, start - 24) : start]))


def _known(candidates: Iterable[str]) -> Iterator[Entry]:
    for name in candidates:
        entry = look_up(name)
        if entry is not None:
            yield entry


def _arabic_forms(text: str) -> Iterator[str]:
    """Arabic words as they stand and without a leading one-letter conjunction or preposition."""
    for token in ARABIC.findall(text):
        yield token
        if len(token) > 4 and token[0] in "وبلف" and look_up(token) is None:
            yield token[1:]


def _in_runs(text: str) -> Iterator[tuple[int, Entry]]:
    for run in RUN.finditer(text):
        first, name, start = run[0], run[0], run.start()
        if " " in first or not first.isascii():
            opening = OPENING.match(first)
            start += opening.end() if opening else 0
            name = text[start : run.end()]
        whole = look_up(first) or look_up(_bare(name))
        if whole is not None:
            yield start, whole
        elif len(name.split(None, 1)) > 1:
            yield from _parts(start, name)


def _bare(name: str) -> str:
    if name.endswith(POSSESSIVE):
        name = POSSESSIVE_END.sub("", name)
    bare = name.rstrip(".'’")
    return name if bare == name or look_up(name) is not None else bare


def _parts(start: int, run: str) -> Iterator[tuple[int, Entry]]:
    """Names at the ends of a longer run: a demonym or country in front, longest first; cues anywhere."""
    pieces = list(re.finditer(r"\S+", run))
    at = 0
    while at < len(pieces):
        step = 1
        for length in range(min(4, len(pieces) - at), 0, -1):
            name = run[pieces[at].start() : pieces[at + length - 1].end()]
            entry = look_up(_bare(name))
            if entry is not None and _safe(entry, at, length, name):
                yield start + pieces[at].start(), entry
                step = length
                break
        at += step


def _safe(entry: Entry, at: int, length: int, name: str) -> bool:
    """Whether a name inside a longer capitalised run is likely meant: cities and states make surnames."""
    if entry.kind in ("people", "cue") or length > 1:
        return True
    if name.endswith(("'s", "’s")):
        return at == 0
    return entry.kind in ("country", "region") and at == 0


def article_votes(title: str, leads: Iterable[str]) -> dict[str, int]:
    """One article's votes by place code: its title three times a lead."""
    votes: Counter[str] = Counter()
    _count(votes, mentions(title), TITLE_VOTES)
    for lead in leads:
        _count(votes, mentions(lead), LEAD_VOTES)
    return dict(votes)


def _count(votes: Counter[str], found: Iterable[Mention], worth: int) -> None:
    seen: set[str] = set()
    for mention in found:
        if mention.entry.code not in seen:
            extra = LOCATIVE_VOTES if mention.locative or not seen else 0
            seen.add(mention.entry.code)
            votes[mention.entry.code] += KIND_WEIGHT[mention.entry.kind] * (worth + extra)


def dateline_vote(printed: str | None) -> str | None:
    """The place code of a printed dateline: the first name in it that the gazetteer knows."""
    if not printed:
        return None
    for part in re.split(r"\s*[/,]\s*", printed):
        found = next(mentions(part.title() if part.isupper() else part), None)
        if found is not None:
            return found.entry.code
    return None


def winner(ballots: Iterable[dict[str, int]], seats: Iterable[str | None] = ()) -> Winner | None:
    """The story's place: the country with the votes, or its region when half of them name it.

    `seats` are the printed datelines, sixteen votes each; where no country has 30 % of all votes and 15 %
    more than the next, the one they name most often wins if it is among the first two. Else null, and
    null when fewer than a quarter of the articles name it.
    """
    votes: Counter[str] = Counter()
    printed = Counter(seat for seat in seats if seat)
    held = list(ballots)
    for ballot in held:
        votes.update(ballot)
    for seat, count in printed.items():
        votes[seat] += DATELINE_VOTES * count
    countries: Counter[str] = Counter()
    for code, count in votes.items():
        countries[_country(code, votes)] += count
    ranked = sorted(countries, key=lambda code: (-countries[code], code))
    if not ranked or not _named_enough(ranked[0], held, votes):
        return None
    total, first = sum(countries.values()), countries[ranked[0]]
    clear = first >= COUNTRY_SHARE * total and (
        len(ranked) == 1 or first >= COUNTRY_LEAD * countries[ranked[1]]
    )
    seated = [code for code in _seated(printed, votes) if code in ranked[:2]]
    won = ranked[0] if clear else (seated[0] if seated else None)
    return Winner(_region(won, votes), round(countries[won] / total, 4)) if won else None


def _named_enough(country: str, ballots: list[dict[str, int]], votes: Counter[str]) -> bool:
    """Whether a quarter of the articles name the country or a part of it."""
    named = sum(any(_country(code, votes) == country for code in ballot) for ballot in ballots)
    return named >= NAMED_BY * len(ballots)


def _seated(printed: Counter[str], votes: Counter[str]) -> list[str]:
    """Countries of the printed datelines, the most printed first."""
    counts: Counter[str] = Counter()
    for code, count in printed.items():
        counts[_country(code, votes)] += count
    return sorted(counts, key=lambda code: (-counts[code], code))


def _country(code: str, votes: Counter[str]) -> str:
    """A code's country; "Georgia" beside American votes is the state."""
    if code == "GE" and any(count for other, count in votes.items() if other.startswith("US")):
        return "US"
    return code[:2]


def _region(country: str, votes: Counter[str]) -> Entry:
    own = {code: count for code, count in votes.items() if code[:2] == country and "-" in code}
    if country == "US" and votes.get("GE"):
        own["US-GA"] = own.get("US-GA", 0) + votes["GE"]
    total = votes[country] + sum(own.values())
    best = min(own, key=lambda code: (-own[code], code), default=None)
    if best is None or own[best] < REGION_SHARE * total:
        return place(country)
    return place(best)
