"""Make the data files of dateline/outlets from three sources: python scripts/build_outlets.py FOLDER

FOLDER holds the sources as they were published:
    publishers_country_language.csv  name, domain, country, language (MIT)
    wikipedia_perennial_2026.csv     source_name, status, domain (CC BY-SA 4.0)
    us_local_2018.csv                name, domain, owner, source: US local outlets, owners of 2018 (MIT)

Facts are only cleaned and cut, never guessed. What is left out, and why, is printed.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "dateline" / "outlets"
HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")

# Not ISO 3166 in the source, or a language code that is none.
COUNTRIES = {"UK": "GB", "IND": "IN", "ISL": "IS"}
LANGUAGES = {"taipeitimes.com": "en", "mexiconewsdaily.com": "en", "israel-nachrichten.org": "de"}

# Wikipedia's "generally reliable, no consensus, generally unreliable, deprecated" on the scale of factuality.
FACTUALITY = {"gr": "high", "nc": "mixed", "gu": "low", "d": "very_low"}
# The host of what is judged, where the source's domain is wider, old or one of several.
HOSTS = {
    "go.com": "abcnews.go.com", "sky.com": "news.sky.com",
    "india.com": "zeenews.india.com", "baidu.com": "baike.baidu.com",
    "parliament.uk": "hansard.parliament.uk",
    "google.com": "maps.google.com", "ap.org": "apnews.com", "kenkurson.com": "californiaglobe.com",
    "epochtimes.de": "theepochtimes.com", "aljazeera.net": "aljazeera.com", "tass.ru": "tass.com",
}  # fmt: skip  # a table
# What is judged is a part of the outlet, or the outlet at some time, so that it says nothing of the whole.
PARTIAL = re.compile(r"contributors|\((?:culture|soap operas|\d{4}[–-]\d{4})\)")

# Hosts where many publish under one name: no outlet of their own.
PLATFORMS = frozenset({"myspace.com", "blogspot.com", "weebly.com", "wix.com", "facebook.com", "tvtv.com"})
CALL_SIGN = re.compile(r"[KW][A-Z]{2,3}(?:-[A-Z]{2})?")
# One owner spelt in several ways.
OWNERS = {
    "Sinclair Broadcast Group": "Sinclair|Sinclair Broadcasting Group",
    "Nexstar": "Nexstar Broadcasting|Nexstar Broadcasting Group|Nexstar Media Group",
    "Tribune": "Tribune Broadcasting|Tribune Company",
    "Tegna": "Tegna Media|Tenga",
    "Gray Television": "Gray Televisoin",
    "Raycom Media": "Raycom",
    "Meredith Corporation": "Meredith",
    "Hearst": "Hearst Corporation|Hearst Television",
    "E. W. Scripps Company": "E.W. Scripps",
    "Univision": "Univision Communications",
    "LeSEA Broadcasting": "LeSea|LeSea Broadcasting",
    "Entravision": "Entravision Communications",
    "Saga Communications": "Saga Broadcasting",
    "Sainte Partners": "Sainte",
    "Hoak Media": "Hoak Media Corporation",
    "Local TV": "Local TV LLC|Local TV, LLC",
    "Block Communications": "Elliott Block / Block Communications",
    "Evening Post Publishing": "Evening Post Publishing Company",
    "Hubbard Broadcasting": "Hubbard Broadcasting Corporation",
    "Daystar": "Daystar Television Network",
    "Lilly Broadcasting": "Lily Broadcasting",
    "Barrington Broadcasting": "Barington Broadcasting",
    "SagamoreHill Broadcasting": "Sagamorehill Broadcasting",
    "Alpha and Omega Broadcasting": "Alpha & Omega Communications",
    "Commonwealth Public Broadcasting": "Commonwealth Public Broadcasting Corporation",
    "Coastal Television Broadcasting": "Coastal Television Broadcasting Company",
    "Rocky Mountain Public Broadcasting": "Rocky Mountain Public Broadcasting Network",
    "South Carolina Educational Television Commission":
        "South Carolina Educational TV|South Carolina Educational TV Commission",
    "Metropolitan Indianapolis Public Broadcasting":
        "Metropolitan Indianapolis Public BroadcastingMetropolitan Indianapolis Public Broadcasting",
    "Idaho State Board of Education": "State Board of Education, Stateof Idaho",
    "Hawaii Public Television": "Hawaii Public Telrvision",
    "United Communications": "United Communcations Corporation",
    "Brazos Valley Public Broadcasting Foundation": "Brazos Valley Public Broadcsating Foundation",
    "Televisa": "Televisa Grupo Televisa",
}  # fmt: skip  # a table
SPELLINGS = {spelt: owner for owner, several in OWNERS.items() for spelt in several.split("|")}
NO_OWNERS = frozenset({"Television Station Group License"})
# An owner's type only where its own name says it.
OWNER_TYPES = (
    ("public_service", re.compile(r"\bPublic (?:Broadcasting|Television|TV|Telecommunications)\b")),
    ("government", re.compile(
        r"\b(?:Public Schools|School District|State Board of|Department of)\b|"
        r"Educational (?:TV|Television|Telecommunications|Communications)"
        r" (?:Authority|Commission|Board)\b|Authority for Educational"
    )),
)  # fmt: skip  # a table


def main() -> None:
    """Read the folder named on the command line and write the files."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    write(OUT / "data" / "publishers.csv", publishers(rows(folder / "publishers_country_language.csv")))
    write(OUT / "wikipedia" / "perennial.csv", perennial(rows(folder / "wikipedia_perennial_2026.csv")))
    write(OUT / "data" / "us_local.csv", us_local(list(rows(folder / "us_local_2018.csv"))))


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a source."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def write(path: Path, facts: Iterable[dict[str, str]]) -> None:
    """Write rows sorted by domain."""
    ordered = sorted(facts, key=lambda row: row["domain"])
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(ordered[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(ordered)
    print(f"{path.relative_to(OUT.parents[1])}: {len(ordered)} outlets, {path.stat().st_size:,} bytes")


def publishers(given: Iterable[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Name, country and language of outlets."""
    for row in given:
        domain = row["domain"].strip().lower()
        yield {
            "domain": domain,
            "name": row["name"].strip(),
            "country": COUNTRIES.get(row["country"], row["country"]),
            "language": LANGUAGES.get(domain, row["language"]),
        }


def perennial(given: Iterable[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Names and factuality; empty where a source has several entries, which may be judged apart."""
    for row in given:
        name = row["source_name"].strip()
        partial = ";" in name or PARTIAL.search(name) is not None
        if partial:
            print(f"not rated, judged in parts: {name}")
        yield {
            "domain": HOSTS.get(row["domain"], row["domain"]),
            "name": plain_name(name),
            "other_names": "|".join(other_names(name)),
            "factuality": "" if partial else FACTUALITY[row["status"]],
        }


def plain_name(name: str) -> str:
    """The name without what stands in parentheses."""
    return re.sub(r"\s*\(.*", "", name.split(";", maxsplit=1)[0].strip())


def other_names(name: str) -> list[str]:
    """Further names in parentheses, years and remarks left out."""
    inside = [part.strip() for found in re.findall(r"\(([^)]*)\)", name) for part in found.split(",")]
    remarks = re.compile(r"\d|\b(?:politics|culture|topics|articles|content|shows|operas|including|and)\b")
    no_names = {"UK", "USA", "India"}
    return [p for p in inside if len(p) > 1 and p not in no_names and not remarks.search(p)]


def us_local(given: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Names and owners of US local outlets. A name that several bear ("Daily News") tells nobody."""
    bearers = Counter(row["name"].strip().casefold() for row in given)
    left_out = Counter[str]()
    for row in given:
        domain = row["domain"].strip().lower()
        if not HOST.fullmatch(domain) or domain in PLATFORMS:
            left_out["no host of its own"] += 1
            continue
        name = row["name"].strip()
        owner = SPELLINGS.get(row["owner"].strip(), row["owner"].strip())
        owner = "" if owner in NO_OWNERS else owner
        yield {
            "domain": domain,
            "name": name
            if bearers[name.casefold()] == 1 and (" " in name or CALL_SIGN.fullmatch(name))
            else "",
            "owner": owner,
            "owner_type": next((kind for kind, said in OWNER_TYPES if said.search(owner)), ""),
        }
    print(f"left out of us_local: {dict(left_out)}")


if __name__ == "__main__":
    main()
