"""How sources do: whether each delivers as it usually does, and how many customers it reaches."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, Double, Integer, Text, and_, case, cast, exists, func, literal_column, or_, select

from backend.accounts.models import AccountInternal
from backend.billing.models import Invoice, Subscription
from backend.graphql.enums import describe
from backend.graphql.planner import Computed, row
from backend.ingest.models import EventReject
from backend.support.models import Ticket
from backend.usage.models import MemberDay, Metric, SourceDay, UsageDaily
from backend.usage.rules import GAP_DAYS, SHARE, TIMES

REACH_DAYS = 28


class SourceState(StrEnum):
    """Whether a source delivers."""

    NEW = "NEW"
    FLOWING = "FLOWING"
    SILENT = "SILENT"


describe(
    SourceState,
    "Whether a source delivers.",
    NEW="It has not delivered anything yet.",
    FLOWING="It delivers as it usually does.",
    SILENT="It has rested for three times as long as it usually does: what it feeds keeps its last value.",
)


@row()
class SourceRhythmType:
    """[staff] When a source delivers, by the days that its facts are true of."""

    state: SourceState
    """Whether it delivers."""
    last_on: date | None
    """The last day for which it delivered anything; null for a new one."""
    silent_days: int | None
    """Whole days since then, 0 or more; null for a new one."""
    usual_gap_days: int | None
    """Days from one delivery to the next, as 95 of 100 times in the 90 days up to the last; null before the second."""
    patience_days: int
    """Days that may pass after the last delivery before it counts as silent, 1 or more."""


def _number(value: float) -> Any:
    return literal_column(str(value), Integer() if isinstance(value, int) else Double())


def _today() -> Any:
    return func.waymark_today(type_=Date)


def rhythm_of(source: Any) -> Computed:
    """The rule of `backend.usage.rules.patience`, over the days that the source delivered: one row."""
    last = (
        select(func.max(SourceDay.day))
        .where(SourceDay.source_id == source.id, SourceDay.day <= _today())
        .scalar_subquery()
    )
    end = select(last.label("last_on")).subquery("ending")
    days = (
        select(SourceDay.day)
        .where(
            SourceDay.source_id == source.id,
            SourceDay.day <= end.c.last_on,
            SourceDay.day > end.c.last_on - _number(GAP_DAYS),
        )
        .correlate(end)
        .distinct()
        .subquery("delivered")
    )
    gaps = select(
        (days.c.day - func.lag(days.c.day).over(order_by=days.c.day)).label("days"),
    ).subquery("gaps")
    usual = (
        select(func.percentile_disc(_number(SHARE)).within_group(gaps.c.days))
        .where(gaps.c.days.is_not(None))
        .correlate(end)
        .scalar_subquery()
    )
    found = select(
        end.c.last_on,
        cast(_today() - end.c.last_on, Integer()).label("silent_days"),
        cast(usual, Integer()).label("usual_gap_days"),
    ).subquery("rhythm")
    patience = func.greatest(_number(TIMES) * func.coalesce(found.c.usual_gap_days, _number(0)), _number(1))
    state = case(
        (found.c.last_on.is_(None), literal_column("'NEW'", Text())),
        (found.c.silent_days > patience, literal_column("'SILENT'", Text())),
        else_=literal_column("'FLOWING'", Text()),
    )
    return select(
        state.label("state"),
        found.c.last_on,
        found.c.silent_days,
        found.c.usual_gap_days,
        cast(patience, Integer()).label("patience_days"),
    )


def _uses(feed: Any, *conditions: Any) -> Any:
    """Whether a row of the last days was counted for an account from the source of a feed."""
    return exists().where(
        UsageDaily.account_id == AccountInternal.account_id,
        UsageDaily.day > _today() - _number(REACH_DAYS),
        UsageDaily.source_id == feed.source_id,
        *conditions,
    )


def reach_of(feed: Any) -> Any:
    """The share of customers for whom a feed holds anything that is true of the last days."""
    since = _today() - _number(REACH_DAYS)
    key = func.substr(feed.feed, _number(len("metric:") + 1), type_=Text())
    metric = select(Metric.id).where(Metric.key == key).scalar_subquery()
    persons = exists().where(
        MemberDay.account_id == UsageDaily.account_id,
        MemberDay.day == UsageDaily.day,
        MemberDay.metric_id == UsageDaily.metric_id,
    )
    sold = and_(
        Subscription.account_id == AccountInternal.account_id,
        Subscription.source_id == feed.source_id,
        Subscription.superseded_on.is_(None),
        Subscription.starts_on <= _today(),
        or_(Subscription.ends_on.is_(None), Subscription.ends_on > since),
    )
    reached = {
        "active_members": _uses(feed, or_(UsageDaily.users > 0, persons)),
        "seats": exists().where(sold, Subscription.seats.is_not(None)),
        "limits": exists().where(sold, Subscription.limit_metric.is_not(None)),
        "invoices": exists().where(
            Invoice.account_id == AccountInternal.account_id, Invoice.source_id == feed.source_id
        ),
        "tickets": exists().where(
            Ticket.account_id == AccountInternal.account_id,
            Ticket.source_id == feed.source_id,
            Ticket.opened_on > since,
        ),
    }

    def share(is_reached: Any) -> Any:
        number = func.count().filter(is_reached)
        counted = select(cast(number, Double()) / func.nullif(cast(func.count(), Double()), 0.0, type_=Double()))
        return counted.where(AccountInternal.churned_on.is_(None)).scalar_subquery()

    return case(
        (feed.feed.like("metric:%"), share(_uses(feed, UsageDaily.metric_id == metric))),
        *((feed.feed == literal_column(f"'{name}'", Text()), share(has)) for name, has in reached.items()),
    )


def rejects_of(source: Any) -> Any:
    """How much was refused of a source in the last 24 hours."""
    since = func.waymark_now() - func.make_interval(0, 0, 0, 1)
    found = select(func.count()).where(EventReject.source_id == source.id, EventReject.received_at > since)
    return cast(found.scalar_subquery(), Integer())
