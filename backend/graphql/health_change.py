"""The change of an account's score between two days, as lines that add up to it exactly."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import strawberry
from sqlalchemy import (
    BigInteger,
    Date,
    Double,
    Integer,
    Numeric,
    Text,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
)

from backend.graphql.enums import describe
from backend.graphql.planner import Computed, Decimal, never_null, row, to_many, to_one
from backend.health.graphql import internal_health, points, text

if TYPE_CHECKING:
    from backend.health.graphql import HealthScoreType

First: TypeAlias = Annotated[date, strawberry.argument(description="The earlier day.")]
Last: TypeAlias = Annotated[date, strawberry.argument(description="The later day.")]


class ChangeCause(StrEnum):
    """Why points were gained or lost."""

    VALUE = "VALUE"
    DENOMINATOR = "DENOMINATOR"
    COVERAGE = "COVERAGE"
    MODEL = "MODEL"


describe(
    ChangeCause,
    "Why points were gained or lost.",
    VALUE="What was measured changed.",
    DENOMINATOR="What it is measured against changed, such as the number of seats.",
    COVERAGE="Factors came or went, so that the weights of the others changed.",
    MODEL="The health model changed.",
)


def change_of(account: Any, from_: First, to: Last) -> Computed:
    """The change of an account's internal score between two days; one row."""
    sentence = func.waymark_health_change_sentence(account.account_id, from_, to, type_=Text())
    return select(
        account.account_id.label("account_id"),
        cast(from_, Date()).label("first_day"),
        cast(to, Date()).label("last_day"),
        sentence.label("sentence"),
    )


COLUMNS: dict[str, Any] = {
    "place": Integer(),
    "key": Text(),
    "name": Text(),
    "cause": Text(),
    "delta": BigInteger(),
    "phrase": Text(),
    "denominator_change": Double(),
}
"""What `waymark_health_change` returns."""


def _lines_of(change: Any) -> Computed:
    called = func.waymark_health_change(change.account_id, change.first_day, change.last_day)
    line: Any = called.table_valued(*(column(name, kind) for name, kind in COLUMNS.items()), name="line").c
    counted = func.concat(line.phrase, text(" "), func.waymark_counted(line.denominator_change))
    what = case(
        (line.cause == text("MODEL"), func.concat(line.phrase, text(" (the model)"))),
        (line.cause == text("COVERAGE"), func.concat(line.phrase, text(" (what is measured)"))),
        (line.denominator_change.is_not(None), counted),
        else_=line.phrase,
    )
    signed = func.waymark_signed(cast(line.delta, Numeric()) / literal_column("1000000", Numeric()))
    return select(
        line.key.label("factor_key"),
        line.name.label("name"),
        line.cause.label("cause"),
        points(line.delta).label("delta"),
        func.concat(what, text(" "), signed, type_=Text()).label("sentence"),
    ).order_by(never_null(func.abs(line.delta)).desc(), never_null(line.place), never_null(line.cause))


@row()
class HealthChangeLineType:
    """A part of a change."""

    factor_key: str
    """Key of the factor."""
    name: str
    """Name of the factor."""
    cause: ChangeCause
    """Why."""
    delta: Decimal
    """Points gained, negative where points were lost."""
    sentence: str
    """The part in words."""


@row()
class HealthChangeType:
    """Why the internal score changed between two days."""

    before: HealthScoreType | None = to_one(lambda change: internal_health(change, change.first_day))
    """The score at the close of the earlier day; null where there was none yet."""
    after: HealthScoreType | None = to_one(lambda change: internal_health(change, change.last_day))
    """The score at the close of the later day."""
    sentence: str | None
    """The change in a sentence; null where either is missing."""
    lines: list[HealthChangeLineType] = to_many(_lines_of)
    """Its parts, the largest first; they add up to the difference of the two scores exactly."""
