"""The portfolio: all accounts, or those of a filter, summed up."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import BigInteger, Date, DateTime, Double, Integer, Text, cast, column, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased
from strawberry import UNSET

from backend.accounts.models import Account, AccountInternal, Tier
from backend.graphql.account_filter import AccountFilter, condition
from backend.graphql.enums import describe
from backend.graphql.health_change import ChangeWindow
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


MOST_KEYS = 200
"""How many groups a facet has at most."""
MONTHS = 12
"""How many months of renewals are shown, the current one included."""


def _is_at_risk() -> Any:
    return category_of(CurrentHealth).in_([_word("AT_RISK"), _word("CRITICAL")])


def _as_it_is(by: Any) -> Any:
    return by


def _facet(
    portfolio: Any,
    by: Any,
    *conditions: Any,
    key: Callable[[Any], Any] = _as_it_is,
    name: Callable[[Any], Any] | None = None,
) -> Computed:
    """Accounts grouped by an expression, with their money by currency. `key` makes a word of it that is never null, and
    `name` what people read: both once for each group, after the accounts are summed."""
    zero = cast(literal_column("0"), BigInteger())
    by_currency = (
        _chosen(
            portfolio,
            _facts(
                by.label("by"),
                _currency.label("currency"),
                func.count().label("count"),
                func.count().filter(_is_at_risk()).label("risk_count"),
                cast(func.sum(_mrr), BigInteger()).label("amount"),
                cast(func.coalesce(func.sum(_mrr).filter(_is_at_risk()), zero), BigInteger()).label("risk"),
            ),
        )
        .where(*conditions)
        .group_by(by, _currency)
        .subquery("facet")
    )
    word = key(by_currency.c.by)
    return (
        select(
            word.label("key"),
            (name or key)(by_currency.c.by).label("name"),
            cast(func.sum(by_currency.c.count), Integer()).label("count"),
            cast(func.sum(by_currency.c.risk_count), Integer()).label("at_risk_count"),
            func.jsonb_object_agg(by_currency.c.currency, by_currency.c.amount, type_=JSONB()).label("amounts"),
            func.jsonb_object_agg(by_currency.c.currency, by_currency.c.risk, type_=JSONB()).label("risks"),
        )
        .group_by(by_currency.c.by)
        .order_by(never_null(word))
        .limit(MOST_KEYS)
    )


def _amounts(held: Any) -> Computed:
    pairs = func.jsonb_each_text(held).table_valued(column("key", Text()), column("value", Text()), name="sum")
    return select(pairs.c.key.label("currency_code"), cast(pairs.c.value, BigInteger()).label("amount_minor")).order_by(
        never_null(pairs.c.key)
    )


def _by_band(portfolio: Any) -> Computed:
    band = func.coalesce(CurrentHealth.band, _word("INSUFFICIENT_DATA"), type_=Text())
    return _facet(portfolio, band)


def _by_category(portfolio: Any) -> Computed:
    category = func.coalesce(category_of(CurrentHealth), _word("UNKNOWN"), type_=Text())
    return _facet(portfolio, category)


def _by_tier(portfolio: Any) -> Computed:
    def name(tier_key: Any) -> Any:
        return func.coalesce(select(Tier.name).where(Tier.key == tier_key).scalar_subquery(), tier_key, type_=Text())

    return _facet(portfolio, func.coalesce(Account.tier_key, _word(""), type_=Text()), name=name)


def _by_csm(portfolio: Any) -> Computed:
    def public(staff_id: Any) -> Any:
        digits = func.translate(cast(staff_id, Text()), _word("-"), _word(""))
        return func.coalesce(_word("staff_").op("||")(digits), _word(""), type_=Text())

    def name(staff_id: Any) -> Any:
        manager = (
            select(func.coalesce(Person.name, Person.email, _word(""), type_=Text()))
            .join(Staff, Staff.person_id == Person.id)
            .where(Staff.id == staff_id)
            .scalar_subquery()
        )
        return func.coalesce(manager, _word(""), type_=Text())

    return _facet(portfolio, Account.success_manager_id, key=public, name=name)


def _by_industry(portfolio: Any) -> Computed:
    industry = func.coalesce(Account.industry, _word(""), type_=Text())
    return _facet(portfolio, industry)


def _by_renewal_month(portfolio: Any) -> Computed:
    month = func.to_char(AccountInternal.renews_on, _word("YYYY-MM"), type_=Text())
    first = func.date_trunc(_word("month"), func.waymark_today(type_=Date()), type_=DateTime())
    after = first + literal_column(f"interval '{MONTHS} months'")
    due = AccountInternal.renews_on >= cast(first, Date()), AccountInternal.renews_on < cast(after, Date())
    return _facet(portfolio, month, *due)


@row()
class FacetCountType:
    """Accounts that share a key."""

    key: str
    """The key that they share; empty for those without one. For success managers their public id."""
    name: str
    """The key as people read it."""
    count: int
    """How many they are."""
    mrr: list[MoneyType] = to_many(lambda facet: _amounts(facet.amounts))
    """Their monthly recurring revenue, one sum a currency."""
    at_risk_count: int
    """How many of them are in the category AT_RISK or CRITICAL."""
    mrr_at_risk: list[MoneyType] = to_many(lambda facet: _amounts(facet.risks))
    """Monthly recurring revenue of those, one sum for each currency of them all."""


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
    by_industry: list[FacetCountType] = to_many(_by_industry)
    """By industry, 200 at most."""
    by_renewal_month: list[FacetCountType] = to_many(_by_renewal_month)
    """By the month of the next renewal, such as 2026-05: from the current month on, 12 at most."""
    movers: Connection[AccountType] = to_many(_movers)
    """Accounts whose score changed, those that changed most first."""


def _money(portfolio: Any, *, at_risk: bool) -> Computed:
    sums = _chosen(
        portfolio,
        _facts(_currency.label("currency_code"), cast(func.sum(_mrr), BigInteger()).label("amount_minor")),
    )
    if at_risk:
        sums = sums.where(_is_at_risk())
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
