"""Metrics, usage by day, and the sources that facts come from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy import Double, Select, cast, func, select

from backend.graphql.days import From, To, between
from backend.graphql.enums import describe
from backend.graphql.planner import (
    Computed,
    Decimal,
    Node,
    in_order,
    many,
    never_null,
    node,
    row,
    to_many,
)
from backend.permissions import Permission
from backend.usage.models import Metric, Source, SourceFeed, SourceKind, UsageDaily

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


@many(SourceType, order_by=in_order(Source.key), permission=Permission.ACCOUNTS_INTERNAL)
def sources() -> Select[Source]:
    """[staff] The systems that facts come from."""
    return select(Source)
