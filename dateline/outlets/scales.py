"""Values of ratings as people write them, on the scales that records use. Unknown words are never guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dateline.outlets import OWNER_TYPES, bare_host

BIASES = ("far_left", "left", "lean_left", "center", "lean_right", "right", "far_right")
FACTUALITIES = ("very_low", "low", "mixed", "high", "very_high")

BIAS_WORDS = {word: word for word in BIASES} | {
    "extreme_left": "far_left", "left_center": "lean_left", "center_left": "lean_left",
    "leans_left": "lean_left", "centre_left": "lean_left", "left_centre": "lean_left",
    "centre": "center", "least_biased": "center",
    "right_center": "lean_right", "center_right": "lean_right", "leans_right": "lean_right",
    "centre_right": "lean_right", "right_centre": "lean_right", "extreme_right": "far_right",
} | {str(step): word for step, word in zip(range(-3, 4), BIASES, strict=True)} | {
    f"+{step}": BIASES[step + 3] for step in (1, 2, 3)
}  # fmt: skip  # a table
# Media Bias/Fact Check has a sixth step between high and mixed. On its own points (0 best, 10 worst) it is
# 2 to 4, the second fifth of the scale, which is "high" here.
FACTUALITY_WORDS = {word: word for word in FACTUALITIES} | {"mostly_factual": "high"}
# A rater's word that it has no judgement: it is taken, and no other host's judgement stands in for it.
UNRATED = frozenset({"unrated", "not_rated", "unknown", "n/a"})
COUNTRIES = {"UK": "GB", "USA": "US"}
HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
MOST_TEXT = 200


class OffScale(ValueError):
    """A value that says nothing on our scales; the message names it."""


def bias(given: str) -> str:
    """A slant, empty for "unrated". Raises OffScale."""
    return _judged(given, BIAS_WORDS, BIASES)


def factuality(given: str) -> str:
    """A reliability, empty for "unrated". Raises OffScale."""
    return _judged(given, FACTUALITY_WORDS, FACTUALITIES)


def owner_type(given: str) -> str:
    """A kind of owner. Raises OffScale."""
    return _word(given, {word: word for word in OWNER_TYPES}, OWNER_TYPES)


def _judged(given: str, words: Mapping[str, str], scale: tuple[str, ...]) -> str:
    return "" if _folded(given) in UNRATED else _word(given, words, scale)


def _folded(given: str) -> str:
    return re.sub(r"[\s_–-]+(?=[a-z])", "_", given.strip().casefold())


def _word(given: str, words: Mapping[str, str], scale: tuple[str, ...]) -> str:
    found = words.get(_folded(given))
    if found is None:
        raise OffScale(f"{shown(given)} is none of {', '.join(scale)}")
    return found


def country(given: str) -> str:
    """An ISO 3166 code of two letters. Raises OffScale."""
    code = COUNTRIES.get(given.strip().upper(), given.strip().upper())
    if not re.fullmatch("[A-Z]{2}", code):
        raise OffScale(f"{shown(given)} is no country code of two letters (ISO 3166)")
    return code


def domain(given: str) -> str:
    """A host, from a host or an address without a path. Raises OffScale."""
    text = re.sub(r"^[a-z][a-z0-9+.-]*://", "", given.strip().lower())
    host, _, path = text.partition("/")
    if path.strip("/"):
        raise OffScale(f"{shown(given)} is a part of a site; outlets are known by their host")
    host = bare_host(host.split(":")[0])
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise OffScale(f"{shown(given)} is no domain") from None
    if len(host) > 253 or not HOST.fullmatch(host):
        raise OffScale(f"{shown(given)} is no domain")
    return host


def text(given: str) -> str:
    """A name, as it is. Raises OffScale where it is longer than any."""
    plain = re.sub(r"\s+", " ", given).strip()
    if len(plain) > MOST_TEXT:
        raise OffScale(f"has {len(plain)} characters, {MOST_TEXT} at most")
    return plain


def pc1(given: str) -> str:
    """The quality score of Lin et al. (0 to 1) in fifths. Raises OffScale."""
    try:
        score = float(given)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise OffScale(f"{shown(given)} is no number from 0 to 1")
    return FACTUALITIES[min(4, int(score * 5))]


def shown(given: str) -> str:
    """A value for a message: quoted and short."""
    return repr(given if len(given) <= 60 else given[:57] + "...")
