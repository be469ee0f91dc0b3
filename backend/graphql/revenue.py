"""Recurring revenue by month and currency, and the movements behind it, account by account."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import BigInteger, Date, Text, Uuid, cast, column, func, literal_column, select
from strawberry import UNSET

from backend.accounts.models import Account
from backend.graphql.days import checked_last
from backend.graphql.enums import describe
from backend.graphql.money import MoneyType, money
from backend.graphql.planner import (
    Computed,
    Connection,
    embedded,
    given,
    never_null,
    one,
    row,
    to_many,
    to_one,
)
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType

MOST_DAYS = 3_660


class MrrMovementKind(StrEnum):
    """What a change of recurring revenue means."""

    NEW = "NEW"
    REACTIVATION = "REACTIVATION"
    EXPANSION = "EXPANSION"
    CONTRACTION = "CONTRACTION"
    CHURN = "CHURN"


describe(
    MrrMovementKind,
    "What a change of an account's recurring revenue in a currency means.",
    NEW="The first that it ever paid.",
    REACTIVATION="It pays again after a time without.",
    EXPANSION="It pays more.",
    CONTRACTION="It pays less.",
    CHURN="It pays no more.",
)

MOVEMENTS: dict[str, Any] = {
    "account_id": Uuid(),
    "currency": Text(),
    "day": Date(),
    "kind": Text(),
    "amount": BigInteger(),
    "before": BigInteger(),
    "after": BigInteger(),
}
"""What `waymark_mrr_movements` returns."""
MONTHS: dict[str, Any] = {
    "month": Date(),
    "currency": Text(),
    **dict.fromkeys(
        ("starts_with", "won", "reactivated", "expanded", "contracted", "churned", "ends_with"), BigInteger()
    ),
}
"""What `waymark_mrr_months` returns."""


@row()
class MrrMovementType:
    """A change of one account's monthly recurring revenue in one currency, on one day."""

    on: date
    """The day from which it holds."""
    kind: MrrMovementKind
    """What it means."""
    amount: MoneyType = embedded(lambda m: money(m.amount, m.currency))
    """By how much; never negative."""
    before: MoneyType = embedded(lambda m: money(m.before, m.currency))
    """What the account paid a month before."""
    after: MoneyType = embedded(lambda m: money(m.after, m.currency))
    """What it pays a month from then on."""
    account: AccountType | None = to_one(lambda m: select(Account).where(Account.id == m.account_id))
    """Whose."""


@row()
class RevenueMonthType:
    """One calendar month in one currency: start + new + reactivation + expansion − contraction − churn = end."""

    month: date
    """Its first day. A month that the range cuts counts from the range's first day, or to its last."""
    start: MoneyType = embedded(lambda m: money(m.starts_with, m.currency))
    """Recurring revenue before its first day."""
    new: MoneyType = embedded(lambda m: money(m.won, m.currency))
    """From accounts that never paid before."""
    reactivation: MoneyType = embedded(lambda m: money(m.reactivated, m.currency))
    """From accounts that pay again."""
    expansion: MoneyType = embedded(lambda m: money(m.expanded, m.currency))
    """Gained with accounts that paid already."""
    contraction: MoneyType = embedded(lambda m: money(m.contracted, m.currency))
    """Lost with accounts that go on paying."""
    churn: MoneyType = embedded(lambda m: money(m.churned, m.currency))
    """Lost with accounts that pay no more."""
    end: MoneyType = embedded(lambda m: money(m.ends_with, m.currency))
    """Recurring revenue at the end of its last day."""


def _called(function: Any, columns: dict[str, Any], revenue: Any) -> Any:
    called = function(revenue.first_day, revenue.last_day, revenue.known_on)
    return called.table_valued(*(column(name, kind) for name, kind in columns.items()), name="told").c


def _months(revenue: Any) -> Computed:
    month = _called(func.waymark_mrr_months, MONTHS, revenue)
    return select(*(month[name] for name in MONTHS)).order_by(never_null(month.currency), never_null(month.month))


def _movements(
    revenue: Any,
    kind: Annotated[MrrMovementKind | None, strawberry.argument(description="Only such.")] = UNSET,
    currency: Annotated[str | None, strawberry.argument(description="Only in this currency, ISO 4217.")] = UNSET,
) -> Computed:
    movement = _called(func.waymark_mrr_movements, MOVEMENTS, revenue)
    shown = select(
        movement.day.label("on"),
        *(movement[name] for name in ("kind", "amount", "before", "after", "currency", "account_id")),
    )
    if given(kind):
        shown = shown.where(movement.kind == literal_column(f"'{kind.value}'", Text()))
    if given(currency):
        shown = shown.where(movement.currency == currency)
    return shown.order_by(
        never_null(movement.day).desc(), never_null(movement.account_id).desc(), never_null(movement.currency).desc()
    )


@row(permission=Permission.ACCOUNTS_INTERNAL)
class RevenueType:
    """[staff] Monthly recurring revenue over a range of days, as known on a day."""

    known_on: date
    """The day whose knowledge counts."""
    months: list[RevenueMonthType] = to_many(_months)
    """By currency and month, each currency's months in their order."""
    movements: Connection[MrrMovementType] = to_many(_movements)
    """The movements of the range, newest first."""


@one(RevenueType, required=True, permission=Permission.BILLING_READ)
def revenue(
    from_: Annotated[date, strawberry.argument(name="from", description="First day.")],
    to: Annotated[date, strawberry.argument(description=f"Last day, at most {MOST_DAYS} days after the first.")],
    as_of: Annotated[
        date | None,
        strawberry.argument(description="As known at the end of this day; with all that is known by default."),
    ] = UNSET,
) -> Computed:
    """[staff] Monthly recurring revenue and its movements. Needs billing:read and accounts:internal."""
    known = as_of if given(as_of) else func.waymark_today(type_=Date())
    return select(
        cast(from_, Date()).label("first_day"),
        cast(checked_last(from_, to, MOST_DAYS), Date()).label("last_day"),
        cast(known, Date()).label("known_on"),
    )
