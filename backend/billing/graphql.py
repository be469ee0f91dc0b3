"""Subscriptions and the limits that they set."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Date, Double, Select, Text, and_, cast, func, literal_column, or_, select
from strawberry import UNSET

from backend.billing.models import BillingFact, BillingFactKind, Invoice, Settlement, Subscription, SubscriptionStatus
from backend.graphql.enums import describe
from backend.graphql.money import MoneyType, money
from backend.graphql.planner import Computed, Decimal, column, embedded, given, never_null, row, to_one
from backend.usage.models import Metric, UsageDaily

if TYPE_CHECKING:
    from backend.usage.graphql import MetricType

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


def _today() -> Any:
    return func.waymark_today(type_=Date)


def in_force() -> Any:
    """SQL: the term is in force today, as is known now."""
    today = _today()
    return and_(
        Subscription.superseded_on.is_(None),
        Subscription.starts_on <= today,
        or_(Subscription.ends_on.is_(None), Subscription.ends_on > today),
    )


def subscriptions_of(account: Any) -> Select[Subscription]:
    """The terms in force today."""
    return select(Subscription).where(Subscription.account_id == account.id, in_force())


@row(BillingFact)
class BillingFactType:
    """[staff] Something that happened with an account's money, as is believed now."""

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


@row()
class LimitStatusType:
    """How much of what a subscription includes in a month has been used."""

    metric: MetricType | None = to_one(lambda limit: select(Metric).where(Metric.key == limit.key))
    """What is limited; null where the metric is not meant for the viewer."""
    used: Decimal
    """Used since the first day of this month."""
    included: Decimal
    """Included in a month."""
    share: Decimal | None
    """`used` as a share of `included`, 1 is all; null where nothing is included."""


def limits_of(account: Any) -> Computed:
    """The limits of the terms in force today, one a metric, with this month's use."""
    month = cast(func.date_trunc("month", _today()), Date)
    included = (
        select(Subscription.limit_metric.label("key"), func.sum(Subscription.limit_quantity).label("quantity"))
        .where(
            Subscription.account_id == account.id,
            in_force(),
            Subscription.limit_metric.is_not(None),
            Subscription.limit_quantity.is_not(None),
        )
        .group_by(Subscription.limit_metric)
        .subquery("included")
    )
    used = (
        select(func.coalesce(cast(func.sum(UsageDaily.delta), Double()), 0.0, type_=Double()))
        .where(
            UsageDaily.account_id == account.id,
            UsageDaily.metric_id == Metric.id,
            UsageDaily.day >= month,
            UsageDaily.day <= _today(),
        )
        .correlate(Metric)
        .scalar_subquery()
    ) / func.power(10, Metric.scale, type_=Double())
    quantity: Any = cast(included.c.quantity, Double())
    return (
        select(
            included.c.key.label("key"),
            used.label("used"),
            quantity.label("included"),
            (used / func.nullif(quantity, 0.0)).label("share"),
        )
        .select_from(included)
        .join(Metric, Metric.key == included.c.key)
        .order_by(never_null(included.c.key))
    )
