"""Write services/cluster/data/places.tsv: a line a place, its key and its one-word names in many languages.

Made from the gazetteer of publish (its sources and licences: services/publish/data/NOTICE, which counts for
this file too). Kept are names that their letters alone would not bring together: 北京, Pechino, القاهرة.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from services.cluster.names import skeleton

ROOT = Path(__file__).parent.parent / "services"
OUT = ROOT / "cluster" / "data" / "places.tsv"
HAN = re.compile(r"^[\u4e00-\u9fff]+$")
MOST_CITIES = 2000


def main() -> None:
    names: dict[str, set[str]] = {}
    for code, row in json.loads((ROOT / "publish/data/countries.json").read_text("utf-8")).items():
        names[code] = {word for name in row["names"].values() for word in forms(name)}
    lines = (ROOT / "publish/data/cities.tsv").read_text("utf-8").splitlines()
    for line in lines[:MOST_CITIES]:
        name, country, _state, _lat, _lon, _population, aliases = line.split("\t")
        found = {word for alias in (name, *aliases.split("|")) for word in forms(alias)}
        names[f"{country}:{name}"] = {
            word for word in found if word == name.casefold() or skeleton(word) != skeleton(name)
        }
    first: dict[str, str] = {}  # countries before cities, large cities before small ones
    for key, words in names.items():
        for word in words:
            first.setdefault(word, key)
    kept = {key: sorted(word for word in words if first[word] == key) for key, words in names.items()}
    text = "".join(f"{key}\t{'|'.join(words)}\n" for key, words in sorted(kept.items()) if len(words) > 1)
    head = "# Made by scripts/build_place_names.py; sources and licences: services/publish/data/NOTICE."
    OUT.write_text(f"{head}\n{text}", "utf-8")


def forms(name: str) -> set[str]:
    """A name as articles are cut into words: one word, or the first piece of an unspaced script."""
    if HAN.match(name):
        return {name[:2]} if len(name) > 1 else set()
    return {name.casefold()} if " " not in name and "-" not in name and len(name) > 3 else set()


if __name__ == "__main__":
    main()
