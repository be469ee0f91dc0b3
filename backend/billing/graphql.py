"""Subscriptions, invoices, and what happened with an account's money."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import strawberry
from sqlalchemy import Date, Select, Text, and_, case, cast, func, literal_column, or_, select
from strawberry import UNSET

from backend.billing.models import BillingFact, BillingFactKind, Invoice, Settlement, Subscription, SubscriptionStatus
from backend.graphql.enums import describe
from backend.graphql.money import MoneyType, money
from backend.graphql.planner import column, embedded, given, node, row, sql
from backend.graphql.timeline import TimelineEntryType, word
from backend.permissions import Permission

describe(
    BillingFactKind,
    "What happened with an account's money.",
    PAYMENT_FAILED="A payment of an invoice failed.",
    INVOICE_OVERDUE="An invoice was open after the day on which it was due.",
    INVOICE_PAID="An invoice was paid.",
    REFUNDED="Money was paid back.",
    REFUND_FAILED="Money could not be paid back.",
    DISPUTE_OPENED="The customer disputed a charge with their bank.",
    DISPUTE_WON="A dispute was settled for the organization.",
    DISPUTE_LOST="A dispute was settled for the customer.",
    CANCELLATION_SCHEDULED="A subscription is to end.",
    CANCELLATION_WITHDRAWN="A subscription that was to end goes on.",
    SUBSCRIPTION_ENDED="A subscription has ended.",
)
describe(
    Settlement,
    "How an invoice was closed.",
    PAID="It was paid.",
    VOIDED="It was void.",
    WRITTEN_OFF="Nobody expects it to be paid any more.",
)
describe(
    SubscriptionStatus,
    "What a subscription is while it is in force.",
    TRIALING="Not paid for yet.",
    ACTIVE="Paid.",
    PAST_DUE="A payment is overdue.",
    PAUSED="On hold.",
    CANCELLED="Ends at the end of its term.",
)


@row(Subscription)
class BillingSubscriptionType:
    """One term of a plan or an add-on."""

    plan_key: str
    """The plan, as the billing system names it."""
    is_add_on: bool
    """Whether it comes beside a plan."""
    status: SubscriptionStatus
    """What it is."""
    mrr: MoneyType = embedded(lambda s: money(s.mrr_minor, s.currency))
    """Monthly recurring revenue after discount."""
    seats: int | None
    """Seats that it includes; null where it sells none."""
    starts_on: date
    """First day."""
    ends_on: date | None
    """First day no longer in force; null while no end is known."""
    renews_on: date | None
    """The next renewal of one without a known end; null where nobody said."""
    auto_renews: bool | None
    """Whether it goes on by itself; null where nobody said."""


def in_force() -> Any:
    """SQL: the term is in force today, as is known now."""
    today = func.waymark_today(type_=Date)
    return and_(
        Subscription.superseded_on.is_(None),
        Subscription.starts_on <= today,
        or_(Subscription.ends_on.is_(None), Subscription.ends_on > today),
    )


def subscriptions_of(account: Any) -> Select[Subscription]:
    """The terms in force today."""
    return select(Subscription).where(Subscription.account_id == account.id, in_force())


SAID = {
    BillingFactKind.PAYMENT_FAILED: "A payment failed",
    BillingFactKind.INVOICE_OVERDUE: "An invoice is overdue",
    BillingFactKind.INVOICE_PAID: "An invoice was paid",
    BillingFactKind.REFUNDED: "Money was paid back",
    BillingFactKind.REFUND_FAILED: "A refund failed",
    BillingFactKind.DISPUTE_OPENED: "A charge is disputed",
    BillingFactKind.DISPUTE_WON: "A dispute was won",
    BillingFactKind.DISPUTE_LOST: "A dispute was lost",
    BillingFactKind.CANCELLATION_SCHEDULED: "The subscription is to end",
    BillingFactKind.CANCELLATION_WITHDRAWN: "The subscription goes on after all",
    BillingFactKind.SUBSCRIPTION_ENDED: "The subscription has ended",
}


def _sentence(fact: Any) -> Any:
    what = case({word(kind): word(said) for kind, said in SAID.items()}, value=fact.kind)
    on = case((fact.effective_on.is_not(None), func.concat(word(" on "), cast(fact.effective_on, Text()))))
    return func.concat(what, on, word(": "), fact.object_key, type_=Text())


@node(BillingFact, prefix="fact", permission=Permission.BILLING_READ)
class BillingFactType(TimelineEntryType):
    """[staff] Something that happened with an account's money, as is believed now."""

    happened_at: datetime = column(BillingFact.occurred_at)
    """When, as of every entry of the time line."""
    sentence: str = sql(BillingFact, _sentence)
    """What, and with which invoice, charge or subscription."""

    kind: BillingFactKind
    """What happened."""
    occurred_at: datetime
    """When."""
    known_on: date
    """The day from which Waymark knew."""
    object_key: str
    """The invoice, charge or subscription that it is about, as the billing system names it."""
    amount: MoneyType | None = embedded(
        lambda f: money(f.amount_minor, f.currency),
        when=lambda f: f.amount_minor.is_not(None) & f.currency.is_not(None),
    )
    """How much; null where no money is named."""
    effective_on: date | None
    """Of a scheduled cancellation: the first day no longer in force."""


def timeline_of(
    internal: Any,
    kind: Annotated[BillingFactKind | None, strawberry.argument(description="Only such.")] = UNSET,
) -> Select[BillingFact]:
    """What is believed now to have happened."""
    chosen = select(BillingFact).where(
        BillingFact.account_id == internal.account_id, BillingFact.superseded_on.is_(None)
    )
    return chosen.where(BillingFact.kind == literal_column(f"'{kind.value}'", Text())) if given(kind) else chosen


class InvoiceState(StrEnum):
    """Where an invoice stands for whoever has to pay it."""

    OPEN = "OPEN"
    OVERDUE = "OVERDUE"
    PAID = "PAID"
    CLOSED = "CLOSED"


describe(
    InvoiceState,
    "Where an invoice stands for whoever has to pay it.",
    OPEN="It is to be paid.",
    OVERDUE="It was to be paid before today.",
    PAID="It was paid.",
    CLOSED="It is not to be paid any more.",
)


def _state_of(invoice: Any) -> Any:
    def word(state: InvoiceState) -> Any:
        return literal_column(f"'{state.value}'", Text())

    return case(
        (invoice.settled_as == literal_column("'PAID'", Text()), word(InvoiceState.PAID)),
        (invoice.settled_as.is_not(None), word(InvoiceState.CLOSED)),
        (invoice.due_on < func.waymark_today(type_=Date), word(InvoiceState.OVERDUE)),
        else_=word(InvoiceState.OPEN),
    )


@row(Invoice)
class BillingInvoiceType:
    """An invoice to the account."""

    key: str = column(Invoice.external_id)
    """Its key in the billing system."""
    amount: MoneyType = embedded(lambda i: money(i.amount_minor, i.currency))
    """What is or was due."""
    state: InvoiceState = sql(Invoice, _state_of)
    """Where it stands."""
    issued_on: date
    """The day on which it was issued."""
    due_on: date
    """The last day on which it is not late."""
    settled_on: date | None
    """The day on which it was paid or closed; null while it is open."""


def own_invoices_of(account: Any) -> Select[Invoice]:
    """What is believed now of an account's invoices."""
    return select(Invoice).where(Invoice.account_id == account.id, Invoice.superseded_on.is_(None))


@row(Invoice)
class InvoiceType:
    """[staff] An invoice, as is believed now."""

    key: str = column(Invoice.external_id)
    """Its key in the billing system."""
    amount: MoneyType = embedded(lambda i: money(i.amount_minor, i.currency))
    """What was due."""
    issued_on: date
    """The day on which it was issued."""
    due_on: date
    """The last day on which it was not late."""
    settled_on: date | None
    """The day on which it was closed; null while it is open."""
    settled_as: Settlement | None
    """How it was closed; null while it is open."""


def invoices_of(internal: Any) -> Select[Invoice]:
    """What is believed now of its invoices."""
    return select(Invoice).where(Invoice.account_id == internal.account_id, Invoice.superseded_on.is_(None))
