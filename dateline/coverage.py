"""Who reports a story: the part of its record that shares and blind spots are read from."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from pydantic import Field

from dateline.articles import Frozen, Publisher

Bias = Literal["far_left", "left", "lean_left", "center", "lean_right", "right", "far_right"]
SIDES = ("left", "center", "right")
Factuality = Literal["very_high", "high", "mixed", "low", "very_low"]


class RecordPublisher(Publisher):
    owner: str | None = Field(
        None, description="Who owns it; outlets of one owner are one independent source."
    )
    bias: Bias | None = Field(None, description="By the ratings in force; null: not rated.")
    factuality: Factuality | None = Field(None, description="By the ratings in force; null: not rated.")


class Dominant(Frozen):
    label: str = Field(description="left, center or right.")
    share: float = Field(description="0 to 1, of the rated publishers.")


class BiasCoverage(Frozen):
    base: str = Field("publishers", description="What is counted: publishers, one vote each.")
    counts: dict[str, int] = Field(
        default_factory=lambda: dict.fromkeys(get_args(Bias), 0), description="Publishers by rating."
    )
    grouped: dict[str, int] = Field(
        default_factory=lambda: dict.fromkeys(SIDES, 0),
        description="Publishers by side: left, center, right.",
    )
    shares: dict[str, float] = Field(
        default_factory=dict, description="Each side's share of the rated, 0 to 1."
    )
    rated: int = Field(0, description="Publishers with a rating.")
    unrated: int = Field(0, description="Publishers without one.")
    dominant: Dominant | None = Field(None, description="The largest side, where one is.")
    statement: str = Field("", description="In words: `50% of the sources are Center`.")


class FactualityCoverage(Frozen):
    counts: dict[str, int] = Field(
        default_factory=lambda: dict.fromkeys(get_args(Factuality), 0), description="Publishers by rating."
    )
    rated: int = Field(0, description="Publishers with a rating.")
    unrated: int = Field(0, description="Publishers without one.")
    statement: str = Field("", description="In words.")


class Ownership(Frozen):
    counts: dict[str, int] = Field(default_factory=dict, description="Publishers by the kind of their owner.")
    statement: str = Field("", description="In words, with how many are known.")


class Blindspot(Frozen):
    side: Literal["left", "right"] | None = Field(
        None, description="The side that hardly reports it; null: none."
    )
    rule: str = Field("", description="The rule, in words.")
    left_share: float | None = Field(None, description="0 to 1; null: too few are rated.")
    right_share: float | None = Field(None, description="0 to 1; null: too few are rated.")


class RatingsInfo(Frozen):
    name: str | None = Field(None, description="Of the ratings in force; null: none are loaded.")
    version: str | None = Field(None, description="As loaded.")
    licence: str | None = Field(None, description="As loaded.")
    raters: tuple[str, ...] = Field((), description="Whose ratings count in this story.")
    disagreement: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Domain → what its raters differ on."
    )


class TimelineBucket(Frozen):
    bucket_start: datetime = Field(description="The hour (or day) it begins.")
    articles: int = Field(description="Published in it.")
    publishers: int = Field(description="Of those articles.")


class Coverage(Frozen):
    bias: BiasCoverage = Field(BiasCoverage(), description="Who reports it, by bias.")
    factuality: FactualityCoverage = Field(FactualityCoverage(), description="Who reports it, by factuality.")
    ownership: Ownership = Field(Ownership(), description="Who reports it, by owner.")
    countries: dict[str, int] = Field(default_factory=dict, description="ISO 3166 → publishers seated there.")
    blindspot: Blindspot = Field(Blindspot(), description="Whether a side hardly reports it.")
    ratings: RatingsInfo = Field(RatingsInfo(), description="The ratings that all this rests on.")
    first_publisher: RecordPublisher | None = Field(None, description="Who published first.")
    statements: tuple[str, ...] = Field((), description="All of it in sentences.")
    timeline: tuple[TimelineBucket, ...] = Field((), description="Articles over time.")
