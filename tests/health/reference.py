"""The measures in plain Python, written from the rules and not from the SQL: the oracle of the property tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from backend.health import rules
from backend.health.definition import Leaf, Model
from backend.health.features import Conditions
from backend.health.measures import (
    ActiveShare,
    Breadth,
    DaysSince,
    Growth,
    LimitUse,
    MeanSentiment,
    OverdueDays,
    Participation,
    RatePerMembers,
    Ratio,
    Regularity,
    Total,
)
from tests.health.world import FOR_EVER, Facts, Held, Seen, Term, Use

Value = tuple[float | None, float | None, bool, bool]
"""Numerator, denominator, applies, nothing reported."""


def believed(known: date, superseded: date | None, at: date) -> bool:
    return known <= at < (superseded or FOR_EVER)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


class Account:
    """An account as known at the end of `known`, seen on `day`."""

    def __init__(self, model: Model, facts: Facts, conditions: Conditions, day: date, known: date) -> None:
        self.model, self.facts, self.conditions, self.day = model, facts, conditions, day
        self.since = facts.since
        self.uses = [u for u in facts.uses if (u.known or u.day) <= known and u.day >= self.since]
        self.seen = [s for s in facts.seen if (s.known or s.day) <= known and s.day >= self.since]
        self.terms = [t for t in facts.terms if believed(t.known or t.starts, t.superseded, known)]
        self.bills = [b for b in facts.bills if believed(b.known or b.due - timedelta(days=14), b.superseded, known)]
        self.talks = [
            t for t in facts.talks if believed(t.known or t.opened, t.superseded, known) and t.opened >= self.since
        ]
        held = [h for h in facts.tiers if believed(h.known or h.starts, h.superseded, known) and _runs(h, day)]
        newest = max(held, key=lambda h: (max(h.starts, h.known or h.starts), h.starts), default=None)
        self.tier = newest.tier if newest else None

    def is_customer(self) -> bool:
        runs = any(_runs(term, self.day) for term in self.terms)
        ended = any((term.ends or FOR_EVER) <= self.day for term in self.terms)
        return self.since <= self.day and (runs or not ended)

    def window(self, last: date, length: int) -> list[date]:
        return days(max(last - timedelta(days=length - 1), self.since), last)

    def total(self, keys: Iterable[str], last: date, length: int) -> int:
        window = set(self.window(last, length))
        return sum(use.delta for use in self.uses if use.metric in keys and use.day in window)

    def active(self, day: date) -> int:
        per_metric: dict[str, int] = defaultdict(int)
        for use in self.uses:
            if use.day == day:
                per_metric[use.metric] += use.users
        persons = {seen.person for seen in self.seen if seen.day == day}
        return max([len(persons), *per_metric.values()])

    def used(self, day: date, keys: Iterable[str] | None) -> bool:
        per_metric: dict[str, int] = defaultdict(int)
        for use in self.uses:
            if use.day == day and (keys is None or use.metric in keys):
                per_metric[use.metric] += use.delta
        return any(value > 0 for value in per_metric.values())

    def members(self, keys: Iterable[str] | None, last: date, length: int) -> int:
        window = set(self.window(last, length))
        persons = {s.person for s in self.seen if s.day in window and (keys is None or s.metric in keys)}
        peaks = [u.users for u in self.uses if u.day in window and (keys is None or u.metric in keys)]
        return max([len(persons), 0, *peaks])

    def seats(self, day: date) -> int:
        return sum(term.seats or 0 for term in self.terms if _runs(term, day)) if day >= self.since else 0

    def ramped(self, day: date, ramp: int) -> int:
        """Millionths of seats."""
        recent = [self.seats(day - timedelta(days=n)) for n in range(max(ramp, 1))]
        had = sum(1 for seats in recent if seats > 0)
        return min(self.seats(day) * 1_000_000, sum(recent) * 1_000_000 // had)

    def value(self, leaf: Leaf, place: int, last: date) -> Value:
        length, measure = leaf.window, leaf.measure
        match measure:
            case ActiveShare():
                open_days = [
                    d for d in self.window(last, length) if self.model.is_business_day(d) and self.seats(d) > 0
                ]
                if not open_days:
                    return None, None, False, False
                active = sum(self.active(d) for d in open_days)
                seats = sum(self.ramped(d, measure.ramp_days) for d in open_days)
                return active / len(open_days), seats / 1_000_000 / len(open_days), True, active == 0
            case Breadth():
                tier = next((t for t in self.model.tiers if t.key == self.tier), None)
                offers = tier.offers if tier and tier.offers is not None else measure.metrics or ()
                offered = [k for k in measure.metrics or () if k in self.conditions.fed and k in offers]
                used = sum(1 for key in offered if any(self.used(d, [key]) for d in self.window(last, length)))
                return float(used), float(len(offered)), bool(offered), used == 0
            case Regularity():
                keys = None if place in self.conditions.fallback else measure.metrics
                open_days = [d for d in self.window(last, length) if self.model.is_business_day(d)]
                used = sum(1 for day in open_days if self.used(day, keys))
                return float(used), float(len(open_days)), bool(open_days), used == 0
            case MeanSentiment():
                talks = [t.sentiment for t in self.talks if t.opened in set(self.window(last, length))]
                return sum(talks) / 1_000_000, float(len(talks)) if talks else None, True, not talks
            case RatePerMembers():
                count = self.total(measure.metrics, last, length)
                people = max(self.members(None, last, measure.members_window), 1)
                return float(count), people / float(measure.per), True, count <= 0
            case Participation():
                some, people = self.members(measure.metrics, last, length), self.members(None, last, length)
                return float(some), float(people) if people else None, True, some == 0
            case OverdueDays():
                open_bills = [
                    b.due
                    for b in self.bills
                    if b.due - timedelta(days=14) <= last and b.due < last < (b.settled or FOR_EVER)
                ]
                overdue = (last - min(open_bills)).days if open_bills else None
                return (None if overdue is None else float(overdue)), None, True, overdue is None
            case Growth():
                now = self.total(measure.metrics or (), last, length)
                before = self.total(measure.metrics or (), last - timedelta(days=length), length)
                return float(now), float(before), before > 0, now <= 0
            case LimitUse():
                return self.limit_use(measure.metrics or (), last, length)
            case Total():
                total = self.total(measure.metrics, last, length)
                return float(total), None, True, total == 0
            case Ratio():
                total, over = self.total(measure.metrics, last, length), self.total(measure.over, last, length)
                return float(total), float(over), over > 0, total == 0
            case DaysSince():
                window = set(self.window(last, length))
                found = [u.day for u in self.uses if u.metric in measure.metrics and u.delta > 0 and u.day in window]
                since = (last - max(found)).days if found else None
                return (None if since is None else float(since)), None, True, since is None
            case _:
                return None, None, False, False

    def limit_use(self, keys: Iterable[str], last: date, length: int) -> Value:
        tier = next((t for t in self.model.tiers if t.key == self.tier), None)
        found: list[tuple[float, float]] = []
        for key in keys:
            sold = [t.limit[1] for t in self.terms if t.limit and t.limit[0] == key and _runs(t, last)]
            included = sum(sold) or (tier.limits.get(key) if tier else None)
            if included:
                found.append((float(self.total([key], last, length)), float(included)))
        if not found:
            return None, None, False, False
        use, limit = max(found, key=lambda pair: pair[0] / pair[1])
        return use, limit, True, use == 0

    def leaf(self, place: int) -> tuple[str, float | None, float | None, int | None]:
        """Status, numerator, denominator and normalised value."""
        leaf, end = self.model.leaves[place], self.conditions.ends[place]
        last = end or self.day
        if not self.conditions.connected[place]:
            return "N", None, None, None
        if (last - self.since).days < self.model.too_new_days:
            return "T", None, None, None
        numerator, denominator, applies, nothing = self.value(leaf, place, last)
        if not applies:
            return "X", None, None, None
        poor, healthy = self.model.anchors(place, self.profile())
        is_empty = nothing or numerator is None
        value = leaf.empty if is_empty else rules.normalise(numerator or 0.0, denominator, poor, healthy)
        return ("S" if end else "Z" if nothing else "M"), numerator, denominator, value

    def profile(self) -> int:
        return self.model.profile_of((self.day - self.since).days, self.tier)


def _runs(span: Term | Held, day: date) -> bool:
    return span.starts <= day < (span.ends or FOR_EVER)


__all__ = ["Account", "Seen", "Use"]
