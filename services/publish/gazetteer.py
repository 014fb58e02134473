"""The gazetteer: names of countries, regions, large cities, their people and institutions.

Data and licences: `data/NOTICE`; the built files come from `scripts/build_gazetteer.py`.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

Kind = Literal["country", "region", "city", "people", "cue"]
HAN = re.compile(r"[一-鿿]")
CYRILLIC = re.compile(r"^[Ѐ-ӿ -]+$")
CYRILLIC_ENDING = re.compile(r"[аеёиоуыэюяйь]{1,3}$")
# English short names, where CLDR's is longer than a newspaper's.
SHORT_NAMES = {
    "HK": "Hong Kong", "MO": "Macau", "MM": "Myanmar", "PS": "Palestinian Territories", "CD": "DR Congo",
    "CG": "Republic of the Congo", "BA": "Bosnia and Herzegovina", "CI": "Ivory Coast", "TR": "Turkey",
    "CZ": "Czech Republic",
}  # fmt: skip  # a table
# A newspaper's "Valencia" is not the larger city of that name.
PREFERRED = {"Valencia": "ES", "Granada": "ES", "Salamanca": "ES"}
ARABIC = re.compile(r"^[؀-ۿ ]+$")
# Hamza and madda are printed or left out at will, the article joins to a preposition.
ARABIC_LETTERS = str.maketrans("أإآٱىة", "اااايه", "ـًٌٍَُِّْ")


class Entry(NamedTuple):
    """What a name stands for. `code` is ISO 3166 (country) or its part (`US-TX`, `PS-GZ`)."""

    name: str
    code: str
    kind: Kind
    lat: float | None = None
    lon: float | None = None

    @property
    def country(self) -> str:
        """ISO 3166 alpha-2 of the country."""
        return self.code[:2]


@cache
def _table(name: str) -> str:
    return (files("services.publish") / "data" / name).read_text(encoding="utf-8")


def _rows(name: str) -> list[list[str]]:
    lines = _table(name).splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


@cache
def countries() -> dict[str, dict[str, Any]]:
    """By ISO code: names by language, capital, the capital's coordinates."""
    table: dict[str, dict[str, Any]] = json.loads(_table("countries.json"))
    return table


@cache
def months() -> dict[str, list[str]]:
    """By language: the twelve abbreviated month names in capitals, as datelines print them."""
    table: dict[str, list[str]] = json.loads(_table("months.json"))
    return table


@cache
def regions() -> dict[str, Entry]:
    """Parts of countries that a dateline names by themselves: US states, Gaza, Scotland."""
    return {
        code: Entry(names.split("|")[0], code, "region", float(lat), float(lon))
        for code, names, _abbreviation, lat, lon in _rows("regions.tsv")
    }


@cache
def names() -> dict[str, Entry]:
    """Every known name, as printed, to what it stands for; a country outranks a city of its name."""
    table: dict[str, Entry] = {}
    _add_cities(table)
    _add_regions(table)
    _add_countries(table)
    _add_lists(table)
    return table


def _add_cities(table: dict[str, Entry]) -> None:
    for name, country, state, lat, lon, _population, aliases in _rows("cities.tsv"):
        code = f"US-{state}" if country == "US" and state != "DC" else country
        entry = Entry(name, code, "city", float(lat), float(lon))
        if PREFERRED.get(name, country) != country:
            continue
        for alias in (name, *filter(None, aliases.split("|"))):
            table.setdefault(_key(alias), entry)


def _add_regions(table: dict[str, Entry]) -> None:
    for code, printed, abbreviation, _lat, _lon in _rows("regions.tsv"):
        entry = regions()[code]
        for name in printed.split("|"):
            table[_key(name)] = entry
        if abbreviation:
            table[abbreviation] = entry
            table[f"{entry.name.split()[0]} {abbreviation}"] = entry


def _add_countries(table: dict[str, Entry]) -> None:
    for code, row in countries().items():
        entry = Entry(country_name(code, "en"), code, "country", row["lat"], row["lon"])
        for name in (entry.name, *row["names"].values()):
            if name == "Georgia" or len(name) > 1:
                table[_key(name)] = entry
        capital = row["capital"]
        if capital and capital not in ("Washington", "East Jerusalem"):
            table.setdefault(_key(capital), entry._replace(name=capital, kind="city"))


def _add_lists(table: dict[str, Entry]) -> None:
    for kind, name in (("people", "demonyms.tsv"), ("cue", "cues.tsv")):
        for code, printed in _rows(name):
            entry = place(code)._replace(kind=kind)  # type: ignore[arg-type]  # the two kinds above
            for word in printed.split("|"):
                table[_key(word)] = entry


def _key(name: str) -> str:
    if name.isascii():
        return name
    if ARABIC.match(name):
        return name.translate(ARABIC_LETTERS)
    return CYRILLIC_ENDING.sub("", name) if CYRILLIC.match(name) else name


def look_up(name: str) -> Entry | None:
    """What a name as printed stands for; Russian case endings and Arabic hamzas do not matter."""
    return names().get(_key(name))


@cache
def place(code: str) -> Entry:
    """The place of a code.

    Raises:
        KeyError: no country or region has that code.
    """
    if code in regions():
        return regions()[code]
    row = countries()[code]
    return Entry(country_name(code, "en"), code, "country", row["lat"], row["lon"])


def country_name(code: str, language: str | None) -> str:
    """A country's name in a language of the gazetteer, else in English."""
    table = countries()[code]["names"]
    base = (language or "en").split("-")[0]
    if base in table and base != "en":
        return str(table[base])
    return SHORT_NAMES.get(code, str(table["en"]))


@cache
def han_names() -> re.Pattern[str]:
    """All names in Han characters, longest first: Chinese puts no spaces between words."""
    found = sorted((name for name in names() if HAN.search(name)), key=lambda name: (-len(name), name))
    return re.compile("|".join(map(re.escape, found)))
