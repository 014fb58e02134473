"""Build the names of countries and languages that the door's pages show.

Run by hand when CLDR changes; needs `babel` and no network:

    python scripts/build_names.py services/web/data/names.json

Source: Unicode CLDR (Unicode License v3) through babel, English.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from babel import Locale


def names() -> dict[str, dict[str, str]]:
    """ISO 3166 codes and BCP 47 primary languages with their English names."""
    locale = Locale("en")
    countries = {code: name for code, name in locale.territories.items() if re.fullmatch("[A-Z]{2}", code)}
    languages = {code: name for code, name in locale.languages.items() if re.fullmatch("[a-z]{2,3}", code)}
    return {"countries": dict(sorted(countries.items())), "languages": dict(sorted(languages.items()))}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(names(), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
