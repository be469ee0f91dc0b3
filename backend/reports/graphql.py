"""The portfolio: all accounts, or those of a filter, summed up."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import BigInteger, Double, Integer, Text, cast, column, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased
from strawberry import UNSET

from backend.accounts.graphql import ChangeWindow
from backend.accounts.models import Account, AccountInternal, Tier
from backend.graphql.account_filter import AccountFilter, condition
from backend.graphql.enums import describe
from backend.graphql.money import MoneyType
from backend.graphql.planner import (
    Computed,
    Connection,
    Decimal,
    Long,
    arguments_of,
    given,
    never_null,
    one,
    row,
    to_many,
)
from backend.health.graphql import category_of, share
from backend.health.models import CurrentHealth
from backend.identity.models import Person, Staff
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType


class Movement(StrEnum):
    """Which way a score went."""

    RISING = "RISING"
    FALLING = "FALLING"


describe(Movement, "Which way a score went.", RISING="Points were gained.", FALLING="Points were lost.")


def _chosen(portfolio: Any, statement: Computed) -> Computed:
    chosen = arguments_of(portfolio).get("filter")
    return statement.where(condition(chosen)) if given(chosen) else statement


def _facts(*columns: Any) -> Computed:
    return (
        select(*columns)
        .select_from(Account)
        .outerjoin(AccountInternal, AccountInternal.account_id == Account.id)
        .outerjoin(CurrentHealth, CurrentHealth.account_id == Account.id)
    )


def _word(value: str) -> Any:
    return literal_column(f"'{value}'", Text())


_mrr = func.coalesce(AccountInternal.mrr_minor, cast(literal_column("0"), BigInteger()))
_currency = func.coalesce(AccountInternal.mrr_currency, _word("USD"), type_=Text())


def _facet(portfolio: Any, key: Any, name: Any) -> Computed:
    """Accounts grouped by a key that is never null, with their money by currency."""
    by_currency = (
        _chosen(
            portfolio,
            _facts(
                key.label("key"),
                name.label("name"),
                _currency.label("currency"),
                func.count().label("count"),
                cast(func.sum(_mrr), BigInteger()).label("amount"),
            ),
        )
        .group_by(key, name, _currency)
        .subquery("facet")
    )
    return (
        select(
            by_currency.c.key.label("key"),
            func.max(by_currency.c.name).label("name"),
            cast(func.sum(by_currency.c.count), Integer()).label("count"),
            func.jsonb_object_agg(by_currency.c.currency, by_currency.c.amount, type_=JSONB()).label("amounts"),
        )
        .group_by(by_currency.c.key)
        .order_by(never_null(by_currency.c.key))
    )


def _amounts(holder: Any) -> Computed:
    pairs = func.jsonb_each_text(holder.amounts).table_valued(
        column("key", Text()), column("value", Text()), name="sum"
    )
    return select(pairs.c.key.label("currency_code"), cast(pairs.c.value, BigInteger()).label("amount_minor")).order_by(
        never_null(pairs.c.key)
    )


def _by_band(portfolio: Any) -> Computed:
    band = func.coalesce(CurrentHealth.band, _word("INSUFFICIENT_DATA"), type_=Text())
    return _facet(portfolio, band, band)


def _by_category(portfolio: Any) -> Computed:
    category = func.coalesce(category_of(CurrentHealth), _word("UNKNOWN"), type_=Text())
    return _facet(portfolio, category, category)


def _by_tier(portfolio: Any) -> Computed:
    key = func.coalesce(Account.tier_key, _word(""), type_=Text())
    name = func.coalesce(
        select(Tier.name).where(Tier.key == Account.tier_key).correlate(Account).scalar_subquery(), key, type_=Text()
    )
    return _facet(portfolio, key, name)


def _by_csm(portfolio: Any) -> Computed:
    manager = (
        select(func.coalesce(Person.name, Person.email, _word(""), type_=Text()))
        .join(Staff, Staff.person_id == Person.id)
        .where(Staff.id == Account.success_manager_id)
        .correlate(Account)
        .scalar_subquery()
    )
    public = _word("staff_").op("||")(func.translate(cast(Account.success_manager_id, Text()), _word("-"), _word("")))
    return _facet(
        portfolio,
        func.coalesce(public, _word(""), type_=Text()),
        func.coalesce(manager, _word(""), type_=Text()),
    )


@row()
class FacetCountType:
    """Accounts that share a key."""

    key: str
    """The key that they share; empty for those without one. For success managers their public id."""
    name: str
    """The key as people read it."""
    count: int
    """How many they are."""
    mrr: list[MoneyType] = to_many(_amounts)
    """Their monthly recurring revenue, one sum a currency."""


MOVED_HEALTH = aliased(CurrentHealth, name="moved_health")
"""Under a name of its own: a filter of the portfolio looks into the table as well."""


def _movers(
    portfolio: Any,
    direction: Annotated[Movement, strawberry.argument(description="Which way.")],
    window: Annotated[ChangeWindow, strawberry.argument(description="Over how many days.")] = ChangeWindow.DAYS_7,
) -> Any:
    change = MOVED_HEALTH.change_7 if window is ChangeWindow.DAYS_7 else MOVED_HEALTH.change_30
    rising = direction is Movement.RISING
    rows = select(Account).join(MOVED_HEALTH, MOVED_HEALTH.account_id == Account.id)
    moved = rows.where(change > 0 if rising else change < 0)
    return _chosen(portfolio, moved.order_by(change.desc() if rising else change))


@row()
class PortfolioType:
    """Accounts summed up."""

    account_count: Long
    """How many accounts."""
    coverage: Decimal | None
    """Mean share of the health model's weight that could be measured, 1 is all; null before anything was scored."""
    mrr: list[MoneyType] = to_many(lambda portfolio: _money(portfolio, at_risk=False))
    """Monthly recurring revenue, one sum a currency."""
    mrr_at_risk: list[MoneyType] = to_many(lambda portfolio: _money(portfolio, at_risk=True))
    """That of accounts whose category is AT_RISK or CRITICAL."""
    by_band: list[FacetCountType] = to_many(_by_band)
    """By band of the live internal score; accounts never scored count as INSUFFICIENT_DATA."""
    by_category: list[FacetCountType] = to_many(_by_category)
    """By category in force; UNKNOWN without enough data."""
    by_tier: list[FacetCountType] = to_many(_by_tier)
    """By tier."""
    by_csm: list[FacetCountType] = to_many(_by_csm)
    """By success manager."""
    movers: Connection[AccountType] = to_many(_movers)
    """Accounts whose score changed, those that changed most first."""


def _money(portfolio: Any, *, at_risk: bool) -> Computed:
    sums = _chosen(
        portfolio,
        _facts(_currency.label("currency_code"), cast(func.sum(_mrr), BigInteger()).label("amount_minor")),
    )
    if at_risk:
        sums = sums.where(category_of(CurrentHealth).in_([_word("AT_RISK"), _word("CRITICAL")]))
    return sums.group_by(_currency).order_by(never_null(_currency))


@one(PortfolioType, required=True, permission=Permission.ACCOUNTS_INTERNAL)
def portfolio(
    filter: Annotated[AccountFilter | None, strawberry.argument(description="Which accounts; all by default.")] = UNSET,  # noqa: A002 - the argument's name in the schema
) -> Computed:
    """[staff] Accounts summed up."""
    counted = _facts(
        func.count().label("account_count"),
        share(func.avg(cast(CurrentHealth.coverage, Double()))).label("coverage"),
    )
    return counted.where(condition(filter)) if given(filter) else counted
