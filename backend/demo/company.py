"""What the demo knows of a customer before any fact is written: who it is, how it fares, what it pays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from uuid import UUID

from backend.db.ids import uuid7
from backend.demo.course import Course

DAYS = 455
"""Fifteen months."""
SEED = 7


class State(StrEnum):
    """The hidden state of a customer. It drives facts, and stands nowhere in the database."""

    THRIVING = "thriving"
    DRIFTING = "drifting"
    STUCK = "stuck"
    RESCUED = "rescued"
    RECOVERED = "recovered"
    LEAVING = "leaving"


@dataclass(frozen=True)
class Calendar:
    """Days by their distance from today."""

    today: date
    hour: int
    """Of the load, so that today holds only what has happened yet."""

    def day(self, offset: int) -> date:
        """The date of a day."""
        return self.today + timedelta(days=offset)

    def is_open(self, offset: int) -> bool:
        """Whether it is a business day."""
        return self.day(offset).isoweekday() < 6

    @property
    def spring(self) -> int:
        """The first of April in which prices and onboarding changed: the newest that is three months ago or more."""
        return _spring(self.today)


@cache
def _spring(today: date) -> int:
    for year in (today.year, today.year - 1):
        found = (date(year, 4, 1) - today).days
        if found <= -90:
            return found
    raise AssertionError("the first of April of last year is three months ago on every day")


@dataclass
class Human:
    """A person of a customer."""

    name: str
    email: str
    title: str
    role: str
    joined: int
    is_champion: bool = False
    left: int | None = None
    person_id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True)
class Term:
    """A term of a subscription."""

    start: int
    end: int | None
    plan: str
    seats: int
    price: int
    """Minor units a seat and month."""
    status: str = "ACTIVE"
    renews: int | None = None
    months: int = 1
    """Of a bill."""

    @property
    def mrr(self) -> int:
        """Recurring revenue a month, minor units."""
        return self.price * self.seats


@dataclass(frozen=True)
class Said:
    """Something scripted that staff wrote or a customer asked, on a day."""

    day: int
    text: str
    kind: str = "CALL"


@dataclass(frozen=True)
class TicketOf:
    """A scripted conversation with support."""

    day: int
    sentiment: float


@dataclass
class Company:
    """A customer. Days are offsets from today."""

    key: str
    name: str
    tier: str
    since: int
    state: State
    seats: int
    level: Course
    """From 0 to 1: how well it fares."""
    industry: str = "software"
    use_case: str = "customer support"
    region: str = "Europe"
    goal: str = ""
    tastes: Mapping[str, float] = field(default_factory=dict)
    """What this customer does more or less of than its level says."""
    people: list[Human] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    headcount: Course | None = None
    """Exactly so many people are active on each business day."""
    conversations: Course | None = None
    """Exactly so many a day."""
    never: frozenset[str] = frozenset()
    """Metrics that it has never used."""
    parent: str | None = None
    """Key of the parent company."""
    manager: str = ""
    """Address of its success manager."""
    tags: tuple[str, ...] = ()
    traits: Mapping[str, object] = field(default_factory=dict)
    ended: int | None = None
    reason: str | None = None
    pays_late: float = 0.02
    """Share of its invoices."""
    is_trial: bool = False
    is_scripted: bool = False
    """One of the situations: nothing happens to it by chance."""
    touches: tuple[Said, ...] = ()
    notes: tuple[Said, ...] = ()
    tasks: tuple[Said, ...] = ()
    """Days are due days."""
    tickets: tuple[TicketOf, ...] = ()
    events: tuple[tuple[int, str], ...] = ()
    """Single events by day and name."""
    failed_payments: tuple[int, ...] = ()
    """Days on which payments of its open invoice failed."""
    account_id: UUID = field(default_factory=uuid7)

    @property
    def begins(self) -> int:
        """The first day with facts."""
        return max(self.since, -DAYS)

    @property
    def last(self) -> int:
        """The last day with facts."""
        return 0 if self.ended is None else self.ended - 1

    def towards(self, aspect: str, day: int) -> float:
        """How an aspect stands on a day, from 0.02 to 0.98."""
        return min(0.98, max(0.02, self.level.at(day) + self.tastes.get(aspect, 0.0)))
