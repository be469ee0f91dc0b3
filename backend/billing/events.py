"""What happened with an account's money, for whoever reacts: alerts, health, the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from backend.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(DomainEvent):
    """A payment of an invoice that is still open failed."""

    invoice_key: str
    amount_minor: int
    currency: str
    attempt: int
    """1 for the first failed payment of the invoice, 2 for the second."""
    occurred_on: date


@dataclass(frozen=True, kw_only=True)
class SecondPaymentFailed(DomainEvent):
    """The second payment of an invoice that is still open failed: it is no accident any more."""

    invoice_key: str
    amount_minor: int
    currency: str
    occurred_on: date


@dataclass(frozen=True, kw_only=True)
class PaymentRecovered(DomainEvent):
    """An invoice was paid after a payment of it had failed or it was late."""

    invoice_key: str
    amount_minor: int
    currency: str
    occurred_on: date


@dataclass(frozen=True, kw_only=True)
class InvoiceOverdue(DomainEvent):
    """An open invoice has passed the day on which it was due."""

    invoice_key: str
    amount_minor: int
    currency: str
    due_on: date


@dataclass(frozen=True, kw_only=True)
class SubscriptionCancellationScheduled(DomainEvent):
    """A subscription will end: nobody has to guess at the intent any more."""

    subscription_key: str
    ends_on: date


@dataclass(frozen=True, kw_only=True)
class SubscriptionCancellationWithdrawn(DomainEvent):
    """A subscription that was to end goes on."""

    subscription_key: str
    occurred_on: date


@dataclass(frozen=True, kw_only=True)
class SubscriptionChurned(DomainEvent):
    """A subscription has ended."""

    subscription_key: str
    occurred_on: date


@dataclass(frozen=True, kw_only=True)
class LimitNear(DomainEvent):
    """What is included in a month will be used up within days, at the present rate."""

    metric_key: str
    included: str
    """In the metric's unit, as a decimal number."""
    month: date
    """Its first day."""
    reached_on: date


@dataclass(frozen=True, kw_only=True)
class LimitReached(DomainEvent):
    """What is included in a month is used up."""

    metric_key: str
    included: str
    month: date


@dataclass(frozen=True, kw_only=True)
class PaymentDisputed(DomainEvent):
    """A customer disputes a charge with their bank."""

    charge_key: str
    amount_minor: int
    currency: str
    occurred_on: date
