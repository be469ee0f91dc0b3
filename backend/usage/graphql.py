"""Metrics, usage by day, and the sources that facts come from."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Date, Double, Select, cast, func, select
from strawberry import UNSET

from backend.graphql.days import From, To, between
from backend.graphql.enums import describe
from backend.graphql.limits import limit_of
from backend.graphql.planner import (
    Computed,
    Decimal,
    Node,
    any_of,
    given,
    in_order,
    many,
    never_null,
    node,
    row,
    sql,
    to_many,
    to_one,
)
from backend.graphql.source_states import SourceRhythmType, reach_of, rejects_of, rhythm_of
from backend.permissions import Permission
from backend.usage.models import Metric, Source, SourceFeed, SourceKind, UsageDaily

if TYPE_CHECKING:
    from backend.graphql.limits import LimitStatusType

describe(
    SourceKind,
    "What kind of system a source is.",
    CSV="Files that are imported.",
    API="A program that sends events.",
    BILLING="A billing system.",
    HELPDESK="A helpdesk.",
    COMMUNITY="A community.",
    PRODUCT="The organization's own product.",
)


@row(Metric)
class MetricType:
    """Something counted per account and day. The program files name it."""

    key: str
    """The word for it in arguments and filters."""
    name: str
    """The word for it in sentences."""
    unit: str
    """What is counted; may be empty."""
    description: str
    """What it tells."""
    is_core: bool
    """Whether it counts as a core feature."""


@row()
class UsagePointType:
    """What was counted on one day."""

    on: date
    """The day, in the organization's time zone."""
    value: Decimal
    """The count."""


MetricKey = Annotated[str, strawberry.argument(description="Key of a metric; `organization { metrics }` lists them.")]


def usage_of(account: Any, metric: MetricKey, from_: From, to: To) -> Computed:
    """The days of a range on which anything was recorded of a metric, with the day's sum."""
    total = cast(func.sum(UsageDaily.delta), Double()) / func.power(10, func.max(Metric.scale), type_=Double())
    return (
        select(UsageDaily.day.label("on"), total.label("value"))
        .select_from(UsageDaily)
        .join(Metric, Metric.id == UsageDaily.metric_id)
        .where(UsageDaily.account_id == account.id, Metric.key == metric, between(UsageDaily.day, from_, to))
        .group_by(UsageDaily.day)
        .order_by(never_null(UsageDaily.day))
    )


def _points_of(usage: Any) -> Computed:
    """The days of one of several metrics."""
    value = cast(func.sum(UsageDaily.delta), Double()) / usage.unit
    return (
        select(UsageDaily.day.label("on"), value.label("value"))
        .where(
            UsageDaily.account_id == usage.id,
            UsageDaily.metric_id == usage.metric_id,
            UsageDaily.day.between(usage.first_day, usage.last_day),
        )
        .group_by(UsageDaily.day)
        .order_by(never_null(UsageDaily.day))
    )


@row()
class MetricUsageType:
    """What was counted of a metric in a range of days."""

    key: str
    """Key of the metric."""
    metric: MetricType | None = to_one(lambda usage: select(Metric).where(Metric.key == usage.key))
    """The metric."""
    total: Decimal
    """The sum over the days."""
    points: list[UsagePointType] = to_many(_points_of)
    """The days on which anything was recorded."""
    limit: LimitStatusType | None = to_one(limit_of)
    """What is included of it in a month; null where it is unlimited."""


MetricKeys = Annotated[
    list[str] | None, strawberry.argument(description="Keys of metrics; by default every metric of the program.")
]


def usage_by_metric_of(account: Any, from_: From, to: To, metrics: MetricKeys = UNSET) -> Computed:
    """A row for each metric, with what the fields below it need of the account and of the range."""
    unit: Any = func.power(10, Metric.scale, type_=Double())
    total = (
        select(func.coalesce(cast(func.sum(UsageDaily.delta), Double()), 0.0, type_=Double()))
        .where(
            UsageDaily.account_id == account.id,
            UsageDaily.metric_id == Metric.id,
            between(UsageDaily.day, from_, to),
        )
        .correlate(Metric)
        .scalar_subquery()
    )
    chosen = select(
        Metric.key.label("key"),
        Metric.key.label("metric_key"),
        Metric.id.label("metric_id"),
        unit.label("unit"),
        (total / unit).label("total"),
        account.id.label("id"),
        account.tier_key.label("tier_key"),
        account.customer_since.label("customer_since"),
        cast(from_, Date()).label("first_day"),
        cast(to, Date()).label("last_day"),
    ).where(Metric.is_retired.is_(False))
    if given(metrics):
        chosen = chosen.where(any_of(Metric.key, metrics))
    return chosen.order_by(never_null(Metric.is_core).desc(), never_null(Metric.id))


@row(SourceFeed)
class SourceFeedType:
    """A kind of fact that a source has delivered."""

    feed: str
    """`metric:<key>`, `seats`, `limits`, `invoices`, `tickets` or `members`."""
    since: date
    """First day that a delivered fact is true of."""
    until: date
    """Last day that a delivered fact is true of."""
    first_known_on: date
    """The day on which Waymark first knew any of it."""
    reach: Decimal | None = sql(SourceFeed, reach_of)
    """The share of customers, 0 to 1, for whom it delivered what was counted or opened in the last 28 days, or who have
    what lasts of it: seats, limits, invoices. Null for members, and without a customer."""


@node(Source, prefix="src", permission=Permission.ACCOUNTS_INTERNAL)
class SourceType(Node):
    """A system that facts come from."""

    key: str
    """Its key in mapping files."""
    name: str
    """Its name."""
    kind: SourceKind
    """What kind of system it is."""
    connected_at: datetime
    """When it was first used."""
    last_received_at: datetime | None
    """When anything last came from it."""
    feeds: list[SourceFeedType] = to_many(SourceFeed.source_id, order_by=in_order(SourceFeed.feed))
    """What it has ever delivered."""
    rhythm: SourceRhythmType | None = to_one(rhythm_of)
    """When it delivers, and whether it still does."""
    recent_reject_count: int = sql(Source, rejects_of, permission=Permission.SYSTEM_READ)
    """How much of what it sent was refused in the last 24 hours. Needs system:read."""


@many(SourceType, order_by=in_order(Source.key), permission=Permission.ACCOUNTS_INTERNAL)
def sources() -> Select[Source]:
    """[staff] The systems that facts come from."""
    return select(Source)
