"""One season told in ten languages: none falls below its floor."""

from __future__ import annotations

import pytest

from tests.quality.season import LANGUAGES, articles, played

# B-cubed F1 of titles and of snippets, mean of three seasons, less .03 (docs/quality-log.md has the figures)
FLOORS = {
    "ar": (0.36, 0.63), "de": (0.31, 0.52), "en": (0.49, 0.67), "es": (0.45, 0.56), "fr": (0.33, 0.63),
    "pt": (0.35, 0.55), "ru": (0.61, 0.60), "sl": (0.66, 0.62), "vi": (0.61, 0.62), "zh": (0.68, 0.63),
}  # fmt: skip  # a table


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_keeps_its_floor(language: str) -> None:
    titles, snippets = (played(language, kind).f1 for kind in ("titles", "snippets"))
    assert (titles > FLOORS[language][0], snippets > FLOORS[language][1]) == (True, True), (titles, snippets)


def test_a_season_is_the_same_events_in_every_language() -> None:
    sizes = {
        language: sorted((each["published_at"], each["story"].split("-")[1]) for each in articles(language))
        for language in LANGUAGES
    }
    assert len(sizes) == 10
    assert all(each == sizes["en"] for each in sizes.values())
