"""Datelines: the one an article prints before its lead, and the one that opens a story's summary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from dateline.stories import DatelineText
from services.publish.gazetteer import Entry, country_name, look_up, months
from services.publish.words import clues

AGENCIES = (
    "reuters|ap|afp|dpa|upi|ani|pti|ians|xinhua|tass|efe|ansa|kyodo|yonhap|bloomberg|anadolu|aa|"
    "associated press|the associated press|agence france-presse|cp|the canadian press|aap|pa|pa media|"
    "press association|cnn|bbc|nyt|belga|apa|interfax|antara|bernama|wafa|qna|wam|spa|mena|irna|cnbc"
)
MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)[a-z]*\.?"
PLACE = r"[A-ZÀ-Þ][\w’'.-]*(?:[ /,]+[A-ZÀ-Þ][\w’'.-]*){0,5}"
CAPITALS = r"[A-ZÀ-Þ][A-ZÀ-Þ’'.-]+(?:[ /,]+[A-ZÀ-Þ][\wÀ-Þ’'.-]*){0,4}"
# Such as: SHANGHAI, July 19 (Wire) –; WASHINGTON (AP) —; NEW DELHI:; CAIRO/JERUSALEM —
PRINTED = re.compile(
    rf"^(?:(?P<place>{PLACE})(?:\s\[\w+\])?[,:]?\s*(?:{MONTH}\s+\d{{1,2}},?(?:\s+\d{{4}})?|"
    rf"\d{{1,2}}\s+{MONTH}(?:\s+\d{{4}})?)?\s*,?\s*"
    rf"\((?P<credit>[^()]{{2,40}})\)\s*[-–—:.|]*\s*"
    rf"|(?P<dated>{PLACE})[,:]\s*(?:{MONTH}\s+\d{{1,2}},?(?:\s+\d{{4}})?|"
    rf"\d{{1,2}}\s+{MONTH}(?:\s+\d{{4}})?)\s*[-–—:]+\s*"
    rf"|(?P<day>{MONTH}\s+\d{{1,2}},?(?:\s+\d{{4}})?)\s*[-–—]+\s*"
    rf"|\((?P<outlet>[A-Z][\w .&’'-]{{1,40}})\)\s*[-–—]+\s*"
    rf"|(?P<plain>{CAPITALS})\s*(?:[-–—]+|:)\s*"
    rf"|(?P<titled>[A-Z][a-z]+(?: [A-Z][a-z]+)?)(?:,\s[A-Z][\w.]+)?\s?(?:\s[—–-]\s|:\s))"
)
# Capitals before such a dash are a place, be it too small for the gazetteer ("MAUMERE – The ferry").
SET_APART = re.compile(r"\s[-–—]+\s+$")
# One of these stands in every printed dateline.
MARKS = re.compile(r"[(:–—-]")
AGENCY = re.compile(rf"\b(?:{AGENCIES})\b", re.IGNORECASE)
HAN = re.compile(r"[（(【]?[一-鿿]")
# Such as: 京华财讯北京7月18日电 (agency, city, day, "wire").
HAN_PRINTED = re.compile(
    r"^[（(【]?(?P<credit>[一-鿿]{2,10}?社|[一-鿿]{2,6}?(?:网|財訊|财讯|日报|日報|晚报|晚報))?"
    r"(?P<place>[一-鿿]{2,6}?)\d{1,2}月\d{1,2}日[电電讯訊][）)】]?\s*(?:[（(][^（）()]{2,24}[）)])?\s*"
)
# Such as: 【港島日誌訊】, （南宁综合讯）.
HAN_CREDIT = re.compile(r"^[【（(](?P<credit>[一-鿿]{2,12}?)(?:综合|專|专)?[讯訊电電][】）)]\s*")
BARE_CREDIT = re.compile(rf"^\(\s*({AGENCIES})\s*\)\s*[-–—:]*\s*", re.IGNORECASE)
WEEKDAYS = {
    name: index
    for names in (
        "monday tuesday wednesday thursday friday saturday sunday",
        "lunes martes miércoles jueves viernes sábado domingo",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "montag dienstag mittwoch donnerstag freitag samstag sonntag",
        "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    )
    for index, name in enumerate(names.split())
}
WEEKDAY_WORDS = frozenset(part for name in WEEKDAYS for part in name.split("-"))
WEEKDAY = re.compile(
    r"(?<!next )(?<!last )(?<!every )(?<!since )\b(" + "|".join(sorted(WEEKDAYS)) + r")\b(?!s)", re.IGNORECASE
)
FUTURE = re.compile(
    r"\b(?:will|would|next|until|by|upcoming|scheduled|planned|expected|from|set to|ahead of|deadline|as of|"
    r"since)\b"
)
DAY_OF_MONTH = re.compile(
    rf"\b(?:({MONTH})\s+(\d{{1,2}})|(\d{{1,2}})\s+({MONTH}))\b(?:\s*,?\s*((?:19|20)\d\d))?"
)
DIGIT = re.compile(r"\d")
MONTH_NUMBER = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
OPENING_DAYS = ("On ", "Late on ", "Early on ")
OPENING_DAY = re.compile(
    r"(?:(?:Late|Early) o|O)n (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
    r"(?: (?:morning|afternoon|evening|night))?, "
    r"(?=[A-Z])(?!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\.? \d)"
)
EVENT_WINDOW = timedelta(days=6)
DAY_AFTER = 6  # days back to the last one of tomorrow's name


class Printed(NamedTuple):
    """A printed dateline: the place as printed, the agency credited, and where the lead begins."""

    place: str | None
    credit: str | None
    length: int


NOTHING_PRINTED = Printed(None, None, 0)


def printed_dateline(lead: str) -> Printed:
    """What stands before an article's lead; length 0 where nothing does."""
    if lead.isascii() and not ("(" in lead or ":" in lead or "-" in lead):
        return NOTHING_PRINTED
    match = BARE_CREDIT.match(lead)
    if match:
        return Printed(None, match[1], match.end())
    return _han_printed(lead) if HAN.match(lead) else _western_printed(lead)


def _western_printed(lead: str) -> Printed:
    match = PRINTED.match(lead) if MARKS.search(lead) else None
    if match is None or len(lead) - match.end() < 30:
        return NOTHING_PRINTED
    groups = match.groupdict()
    name, credit = groups["place"] or groups["dated"], groups["credit"] or groups["outlet"]
    if credit and not (AGENCY.search(credit) or match[0].rstrip()[-1] in "-–—"):
        return NOTHING_PRINTED
    if name is None and groups["outlet"] is None and groups["day"] is None:
        name = groups["plain"] or groups["titled"]
        if not any(look_up(part) or look_up(_name_case(part)) for part in re.split(r"[/,] ?", name)):
            small_place = SET_APART.search(match[0]) and lead[match.end()].isupper()
            return Printed(None, None, match.end()) if groups["plain"] and small_place else NOTHING_PRINTED
    return Printed(name, credit, match.end())


def _name_case(shouted: str) -> str:
    """`ST. JOHN'S` as a name is written."""
    return re.sub(r"[^\W\d_]+(?:['’][^\W\d_]+)*", lambda word: word[0].capitalize(), shouted)


def _han_printed(lead: str) -> Printed:
    match = HAN_PRINTED.match(lead)
    if match and len(lead) - match.end() >= 10:
        return Printed(match["place"], match["credit"], match.end())
    match = HAN_CREDIT.match(lead)
    if match:
        return Printed(match["credit"] if look_up(match["credit"]) else None, match["credit"], match.end())
    return NOTHING_PRINTED


def told_day(text: str, published: date, dated: bool = True) -> date | None:
    """The day a lead says it happened: "on Friday", "July 18", seen from the day of publication.

    Where that day is not given but only that of arrival (`dated` false), weekdays say nothing; nor does the
    name of the day after: that is today where the article was written, or tomorrow, and hardly six days ago.
    """
    said = clues(text).parts
    match = WEEKDAY.search(text) if dated and not said.isdisjoint(WEEKDAY_WORDS) else None
    if match and not FUTURE.search(text[max(0, match.start() - 26) : match.start()].lower()):
        back = (published.weekday() - WEEKDAYS[match[1].lower()]) % 7
        if back != DAY_AFTER:
            return published - timedelta(days=back)
    return _day_of_month(text, published)


def opening_day(text: str, published: date, dated: bool, day: date | None) -> int:
    """The length of an "On Friday, " before a capital, where that is the day of the dateline; else 0."""
    match = OPENING_DAY.match(text) if text.startswith(OPENING_DAYS) else None
    return match.end() if match and day and told_day(match[0], published, dated) == day else 0


def _day_of_month(text: str, published: date) -> date | None:
    match = DAY_OF_MONTH.search(text) if DIGIT.search(text) else None
    if match is None or FUTURE.search(text[max(0, match.start() - 26) : match.start()].lower()):
        return None
    month, day = (match[1], match[2]) if match[1] else (match[4], match[3])
    try:
        told = date(int(match[5] or published.year), MONTH_NUMBER[month[:3].lower()], int(day))
    except ValueError:
        return None
    return told if published - EVENT_WINDOW <= told <= published else None


def event_day(
    told: Iterable[date | None], first_published: date, last_published: date, summary: date | None = None
) -> date | None:
    """The day the summary tells, else the one most articles tell; null when none does.

    Only days from a week before the first publication to the last one count.
    """
    votes = Counter(day for day in told if day and first_published - EVENT_WINDOW <= day <= last_published)
    if summary in votes:
        return summary
    return min(votes, key=lambda day: (-votes[day], day)) if votes else None


def dateline_text(entry: Entry | None, day: date | None, language: str | None) -> DatelineText:
    """`CHINA, JUL 18`; the place is left out where none won, the day where none is known."""
    place = place_name(entry, language).upper() if entry else None
    when = day_text(day, language) if day else None
    return DatelineText(
        place=place,
        country=entry.country if entry else None,
        date=day.isoformat() if day else None,
        text=", ".join(part for part in (place, when) if part),
    )


def place_name(entry: Entry, language: str | None) -> str:
    """A place's name in the story's language where the gazetteer has it."""
    return (
        country_name(entry.code, language) if entry.kind != "region" and len(entry.code) == 2 else entry.name
    )


def day_text(day: date, language: str | None) -> str:
    """`JUL 18` in English, day first in the other languages, `7月18日` in Chinese."""
    base = (language or "en").split("-")[0]
    names = months().get(base)
    if base == "zh" and names:
        return f"{names[day.month - 1]}{day.day}日"
    if base == "en" or names is None:
        return f"{months()['en'][day.month - 1]} {day.day}"
    return f"{day.day} {names[day.month - 1]}"
