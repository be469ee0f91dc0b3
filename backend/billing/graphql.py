"""Subscriptions and the limits that they set."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, Double, Select, and_, cast, func, or_, select

from backend.billing.models import Subscription, SubscriptionStatus
from backend.graphql.enums import describe
from backend.graphql.money import MoneyType, money
from backend.graphql.planner import Computed, Decimal, embedded, never_null, row, to_one
from backend.usage.models import Metric, UsageDaily

if TYPE_CHECKING:
    from backend.usage.graphql import MetricType

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
