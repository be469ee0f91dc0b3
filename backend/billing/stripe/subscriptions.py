"""From the states of a subscription to its terms: what it was worth a month, from which day to which. Pure.

Recurring revenue follows Stripe's own definition (https://docs.stripe.com/billing/subscriptions/analytics/glossary):
an item counts its price × quantity, brought to a month; metered prices count nothing, and of discounts those that
last for ever are taken off. Sums are exact fractions; each item is rounded once, half to even, to minor units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from backend.billing.models import SubscriptionStatus as Status
from backend.billing.stripe.amounts import LARGEST, currency_of, exact
from backend.billing.stripe.snapshots import Snapshot, in_order, time_of

DayOf = Callable[[datetime], date]
"""The calendar day of a moment in the organization's zone."""

MONTHS = {"month": Fraction(1), "year": Fraction(12), "week": Fraction(12, 52), "day": Fraction(12, 365)}
"""Length of a period in months, a year being 52 weeks or 365 days."""
STATUSES = {
    "trialing": Status.TRIALING,
    "active": Status.ACTIVE,
    "past_due": Status.PAST_DUE,
    "unpaid": Status.PAUSED,  # retries are over: Stripe counts it as churn, and nothing is owed until it is paid
    "paused": Status.PAUSED,
    "canceled": Status.CANCELLED,
}
"""`incomplete` and `incomplete_expired` are left out: the first payment never came, so nothing has begun."""
MOST_QUANTITY = 2**31 - 1


@dataclass(frozen=True)
class Piece:
    """One item of a subscription from a day to a day (exclusive)."""

    item: str
    starts_on: date
    ends_on: date | None
    plan_key: str
    product_key: str | None
    is_add_on: bool
    status: Status
    mrr_minor: int
    currency: str
    quantity: int
    is_by_quantity: bool
    """Whether the price is a price of one."""
    months: int
    renews_on: date | None
    auto_renews: bool


@dataclass(frozen=True)
class Discounts:
    """Discounts and coupons that came as objects of their own, by id."""

    discounts: Mapping[str, Mapping[str, Any]]
    coupons: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class History:
    """What follows from the states of a subscription."""

    pieces: tuple[Piece, ...]
    awaits: str | None
    """A coupon or discount that the newest state names and that is not known."""
    remark: str | None
    """What the newest amounts leave out."""


def history(snapshots: Sequence[Snapshot], day_of: DayOf, discounts: Discounts) -> History:
    """The pieces of a subscription, in the order of items and days, and what is missing.

    A state holds from the day of its event to the day of the next; of several on a day the last one counts. The
    first that is known holds from the subscription's own start.
    """
    states = in_order(snapshots)
    if not states:
        return History((), None, None)
    end = _end(states, day_of)
    found: list[Piece] = []
    for place, state in enumerate(states):
        begins = day_of(time_of(state.object, "start_date", "start", "created") or state.at)
        since = begins if place == 0 else max(begins, day_of(state.at))
        until = day_of(states[place + 1].at) if place + 1 < len(states) else None
        until = min((day for day in (until, end) if day is not None), default=None)
        if until is None or since < until:
            found += _items(state, since, until, day_of, discounts)
    newest = _Reading(states[-1], discounts)
    return History(tuple(_joined(found)), newest.awaits, newest.remark)


def is_over(state: Snapshot) -> bool:
    """Whether the subscription has ended for good."""
    return state.object.get("status") in {"canceled", "incomplete_expired"} or state.verb == "deleted"


def _end(states: Sequence[Snapshot], day_of: DayOf) -> date | None:
    """The first day no longer in force, as far as the newest state knows."""
    newest = states[-1]
    return day_of(time_of(newest.object, "ended_at", "canceled_at") or newest.at) if is_over(newest) else None


def cancels_on(thing: Mapping[str, Any], day_of: DayOf) -> date | None:
    """The first day no longer in force, where a cancellation is scheduled."""
    at = time_of(thing, "cancel_at")
    if at is None and thing.get("cancel_at_period_end") is True:
        at = _period_end(thing)
    return None if at is None else day_of(at)


def _period_end(thing: Mapping[str, Any]) -> datetime | None:
    """The end of the paid period; since 2025-03-31 each item has its own."""
    of_items = [at for item in _rows(thing) if (at := time_of(item, "current_period_end"))]
    return time_of(thing, "current_period_end") or max(of_items, default=None)


def _items(state: Snapshot, since: date, until: date | None, day_of: DayOf, discounts: Discounts) -> list[Piece]:
    thing = state.object
    status = STATUSES.get(str(thing.get("status")))
    if status is None:
        return []
    if isinstance(thing.get("pause_collection"), dict):
        status = Status.PAUSED
    if status is Status.CANCELLED:
        if until is None:
            return []
        trial = time_of(thing, "trial_end")
        status = Status.TRIALING if trial is not None and day_of(trial) >= until else status
    leaves = cancels_on(thing, day_of)
    if leaves is not None:
        if leaves <= since:
            return []
        until = min(until, leaves) if until else leaves
        status = Status.CANCELLED if status is Status.ACTIVE else status
    period_end = _period_end(thing)
    renews = day_of(period_end) if period_end and leaves is None else None
    return [
        Piece(
            item=item.key,
            starts_on=since,
            ends_on=until,
            plan_key=item.plan,
            product_key=item.product,
            is_add_on=place > 0,
            status=status,
            mrr_minor=item.mrr_minor,
            currency=item.currency,
            quantity=item.quantity,
            is_by_quantity=item.is_by_quantity,
            months=item.months,
            renews_on=renews if until is None else None,
            auto_renews=leaves is None,
        )
        for place, item in enumerate(_Reading(state, discounts).items)
    ]


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces of an item that follow on one another and say the same become one."""
    result: list[Piece] = []
    for piece in sorted(pieces, key=lambda one: (one.item, one.starts_on)):
        last = result[-1] if result else None
        if last is not None and last.item == piece.item and last.ends_on == piece.starts_on:
            same = replace(last, ends_on=piece.ends_on, renews_on=piece.renews_on, auto_renews=piece.auto_renews)
            if same == replace(piece, starts_on=last.starts_on):
                result[-1] = same
                continue
        result.append(piece)
    return result


def _rows(thing: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The items of a subscription, oldest first; old versions have one plan and its quantity instead."""
    items = thing.get("items")
    data = items.get("data") if isinstance(items, dict) else None
    rows = [row for row in data if isinstance(row, dict) and not row.get("deleted")] if isinstance(data, list) else []
    if not rows and isinstance(thing.get("plan"), dict):
        rows = [{"id": thing["plan"].get("id"), "plan": thing["plan"], "quantity": thing.get("quantity")}]
    return sorted(rows, key=lambda row: (_number(row.get("created")), str(row.get("id"))))


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


@dataclass(frozen=True)
class _Item:
    key: str
    plan: str
    product: str | None
    currency: str
    quantity: int
    is_by_quantity: bool
    months: int
    monthly: Fraction

    @property
    def mrr_minor(self) -> int:
        return round(self.monthly)


class _Reading:
    """A state, read: its items after discount, and what could not be read."""

    def __init__(self, state: Snapshot, discounts: Discounts) -> None:
        self.awaits: str | None = None
        self.remark: str | None = None
        self._known = discounts
        thing = state.object
        items = [item for row in _rows(thing) if (item := self._item(row)) is not None]
        of_all = self._coupons(_listed(thing.get("discounts")) or _listed(thing.get("discount")))
        self.items = [item for item in self._reduced(items, of_all) if item.monthly <= LARGEST]
        listed = thing.get("items")
        if isinstance(listed, dict) and listed.get("has_more"):
            self.remark = "Stripe sent a part of its items: what it is worth is a lower bound."

    def _item(self, row: Mapping[str, Any]) -> _Item | None:
        price = row.get("price") if isinstance(row.get("price"), dict) else row.get("plan")
        if not isinstance(price, dict) or not isinstance(price.get("id"), str):
            return None
        every = price.get("recurring") if isinstance(price.get("recurring"), dict) else price
        assert isinstance(every, dict)  # noqa: S101 - of the two it is the one that is
        currency = currency_of(price.get("currency"))
        unit = MONTHS.get(str(every.get("interval")))
        count = _number(every.get("interval_count")) or 1
        if currency is None or unit is None or count < 1:
            self.remark = f"The price {price['id']} has no currency or period that is known; it counts nothing."
            return None
        given = row.get("quantity")
        quantity = 1 if given is None else min(max(0, _number(given)), MOST_QUANTITY)
        amount = _first_exact(price, currency)
        is_metered = every.get("usage_type") == "metered"
        if amount is None and not is_metered:
            self.remark = f"The price {price['id']} is tiered, and Stripe sends no amount; it counts nothing."
        units = _units(price, quantity)
        monthly = Fraction(0) if is_metered or amount is None else max(Fraction(0), amount * units / (unit * count))
        item = _Item(
            key=str(row.get("id") or price["id"]),
            plan=str(price.get("lookup_key") or price["id"]),
            product=price.get("product") if isinstance(price.get("product"), str) else None,
            currency=currency,
            quantity=quantity,
            is_by_quantity=not is_metered,
            months=max(1, min(120, round(unit * count))),
            monthly=monthly,
        )
        reduced = self._reduced([item], self._coupons(_listed(row.get("discounts"))))
        return reduced[0]

    def _coupons(self, given: Sequence[Any]) -> list[Mapping[str, Any]]:
        """The coupons of discounts that last for ever. Newer versions name objects that came by themselves."""
        found = []
        for one in given:
            discount = self._known.discounts.get(one) if isinstance(one, str) else one
            if not isinstance(discount, Mapping):
                self.awaits = str(one)
                self.remark = f"The discount {one} is not known; what it is worth is before it."
                continue
            source = discount.get("source")
            coupon = discount.get("coupon") or (source.get("coupon") if isinstance(source, dict) else None)
            if isinstance(coupon, str):
                name, coupon = coupon, self._known.coupons.get(coupon)
                if coupon is None:
                    self.awaits = name
                    self.remark = f"The coupon {name} is not known; what it is worth is before it."
            if isinstance(coupon, Mapping) and coupon.get("duration") == "forever":
                found.append(coupon)
        return found

    @staticmethod
    def _reduced(items: Sequence[_Item], coupons: Sequence[Mapping[str, Any]]) -> list[_Item]:
        """Items after discount: a share of each, or an amount a period spread over them by what they are worth."""
        left = list(items)
        for coupon in coupons:
            percent = coupon.get("percent_off")
            if isinstance(percent, int | float) and not isinstance(percent, bool):
                share = 1 - min(max(Fraction(str(percent)), Fraction(0)), Fraction(100)) / 100
                left = [replace(item, monthly=item.monthly * share) for item in left]
                continue
            currency = currency_of(coupon.get("currency"))
            amount = exact(coupon.get("amount_off"), currency) if currency else None
            total = sum((item.monthly for item in left if item.currency == currency), Fraction(0))
            if amount is None or amount <= 0 or total == 0:
                continue
            months = max(item.months for item in left if item.currency == currency)
            share = max(Fraction(0), 1 - amount / months / total)
            left = [replace(item, monthly=item.monthly * share) if item.currency == currency else item for item in left]
        return left


def _first_exact(price: Mapping[str, Any], currency: str) -> Fraction | None:
    for name in ("unit_amount_decimal", "unit_amount", "amount_decimal", "amount"):
        if (amount := exact(price.get(name), currency)) is not None:
            return amount
    return None


def _units(price: Mapping[str, Any], quantity: int) -> Fraction:
    """What is paid for: some prices are of packages, whose last is rounded up or down."""
    packed = price.get("transform_quantity") or price.get("transform_usage")
    size = _number(packed.get("divide_by")) if isinstance(packed, dict) else 0
    if size < 1:
        return Fraction(quantity)
    whole, rest = divmod(quantity, size)
    return Fraction(whole + (1 if rest and isinstance(packed, dict) and packed.get("round") == "up" else 0))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
