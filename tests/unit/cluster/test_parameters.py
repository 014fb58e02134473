"""Parameters can be replaced one by one; what is wrong is said with the nearest right name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pytest

from dateline.settings import Settings, SettingsError
from services.cluster.app import parameters_from
from services.cluster.parameters import DEFAULT, overridden


def test_what_is_not_named_stays_and_some_come_from_their_settings() -> None:
    settings = Settings(
        cluster_parameters='{"threshold": 0.2}', close_after_seconds=60, publish_min_publishers=3
    )

    found = parameters_from(settings)

    assert (found.threshold, found.close_after, found.public_from) == (0.2, 60_000, 3)
    assert found.title_weight == DEFAULT.title_weight


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "Expecting"),
        ("[]", "not a JSON object"),
        ('{"treshold": 0.2}', "did you mean threshold"),
        ('{"close_after": 5}', "is no parameter"),
        ('{"threshold": "0.2"}', "is not a number"),
        ('{"lead_words": 2.5}', "is not a number like"),
        ('{"threshold": true}', "is not a number"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        overridden(DEFAULT, text, {"close_after": 1})


def test_a_service_refuses_to_start_on_it() -> None:
    with pytest.raises(SettingsError, match="DATELINE_CLUSTER_PARAMETERS"):
        parameters_from(Settings(cluster_parameters='{"close_after": 5}'))


def test_overrides_are_part_of_the_configuration_that_events_name() -> None:
    assert Settings().config_hash != Settings(cluster_parameters='{"threshold": 0.2}').config_hash


def test_the_log_says_of_each_value_what_it_is_worth() -> None:
    """Every parameter is in the table of halved and doubled values, as it is now, or named beside it."""
    text = (Path(__file__).parents[3] / "docs" / "quality-log.md").read_text("utf-8")
    told = text[text.index("**Each value halved and doubled.**") :]
    table = dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", told, re.MULTILINE))
    named = set(re.findall(r"`(\w+)`", told))
    assert {field.name for field in fields(DEFAULT)} - named == set()
    assert {name: f"{getattr(DEFAULT, name):g}" for name in table} == table


def test_beside_each_value_stands_what_set_it() -> None:
    """In brackets: a word, or the differences that the log's table has, in thousandths."""
    house = Path(__file__).parents[3]
    log = (house / "docs" / "quality-log.md").read_text("utf-8")
    base = re.search(r"as they are: (\.\d+) / (\.\d+)", log)
    assert base is not None
    code = (house / "services" / "cluster" / "parameters.py").read_text("utf-8")
    beside = dict(re.findall(r"^    (\w+): \w+ = .*\[([^\]]+)\]$", code, re.MULTILINE))
    assert {field.name for field in fields(DEFAULT)} - beside.keys() == {"split_sizes"}
    words = {"bad input", "seeds", "orders", "bound", "life", "off", "log"}
    told = {name: said for name, said in beside.items() if said not in words}
    rows = re.findall(r"^\| `(\w+)` \| \S+ \| (\S+) / (\S+) \| (\S+) / (\S+) \|", log, re.MULTILINE)
    assert told == {name: _differences(worth, base.groups()) for name, *worth in rows}


def _differences(worth: Sequence[str], base: Sequence[str]) -> str:
    """Of halved texts and titles, doubled texts and titles."""
    each = [round(1000 * (float(one) - float(base[at % 2]))) for at, one in enumerate(worth)]
    half, full = ("/".join(f"{one:+d}" if one else "0" for one in pair) for pair in (each[:2], each[2:]))
    return f"{half} {full}"
