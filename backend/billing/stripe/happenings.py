"""From the states of subscriptions, invoices and charges to what happened with an account's money. Pure.

Each fact has a key that follows from the object alone, so that late and repeated events find the fact that they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from backend.billing.models import BillingFactKind as Kind
from backend.billing.models import Settlement
from backend.billing.stripe.amounts import currency_of, whole
from backend.billing.stripe.snapshots import Snapshot, in_order, time_of
from backend.billing.stripe.subscriptions import STATUSES, cancels_on, is_over

DayOf = Callable[[datetime], date]
STATUS_RANKS = {"draft": 0, "open": 1, "uncollectible": 2, "void": 3, "paid": 4}


@dataclass(frozen=True)
class Happening:
    """One fact."""

    key: str
    kind: Kind
    at: datetime
    amount_minor: int | None = None
    currency: str | None = None
    effective_on: date | None = None


@dataclass(frozen=True)
class InvoiceState:
    """An invoice that was issued, as its newest state says."""

    amount_minor: int
    currency: str
    issued_on: date
    due_on: date
    settled_on: date | None
    settled_as: Settlement | None


def of_subscription(key: str, snapshots: Sequence[Snapshot], day_of: DayOf) -> list[Happening]:
    """Cancellations scheduled and withdrawn, and the end."""
    found: dict[str, Happening] = {}
    scheduled: date | None = None
    states = in_order(snapshots)
    for state in states:
        if is_over(state):
            continue
        leaves = cancels_on(state.object, day_of)
        if leaves is not None and leaves != scheduled:
            at = time_of(state.object, "canceled_at") or state.at
            one = Happening(f"{key}/cancels/{leaves}", Kind.CANCELLATION_SCHEDULED, at, effective_on=leaves)
            found.setdefault(one.key, one)
        elif leaves is None and scheduled is not None:
            one = Happening(f"{key}/stays/{day_of(state.at)}", Kind.CANCELLATION_WITHDRAWN, state.at)
            found.setdefault(one.key, one)
        scheduled = leaves
    has_begun = any(state.object.get("status") in STATUSES for state in states)
    if has_begun and is_over(states[-1]):
        at = time_of(states[-1].object, "ended_at", "canceled_at") or states[-1].at
        found["ended"] = Happening(f"{key}/ended", Kind.SUBSCRIPTION_ENDED, at)
    return list(found.values())


def invoice_state(snapshots: Sequence[Snapshot], day_of: DayOf) -> InvoiceState | None:
    """The invoice as its newest state says; None while it is a draft, and where it states no amount."""
    states = _by_progress(snapshots)
    if not states:
        return None
    thing = states[-1].object
    status, currency = status_of(thing), currency_of(thing.get("currency"))
    amount = whole(thing.get("amount_due"), currency) if currency else None
    if status == "draft" or amount is None or currency is None:
        return None
    made = _moved(thing, "finalized_at") or time_of(thing, "created", "date") or states[0].at
    issued = day_of(made)
    due_at = time_of(thing, "due_date")
    settled_as = {"paid": Settlement.PAID, "void": Settlement.VOIDED, "uncollectible": Settlement.WRITTEN_OFF}.get(
        status
    )
    settled_on = None
    if settled_as is not None:
        name = {"paid": "paid_at", "void": "voided_at", "uncollectible": "marked_uncollectible_at"}[status]
        first_seen = min(state.at for state in states if status_of(state.object) == status)
        settled_on = max(issued, day_of(_moved(thing, name) or first_seen))
    return InvoiceState(
        amount_minor=amount,
        currency=currency,
        issued_on=issued,
        due_on=max(issued, day_of(due_at)) if due_at else issued,
        settled_on=settled_on,
        settled_as=settled_as,
    )


def of_invoice(key: str, snapshots: Sequence[Snapshot], day_of: DayOf) -> list[Happening]:
    """Failed payments, each by itself, and the payment."""
    found = []
    states = _by_progress(snapshots)
    for state in states:
        currency = currency_of(state.object.get("currency"))
        if state.type == "invoice.payment_failed" and currency:
            left = state.object.get("amount_remaining")
            amount = whole(state.object.get("amount_due") if left is None else left, currency)
            found.append(Happening(state.event_id, Kind.PAYMENT_FAILED, state.at, amount, currency))
    now = invoice_state(snapshots, day_of)
    if now is not None and now.settled_as is Settlement.PAID and now.amount_minor > 0:
        first_seen = min(state.at for state in states if status_of(state.object) == "paid")
        at = _moved(states[-1].object, "paid_at") or first_seen
        found.append(Happening(f"{key}/paid", Kind.INVOICE_PAID, at, now.amount_minor, now.currency))
    return found


def status_of(thing: Mapping[str, Any]) -> str:
    """The status of an invoice; versions before 2018-11-08 say it with flags."""
    status = thing.get("status")
    if isinstance(status, str) and status in STATUS_RANKS:
        return status
    if thing.get("paid") is True:
        return "paid"
    return "uncollectible" if thing.get("forgiven") is True or thing.get("closed") is True else "open"


def _by_progress(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Oldest first; within one second an invoice goes from draft to open to settled."""
    return sorted(
        snapshots, key=lambda state: (state.at, STATUS_RANKS[status_of(state.object)], state.type, state.event_id)
    )


def _moved(thing: Mapping[str, Any], name: str) -> datetime | None:
    moves = thing.get("status_transitions")
    return time_of(moves, name) if isinstance(moves, dict) else None


def of_charge(
    key: str, charges: Sequence[Snapshot], refunds: Sequence[Snapshot], disputes: Sequence[Snapshot]
) -> list[Happening]:
    """Refunds, refunds that failed, and disputes."""
    return [*_refunds(key, charges), *_failed_refunds(refunds), *_disputes(key, disputes)]


def _refunds(key: str, charges: Sequence[Snapshot]) -> list[Happening]:
    """A fact for each time that more of the charge has been refunded."""
    totals = []
    for state in charges:
        currency = currency_of(state.object.get("currency"))
        total = whole(state.object.get("amount_refunded"), currency) if currency else None
        if total is not None and currency is not None:
            totals.append((state.at, total, currency))
    found = []
    refunded = 0
    for at, total, currency in sorted(totals):
        if total > refunded:
            found.append(Happening(f"{key}/refunded/{total}", Kind.REFUNDED, at, total - refunded, currency))
            refunded = total
    return found


def _failed_refunds(refunds: Sequence[Snapshot]) -> list[Happening]:
    found: dict[str, Happening] = {}
    for state in sorted(refunds, key=lambda one: (one.at, one.event_id)):
        currency, name = currency_of(state.object.get("currency")), state.object.get("id")
        if state.object.get("status") in {"failed", "canceled"} and currency and name:
            amount = whole(state.object.get("amount"), currency)
            found.setdefault(name, Happening(f"{name}/failed", Kind.REFUND_FAILED, state.at, amount, currency))
    return list(found.values())


CLOSED = {"won": Kind.DISPUTE_WON, "warning_closed": Kind.DISPUTE_WON, "lost": Kind.DISPUTE_LOST}


def _disputes(charge: str, disputes: Sequence[Snapshot]) -> list[Happening]:
    found: dict[str, Happening] = {}
    for state in sorted(disputes, key=lambda one: (one.at, one.event_id)):
        key = str(state.object.get("id") or f"{charge}/dispute")
        currency = currency_of(state.object.get("currency"))
        amount = whole(state.object.get("amount"), currency) if currency else None
        opened_at = time_of(state.object, "created") or state.at
        found.setdefault(f"{key}/opened", Happening(f"{key}/opened", Kind.DISPUTE_OPENED, opened_at, amount, currency))
        if (kind := CLOSED.get(str(state.object.get("status")))) is not None:
            found.setdefault(f"{key}/closed", Happening(f"{key}/closed", kind, state.at, amount, currency))
    return list(found.values())
