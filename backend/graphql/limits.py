"""What an account may use in a month, how much of it is used, and when it will be used up at the present rate."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Date,
    Double,
    Integer,
    Interval,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on

from backend.accounts.models import Tier
from backend.billing.graphql import in_force
from backend.billing.models import Subscription
from backend.graphql.planner import Computed, Decimal, never_null, row, to_one
from backend.usage.models import Metric, UsageDaily

if TYPE_CHECKING:
    from backend.usage.graphql import MetricType

RATE_DAYS = 28
"""Whole days before today whose mean use is the present rate."""


@row()
class LimitStatusType:
    """How much of what is included in a month has been used, and where that leads."""

    metric: MetricType | None = to_one(lambda limit: select(Metric).where(Metric.key == limit.key))
    """What is limited; null where the metric is not meant for the viewer."""
    used: Decimal
    """Used since the first day of this month."""
    included: Decimal
    """Included in a month: by the subscriptions in force today, else by the tier."""
    share: Decimal | None
    """`used` as a share of `included`, 1 is all; null where nothing is included."""
    daily_rate: Decimal | None
    """Mean use of a day over the 28 whole days before today, or since the first day as a customer; null on that day."""
    expected: Decimal | None
    """What will be used by the end of this month at that rate: `used`, and the rate for each day after today."""
    projected_reached_on: date | None
    """The day of this month on which the limit is reached: that on which it was, or that on which it will be at
    `dailyRate`. Null where that is not this month."""
    resets_on: date
    """The first day of the next month."""


def _today() -> Any:
    return func.waymark_today(type_=Date)


def _number(text: str) -> Any:
    return literal_column(text, Integer())


def _included(account: Any) -> Any:
    """What is included of each metric: what subscriptions sell, else what the tier has."""
    sold = (
        select(
            Subscription.limit_metric.label("key"),
            cast(func.sum(Subscription.limit_quantity), Double()).label("quantity"),
            _number("0").label("place"),
        )
        .where(
            Subscription.account_id == account.id,
            in_force(),
            Subscription.limit_metric.is_not(None),
            Subscription.limit_quantity.is_not(None),
        )
        .group_by(Subscription.limit_metric)
    )
    entry: Any = func.jsonb_each_text(Tier.limits).table_valued(
        column("key", Text()), column("value", Text()), name="entry", joins_implicitly=True
    )
    of_tier = (
        select(entry.c.key, cast(entry.c.value, Double()).label("quantity"), _number("1").label("place"))
        .select_from(Tier)
        .join(entry, true())
        .where(Tier.key == account.tier_key)
    )
    either = union_all(sold, of_tier).subquery("either")
    return (
        select(either.c.key, either.c.quantity)
        .ext(distinct_on(either.c.key))
        .order_by(either.c.key, either.c.place)
        .subquery("included")
    )


def _use(account: Any, first: Any, last: Any) -> Any:
    """SQL: use of a metric of `Metric` from a day to a day, in its unit."""
    total = (
        select(func.coalesce(cast(func.sum(UsageDaily.delta), Double()), 0.0, type_=Double()))
        .where(
            UsageDaily.account_id == account.id,
            UsageDaily.metric_id == Metric.id,
            UsageDaily.day >= first,
            UsageDaily.day <= last,
        )
        .correlate(Metric)
        .scalar_subquery()
    )
    return total / func.power(10, Metric.scale, type_=Double())


def limits_of(account: Any) -> Computed:
    """The limits of today, one a metric, with this month's use. `account` has `id`, `tier_key` and `customer_since`."""
    included = _included(account)
    today, start = _today(), func.date_trunc("month", _today())
    month = cast(start, Date)
    next_month = cast(start + literal_column("interval '1 month'", Interval()), Date)
    days = func.least(_number(str(RATE_DAYS)), cast(today - account.customer_since, Integer()), type_=Integer())
    recent = _use(account, today - _number(str(RATE_DAYS)), today - _number("1"))
    measured = (
        select(
            included.c.key,
            included.c.quantity,
            Metric.id.label("metric_id"),
            func.power(10, Metric.scale, type_=Double()).label("unit"),
            _use(account, month, today).label("used"),
            case((days > 0, recent / cast(days, Double()))).label("rate"),
            cast(next_month - today, Integer()).label("days_left"),
            next_month.label("resets_on"),
        )
        .select_from(included)
        .join(Metric, Metric.key == included.c.key)
        # A fence: else the sum over use is worked out anew for each column that is made of it.
        .offset(0)
        .subquery("measured")
    )
    m: Any = measured.c
    running = (
        select(UsageDaily.day, func.sum(func.sum(UsageDaily.delta)).over(order_by=UsageDaily.day).label("total"))
        .where(
            UsageDaily.account_id == account.id,
            UsageDaily.metric_id == m.metric_id,
            UsageDaily.day >= month,
            UsageDaily.day <= today,
        )
        .group_by(UsageDaily.day)
        .correlate(measured)
        .subquery("running")
    )
    was_reached = (
        select(func.min(running.c.day)).where(running.c.total >= m.quantity * m.unit).correlate(measured)
    ).scalar_subquery()
    after_today: Any = m.days_left - 1
    until = cast(func.least(func.ceil((m.quantity - m.used) / m.rate), after_today), Integer())
    will_be = and_(m.rate > 0, m.quantity - m.used <= m.rate * after_today)
    return select(
        m.key.label("key"),
        m.used.label("used"),
        m.quantity.label("included"),
        (m.used / func.nullif(m.quantity, 0.0)).label("share"),
        m.rate.label("daily_rate"),
        (m.used + m.rate * after_today).label("expected"),
        case((m.used >= m.quantity, was_reached), (will_be, today + until)).label("projected_reached_on"),
        m.resets_on.label("resets_on"),
    ).order_by(never_null(m.key))


def limit_of(usage: Any) -> Computed:
    """The limit of the metric `metric_key`."""
    found = limits_of(usage).subquery("limit")
    return select(*found.c).where(found.c.key == usage.metric_key)
