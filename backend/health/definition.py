"""A health model as stored: everything that scoring reads from the program, whole in one value."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cached_property
from typing import Annotated

import orjson
from pydantic import Field

from backend.health.measures import Measure
from backend.program.section import Key, Section

POINT = 1_000_000
"""Micro-points of a point."""
WHOLE = 1_000_000
"""Parts per million of the whole weight."""


class Leaf(Section):
    """One thing that counts in health."""

    key: Key
    name: str
    group: Key
    weight: Annotated[int, Field(ge=0, le=WHOLE)]
    """Nominal weight, parts per million."""
    measure: Measure
    window: Annotated[int, Field(ge=1, le=366)]
    poor: float
    healthy: float
    unit: str
    empty: Annotated[int, Field(ge=0, le=100 * POINT)]
    """Normalised value where a connected source has nothing to report, micro-points."""
    visible: bool
    statement: str
    nothing: str
    change: str
    change_denominator: str


class Anchors(Section):
    """Where a leaf's 0 and 100 points lie."""

    poor: float
    healthy: float


class Profile(Section):
    """Anchors for some accounts: those younger than some days, or of some tiers. The first that fits is used."""

    key: Key
    younger_than: int | None = None
    tiers: tuple[Key, ...] = ()
    anchors: Mapping[str, Anchors]


class Tier(Section):
    """What scoring knows of a tier: the metrics that it offers and what it includes of them a month."""

    key: Key
    offers: tuple[Key, ...] | None = None
    """Empty: all of them."""
    limits: Mapping[str, int] = Field(default_factory=dict)


class Cuts(Section):
    """Where the bands meet, micro-points."""

    red: int = 40 * POINT
    green: int = 70 * POINT
    margin: int = 2 * POINT
    at_risk: int = 55 * POINT


class Model(Section):
    """A version of the health model."""

    groups: Mapping[str, str]
    """Group key → name, in order."""
    leaves: Annotated[tuple[Leaf, ...], Field(min_length=1, max_length=60)]
    profiles: tuple[Profile, ...] = ()
    """Profile n of the list is stored as n, from 1; 0 is the leaves' own anchors."""
    tiers: tuple[Tier, ...] = ()
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    """Business days, ISO: Monday is 1."""
    holidays: tuple[date, ...] = ()
    cuts: Cuts = Cuts()
    minimum_coverage: int = WHOLE // 2
    too_new_days: int = 3
    words: Mapping[str, str] = Field(default_factory=dict)
    """Band → what customers read."""

    @cached_property
    def visible(self) -> tuple[int, ...]:
        """Places of the customer-visible leaves, from 0."""
        return tuple(place for place, leaf in enumerate(self.leaves) if leaf.visible)

    @cached_property
    def _holidays(self) -> frozenset[date]:
        return frozenset(self.holidays)

    def is_business_day(self, day: date) -> bool:
        """Whether a day is a business day of the organization."""
        return day.isoweekday() in self.weekdays and day not in self._holidays

    def business_days(self, first: date, last: date) -> list[date]:
        """The business days from `first` to `last`, both included."""
        days = (first + timedelta(n) for n in range((last - first).days + 1))
        return [day for day in days if self.is_business_day(day)]

    def anchors(self, place: int, profile: int) -> tuple[float, float]:
        """Poor and healthy anchor of a leaf under a profile."""
        leaf = self.leaves[place]
        chosen = self.profiles[profile - 1].anchors.get(leaf.key) if profile else None
        return (chosen.poor, chosen.healthy) if chosen else (leaf.poor, leaf.healthy)

    def tier_place(self, key: str | None) -> int:
        """Place of a tier, from 1; 0 for none or an unknown one."""
        return next((place for place, tier in enumerate(self.tiers, 1) if tier.key == key), 0)

    def profile_of(self, age: int, tier: str | None) -> int:
        """The profile of an account `age` days after its first day, 0 without one."""
        for number, profile in enumerate(self.profiles, 1):
            young = profile.younger_than is None or age < profile.younger_than
            if young and (not profile.tiers or tier in profile.tiers):
                return number
        return 0

    def fingerprint(self) -> str:
        """SHA-256 of the definition, in hex."""
        return hashlib.sha256(orjson.dumps(self.stored(), option=orjson.OPT_SORT_KEYS)).hexdigest()

    def stored(self) -> dict[str, object]:
        """The definition as JSON values."""
        return self.model_dump(mode="json")


def from_stored(value: object) -> Model:
    """The model of a stored definition."""
    return Model.model_validate_json(orjson.dumps(value))
